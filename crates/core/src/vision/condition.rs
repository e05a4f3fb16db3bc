//! Poor conditions of a photograph: little light, light from one side, and the size of a face before a webcam.
//!
//! Unlike the corruptions of crops ([`super::corruption`]), these change the whole picture, before a face is looked for.

use rand::SeedableRng as _;
use rand::rngs::StdRng;

use super::{Border, CROP_SIDE, Crop, Frame, Point, Similarity};
use crate::random::normal;

/// How much of the light is left in [`PhotoCondition::Dimmed`], and at the dark side in [`PhotoCondition::SideLit`].
const DIM_LIGHT: f32 = 0.03;

/// The electrons that a pixel of full brightness collects in a camera's sensor in good light …
const FULL_ELECTRONS: f32 = 2000.0;

/// … and the noise of reading them, in electrons.
const READ_NOISE: f32 = 3.0;

/// Exponent of the encoding of light by grey levels.
const GAMMA: f32 = 2.2;

/// Width that a photograph has in [`PhotoCondition::Webcam`] (less if it is so high that it would not fit), within a frame of …
const WEBCAM_PHOTO: f32 = 160.0;

/// … this width and height.
const WEBCAM: (usize, usize) = (640, 480);

/// Grey level of what surrounds the photograph there.
const SURROUNDINGS: u8 = 128;

/// What a photograph was changed to look like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PhotoCondition {
    /// As it is.
    #[default]
    Original,
    /// With 3 % of its light, and the noise of a small sensor.
    Dimmed,
    /// With the light falling to 3 % from the left to the right third of the picture, and that noise.
    SideLit,
    /// Shrunk to a width of 160 pixels, in the middle of a frame of 640×480 pixels.
    Webcam,
}

impl PhotoCondition {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Original, Self::Dimmed, Self::SideLit, Self::Webcam];

    /// The name on the command line and in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Original => "original",
            Self::Dimmed => "dimmed",
            Self::SideLit => "side-lit",
            Self::Webcam => "webcam",
        }
    }

    /// The photograph under this condition; `seed` is that of the noise.
    #[must_use]
    pub fn of(self, photo: &Frame, seed: u64) -> Frame {
        match self {
            Self::Original => photo.clone(),
            Self::Dimmed => lit(photo, seed, |_| DIM_LIGHT),
            Self::SideLit => {
                // the smooth step over the middle third, as in the corruption of crops
                let light = |across: f32| {
                    let t = (3.0 * across - 1.0).clamp(0.0, 1.0);
                    1.0 - (1.0 - DIM_LIGHT) * t * t * (3.0 - 2.0 * t)
                };
                lit(photo, seed, light)
            }
            Self::Webcam => {
                placed(photo, (photo.width() as f32 / WEBCAM_PHOTO).max(photo.height() as f32 / WEBCAM.1 as f32))
            }
        }
    }
}

/// A crop enlarged to `side` pixels in the middle of a grey frame of 640×480 pixels (bilinear), to be found again by a
/// detector.
pub fn pasted(crop: &Crop, side: f32) -> Frame {
    placed(&Frame::from(crop), CROP_SIDE as f32 / side.max(1.0))
}

/// The corners of the image in the frame that [`pasted`] returns, clockwise from its top left.
pub fn pasted_corners(side: f32) -> [Point; 4] {
    let (left, top) = ((WEBCAM.0 as f32 - side) / 2.0, (WEBCAM.1 as f32 - side) / 2.0);
    [(0.0, 0.0), (side, 0.0), (side, side), (0.0, side)].map(|(x, y)| Point::new(left + x, top + y))
}

/// A picture in the middle of a webcam's frame, with `scale` of its pixels for one of the frame.
fn placed(picture: &Frame, scale: f32) -> Frame {
    let (width, height) = WEBCAM;
    let middle = Point::new(width as f32 / 2.0, height as f32 / 2.0);
    let (own_width, own_height) = (picture.width() as f32, picture.height() as f32);
    let picture_from_frame = Similarity::new(scale, 0.0, middle, Point::new(own_width / 2.0, own_height / 2.0));
    let mut frame = Frame::uniform(width, height, SURROUNDINGS);
    picture.sample(&picture_from_frame, width, height, Border::Nearest, |index, colour| {
        let place = Point::new((index % width) as f32 + 0.5, (index / width) as f32 + 0.5);
        let place = picture_from_frame.apply(place);
        if (0.0..own_width).contains(&place.x) && (0.0..own_height).contains(&place.y) {
            frame.set(index, colour.map(byte));
        }
    });
    frame
}

