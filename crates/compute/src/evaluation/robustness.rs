//! Robustness of a network to corruptions.

use std::ops::ControlFlow;

pub use mien_core::evaluation::robustness::*;

use super::{PredictError, predict};
use mien_core::expression::Distribution;
use mien_recognition::CropClassifier;

/// Computes all remaining predictions of a test, `batch` crops at a time. After each batch, `between` is called with the
/// number of finished predictions; it can break to stop.
///
/// # Errors
/// When the device fails or `between` breaks.
pub async fn run(
    test: &mut RobustnessTest,
    network: &impl CropClassifier,
    batch: usize,
    mut between: impl AsyncFnMut(usize) -> ControlFlow<()>,
) -> Result<(), PredictError> {
    while let Some(next) = test.next_batch(batch.max(1)) {
        let crops = next.crops.iter().cloned();
        let logits = predict(network, crops, batch, async |_| ControlFlow::Continue(())).await?;
        let predictions: Vec<_> = logits.into_iter().map(Distribution::from_logits).collect();
        test.record(next, &predictions);
        if between(test.done()).await.is_break() {
            return Err(PredictError::Stopped);
        }
    }
    Ok(())
}
