//! The networks: loading them, and what becomes of a command.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use mien_core::dataset::is_whole_picture;
use mien_core::recognition::{FrameSource, RecognizedFace};
use mien_core::vision::Frame;
use mien_protocol::NetworkSummary;
use mien_protocol::quick_start::{QuickStartCommand, QuickStartEvent};
use mien_recognition::{ClassifierError, CompiledClassifier, CompiledDetectorNetwork, Detector, Face, Recognizer};
use mien_weights::{WeightsError, WeightsFile};

/// A recognizer on the CPU.
pub type CpuRecognizer = Recognizer<CompiledDetectorNetwork, CompiledClassifier>;

/// Finds and classifies faces for the page.
pub struct Recognition {
    recognizer: CpuRecognizer,
}

impl Recognition {
    /// With a detector, and a classifier from its file; `None` if that is damaged. `clock` returns milliseconds.
    pub fn new(
        detector: Detector<CompiledDetectorNetwork>,
        network: &[u8],
        clock: fn() -> f64,
    ) -> Option<(Self, NetworkSummary)> {
        let recognizer = Recognizer::new(detector, classifier(network).ok()?, clock);
        let architecture = &recognizer.network().0.header().architecture;
        let summary = NetworkSummary {
            name: architecture.name().to_owned(),
            parameters: architecture.parameters(),
            multiply_adds: architecture.multiply_adds(),
            description: None,
            validation_accuracy: None,
            validated_on: None,
        };
        Some((Self { recognizer }, summary))
    }

    /// The faces of a single picture as [`numbers`], and their crops, 48×48 grey bytes each; `found` if they were found before.
    pub fn faces(&mut self, frame: &Frame, found: Option<Vec<Face>>) -> Option<(Vec<f32>, Vec<u8>)> {
        let recognized = match found {
            Some(found) => now(self.recognizer.recognize_found(frame, found)),
            None => now(self.recognizer.recognize(frame, FrameSource::Still, 0.0)),
        };
        let (faces, _) = recognized?.ok()?;
        let crops = faces.iter().flat_map(|face| face.crop.iter().copied()).collect();
        Some((faces.iter().flat_map(numbers).collect(), crops))
    }

    /// Handles a command. `picture` reads the pixels of a picture, and `file` its file, if it has one.
    pub fn handle(
        &mut self,
        command: QuickStartCommand,
        picture: impl FnOnce() -> Option<Frame>,
        file: impl FnOnce() -> Option<Vec<u8>>,
    ) -> Option<QuickStartEvent> {
        match command {
            QuickStartCommand::Recognize { request, source, time } => {
                // whether others are whole is not known without decoding them
                if file().is_some_and(|file| is_whole_picture(&file) != Some(true)) {
                    return Some(QuickStartEvent::Failed);
                }
                let recognized = picture().and_then(|frame| {
                    let (faces, timing) = now(self.recognizer.recognize(&frame, source, time))?.ok()?;
                    let found = self.recognizer.found() as u32;
                    let (width, height) = (frame.width() as u32, frame.height() as u32);
                    Some(QuickStartEvent::Recognized { request, width, height, faces, found, timing })
                });
                Some(recognized.unwrap_or(QuickStartEvent::Failed))
            }
            QuickStartCommand::Reset => {
                self.recognizer.reset();
                None
            }
            QuickStartCommand::SetTestTimeAugmentation(augmentation) => {
                self.recognizer.set_test_time_augmentation(augmentation);
                None
            }
        }
    }
}

/// Loads the networks from their files. `clock` returns milliseconds.
///
/// # Errors
/// Why a file is refused, as [`classifier`]; `detector` for that of the detector.
pub fn load(detector: &[u8], network: &[u8], clock: fn() -> f64) -> Result<CpuRecognizer, &'static str> {
    Ok(Recognizer::new(self::detector(detector).ok_or("detector")?, classifier(network)?, clock))
}

/// Loads the detector from its file; `None` if that is damaged.
pub fn detector(file: &[u8]) -> Option<Detector<CompiledDetectorNetwork>> {
    let file = WeightsFile::parse(file).ok()?;
    CompiledDetectorNetwork::new(&file).ok().map(Detector::new)
}

/// Loads a classifier from its file.
///
/// # Errors
/// Why the file is refused: a word that `library/mien.js` explains. The texts of the error types would make the program larger.
pub fn classifier(file: &[u8]) -> Result<CompiledClassifier, &'static str> {
    CompiledClassifier::load(file).map_err(|error| match error {
        ClassifierError::Weights(WeightsError::Format(_)) => "format",
        ClassifierError::Weights(WeightsError::Header(_)) => "header",
        ClassifierError::Weights(WeightsError::Precision(..)) => "precision",
        ClassifierError::Weights(WeightsError::NotFinite(_)) => "not-finite",
        _ => "tensors",
    })
}

/// A face as numbers, in the order that `library/faces.js` and `www/first-paint.js` read: id, box (x, y, width, height), six landmarks,
/// four corners of the crop, score, smoothed probabilities, those of the picture alone, and whether the top class is clear.
pub fn numbers(face: &RecognizedFace) -> impl Iterator<Item = f32> {
    let bounds = [face.bounds.x, face.bounds.y, face.bounds.width, face.bounds.height];
    let points = face.landmarks.into_iter().chain(face.outline).flat_map(|point| [point.x, point.y]);
    let clear = f32::from(u8::from(face.clear));
    [face.id as f32]
        .into_iter()
        .chain(bounds)
        .chain(points)
        .chain([face.score])
        .chain(face.smoothed.0)
        .chain(face.prediction.0)
        .chain([clear])
}

/// The result of a computation on the CPU, which waits for nothing.
pub fn now<T>(computation: impl Future<Output = T>) -> Option<T> {
    match pin!(computation).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => Some(result),
        Poll::Pending => None,
    }
}
