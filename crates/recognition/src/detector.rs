//! Runs the network over regions of a picture.

use mien_core::dataset::FoundFace;
use mien_core::vision::{Border, Frame, Point, Rectangle, Similarity};
use mien_message::{Message, ToMessage};

use crate::decode::{best_of, decode, suppress};
use crate::detector_network::DetectorNetwork;
use crate::face::Face;

/// Sides of the input are multiples of this.
const GRAIN: usize = 32;

/// Input pixels for the whole picture: as many as 384×288.
const WHOLE_PIXELS: f32 = 384.0 * 288.0;

/// Score threshold.
const THRESHOLD: f32 = 0.5;

/// Score threshold at unusual scales, where false detections are more common.
const SURE: f32 = 0.7;

/// From this score, a face is at the right scale.
const CERTAIN: f32 = 0.85;

/// From this length of the longer side, a picture is searched at a finer scale too.
const FINE_FROM: usize = 800;

/// Side of the input for the whole picture at half scale.
const FAR_SIDE: usize = 256;

/// Side of the input for the surroundings of a known face.
const CLOSE_SIDE: usize = 128;

/// Why detection failed.
#[derive(Debug, thiserror::Error, ToMessage)]
pub enum DetectError {
    /// The result could not be read back from the device, or the network computes none.
    #[error("the device gave no result ({0})")]
    Device(Message),
}

/// A region of a picture and the size of the input for it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Region {
    width: usize,
    height: usize,
    frame_from_input: Similarity,
}

impl Region {
    /// A part of a picture, centred in an input of this size with black beside it; both sides are multiples of 32.
    pub fn fit(part: Rectangle, width: usize, height: usize) -> Self {
        let scale = (part.width / width as f32).max(part.height / height as f32);
        let middle = Point::new(width as f32 / 2.0, height as f32 / 2.0);
        Self { width, height, frame_from_input: Similarity::new(scale, 0.0, middle, part.centre()) }
    }

    /// The whole picture with its aspect ratio, centred on black; `zoom` 1 is the usual scale, 2 twice as fine.
    pub fn whole(frame: &Frame, zoom: f32) -> Self {
        let (width, height) = (frame.width() as f32, frame.height() as f32);
        let side = |length: f32, other: f32| {
            let wanted = (WHOLE_PIXELS * length / other).sqrt() * zoom / GRAIN as f32;
            (wanted.round() as usize).clamp(2, 40) * GRAIN
        };
        Self::fit(Rectangle { x: 0.0, y: 0.0, width, height }, side(width, height), side(height, width))
    }

    /// The whole picture at half scale, for faces that fill it.
    fn far(frame: &Frame) -> Self {
        let (width, height) = (frame.width() as f32, frame.height() as f32);
        let middle = Point::new(width / 2.0, height / 2.0);
        Self::fit(Rectangle::centred(middle, width * 2.0, height * 2.0), FAR_SIDE, FAR_SIDE)
    }

    /// The surroundings of a face in the previous frame: twice its bounding box.
    pub fn around(face: &Face) -> Self {
        let side = face.bounds.width.max(face.bounds.height) * 2.0;
        Self::fit(Rectangle::centred(face.bounds.centre(), side, side), CLOSE_SIDE, CLOSE_SIDE)
    }

    /// Whether a face is well inside the region: at most a tenth from the centre, and about half as large.
    pub fn suits(&self, face: &Face) -> bool {
        let side = self.width as f32 * self.frame_from_input.scale();
        let middle = self.frame_from_input.apply(Point::new(self.width as f32 / 2.0, self.height as f32 / 2.0));
        let size = face.bounds.width.max(face.bounds.height) / side;
        middle.distance(face.bounds.centre()) < side * 0.1 && (0.4..0.62).contains(&size)
    }

    /// The input for the region: `[3, height, width]` with values from −1 to 1.
    pub fn view(&self, frame: &Frame) -> Vec<f32> {
        let plane = self.width * self.height;
        let mut view = vec![0.0; 3 * plane];
        frame.sample(&self.frame_from_input, self.width, self.height, Border::Black, |index, colour| {
            for (channel, value) in colour.into_iter().enumerate() {
                view[channel * plane + index] = value / 127.5 - 1.0;
            }
        });
        view
    }
}

/// The face detector.
#[derive(Clone, Debug)]
pub struct Detector<N> {
    network: N,
}

impl<N: DetectorNetwork> Detector<N> {
    /// A detector with a network.
    pub const fn new(network: N) -> Self {
        Self { network }
    }

    /// All faces of a single picture, of any size, best first.
    ///
    /// If no score is high, half scale is searched too, for a face that fills the picture; large pictures also at a finer
    /// scale, for small faces.
    ///
    /// # Errors
    /// When the device fails.
    pub async fn detect(&self, frame: &Frame) -> Result<Vec<Face>, DetectError> {
        let mut faces = self.detect_in(frame, &Region::whole(frame, 1.0), THRESHOLD).await?;
        if faces.iter().all(|face| face.score < CERTAIN) {
            faces.extend(self.detect_in(frame, &Region::far(frame), SURE).await?);
        }
        if frame.width().max(frame.height()) >= FINE_FROM {
            faces.extend(self.detect_in(frame, &Region::whole(frame, 2.0), SURE).await?);
        }
        Ok(best_of(faces))
    }

