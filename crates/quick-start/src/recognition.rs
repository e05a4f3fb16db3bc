//! The networks, and what becomes of a command.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use mien_core::dataset::is_whole_picture;
use mien_core::vision::Frame;
use mien_protocol::NetworkSummary;
use mien_protocol::quick_start::{QuickStartCommand, QuickStartEvent};
use mien_recognition::{CompiledClassifier, CompiledDetectorNetwork, Detector, Recognizer};
use mien_weights::WeightsFile;

/// Finds and classifies faces.
pub struct Recognition {
    recognizer: Recognizer<CompiledDetectorNetwork, CompiledClassifier>,
}

impl Recognition {
    /// Loads the networks from their files; `None` if one is damaged. `clock` returns milliseconds.
    pub fn load(detector: &[u8], classifier: &[u8], clock: fn() -> f64) -> Option<(Self, NetworkSummary)> {
        let detector = Detector::new(CompiledDetectorNetwork::new(&WeightsFile::parse(detector).ok()?).ok()?);
        let classifier = CompiledClassifier::load(classifier).ok()?;
        let architecture = &classifier.header().architecture;
        let summary = NetworkSummary {
            name: architecture.name().to_owned(),
            parameters: architecture.parameters(),
            multiply_adds: architecture.multiply_adds(),
            description: None,
            validation_accuracy: None,
            validated_on: None,
        };
        Some((Self { recognizer: Recognizer::new(detector, classifier, clock) }, summary))
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

/// The result of a computation on the CPU, which waits for nothing.
fn now<T>(computation: impl Future<Output = T>) -> Option<T> {
    match pin!(computation).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => Some(result),
        Poll::Pending => None,
    }
}
