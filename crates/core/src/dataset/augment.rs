//! Data augmentation: random changes to the images of each epoch.

use mien_message::ToMessage;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng};
use serde::{Deserialize, Serialize};

use crate::number::plain;
use crate::random::normal;
use crate::vision::{AxisPosition, CROP_PIXELS, CROP_SIDE, Crop, bilinear, gaussian_blur};

/// Why images cannot be augmented so.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error, ToMessage)]
pub enum StrengthError {
    /// A strength is out of range. The text continues with what has it.
    #[error("an augmentation `{name}` of {} (0 to {})", plain(f64::from(*.value), 6), plain(f64::from(*.most), 6))]
    OutOfRange {
        /// Its name in a settings file.
        name: &'static str,
        /// Its value.
        value: f32,
        /// The highest valid value.
        most: f32,
    },
}

/// Pixels from its centre at which the kernel of a blur is cut off.
const BLUR_REACH: usize = 4;

/// How strongly images are changed; 0 turns a change off. It is applied to normalized images
/// ([`crate::vision::Crop::normalize`]), so brightness is measured in standard deviations.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Augmentation {
    /// Probability of a horizontal flip, 0 to 1.
    pub flip: f32,
    /// Largest rotation in either direction, in degrees, 0 to 180.
    pub rotation: f32,
    /// Largest scaling in either direction, as a natural logarithm, 0 to 1: 0.18 is a sixth smaller to a fifth larger.
    pub scale: f32,
    /// Largest translation in either direction along each axis, as a share of the side, 0 to 1.
    pub shift: f32,
    /// Standard deviation of the factor by which contrast is multiplied, 0 to 1.
    pub contrast: f32,
    /// Standard deviation of the value added to all pixels, 0 to 1.
    pub brightness: f32,
    /// Standard deviation of the Gaussian noise added to each pixel, 0 to 1.
    pub noise: f32,
    /// Probability of random erasing, 0 to 1: a rectangle of 6 to 17 pixels per side is filled with one grey.
    pub erasing: f32,
    /// Probability of an occlusion, 0 to 1: the lower half, as by a mask, or a bar over the eyes is filled with one grey.
    pub occlusion: f32,
    /// Probability of a Gaussian blur with a standard deviation of 0.5 to 1.7 pixels, 0 to 1.
    pub blur: f32,
    /// Probability of a lower resolution, 0 to 1: reduced to 10 to 29 pixels per side and enlarged again.
    pub low_resolution: f32,
    /// Probability of a shadow on one side, 0 to 1.
    pub shadow: f32,
}

impl Default for Augmentation {
    fn default() -> Self {
        Self {
            flip: 0.5,
            rotation: 15.0,
            scale: 0.18,
            shift: 0.075,
            contrast: 0.2,
            brightness: 0.1,
            noise: 0.0,
            erasing: 0.3,
            occlusion: 0.0,
            blur: 0.0,
            low_resolution: 0.0,
            shadow: 0.0,
        }
    }
}

impl Augmentation {
    /// No augmentation.
    pub const OFF: Self = Self {
        flip: 0.0,
        rotation: 0.0,
        scale: 0.0,
        shift: 0.0,
        contrast: 0.0,
        brightness: 0.0,
        noise: 0.0,
        erasing: 0.0,
        occlusion: 0.0,
        blur: 0.0,
        low_resolution: 0.0,
        shadow: 0.0,
    };

    /// Checks that every strength is in its range.
    ///
    /// # Errors
    /// Which one.
    pub fn check(&self) -> Result<(), StrengthError> {
        let ranges = [
            ("flip", self.flip, 1.0),
            ("rotation", self.rotation, 180.0),
            ("scale", self.scale, 1.0),
            ("shift", self.shift, 1.0),
            ("contrast", self.contrast, 1.0),
            ("brightness", self.brightness, 1.0),
            ("noise", self.noise, 1.0),
            ("erasing", self.erasing, 1.0),
            ("occlusion", self.occlusion, 1.0),
            ("blur", self.blur, 1.0),
            ("low_resolution", self.low_resolution, 1.0),
            ("shadow", self.shadow, 1.0),
        ];
        match ranges.into_iter().find(|(_, value, most)| !(0.0..=*most).contains(value)) {
            Some((name, value, most)) => Err(StrengthError::OutOfRange { name, value, most }),
            None => Ok(()),
        }
    }

