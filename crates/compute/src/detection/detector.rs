//! Runs [`BlazeFace`] over regions of a picture.

use burn::tensor::{Device, Tensor, TensorData};

use super::blazeface::BlazeFace;
use super::decode::{best_of, decode, suppress};
use super::face::Face;
use crate::transfer;
use crate::weights::{WeightsError, WeightsFile};
use mien_core::dataset::FoundFace;
use mien_core::vision::{Border, Frame, Point, Rectangle, Similarity};

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
#[derive(Debug, thiserror::Error, mien_message::ToMessage)]
pub enum DetectError {
    /// The result could not be read back from the device.
    #[error("the device gave no result ({0})")]
    Device(String),
}

/// A region of a picture and the size of the input for it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Region {
    width: usize,
    height: usize,
    frame_from_input: Similarity,
}

impl Region {
    /// The whole picture with its aspect ratio, centred on black; `zoom` 1 is the usual scale, 2 twice as fine.
    fn whole(frame: &Frame, zoom: f32) -> Self {
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

    fn fit(part: Rectangle, width: usize, height: usize) -> Self {
        let scale = (part.width / width as f32).max(part.height / height as f32);
        let middle = Point::new(width as f32 / 2.0, height as f32 / 2.0);
        Self { width, height, frame_from_input: Similarity::new(scale, 0.0, middle, part.centre()) }
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

/// The face detector on a device.
#[derive(Clone, Debug)]
pub struct Detector {
    network: BlazeFace,
    device: Device,
}

impl Detector {
    /// Loads the weights file of the detector.
    ///
    /// # Errors
    /// When the file is damaged or belongs to another network.
    pub fn load(bytes: &[u8], device: &Device) -> Result<Self, WeightsError> {
        let network = WeightsFile::parse(bytes)?.load(BlazeFace::init(device), device)?;
        Ok(Self { network, device: device.clone() })
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

    /// The best face of an input made by [`Region::view`], in pixels of the picture; `None` if there is no face.
    ///
    /// # Errors
    /// When the device fails.
    pub async fn follow(&self, region: &Region, view: Vec<f32>) -> Result<Option<Face>, DetectError> {
        let faces = self.run(region, view, THRESHOLD).await?;
        Ok(faces.first().map(|face| face.transformed(&region.frame_from_input)))
    }

    async fn detect_in(&self, frame: &Frame, region: &Region, threshold: f32) -> Result<Vec<Face>, DetectError> {
        let faces = self.run(region, region.view(frame), threshold).await?;
        Ok(faces.iter().map(|face| face.transformed(&region.frame_from_input)).collect())
    }

    async fn run(&self, region: &Region, view: Vec<f32>, threshold: f32) -> Result<Vec<Face>, DetectError> {
        let data = TensorData::new(view, [1, 3, region.height, region.width]);
        let raw = self.network.forward(Tensor::from_data(data, &self.device));
        let raw = transfer::values(raw).await.map_err(DetectError::Device)?;
        Ok(suppress(decode(&raw, region.width, region.height, threshold)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detection::Landmark;

    const WEIGHTS: &[u8] = include_bytes!("../../../../www/weights/blazeface.safetensors");

    fn astronaut() -> Frame {
        let picture =
            image::load_from_memory(include_bytes!("../../../../tests/fixtures/astronaut_256.png")).unwrap().to_rgba8();
        Frame::new(picture.width() as usize, picture.height() as usize, picture.into_raw()).unwrap()
    }

    fn detector() -> Detector {
        Detector::load(WEIGHTS, &Device::flex()).unwrap()
    }

    /// A grey frame with the picture at `scale` and its top left at `x`, `y`.
    fn placed(picture: &Frame, width: usize, height: usize, scale: f32, x: f32, y: f32) -> Frame {
        let picture_from_frame = Similarity::new(1.0 / scale, 0.0, Point::new(x, y), Point::default());
        let mut pixels = vec![128; width * height * 4];
        picture.sample(&picture_from_frame, width, height, Border::Nearest, |index, colour| {
            pixels[index * 4..index * 4 + 3].copy_from_slice(&colour.map(|value| value as u8));
        });
        Frame::new(width, height, pixels).unwrap()
    }

    #[test]
    fn boxes_and_points_match_the_reference_runtime() {
        // LiteRT on MediaPipe's own file, decoded and suppressed as MediaPipe does
        let centre = Point::new(112.444, 63.086);
        let size = 52.062;
        let points = [
            (101.412, 50.948),
            (124.028, 51.543),
            (112.143, 63.979),
            (111.844, 74.534),
            (88.725, 55.473),
            (136.589, 56.878),
        ];
        let region = Region::fit(Rectangle { x: 0.0, y: 0.0, width: 256.0, height: 256.0 }, 256, 256);
        let faces = pollster::block_on(detector().detect_in(&astronaut(), &region, THRESHOLD)).unwrap();
        assert_eq!(faces.len(), 1);
        assert!((faces[0].score - 0.878_387).abs() < 1e-3);
        assert!(faces[0].bounds.centre().distance(centre) < 0.01);
        assert!((faces[0].bounds.width - size).abs() < 0.01 && (faces[0].bounds.height - size).abs() < 0.01);
        for (point, (x, y)) in faces[0].landmarks.iter().zip(points) {
            assert!(point.distance(Point::new(x, y)) < 0.01, "{point:?}");
        }
    }

    #[test]
    fn a_face_is_found_in_pictures_of_any_shape_and_size() {
        let detector = detector();
        for (width, height, scale, x, y) in
            [(640, 480, 1.5, 100.0, 50.0), (360, 640, 1.2, 10.0, 200.0), (1600, 1200, 1.0, 900.0, 700.0)]
        {
            let faces = pollster::block_on(detector.detect(&placed(&astronaut(), width, height, scale, x, y))).unwrap();
            assert_eq!(faces.len(), 1, "{width}×{height}: {faces:?}");
            let expected = Point::new(112.4 * scale + x, 63.1 * scale + y);
            let far = faces[0].bounds.centre().distance(expected);
            assert!(far < 6.0 * scale, "{width}×{height}: {far}");
        }
    }

    #[test]
    fn a_face_that_fills_the_picture_is_found() {
        let close = placed(&astronaut(), 200, 200, 200.0 / 60.0, -82.0 * 200.0 / 60.0, -28.0 * 200.0 / 60.0);
        let faces = pollster::block_on(detector().detect(&close)).unwrap();
        assert_eq!(faces.len(), 1, "{faces:?}");
        let expected = Point::new((112.4 - 82.0) * 200.0 / 60.0, (63.1 - 28.0) * 200.0 / 60.0);
        assert!(faces[0].bounds.centre().distance(expected) < 15.0, "{faces:?}");
    }

    #[test]
    fn nothing_is_found_where_nobody_is() {
        let empty = Frame::new(64, 48, vec![90; 64 * 48 * 4]).unwrap();
        assert!(pollster::block_on(detector().detect(&empty)).unwrap().is_empty());
        let tiny = Frame::new(1, 1, vec![0; 4]).unwrap();
        assert!(pollster::block_on(detector().detect(&tiny)).unwrap().is_empty());
        let long = Frame::new(4000, 2, vec![90; 4000 * 2 * 4]).unwrap();
        assert!(pollster::block_on(detector().detect(&long)).unwrap().is_empty());
    }

    #[test]
    fn a_region_agrees_with_the_whole() {
        let detector = detector();
        let frame = placed(&astronaut(), 640, 480, 1.5, 100.0, 50.0);
        let whole = pollster::block_on(detector.detect_stream(&frame)).unwrap()[0];
        let region = Region::around(&whole);
        let close = pollster::block_on(detector.follow(&region, region.view(&frame))).unwrap().unwrap();
        let size = whole.bounds.width;
        assert!(close.bounds.centre().distance(whole.bounds.centre()) < 0.08 * size);
        assert!((close.bounds.width / size - 1.0).abs() < 0.15);
        assert!(close.landmark(Landmark::LeftEye).distance(whole.landmark(Landmark::LeftEye)) < 0.08 * size);
        assert!(region.suits(&close));
    }

    #[test]
    fn the_classifier_of_another_network_is_refused() {
        assert!(Detector::load(&WEIGHTS[..WEIGHTS.len() - 10], &Device::flex()).is_err());
    }
}
