//! Why the engine could not execute a command, as a [`Message`] to the page. `conversions` lists the errors that can be sent.

use mien_message::{Argument, Message, ToArgument};

/// Why the engine could not execute a command. Only the error types listed in `conversions` convert to it, so every message
/// has a translation.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure(Message);

impl Failure {
    /// A message with a translation; only for `conversions`, and for the reader of ONNX models.
    pub(crate) const fn new(message: Message) -> Self {
        Self(message)
    }

    /// A message of the browser.
    pub fn message(text: String) -> Self {
        Self(Message::quoted(text))
    }

    /// Whether an ONNX model is the reason, which no device computes.
    pub fn is_of_onnx(&self) -> bool {
        mien_protocol::onnx_cause(&self.0).is_some()
    }

    /// Whether the GPU was lost or made no progress: it cannot be used any more.
    pub fn is_gpu_loss(&self) -> bool {
        matches!(self.0.id(), "engine/gpu-lost" | "engine/gpu-stalled")
    }
}

impl From<Failure> for Message {
    fn from(failure: Failure) -> Self {
        failure.0
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(formatter)
    }
}

impl ToArgument for Failure {
    fn argument(&self) -> Argument {
        self.0.argument()
    }
}
