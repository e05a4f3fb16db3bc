//! How a crop frames a detected face: the one definition for the page and the command line.

use std::ops::RangeInclusive;

use super::{CROP_SIDE, Point, Similarity};

/// Side of FER2013's images relative to the detector's bounding box of the face in them …
const SIDE_IN_BOXES: f32 = 1.13;

/// … and how far their centre is below the box's along the vertical axis of the face, relative to the box: medians over the
/// detections in 1,185 of the images.
const DROP_IN_BOXES: f32 = -0.07;

/// Valid scales.
const SCALES: RangeInclusive<f32> = 0.5..=2.0;

/// Valid shifts.
const SHIFTS: RangeInclusive<f32> = -0.5..=0.5;

/// How a crop frames a face.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Framing {
    scale: f32,
    shift: f32,
}

/// A framing out of range.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum FramingError {
    /// The scale.
    #[error("a scale of {0}: it must be {least} to {most}", least = SCALES.start(), most = SCALES.end())]
    Scale(f32),
    /// The shift.
    #[error("a shift of {0}: it must be {least} to {most}", least = SHIFTS.start(), most = SHIFTS.end())]
    Shift(f32),
}

impl Framing {
    /// That of the median of FER2013's images.
    pub const FER2013: Self = Self { scale: 1.0, shift: 0.0 };

    /// That of all faces that are found in pictures: a little wider and lower than FER2013's, with which predictions are right
    /// more often on photographs. `docs/photographs.md` has the measurements that chose it.
    pub const FOUND_FACES: Self = Self { scale: 1.1, shift: 0.05 };

    /// A framing whose crops are `scale` times as wide as [`Self::FER2013`]'s (0.5 to 2; more shows more around the face), and
    /// whose centre is `shift` sides of that crop further down along the face (−0.5 to 0.5).
    ///
    /// # Errors
    /// When one is out of range.
    pub fn new(scale: f32, shift: f32) -> Result<Self, FramingError> {
        if !SCALES.contains(&scale) {
            return Err(FramingError::Scale(scale));
        }
        if !SHIFTS.contains(&shift) {
            return Err(FramingError::Shift(shift));
        }
        Ok(Self { scale, shift })
    }

    /// The side of the crop, in sides of [`Self::FER2013`]'s.
    pub const fn scale(self) -> f32 {
        self.scale
    }

    /// How far the centre of the crop is below that of [`Self::FER2013`]'s, in sides of that crop.
    pub const fn shift(self) -> f32 {
        self.shift
    }

    /// The side of the crop relative to that of the detector's bounding box.
    pub const fn side_in_boxes(self) -> f32 {
        SIDE_IN_BOXES * self.scale
    }

    /// How far the centre of the crop is below the box's along the vertical axis of the face, relative to the side of the box.
    pub const fn drop_in_boxes(self) -> f32 {
        DROP_IN_BOXES + SIDE_IN_BOXES * self.shift
    }

    /// The transform from crop pixels to picture pixels, with the eyes level: for a box with this centre and side, and a face
    /// with this roll (radians, clockwise on screen).
    pub fn frame_from_crop(self, centre: Point, side: f32, roll: f32) -> Similarity {
        let drop = self.drop_in_boxes() * side;
        let centre = Point::new(centre.x - roll.sin() * drop, centre.y + roll.cos() * drop);
        let middle = CROP_SIDE as f32 / 2.0;
        let scale = side * self.side_in_boxes() / CROP_SIDE as f32;
        Similarity::new(scale, roll, Point::new(middle, middle), centre)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn framings_out_of_range_are_refused() {
        assert_eq!(Framing::new(1.0, 0.0), Ok(Framing::FER2013));
        for scale in [0.0, 0.4, 2.1, f32::INFINITY] {
            assert_eq!(Framing::new(scale, 0.0), Err(FramingError::Scale(scale)));
        }
        assert!(matches!(Framing::new(f32::NAN, 0.0), Err(FramingError::Scale(_))));
        assert_eq!(Framing::new(1.0, -0.6), Err(FramingError::Shift(-0.6)));
        assert!(matches!(Framing::new(1.0, f32::NAN), Err(FramingError::Shift(_))));
        let Framing { scale, shift } = Framing::FOUND_FACES;
        assert_eq!(Framing::new(scale, shift), Ok(Framing::FOUND_FACES));
    }

    #[test]
    fn a_framing_widens_and_moves_the_crop() {
        let corners = |framing: Framing, roll: f32| {
            let transform = framing.frame_from_crop(Point::new(200.0, 100.0), 100.0, roll);
            [(24.0, 0.0), (24.0, 24.0), (24.0, 48.0)].map(|(x, y)| transform.apply(Point::new(x, y)))
        };
        let close = |got: [Point; 3], expected: [(f32, f32); 3]| {
            for (got, (x, y)) in got.into_iter().zip(expected) {
                assert!(got.distance(Point::new(x, y)) < 1e-3, "{got:?} where {x}, {y} is right");
            }
        };
        // 113 pixels of side around a centre 7 above the box's
        close(corners(Framing::FER2013, 0.0), [(200.0, 36.5), (200.0, 93.0), (200.0, 149.5)]);
        // twice as wide, and a tenth of the 113 lower
        let wide = Framing { scale: 2.0, shift: 0.1 };
        close(corners(wide, 0.0), [(200.0, -8.7), (200.0, 104.3), (200.0, 217.3)]);
        // a quarter turn clockwise on screen: below the face is left of it
        close(corners(wide, std::f32::consts::FRAC_PI_2), [(308.7, 100.0), (195.7, 100.0), (82.7, 100.0)]);
    }
}
