//! Corruptions of the image of a face: see `docs/robustness.md`.
//!
//! A corruption is a pure function of a crop, a strength and a seed. It changes the bytes before they are normalized. The
//! integer strengths 1 to 5 are the severities of tables; between them the parameter is interpolated linearly, and 0
//! changes nothing.

mod blur;
mod light;
mod noise;
mod occlusion;
mod orientation;
mod resolution;

use serde::{Deserialize, Serialize};

use super::Crop;

/// The number of severities, which are the strengths 1 to this.
pub const SEVERITIES: usize = 5;

/// A corruption.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Corruption {
    /// Brighter or darker, as drawn from the seed.
    Brightness,
    /// Less contrast.
    Contrast,
    /// Gamma correction, brighter or darker as drawn from the seed.
    Gamma,
    /// A shadow over one side of the face, drawn from the seed.
    SideShadow,
    /// A rotation, to a side drawn from the seed.
    Roll,
    /// A turn of the head to a side drawn from the seed: a plane rotated about its vertical axis, in perspective.
    Yaw,
    /// A translation in a direction drawn from the seed.
    Shift,
    /// A tighter crop.
    Tighter,
    /// A wider crop; the border is repeated.
    Wider,
    /// A dark bar over the eyes.
    Eyes,
    /// A bar of the mean grey over the mouth.
    Mouth,
    /// A light mask over the lower part.
    LowerHalf,
    /// Squares of uniform grey, with positions and grey levels drawn from the seed.
    Blocks,
    /// A lower resolution.
    Resolution,
    /// A Gaussian blur.
    Blur,
    /// Gaussian noise.
    GaussianNoise,
    /// Salt-and-pepper noise: black or white pixels.
    SaltAndPepper,
    /// JPEG compression.
    Jpeg,
}

/// A family of corruptions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // the names say it
pub enum Family {
    Light,
    Orientation,
    Occlusion,
    Quality,
}

impl Family {
    /// All of them, in the order of tables.
    pub const ALL: [Self; 4] = [Self::Light, Self::Orientation, Self::Occlusion, Self::Quality];

    /// The name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Orientation => "orientation",
            Self::Occlusion => "occlusion",
            Self::Quality => "quality",
        }
    }
}

impl Corruption {
    /// All of them, in the order of tables.
    pub const ALL: [Self; 18] = [
        Self::Brightness,
        Self::Contrast,
        Self::Gamma,
        Self::SideShadow,
        Self::Roll,
        Self::Yaw,
        Self::Shift,
        Self::Tighter,
        Self::Wider,
        Self::Eyes,
        Self::Mouth,
        Self::LowerHalf,
        Self::Blocks,
        Self::Resolution,
        Self::Blur,
        Self::GaussianNoise,
        Self::SaltAndPepper,
        Self::Jpeg,
    ];

