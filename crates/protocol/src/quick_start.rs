//! Messages between page and quick-start engine, which finds and classifies faces until the engine has loaded. They are few, so
//! that its program stays small.

use serde::{Deserialize, Serialize};

use crate::{FrameSource, NetworkSummary, RecognizedFace, Timing};
use mien_core::evaluation::TestTimeAugmentation;

/// Commands from the page to the quick-start engine, which starts by itself.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum QuickStartCommand {
    /// As [`crate::Command::Recognize`], also with a file. Answered by [`QuickStartEvent::Recognized`] or [`QuickStartEvent::Failed`].
    Recognize {
        /// Request number, repeated in the answer.
        request: u32,
        /// A single picture or a frame of a stream.
        source: FrameSource,
        /// When the frame was captured, in milliseconds of a monotonic clock.
        time: f64,
    },
    /// A new stream begins: forget the tracked faces.
    Reset,
    /// Set the test-time augmentation for faces.
    SetTestTimeAugmentation(TestTimeAugmentation),
}

/// Events from the quick-start engine to the page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum QuickStartEvent {
    /// It recognizes from now on, with this network.
    Started(NetworkSummary),
    /// As [`crate::Event::Recognized`].
    Recognized {
        /// As in the command.
        request: u32,
        /// The picture's width in pixels.
        width: u32,
        /// The picture's height in pixels.
        height: u32,
        /// The 32 largest faces.
        faces: Vec<RecognizedFace>,
        /// Number of all detected faces.
        found: u32,
        /// The processing times.
        timing: Timing,
    },
    /// It cannot start or go on, or the file of a picture is not whole: the engine will tell why.
    Failed,
}
