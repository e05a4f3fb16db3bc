//! How long the search for near duplicates takes at worst: 100,000 images, on one thread.
//!
//! `cargo bench -p mien-core`
#![allow(clippy::print_stdout)]

use std::time::Instant;

use mien_core::dataset::{Dataset, NearDuplicateSearch, Pixels, Split};
use mien_core::expression::Expression;
use mien_core::vision::CROP_SIDE;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

/// Number of images.
const IMAGES: usize = 100_000;

/// Images per step.
const STEP: usize = 16;

fn main() {
    measure("noise: all images differ", |random| std::array::from_fn(|_| random.random()));
    measure("a gradient with noise: all hashes are similar", |random| {
        std::array::from_fn(|index| {
            let light = 4 * (index % CROP_SIDE) + index / CROP_SIDE;
            (light + random.random_range(0..20_usize)).min(255) as u8
        })
    });
    let mut random = StdRng::seed_from_u64(2);
    let picture: Pixels = std::array::from_fn(|_| random.random());
    measure("a picture with little noise: all images are near duplicates", |random| {
        picture.map(|pixel| pixel.saturating_add(random.random_range(0..9)))
    });
    measure("one picture: all images are identical", |_| picture);
}

fn measure(name: &str, mut image: impl FnMut(&mut StdRng) -> Pixels) {
    let mut random = StdRng::seed_from_u64(1);
    let mut dataset = Dataset::default();
    for row in 0..IMAGES {
        dataset.push(image(&mut random), Expression::Happy, Split::Training, row);
    }
    let (start, mut longest) = (Instant::now(), 0.0_f64);
    let mut search = NearDuplicateSearch::new(&dataset);
    loop {
        let step = Instant::now();
        let more = search.advance(&dataset, STEP);
        longest = longest.max(step.elapsed().as_secs_f64());
        if !more {
            break;
        }
    }
    let found = search.finish(&dataset);
    let (seconds, step) = (start.elapsed().as_secs_f64(), longest * 1000.0);
    println!("{seconds:6.1} s, longest step {step:4.1} ms, {} groups: {name}", found.groups.len());
}