    /// All faces of a single picture as [`Self::detect`] finds them, with the crops that [`crate::Recognizer`] classifies.
    ///
    /// # Errors
    /// When the device fails.
    pub async fn find_faces(&self, frame: &Frame) -> Result<Vec<FoundFace>, DetectError> {
        let found = |face: &Face| FoundFace { bounds: face.bounds, frame_from_crop: face.frame_from_crop() };
        Ok(self.detect(frame).await?.iter().map(found).collect())
    }

    /// The faces of a frame of a stream, best first: at the usual scale, and at half scale if there are none.
    ///
    /// # Errors
    /// When the device fails.
    pub async fn detect_stream(&self, frame: &Frame) -> Result<Vec<Face>, DetectError> {
        let faces = self.detect_in(frame, &Region::whole(frame, 1.0), THRESHOLD).await?;
        if faces.is_empty() { self.detect_in(frame, &Region::far(frame), SURE).await } else { Ok(faces) }
    }

    /// The face nearest to the middle of an input made by [`Region::view`], in pixels of the picture; `None` if there is no face.
    /// In a crowd the region of a face contains parts of its neighbours, too.
    ///
    /// # Errors
    /// When the device fails.
    pub async fn follow(&self, region: &Region, view: Vec<f32>) -> Result<Option<Face>, DetectError> {
        let faces = self.run(region, view, THRESHOLD).await?;
        let middle = Point::new(region.width as f32 / 2.0, region.height as f32 / 2.0);
        let distance = |face: &Face| face.bounds.centre().distance(middle);
        let nearest = faces.iter().min_by(|a, b| distance(a).total_cmp(&distance(b)));
        Ok(nearest.map(|face| face.transformed(&region.frame_from_input)))
    }

    /// The faces of a region with a score of at least `threshold`, from 0 to 1, best first, in pixels of the picture.
    ///
    /// # Errors
    /// When the device fails.
    pub async fn detect_in(&self, frame: &Frame, region: &Region, threshold: f32) -> Result<Vec<Face>, DetectError> {
        let faces = self.run(region, region.view(frame), threshold).await?;
        Ok(faces.iter().map(|face| face.transformed(&region.frame_from_input)).collect())
    }

    async fn run(&self, region: &Region, view: Vec<f32>, threshold: f32) -> Result<Vec<Face>, DetectError> {
        let raw = self.network.compute(view, region.width, region.height).await;
        let raw = raw.map_err(|reason| DetectError::Device(Message::quoted(reason)))?;
        Ok(suppress(decode(&raw, region.width, region.height, threshold)))
    }
}

#[cfg(test)]
mod tests {
    use pollster::block_on;

    use super::*;
    use crate::fakes::{Broken, Middle, grey};

    /// The faces of a frame, and the inputs that were computed.
    fn detect(face: Option<(f32, f32)>, frame: &Frame) -> (Vec<Face>, Vec<(usize, usize)>) {
        let network = Middle { face, ..Middle::default() };
        let faces = block_on(Detector::new(&network).detect(frame)).unwrap();
        (faces, network.calls.into_inner())
    }

    #[test]
    fn faces_are_in_pixels_of_the_picture() {
        let (faces, calls) = detect(Some((3.0, 36.0)), &grey(640, 480, 90));
        assert_eq!(calls, [(384, 288)]);
        assert_eq!(faces.len(), 1);
        assert!(faces[0].bounds.centre().distance(Point::new(320.0, 240.0)) < 1e-3, "{faces:?}");
        assert!((faces[0].bounds.width - 60.0).abs() < 1e-3 && (faces[0].bounds.height - 60.0).abs() < 1e-3);
    }

    #[test]
    fn other_scales_are_searched_where_they_may_help() {
        let (faces, calls) = detect(None, &grey(640, 480, 90));
        assert_eq!((faces.len(), calls), (0, vec![(384, 288), (256, 256)]));
        let (faces, calls) = detect(Some((3.0, 36.0)), &grey(1600, 1200, 90));
        assert_eq!((faces.len(), calls), (1, vec![(384, 288), (768, 576)]));
        // a score of 0.62 is too low for unusual scales
        let (faces, calls) = detect(Some((0.5, 36.0)), &grey(1600, 1200, 90));
        assert_eq!((faces.len(), calls), (1, vec![(384, 288), (256, 256), (768, 576)]));
    }

    #[test]
    fn pictures_of_any_shape_have_inputs() {
        for ((width, height), input) in [((1, 1), (320, 320)), ((4000, 2), (1280, 64)), ((2, 4000), (64, 1280))] {
            assert_eq!(detect(None, &grey(width, height, 0)).1[0], input);
        }
    }

    #[test]
    fn a_failure_of_the_device_is_passed_on() {
        let failed = block_on(Detector::new(Broken).detect(&grey(64, 64, 0)));
        assert!(matches!(failed, Err(DetectError::Device(reason)) if reason.english() == "lost"));
    }
}
