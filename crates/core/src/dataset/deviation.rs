//! The standard deviation of an image, which identifies near-constant ones.

/// Images whose standard deviation is at most this (of 255) are near-constant.
pub const FLAT_DEVIATION: f32 = 5.0;

/// The population standard deviation of an image's pixels, in grey levels of 255.
pub fn deviation(pixels: &[u8]) -> f32 {
    let count = pixels.len().max(1) as f64;
    let sum: u64 = pixels.iter().map(|&pixel| u64::from(pixel)).sum();
    let squares: u64 = pixels.iter().map(|&pixel| u64::from(pixel) * u64::from(pixel)).sum();
    let mean = sum as f64 / count;
    (squares as f64 / count - mean * mean).max(0.0).sqrt() as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deviation_matches_reference() {
        // numpy: np.array([0, 50, 100, 250]).std()
        assert!((deviation(&[0, 50, 100, 250]) - 93.541_435).abs() < 1e-4);
        assert_eq!(deviation(&[255; 2304]), 0.0);
    }
}