    /// Augments a normalized image of 48×48 pixels, row by row, with random numbers drawn from the seed.
    ///
    /// # Panics
    /// When the image has another size.
    pub fn apply(&self, image: &mut Vec<f32>, seed: u64) {
        assert_eq!(image.len(), CROP_PIXELS, "an image is 48×48");
        let mut random = StdRng::seed_from_u64(seed);
        self.resample(image, &mut random);
        if random.random::<f32>() < self.erasing {
            erase(image, &mut random);
        }
        self.corrupt(image, &mut random);
        let contrast = 1.0 + self.contrast * normal(&mut random);
        let brightness = self.brightness * normal(&mut random);
        for value in image.iter_mut() {
            *value = *value * contrast + brightness;
        }
        if self.noise > 0.0 {
            image.iter_mut().for_each(|value| *value += self.noise * normal(&mut random));
        }
    }

    /// The degradations of cameras and of bad light. No random numbers are drawn for those that are off.
    fn corrupt(&self, image: &mut Vec<f32>, random: &mut StdRng) {
        let happens = |often: f32, random: &mut StdRng| often > 0.0 && random.random::<f32>() < often;
        if happens(self.low_resolution, random) {
            *image = enlarged(&reduced(image, random.random_range(10..30)));
        }
        if happens(self.blur, random) {
            *image = gaussian_blur(image, 0.5 + 1.2 * random.random::<f32>(), BLUR_REACH);
        }
        let shaded = happens(self.shadow, random);
        if shaded {
            shade(image, random);
        }
        let covered = happens(self.occlusion, random);
        if covered {
            cover(image, random);
        }
        if shaded || covered {
            // as such an image would be normalized
            normalize(image);
        }
    }

    /// A crop as augmented in training, as bytes to be displayed: with the crop's own mean and standard deviation.
    pub fn preview(&self, crop: &Crop, seed: u64) -> Crop {
        let mut pixels = crop.normalize();
        self.apply(&mut pixels, seed);
        let (mean, deviation) = crop.mean_and_deviation();
        Crop(Box::new(std::array::from_fn(|index| (pixels[index] * deviation + mean).round() as u8)))
    }

    /// Flips, rotates, scales and translates in one bilinear resampling; the border is repeated outside.
    fn resample(&self, image: &mut Vec<f32>, random: &mut StdRng) {
        let mut within = |max: f32| (random.random::<f32>() * 2.0 - 1.0) * max;
        let angle = within(self.rotation.to_radians());
        let scale = within(self.scale).exp();
        let shift = [within(self.shift), within(self.shift)].map(|shift| shift * CROP_SIDE as f32);
        let flip = if random.random::<f32>() < self.flip { -1.0 } else { 1.0 };
        let (across, down) = (scale * angle.cos(), scale * angle.sin());
        let centre = (CROP_SIDE - 1) as f32 / 2.0;
        let source = std::mem::replace(image, Vec::with_capacity(CROP_PIXELS));
        for row in 0..CROP_SIDE {
            let v = row as f32 - centre;
            for column in 0..CROP_SIDE {
                let u = (column as f32 - centre) * flip;
                let x = centre + across * u - down * v + shift[0];
                let y = centre + down * u + across * v + shift[1];
                let [x, y] = [x, y].map(|place| AxisPosition::new(place, CROP_SIDE));
                image.push(bilinear(x, y, |column, row| source[row * CROP_SIDE + column]));
            }
        }
    }
}

fn erase(image: &mut [f32], random: &mut StdRng) {
    let (height, width) = (random.random_range(6..18), random.random_range(6..18));
    let (top, left) = (random.random_range(0..=CROP_SIDE - height), random.random_range(0..=CROP_SIDE - width));
    let grey = normal(random);
    for row in image.chunks_exact_mut(CROP_SIDE).skip(top).take(height) {
        row[left..left + width].fill(grey);
    }
}

/// Occludes the lower part of the face, or the eyes with a bar.
fn cover(image: &mut [f32], random: &mut StdRng) {
    let (top, height) = if random.random::<bool>() {
        (random.random_range(25..30), CROP_SIDE)
    } else {
        (random.random_range(10..13), CROP_SIDE * 2 / 9)
    };
    let grey = normal(random);
    image.chunks_exact_mut(CROP_SIDE).skip(top).take(height).for_each(|row| row.fill(grey));
}