/// A photograph in other light: `light` is the share that is left at a place from left (0) to right (1).
fn lit(photo: &Frame, seed: u64, light: impl Fn(f32) -> f32) -> Frame {
    let mut random = StdRng::seed_from_u64(seed);
    let mut frame = photo.clone();
    let linear: Vec<f32> = (0..=u8::MAX).map(|level| (f32::from(level) / 255.0).powf(GAMMA)).collect();
    for index in 0..photo.width() * photo.height() {
        let across = (index % photo.width()) as f32 / photo.width() as f32;
        let share = light(across);
        let colour = photo.colour_at(index).map(|level| {
            let electrons = linear[usize::from(level)] * share * FULL_ELECTRONS;
            // shot noise is Poisson's, whose variance is its mean
            let noise = normal(&mut random) * (electrons + READ_NOISE * READ_NOISE).sqrt();
            let seen = ((electrons + noise) / FULL_ELECTRONS).max(0.0);
            byte(255.0 * seen.powf(1.0 / GAMMA))
        });
        frame.set(index, colour);
    }
    frame
}

fn byte(value: f32) -> u8 {
    (value + 0.5).clamp(0.0, 255.0) as u8
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vision::CROP_PIXELS;

    fn mean(frame: &Frame, columns: std::ops::Range<usize>) -> f32 {
        let rows = 0..frame.height();
        let places = rows.flat_map(|row| columns.clone().map(move |column| row * frame.width() + column));
        let levels: Vec<f32> = places.map(|place| f32::from(frame.colour_at(place)[1])).collect();
        levels.iter().sum::<f32>() / levels.len() as f32
    }

    #[test]
    fn light_is_taken_away() {
        let photo = Frame::uniform(90, 60, 200);
        assert_eq!(PhotoCondition::Original.of(&photo, 1).pixels(), photo.pixels());
        let dimmed = PhotoCondition::Dimmed.of(&photo, 1);
        // 200 · 0.03^(1/2.2) = 40.6, less what noise at low light takes from a concave encoding
        assert!((37.0..42.0).contains(&mean(&dimmed, 0..90)), "{}", mean(&dimmed, 0..90));
        let levels: Vec<u8> = (0..90 * 60).map(|place| dimmed.colour_at(place)[1]).collect();
        assert!(levels.iter().max() > levels.iter().min(), "there is noise");
        assert_eq!(dimmed.pixels(), PhotoCondition::Dimmed.of(&photo, 1).pixels());
        assert_ne!(dimmed.pixels(), PhotoCondition::Dimmed.of(&photo, 2).pixels());
        let lit = PhotoCondition::SideLit.of(&photo, 1);
        assert!((197.0..203.0).contains(&mean(&lit, 0..30)) && (37.0..42.0).contains(&mean(&lit, 60..90)));
    }

    #[test]
    fn pictures_are_placed_in_a_frame() {
        let photo = Frame::uniform(600, 600, 20);
        let frame = PhotoCondition::Webcam.of(&photo, 0);
        assert_eq!((frame.width(), frame.height()), (640, 480));
        let dark = (0..640 * 480).filter(|&place| frame.colour_at(place) == [20; 3]).count();
        assert_eq!(dark, 160 * 160);
        let mut crop = Crop(Box::new([90; CROP_PIXELS]));
        crop.0[..CROP_PIXELS / 2].fill(10);
        let frame = pasted(&crop, 96.0);
        assert_eq!(pasted_corners(96.0)[0], Point::new(272.0, 192.0));
        assert_eq!(pasted_corners(96.0)[2], Point::new(368.0, 288.0));
        let at = |x: usize, y: usize| frame.colour_at(y * 640 + x)[0];
        assert_eq!([at(271, 280), at(272, 280), at(367, 280), at(368, 280)], [128, 90, 90, 128]);
        assert_eq!([at(320, 191), at(320, 192), at(320, 287), at(320, 288)], [128, 10, 90, 128]);
    }
}
