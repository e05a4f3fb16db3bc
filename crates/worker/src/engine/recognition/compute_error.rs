//! Errors of computations on a device.

use crate::failure::Failure;

/// Why a computation failed.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::engine) enum ComputeError {
    /// It would fail again on any device.
    Failed(Failure),
    /// The GPU failed, or reported an error during the computation; it can be repeated on the CPU.
    DeviceLost(Failure),
}

/// The GPU failed; the message.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::engine) struct DeviceLost(pub Failure);

impl ComputeError {
    /// The underlying message.
    pub fn reason(self) -> Failure {
        let (Self::Failed(reason) | Self::DeviceLost(reason)) = self;
        reason
    }
}
