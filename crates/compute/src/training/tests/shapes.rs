//! A small dataset of seven shapes with random position, size and brightness, and with noise.

use std::sync::Arc;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng};

use mien_core::dataset::{Dataset, Split};
use mien_core::expression::Expression;
use mien_core::vision::{CROP_PIXELS, CROP_SIDE};

/// Every third image belongs to PublicTest; `label` makes a label of a shape and a row.
pub fn dataset(count: usize, label: impl Fn(usize, usize) -> usize) -> Arc<Dataset> {
    let mut dataset = Dataset::default();
    let mut random = StdRng::seed_from_u64(9);
    for row in 0..count {
        let shape = row % Expression::COUNT;
        let mut within = |low: f32, high: f32| low + random.random::<f32>() * (high - low);
        let (left, top, size) = (within(-5.0, 5.0), within(-5.0, 5.0), within(0.85, 1.15));
        let (ground, ink) = (within(40.0, 100.0), within(60.0, 120.0));
        let pixels: [u8; CROP_PIXELS] = std::array::from_fn(|index| {
            let x = ((index % CROP_SIDE) as f32 - 23.5 - left) / size;
            let y = ((index / CROP_SIDE) as f32 - 23.5 - top) / size;
            let value = if inside(shape, x, y) { ground + ink } else { ground };
            (value + within(-25.0, 25.0)) as u8
        });
        let split = if row / Expression::COUNT % 3 == 2 { Split::PublicTest } else { Split::Training };
        dataset.push(pixels, Expression::ALL[label(shape, row)], split, row);
    }
    Arc::new(dataset)
}

fn inside(shape: usize, x: f32, y: f32) -> bool {
    let (radius, edge) = (x.hypot(y), x.abs().max(y.abs()));
    match shape {
        0 => radius < 12.0,                                   // a disc
        1 => radius < 14.0 && radius > 10.0,                  // a ring
        2 => edge < 14.0 && (x.abs() < 3.0 || y.abs() < 3.0), // a cross
        3 => edge < 13.0 && edge > 9.0,                       // a frame
        4 => edge < 14.0 && (y / 3.5).rem_euclid(2.0) < 1.0,  // bars across
        5 => edge < 14.0 && (x / 3.5).rem_euclid(2.0) < 1.0,  // bars down
        _ => y < 11.0 && x.abs() * 2.0 < y + 13.0,            // a triangle
    }
}