/// A shadow that deepens towards one side from a random place. Black is about two standard deviations below the mean.
fn shade(image: &mut [f32], random: &mut StdRng) {
    const BLACK: f32 = -2.0;
    let depth = 0.75 * random.random::<f32>();
    let (down, right) = (random.random::<f32>() * std::f32::consts::TAU).sin_cos();
    let begin = 0.4 * normal(random);
    let along = |place: usize| place as f32 / (CROP_SIDE - 1) as f32 * 2.0 - 1.0;
    for (index, value) in image.iter_mut().enumerate() {
        let way = right * along(index % CROP_SIDE) + down * along(index / CROP_SIDE) + begin;
        let share = 1.0 / (1.0 + (-4.0 * way).exp());
        *value = (*value - BLACK) * (1.0 - depth * share) + BLACK;
    }
}

/// The mean of each cell of a grid of `side` × `side` cells.
fn reduced(image: &[f32], side: usize) -> Vec<f32> {
    let cell = |index: usize| index * CROP_SIDE / side..((index + 1) * CROP_SIDE).div_ceil(side);
    let mean = |index: usize| {
        let (rows, columns) = (cell(index / side), cell(index % side));
        let count = (rows.len() * columns.len()) as f32;
        rows.flat_map(|row| &image[row * CROP_SIDE..][columns.clone()]).sum::<f32>() / count
    };
    (0..side * side).map(mean).collect()
}

/// A small square image, enlarged bilinearly to 48×48 pixels.
fn enlarged(image: &[f32]) -> Vec<f32> {
    let side = image.len().isqrt();
    let place = |index: usize| AxisPosition::resized(index, CROP_SIDE, side);
    let value = |index: usize| {
        bilinear(place(index % CROP_SIDE), place(index / CROP_SIDE), |column, row| image[row * side + column])
    };
    (0..CROP_PIXELS).map(value).collect()
}

