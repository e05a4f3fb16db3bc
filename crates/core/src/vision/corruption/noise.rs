//! Camera noise.

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng};

use super::byte;
use crate::random::normal;
use crate::vision::Crop;

/// Gaussian noise with a standard deviation in grey levels, clipped.
pub fn gaussian(crop: &Crop, deviation: f32, seed: u64) -> Crop {
    let mut random = StdRng::seed_from_u64(seed);
    let mut noisy = crop.clone();
    noisy.0.iter_mut().for_each(|pixel| *pixel = byte(f32::from(*pixel) + deviation * normal(&mut random)));
    noisy
}

/// Salt-and-pepper noise: a percentage of the pixels becomes black or white at random.
pub fn salt_and_pepper(crop: &Crop, percent: f32, seed: u64) -> Crop {
    let mut random = StdRng::seed_from_u64(seed);
    let mut noisy = crop.clone();
    for pixel in noisy.0.iter_mut() {
        let (chance, white) = (random.random::<f32>(), random.random::<bool>());
        if chance * 100.0 < percent {
            *pixel = if white { u8::MAX } else { 0 };
        }
    }
    noisy
}
