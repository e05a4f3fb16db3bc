//! The colours of skin, eyes, brows and hair, which the model lacks and which are painted.

use crate::numbers::Numbers;
use crate::vector::Vector;

/// A skin tone: one of six classes of the individual typology angle (Chardon, Cretois & Hourseau, 1991).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum SkinTone {
    VeryLight = 0,
    Light = 1,
    Intermediate = 2,
    Tan = 3,
    Brown = 4,
    Dark = 5,
}

impl SkinTone {
    /// All of them, from light to dark.
    pub const ALL: [Self; 6] = [Self::VeryLight, Self::Light, Self::Intermediate, Self::Tan, Self::Brown, Self::Dark];

    /// The name in tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::VeryLight => "very light",
            Self::Light => "light",
            Self::Intermediate => "intermediate",
            Self::Tan => "tan",
            Self::Brown => "brown",
            Self::Dark => "dark",
        }
    }

    /// The mean colour in CIELAB (D65). Lightness and yellowness give an individual typology angle, `atan((L − 50) / b)`, within the
    /// class.
    pub const fn lab(self) -> [f32; 3] {
        match self {
            Self::VeryLight => [71.0, 10.5, 13.5],
            Self::Light => [66.0, 11.5, 15.5],
            Self::Intermediate => [61.5, 12.5, 17.0],
            Self::Tan => [56.0, 13.5, 18.0],
            Self::Brown => [46.0, 13.0, 17.0],
            Self::Dark => [35.0, 11.0, 13.0],
        }
    }

    /// The reflectance in linear sRGB, 0 to 1.
    pub(crate) fn albedo(self) -> Vector {
        let [lightness, a, b] = self.lab();
        let middle = (lightness + 16.0) / 116.0;
        let cube = |value: f32| {
            if value > 6.0 / 29.0 {
                value * value * value
            } else {
                3.0 * (6.0 / 29.0) * (6.0 / 29.0) * (value - 4.0 / 29.0)
            }
        };
        let (x, y, z) = (0.950_47 * cube(middle + a / 500.0), cube(middle), 1.088_83 * cube(middle - b / 200.0));
        Vector::new(
            3.240_454_2 * x - 1.537_138_5 * y - 0.498_531_4 * z,
            -0.969_266 * x + 1.876_010_8 * y + 0.041_556 * z,
            0.055_643_4 * x - 0.204_025_9 * y + 1.057_225_2 * z,
        )
        .map(|value| value.clamp(0.0, 1.0))
    }
}

/// What is painted on a face.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Appearance {
    /// Skin tone.
    pub skin: SkinTone,
    /// Redness of cheeks and nose, 0 to 1.
    pub redness: f32,
    /// Colour of hair and brows, in linear sRGB.
    pub hair_colour: Vector,
    /// Short hair, as thick as this in centimetres, at most 3; 0 is none.
    pub hair: f32,
    /// Where the hair starts, in centimetres above the usual hairline.
    pub hairline: f32,
    /// Density of the brows, 0 to 1.
    pub brow_density: f32,
    /// Height of the brows in centimetres.
    pub brow_height: f32,
    /// Density of the beard, 0 to 1.
    pub beard: f32,
    /// Colour of the lips: 0 is that of the skin, 1 strong.
    pub lips: f32,
    /// Colour of the iris, in linear sRGB.
    pub iris: Vector,
    /// Shine of the skin, 0 to 1.
    pub shine: f32,
    /// Seed of the fine structure.
    pub seed: u64,
}

impl Appearance {
    /// The colour of lashes and of the edges of the lids, in linear sRGB: dark, with a little of the hair's.
    pub(crate) fn lash_colour(&self) -> Vector {
        Vector::new(0.018, 0.013, 0.011).toward(self.hair_colour, 0.3)
    }

    /// A plausible appearance from a seed.
    pub fn random(skin: SkinTone, seed: u64) -> Self {
        let mut numbers = Numbers::new(seed, 21);
        let is_light = matches!(skin, SkinTone::VeryLight | SkinTone::Light);
        let black = Vector::new(0.012, 0.010, 0.009);
        let brown = Vector::new(0.055, 0.030, 0.017);
        let fair = Vector::new(0.26, 0.16, 0.075);
        let grey = Vector::new(0.30, 0.29, 0.28);
        let share = numbers.uniform();
        let hair_colour = match numbers.uniform() {
            shade if shade < 0.1 => black.toward(grey, 0.4 + 0.6 * share),
            shade if is_light && shade < 0.5 => brown.toward(fair, share),
            shade if is_light || shade < 0.3 => black.toward(brown, share),
            _ => black.toward(brown, 0.3 * share),
        };
        let share = numbers.uniform();
        let iris = match numbers.uniform() {
            kind if is_light && kind < 0.35 => {
                Vector::new(0.10, 0.20, 0.32).toward(Vector::new(0.18, 0.26, 0.30), share)
            }
            kind if is_light && kind < 0.55 => Vector::new(0.14, 0.17, 0.07),
            _ => Vector::new(0.030, 0.014, 0.007).toward(Vector::new(0.13, 0.06, 0.022), share * share),
        };
        let bearded = numbers.uniform();
        Self {
            skin,
            redness: numbers.between(0.2, 0.9),
            hair_colour,
            hair: if numbers.uniform() < 0.12 { 0.0 } else { numbers.between(0.3, 1.3) },
            hairline: numbers.between(-0.8, 1.2),
            brow_density: numbers.between(0.55, 1.0),
            brow_height: numbers.between(0.5, 0.95),
            beard: if bearded < 0.7 { 0.0 } else { numbers.between(0.2, 0.95) },
            lips: numbers.between(0.25, 0.9),
            iris,
            shine: numbers.between(0.2, 0.8),
            seed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn skin_tones_are_in_their_classes() {
        // the limits of the classes by the individual typology angle, in degrees (Chardon et al., 1991; Del Bino & Bernerd, 2013)
        let limits = [90.0, 55.0, 41.0, 28.0, 10.0, -30.0, -90.0];
        for (index, tone) in SkinTone::ALL.into_iter().enumerate() {
            let [lightness, _, yellowness] = tone.lab();
            let angle = libm::atan2f(lightness - 50.0, yellowness).to_degrees();
            assert!(angle < limits[index] && angle > limits[index + 1], "{tone:?}: {angle}");
        }
        let luminance = |tone: SkinTone| tone.albedo().dot(Vector::new(0.2126, 0.7152, 0.0722));
        assert!(SkinTone::ALL.is_sorted_by(|&a, &b| luminance(a) > luminance(b)));
        // L* of 35 is a luminance of 8.5 %, and L* of 71 one of 42 %
        assert!((luminance(SkinTone::Dark) - 0.085).abs() < 0.005);
        assert!((luminance(SkinTone::VeryLight) - 0.42).abs() < 0.01);
    }
}