/// Normalizes to zero mean and unit standard deviation; a uniform image stays uniform.
fn normalize(image: &mut [f32]) {
    let count = image.len() as f32;
    let mean = image.iter().sum::<f32>() / count;
    let deviation = (image.iter().map(|value| (value - mean).powi(2)).sum::<f32>() / count).sqrt().max(0.1);
    image.iter_mut().for_each(|value| *value = (*value - mean) / deviation);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blur_and_low_resolution_take_detail_and_keep_the_light() {
        let even = vec![0.7; CROP_PIXELS];
        let square = |image: &[f32]| image.iter().map(|value| value * value).sum::<f32>();
        for corrupting in
            [Augmentation { blur: 1.0, ..Augmentation::OFF }, Augmentation { low_resolution: 1.0, ..Augmentation::OFF }]
        {
            for seed in 0..5 {
                let mut plain = even.clone();
                corrupting.apply(&mut plain, seed);
                assert!(plain.iter().all(|value| (value - 0.7).abs() < 1e-5));
                let made = applied(&corrupting, seed);
                assert!(square(&made) < 0.9 * square(&image()), "{corrupting:?}");
                assert!(made.iter().all(|value| value.abs() <= 1.0 + 1e-5));
            }
        }
    }

    #[test]
    fn shadow_and_occlusion_come_normalized() {
        for corrupting in
            [Augmentation { shadow: 1.0, ..Augmentation::OFF }, Augmentation { occlusion: 1.0, ..Augmentation::OFF }]
        {
            for seed in 0..10 {
                let made = applied(&corrupting, seed);
                let mean = made.iter().sum::<f32>() / CROP_PIXELS as f32;
                let square = made.iter().map(|value| value * value).sum::<f32>() / CROP_PIXELS as f32;
                assert!(mean.abs() < 1e-3 && (square - 1.0).abs() < 1e-3, "{corrupting:?}: {mean} {square}");
            }
        }
        let covered = applied(&Augmentation { occlusion: 1.0, ..Augmentation::OFF }, 1);
        let even = covered.chunks_exact(CROP_SIDE).filter(|row| row.iter().all(|value| *value == row[0])).count();
        assert!((10..=23).contains(&even), "{even} rows are covered");
    }

    fn image() -> Vec<f32> {
        (0..CROP_PIXELS).map(|index| (index as f32 * 0.37).sin()).collect()
    }

    fn applied(augmentation: &Augmentation, seed: u64) -> Vec<f32> {
        let mut changed = image();
        augmentation.apply(&mut changed, seed);
        changed
    }

    #[test]
    fn off_changes_nothing() {
        for seed in 0..20 {
            assert_eq!(applied(&Augmentation::OFF, seed), image());
        }
    }

    #[test]
    fn a_flip_is_exact() {
        let flipped = applied(&Augmentation { flip: 1.0, ..Augmentation::OFF }, 3);
        for (got, row) in flipped.chunks_exact(CROP_SIDE).zip(image().chunks_exact(CROP_SIDE)) {
            assert!(got.iter().eq(row.iter().rev()));
        }
    }

    #[test]
    fn a_turn_keeps_the_centre_and_stays_in_range() {
        let turn = Augmentation { rotation: 180.0, ..Augmentation::OFF };
        let ring: Vec<f32> = (0..CROP_PIXELS)
            .map(|index| {
                let (x, y) = ((index % CROP_SIDE) as f32 - 23.5, (index / CROP_SIDE) as f32 - 23.5);
                (x.hypot(y) / 8.0).cos()
            })
            .collect();
        for seed in 0..10 {
            let mut turned = ring.clone();
            turn.apply(&mut turned, seed);
            // the image is rotationally symmetric, except in the corners
            for index in 0..CROP_PIXELS {
                let (x, y) = ((index % CROP_SIDE) as f32 - 23.5, (index / CROP_SIDE) as f32 - 23.5);
                assert!(x.hypot(y) > 22.0 || (turned[index] - ring[index]).abs() < 0.02);
            }
        }
    }

    #[test]
    fn a_shift_moves_and_repeats_the_border() {
        let shifted = applied(&Augmentation { shift: 1.0, ..Augmentation::OFF }, 5);
        let (low, high) = (-1.0 - 1e-5, 1.0 + 1e-5);
        assert!(shifted.iter().all(|value| (low..=high).contains(value)));
        assert_ne!(shifted, image());
    }

    #[test]
    fn the_default_is_in_range_and_depends_on_the_seed_alone() {
        let augmentation = Augmentation::default();
        augmentation.check().unwrap();
        assert_eq!(applied(&augmentation, 1), applied(&augmentation, 1));
        assert_ne!(applied(&augmentation, 1), applied(&augmentation, 2));
        assert!(Augmentation { flip: 1.5, ..Augmentation::OFF }.check().is_err());
        assert!(Augmentation { shift: f32::NAN, ..Augmentation::OFF }.check().is_err());
    }

    #[test]
    fn noise_has_its_deviation_and_is_drawn_last() {
        let quiet = Augmentation::default();
        let noisy = Augmentation { noise: 0.3, ..Augmentation::default() };
        let (quiet, noisy) = (applied(&quiet, 7), applied(&noisy, 7));
        let square = quiet.iter().zip(&noisy).map(|(a, b)| (a - b).powi(2)).sum::<f32>() / CROP_PIXELS as f32;
        assert!((square.sqrt() - 0.3).abs() < 0.02, "{square}");
    }

    #[test]
    fn a_preview_shows_the_crop_in_its_own_light() {
        let crop = Crop(Box::new(std::array::from_fn(|index| (index * 31 % 199) as u8 + 20)));
        assert_eq!(Augmentation::OFF.preview(&crop, 1), crop);
        let flipped = Augmentation { flip: 1.0, ..Augmentation::OFF }.preview(&crop, 1);
        assert_eq!(flipped.bytes()[..CROP_SIDE], crop.bytes()[..CROP_SIDE].iter().rev().copied().collect::<Vec<_>>());
        let bright = Augmentation { brightness: 1.0, contrast: 1.0, ..Augmentation::OFF };
        assert!((0..20).any(|seed| bright.preview(&crop, seed).bytes().contains(&255)), "too bright is white");
    }

    #[test]
    fn erasing_covers_a_rectangle() {
        let erased = applied(&Augmentation { erasing: 1.0, ..Augmentation::OFF }, 2);
        let covered = erased.iter().zip(image()).filter(|(a, b)| **a != *b).count();
        assert!((36..=17 * 17).contains(&covered));
    }
}
