//! A detected face, and its alignment to a crop.

use mien_core::vision::{CROP_SIDE, Framing, Point, Rectangle, Similarity};

/// A landmark of a face, in the order of [`Face::landmarks`]. Left and right are the person's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Landmark {
    RightEye = 0,
    LeftEye = 1,
    NoseTip = 2,
    MouthCentre = 3,
    RightEar = 4,
    LeftEar = 5,
}

/// A face in a picture, in pixels of the picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Face {
    /// Axis-aligned bounding box, about square, from brow to chin.
    pub bounds: Rectangle,
    /// Six landmarks in the order of [`Landmark`].
    pub landmarks: [Point; 6],
    /// The detector's confidence, 0 to 1.
    pub score: f32,
}

impl Face {
    /// One of the six landmarks.
    pub fn landmark(&self, landmark: Landmark) -> Point {
        self.landmarks[landmark as usize]
    }

    /// The roll of the head in radians, clockwise on screen; 0 when the eyes are level.
    pub fn roll(&self) -> f32 {
        let (right, left) = (self.landmark(Landmark::RightEye), self.landmark(Landmark::LeftEye));
        (left.y - right.y).atan2(left.x - right.x)
    }

    /// The transform from crop pixels to picture pixels, with the eyes level and the face framed as that of every found face
    /// ([`Framing::FOUND_FACES`]).
    pub fn frame_from_crop(&self) -> Similarity {
        self.framed(Framing::FOUND_FACES)
    }

    /// The transform from crop pixels to picture pixels in a framing, with the eyes level.
    ///
    /// Size and position come from the bounding box, since the distance between the eyes shrinks as a head turns; the roll
    /// comes from the eyes.
    pub fn framed(&self, framing: Framing) -> Similarity {
        let side = (self.bounds.width + self.bounds.height) / 2.0;
        framing.frame_from_crop(self.bounds.centre(), side, self.roll())
    }

    /// The corners of the crop in a framing, in the picture, clockwise from its top left.
    pub fn outline(&self, framing: Framing) -> [Point; 4] {
        let side = CROP_SIDE as f32;
        let transform = self.framed(framing);
        [(0.0, 0.0), (side, 0.0), (side, side), (0.0, side)].map(|(x, y)| transform.apply(Point::new(x, y)))
    }

    /// The face with all points transformed; its bounding box stays axis-aligned.
    #[must_use]
    pub fn transformed(&self, target_from_source: &Similarity) -> Self {
        let scale = target_from_source.scale();
        Self {
            bounds: Rectangle::centred(
                target_from_source.apply(self.bounds.centre()),
                self.bounds.width * scale,
                self.bounds.height * scale,
            ),
            landmarks: self.landmarks.map(|point| target_from_source.apply(point)),
            score: self.score,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaning(angle: f32) -> Face {
        let turn = Similarity::new(1.0, angle, Point::new(100.0, 100.0), Point::new(100.0, 100.0));
        let upright = [(80.0, 85.0), (120.0, 85.0), (100.0, 105.0), (100.0, 125.0), (60.0, 90.0), (140.0, 90.0)];
        Face {
            bounds: Rectangle::centred(Point::new(100.0, 100.0), 100.0, 100.0),
            landmarks: upright.map(|(x, y)| turn.apply(Point::new(x, y))),
            score: 1.0,
        }
    }

    #[test]
    fn the_crop_levels_the_eyes() {
        for angle in [-0.6, 0.0, 0.3_f32] {
            let face = leaning(angle);
            assert!((face.roll() - angle).abs() < 1e-4);
            let crop_from_frame = face.frame_from_crop().inverse();
            let right = crop_from_frame.apply(face.landmark(Landmark::RightEye));
            let left = crop_from_frame.apply(face.landmark(Landmark::LeftEye));
            assert!((right.y - left.y).abs() < 1e-3, "{right:?} {left:?}");
            assert!(left.x > right.x);
        }
    }
}