    /// The name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Brightness => "brightness",
            Self::Contrast => "contrast",
            Self::Gamma => "gamma",
            Self::SideShadow => "side_shadow",
            Self::Roll => "roll",
            Self::Yaw => "yaw",
            Self::Shift => "shift",
            Self::Tighter => "tighter",
            Self::Wider => "wider",
            Self::Eyes => "eyes",
            Self::Mouth => "mouth",
            Self::LowerHalf => "lower_half",
            Self::Blocks => "blocks",
            Self::Resolution => "resolution",
            Self::Blur => "blur",
            Self::GaussianNoise => "gaussian_noise",
            Self::SaltAndPepper => "salt_and_pepper",
            Self::Jpeg => "jpeg",
        }
    }

    /// The family.
    pub const fn family(self) -> Family {
        match self {
            Self::Brightness | Self::Contrast | Self::Gamma | Self::SideShadow => Family::Light,
            Self::Roll | Self::Yaw | Self::Shift | Self::Tighter | Self::Wider => Family::Orientation,
            Self::Eyes | Self::Mouth | Self::LowerHalf | Self::Blocks => Family::Occlusion,
            Self::Resolution | Self::Blur | Self::GaussianNoise | Self::SaltAndPepper | Self::Jpeg => Family::Quality,
        }
    }

    /// The unit of [`Self::parameter`].
    pub const fn unit(self) -> &'static str {
        match self {
            Self::Brightness | Self::GaussianNoise => "grey levels",
            Self::Contrast => "times",
            Self::Gamma => "exponent",
            Self::SideShadow => "of the light removed",
            Self::Roll | Self::Yaw => "degrees",
            Self::Shift | Self::Tighter | Self::Wider => "% of the side",
            Self::Eyes | Self::Mouth | Self::LowerHalf => "rows covered",
            Self::Blocks => "blocks",
            Self::Resolution => "pixels per side",
            Self::Blur => "pixels standard deviation",
            Self::SaltAndPepper => "% of the pixels",
            Self::Jpeg => "quality",
        }
    }

    /// The parameter at the strengths 0 (no change) to 5.
    const fn parameters(self) -> [f32; SEVERITIES + 1] {
        match self {
            Self::Brightness => [0.0, 25.0, 50.0, 75.0, 100.0, 125.0],
            Self::Contrast => [1.0, 0.7, 0.5, 0.3, 0.2, 0.1],
            Self::Gamma => [1.0, 1.5, 2.0, 2.5, 3.0, 4.0],
            Self::SideShadow => [0.0, 0.3, 0.5, 0.7, 0.85, 0.95],
            Self::Roll => [0.0, 7.5, 15.0, 22.5, 30.0, 45.0],
            Self::Yaw => [0.0, 15.0, 25.0, 35.0, 45.0, 55.0],
            Self::Shift => [0.0, 2.5, 5.0, 7.5, 10.0, 15.0],
            Self::Tighter | Self::Wider => [0.0, 5.0, 10.0, 15.0, 20.0, 30.0],
            Self::Eyes | Self::Mouth => [0.0, 4.0, 8.0, 12.0, 16.0, 20.0],
            Self::LowerHalf => [0.0, 8.0, 12.0, 16.0, 20.0, 24.0],
            Self::Blocks => [0.0, 2.0, 4.0, 6.0, 9.0, 12.0],
            Self::Resolution => [48.0, 32.0, 24.0, 16.0, 12.0, 8.0],
            Self::Blur => [0.0, 0.5, 1.0, 1.5, 2.0, 3.0],
            Self::GaussianNoise => [0.0, 8.0, 16.0, 24.0, 32.0, 48.0],
            Self::SaltAndPepper => [0.0, 1.0, 3.0, 6.0, 12.0, 20.0],
            Self::Jpeg => [100.0, 50.0, 30.0, 20.0, 10.0, 5.0],
        }
    }

    /// The parameter at a strength from 0 to 5, in [`Self::unit`]s.
    pub fn parameter(self, strength: f32) -> f32 {
        let strength = if strength > 0.0 { strength.min(SEVERITIES as f32) } else { 0.0 };
        let below = (strength as usize).min(SEVERITIES - 1);
        let [from, to] = [0, 1].map(|step| self.parameters()[below + step]);
        from + (to - from) * (strength - below as f32)
    }

    /// Corrupts a crop with a strength from 0 (unchanged) to 5. Random numbers depend on the seed alone, not on the strength.
    #[must_use]
    pub fn apply(self, crop: &Crop, strength: f32, seed: u64) -> Crop {
        if strength.is_nan() || strength <= 0.0 {
            return crop.clone();
        }
        let parameter = self.parameter(strength);
        match self {
            Self::Brightness => light::brightness(crop, parameter, seed),
            Self::Contrast => light::contrast(crop, parameter),
            Self::Gamma => light::gamma(crop, parameter, seed),
            Self::SideShadow => light::side_shadow(crop, parameter, seed),
            Self::Roll => orientation::roll(crop, parameter, seed),
            Self::Yaw => orientation::yaw(crop, parameter, seed),
            Self::Shift => orientation::shift(crop, parameter, seed),
            Self::Tighter => orientation::scale(crop, 1.0 - parameter / 100.0),
            Self::Wider => orientation::scale(crop, 1.0 + parameter / 100.0),
            Self::Eyes => occlusion::eyes(crop, parameter),
            Self::Mouth => occlusion::mouth(crop, parameter),
            Self::LowerHalf => occlusion::lower(crop, parameter),
            Self::Blocks => occlusion::blocks(crop, parameter, seed),
            Self::Resolution => resolution::resolution(crop, parameter),
            Self::Blur => blur::blur(crop, parameter),
            Self::GaussianNoise => noise::gaussian(crop, parameter, seed),
            Self::SaltAndPepper => noise::salt_and_pepper(crop, parameter, seed),
            Self::Jpeg => resolution::jpeg(crop, parameter),
        }
    }
}

/// Rounds and clips a grey value to a byte.
fn byte(value: f32) -> u8 {
    value.round() as u8
}

/// Changes every byte by its row, column and value.
fn map(crop: &Crop, change: impl Fn(usize, usize, f32) -> f32) -> Crop {
    use super::CROP_SIDE;
    let mut changed = crop.clone();
    for (index, pixel) in changed.0.iter_mut().enumerate() {
        *pixel = byte(change(index / CROP_SIDE, index % CROP_SIDE, f32::from(*pixel)));
    }
    changed
}

/// A random sign.
fn sign(seed: u64) -> f32 {
    if crate::random::derive_seed(seed, 0).is_multiple_of(2) { 1.0 } else { -1.0 }
}

#[cfg(test)]
mod tests;
