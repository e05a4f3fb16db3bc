//! The same recognition for third-party pages: what the worker of the library, `library/worker.js`, calls.

use wasm_bindgen::prelude::wasm_bindgen;

use crate::recognition::{self, CpuRecognizer};
use crate::worker;
use mien_core::evaluation::TestTimeAugmentation;
use mien_core::recognition::FrameSource;
use mien_core::vision::{CROP_SIDE, Frame, Point, Similarity};
use mien_recognition::Smoothing;

/// A detector and a classifier with the faces that are tracked.
#[wasm_bindgen]
pub struct Library {
    recognizer: CpuRecognizer,
    crops: Vec<u8>,
}

#[wasm_bindgen]
impl Library {
    /// Loads the networks from their files.
    ///
    /// # Errors
    /// As [`recognition::load`].
    #[wasm_bindgen(constructor)]
    pub fn new(detector: &[u8], network: &[u8]) -> Result<Self, String> {
        Ok(Self { recognizer: recognition::load(detector, network, worker::now)?, crops: Vec::new() })
    }

    /// Replaces the classifier; tracked faces are kept.
    ///
    /// # Errors
    /// As [`recognition::classifier`]; the previous one stays.
    pub fn use_network(&mut self, network: &[u8]) -> Result<(), String> {
        self.recognizer.set_network(recognition::classifier(network)?);
        Ok(())
    }

    /// The name of the classifier's architecture.
    pub fn architecture(&self) -> String {
        self.recognizer.network().0.header().architecture.name().to_owned()
    }

    /// The classifier's number of parameters, and of multiply-adds per face.
    pub fn size(&self) -> Vec<f64> {
        let architecture = &self.recognizer.network().0.header().architecture;
        vec![architecture.parameters() as f64, architecture.multiply_adds() as f64]
    }

    /// Whether each face is also classified mirrored, and the probabilities are averaged.
    pub fn set_flip(&mut self, flip: bool) {
        let augmentation = if flip { TestTimeAugmentation::Flip } else { TestTimeAugmentation::None };
        self.recognizer.set_test_time_augmentation(augmentation);
    }

    /// Forgets the tracked faces.
    pub fn reset(&mut self) {
        self.recognizer.reset();
    }

    /// The faces of a picture of RGBA bytes, row by row, as [`recognition::numbers`] of each; `None` if there are more or fewer bytes than the size needs.
    /// In a stream they are tracked and smoothed; `time` is in milliseconds.
    pub fn recognize(
        &mut self,
        width: usize,
        height: usize,
        pixels: Vec<u8>,
        stream: bool,
        time: f64,
    ) -> Option<Vec<f32>> {
        let frame = Frame::new(width, height, pixels).ok()?;
        let source = if stream { FrameSource::Stream } else { FrameSource::Still };
        let (faces, _) = recognition::now(self.recognizer.recognize(&frame, source, time))?.ok()?;
        self.crops = faces.iter().flat_map(|face| face.crop.iter().copied()).collect();
        Some(faces.iter().flat_map(recognition::numbers).collect())
    }

    /// The crops of the faces of the last picture, 48×48 grey bytes each.
    pub fn crops(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.crops)
    }

    /// The probabilities of the crop of a face: a square picture of RGBA bytes with sides of this length, in pixels. The eighth number is 1 if the
    /// top class is clear. `None` if there are more or fewer bytes than the size needs.
    pub fn classify(&self, side: usize, pixels: Vec<u8>) -> Option<Vec<f32>> {
        let frame = Frame::new(side, side, pixels).ok()?;
        let scale = side as f32 / CROP_SIDE as f32;
        let crop = frame.sample_grey(&Similarity::new(scale, 0.0, Point::default(), Point::default()));
        let distribution = recognition::now(self.recognizer.classify(&[crop]))?.ok()?.pop()?;
        let clear = f32::from(u8::from(Smoothing::default().first(distribution, 0.0).named.is_some()));
        Some(distribution.0.into_iter().chain([clear]).collect())
    }
}
