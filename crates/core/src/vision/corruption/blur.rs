//! Defocus.

use super::byte;
use crate::vision::{Crop, gaussian_blur};

/// Standard deviations from its centre at which the kernel is cut off.
const REACH: f32 = 3.0;

/// A Gaussian blur with a standard deviation in pixels; the border repeats.
pub fn blur(crop: &Crop, deviation: f32) -> Crop {
    let reach = (deviation * REACH).ceil() as usize;
    if reach == 0 {
        return crop.clone();
    }
    let image: Vec<f32> = crop.0.iter().map(|&pixel| f32::from(pixel)).collect();
    let blurred = gaussian_blur(&image, deviation, reach);
    Crop(Box::new(std::array::from_fn(|index| byte(blurred[index]))))
}
