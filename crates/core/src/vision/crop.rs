//! The 48×48 grey image that is classified.

use super::bilinear::{AxisPosition, bilinear};

/// Width and height of a crop, in pixels: FER2013's.
pub const CROP_SIDE: usize = 48;

/// Pixels of a crop.
pub const CROP_PIXELS: usize = CROP_SIDE * CROP_SIDE;

/// Minimum divisor in normalization, in grey levels: a smaller standard deviation would amplify noise.
pub const LEAST_DEVIATION: f32 = 8.0;

/// The crop of a face: 48×48 grey bytes, row by row, as in FER2013.
#[derive(Clone, PartialEq, Eq)]
pub struct Crop(pub Box<[u8; CROP_PIXELS]>);

impl Crop {
    /// The pixels with zero mean and unit standard deviation, `[48 × 48]` row by row.
    ///
    /// The population standard deviation is taken as at least 8 grey levels, so that a uniform image stays uniform.
    pub fn normalize(&self) -> Vec<f32> {
        normalize(&self.0[..])
    }

    /// The mean that [`Self::normalize`] subtracts and the standard deviation by which it divides, in grey levels.
    pub fn mean_and_deviation(&self) -> (f32, f32) {
        mean_and_deviation(&self.0[..])
    }

    /// The grey levels, 0 to 255, of the crop resized to `side` × `side` pixels (bilinear, by the centres of the pixels), row by row.
    pub fn resized(&self, side: usize) -> Vec<f32> {
        let place = |index| AxisPosition::resized(index, side, CROP_SIDE);
        let read = |column, row| f32::from(self.0[row * CROP_SIDE + column]);
        (0..side * side).map(|index| bilinear(place(index % side), place(index / side), read)).collect()
    }

    /// The bytes, row by row.
    pub fn bytes(&self) -> &[u8] {
        &self.0[..]
    }
}

impl std::fmt::Debug for Crop {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Crop(48×48)")
    }
}

fn normalize(bytes: &[u8]) -> Vec<f32> {
    let (mean, deviation) = mean_and_deviation(bytes);
    bytes.iter().map(|&byte| (f32::from(byte) - mean) / deviation).collect()
}

fn mean_and_deviation(bytes: &[u8]) -> (f32, f32) {
    let count = bytes.len() as f32;
    let sum: u32 = bytes.iter().map(|&byte| u32::from(byte)).sum();
    let mean = sum as f32 / count;
    let square: f32 = bytes.iter().map(|&byte| (f32::from(byte) - mean).powi(2)).sum();
    (mean, (square / count).sqrt().max(LEAST_DEVIATION))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normalized_light_does_not_change_with_brightness_and_contrast() {
        let mut dark = Crop(Box::new([0; CROP_PIXELS]));
        let mut bright = dark.clone();
        for index in 0..CROP_PIXELS {
            dark.0[index] = (index % 50) as u8;
            bright.0[index] = (index % 50) as u8 * 4 + 30;
        }
        for (a, b) in dark.normalize().iter().zip(bright.normalize()) {
            assert!((a - b).abs() < 1e-4);
        }
    }

    #[test]
    fn a_flat_crop_stays_flat() {
        assert!(Crop(Box::new([77; CROP_PIXELS])).normalize().iter().all(|&value| value == 0.0));
    }

    #[test]
    fn resized_crops_match_reference() {
        // PyTorch: F.interpolate(torch.arange(48.).repeat(48, 1)[None, None], size=96, mode="bilinear")[0, 0, 0, :4]
        let crop = Crop(Box::new(std::array::from_fn(|index| (index % CROP_SIDE) as u8)));
        assert_eq!(crop.resized(96)[..4], [0.0, 0.25, 0.75, 1.25]);
        assert_eq!(crop.resized(24)[24..27], [0.5, 2.5, 4.5]);
        assert_eq!(crop.resized(CROP_SIDE), crop.bytes().iter().map(|&byte| f32::from(byte)).collect::<Vec<_>>());
    }

    #[test]
    fn normalize_matches_reference() {
        // numpy: x = np.array([0, 50, 100, 250]); (x - x.mean()) / x.std()
        let expected = [-1.069_045, -0.534_522_5, 0.0, 1.603_567_5];
        for (a, b) in normalize(&[0, 50, 100, 250]).iter().zip(expected) {
            assert!((a - b).abs() < 1e-6);
        }
    }
}
