//! Where crops have the face.

use serde::{Deserialize, Serialize};

use crate::recognition::RecognizedFace;
use crate::vision::{CROP_SIDE, Point};

/// Where a crop has the face, in pixels of the crop (0 to 48) from its left and top.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Placement {
    /// The distance between the eyes.
    pub eye_distance: f32,
    /// The middle between the eyes, from the left …
    pub eyes_x: f32,
    /// … and from the top.
    pub eyes_y: f32,
    /// The middle of the mouth, from the top.
    pub mouth_y: f32,
}

/// The means of FER2013's images: of 859 images of PublicTest whose faces the detector found on 29 November 2026, each enlarged and
/// surrounded by the repetition of its edges.
pub const FER2013_PLACEMENT: Placement = Placement { eye_distance: 16.2, eyes_x: 24.0, eyes_y: 18.9, mouth_y: 36.5 };

/// A mean and the standard deviation around it, in pixels of the crop.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MeanAndDeviation {
    /// The mean.
    pub mean: f64,
    /// The population standard deviation.
    pub deviation: f64,
}

/// Where the crops of several photographs have the faces, in pixels of the crop; of the first framing, if there are several.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlacementReport {
    /// The distance between the eyes.
    pub eye_distance: MeanAndDeviation,
    /// The middle between the eyes, from the left …
    pub eyes_x: MeanAndDeviation,
    /// … and from the top.
    pub eyes_y: MeanAndDeviation,
    /// The middle of the mouth, from the top.
    pub mouth_y: MeanAndDeviation,
}

impl Placement {
    /// Where the crop of a recognized face has it.
    pub fn of(face: &RecognizedFace) -> Self {
        Self::within(face, face.outline)
    }

    /// Where a square of the picture has a recognized face, by the corners of the square, clockwise from its top left.
    pub fn within(face: &RecognizedFace, [origin, right, _, bottom]: [Point; 4]) -> Self {
        let side = CROP_SIDE as f32;
        let along = |from: Point, axis: Point| {
            let (x, y) = (axis.x - origin.x, axis.y - origin.y);
            // the axis is as long as the side of the square
            ((from.x - origin.x) * x + (from.y - origin.y) * y) / (x * x + y * y) * side
        };
        let [right_eye, left_eye, _, mouth, ..] = face.landmarks;
        let eyes = right_eye.midpoint(left_eye);
        Self {
            eye_distance: right_eye.distance(left_eye) / origin.distance(right) * side,
            eyes_x: along(eyes, right),
            eyes_y: along(eyes, bottom),
            mouth_y: along(mouth, bottom),
        }
    }
}

impl PlacementReport {
    /// `None` for no placement.
    pub(super) fn new(placements: impl Iterator<Item = Placement>) -> Option<Self> {
        let placements: Vec<Placement> = placements.collect();
        let of = |value: fn(&Placement) -> f32| {
            let values = || placements.iter().map(|placement| f64::from(value(placement)));
            let mean = super::mean(values());
            let deviation = super::mean(values().map(|value| (value - mean).powi(2))).sqrt();
            MeanAndDeviation { mean, deviation }
        };
        (!placements.is_empty()).then(|| Self {
            eye_distance: of(|placement| placement.eye_distance),
            eyes_x: of(|placement| placement.eyes_x),
            eyes_y: of(|placement| placement.eyes_y),
            mouth_y: of(|placement| placement.mouth_y),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expression::Distribution;
    use crate::vision::{Rectangle, Similarity};

    #[test]
    fn placement_is_measured_in_the_crop() {
        let frame_from_crop = Similarity::new(2.5, 0.3, Point::new(24.0, 24.0), Point::new(310.0, 205.0));
        let at = |x: f32, y: f32| frame_from_crop.apply(Point::new(x, y));
        let face = RecognizedFace {
            id: 1,
            bounds: Rectangle::default(),
            landmarks: [at(15.0, 18.0), at(35.0, 18.0), at(25.0, 26.0), at(24.0, 36.0), at(4.0, 20.0), at(44.0, 20.0)],
            outline: [at(0.0, 0.0), at(48.0, 0.0), at(48.0, 48.0), at(0.0, 48.0)],
            score: 1.0,
            prediction: Distribution::UNIFORM,
            smoothed: Distribution::UNIFORM,
            clear: false,
            crop: Vec::new(),
        };
        let Placement { eye_distance, eyes_x, eyes_y, mouth_y } = Placement::of(&face);
        for (got, expected) in [(eye_distance, 20.0), (eyes_x, 25.0), (eyes_y, 18.0), (mouth_y, 36.0)] {
            assert!((got - expected).abs() < 1e-3, "{got} where {expected} is right");
        }
    }
}
