//! Augmentation: each image of an epoch is seen a little otherwise, so that the network learns what does not change.

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng};
use serde::{Deserialize, Serialize};

use super::shuffle::normal;
use crate::vision::{CROP_PIXELS, CROP_SIDE, Crop};

/// How strongly images are changed; 0 turns a change off. It is applied to normalised light
/// ([`crate::vision::Crop::normalise`]), so brightness is measured in deviations.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Augmentation {
    /// How often an image is mirrored, 0 to 1.
    pub flip: f32,
    /// The largest rotation either way, in degrees, 0 to 180.
    pub rotation: f32,
    /// The largest change of size either way, as a logarithm, 0 to 1: 0.18 is a sixth smaller to a fifth larger.
    pub scale: f32,
    /// The largest shift either way along each axis, as a share of the side, 0 to 1.
    pub shift: f32,
    /// The deviation of the factor that contrast is multiplied by, 0 to 1.
    pub contrast: f32,
    /// The deviation of what is added to the light, 0 to 1.
    pub brightness: f32,
    /// The deviation of the noise that is added to each pixel, 0 to 1.
    pub noise: f32,
    /// How often a rectangle of 6 to 17 pixels a side is covered with an even grey, 0 to 1.
    pub erasing: f32,
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
        }
    }
}

impl Augmentation {
    /// No change at all.
    pub const OFF: Self = Self {
        flip: 0.0,
        rotation: 0.0,
        scale: 0.0,
        shift: 0.0,
        contrast: 0.0,
        brightness: 0.0,
        noise: 0.0,
        erasing: 0.0,
    };

    /// Refuses strengths out of their ranges.
    ///
    /// # Errors
    /// Which one, in words.
    pub fn check(&self) -> Result<(), String> {
        let ranges = [
            ("flip", self.flip, 1.0),
            ("rotation", self.rotation, 180.0),
            ("scale", self.scale, 1.0),
            ("shift", self.shift, 1.0),
            ("contrast", self.contrast, 1.0),
            ("brightness", self.brightness, 1.0),
            ("noise", self.noise, 1.0),
            ("erasing", self.erasing, 1.0),
        ];
        match ranges.into_iter().find(|(_, value, most)| !(0.0..=*most).contains(value)) {
            Some((name, value, most)) => Err(format!("an augmentation `{name}` of {value} (0 to {most})")),
            None => Ok(()),
        }
    }

    /// Changes an image of 48×48 normalised light, row by row, in a way that the seed draws.
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
        let contrast = 1.0 + self.contrast * normal(&mut random);
        let brightness = self.brightness * normal(&mut random);
        for value in image.iter_mut() {
            *value = *value * contrast + brightness;
        }
        if self.noise > 0.0 {
            image.iter_mut().for_each(|value| *value += self.noise * normal(&mut random));
        }
    }

    /// A crop as training would see it, as bytes to be shown: changed in the way that the seed draws, in the light that
    /// the crop had.
    pub fn preview(&self, crop: &Crop, seed: u64) -> Crop {
        let mut light = crop.normalise();
        self.apply(&mut light, seed);
        let (mean, deviation) = crop.mean_and_deviation();
        Crop(Box::new(std::array::from_fn(|index| (light[index] * deviation + mean).round() as u8)))
    }

    /// Mirrors, turns, sizes and shifts in one bilinear resampling; what lies outside repeats the border.
    fn resample(&self, image: &mut Vec<f32>, random: &mut StdRng) {
        let mut within = |most: f32| (random.random::<f32>() * 2.0 - 1.0) * most;
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
                image.push(bilinear(&source, x, y));
            }
        }
    }
}

fn bilinear(image: &[f32], x: f32, y: f32) -> f32 {
    const LAST: usize = CROP_SIDE - 1;
    let (x, y) = (x.clamp(0.0, LAST as f32), y.clamp(0.0, LAST as f32));
    let (left, top) = (x as usize, y as usize);
    let (right, bottom) = ((left + 1).min(LAST), (top + 1).min(LAST));
    let (along, down) = (x - left as f32, y - top as f32);
    let read = |row: usize, column: usize| image[row * CROP_SIDE + column];
    let above = read(top, left) + (read(top, right) - read(top, left)) * along;
    let under = read(bottom, left) + (read(bottom, right) - read(bottom, left)) * along;
    above + (under - above) * down
}

fn erase(image: &mut [f32], random: &mut StdRng) {
    let (height, width) = (random.random_range(6..18), random.random_range(6..18));
    let (top, left) = (random.random_range(0..=CROP_SIDE - height), random.random_range(0..=CROP_SIDE - width));
    let grey = normal(random);
    for row in image.chunks_exact_mut(CROP_SIDE).skip(top).take(height) {
        row[left..left + width].fill(grey);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
            // what is round looks the same from every side, away from the corners
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
