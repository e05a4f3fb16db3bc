//! Robustness to corruptions: a whole run with one network.

use std::ops::ControlFlow;

use burn::tensor::Device;

pub use mien_core::evaluation::robustness::*;

use super::{PredictError, predict};
use crate::network::Network;

/// Reads all that is left of a run, `batch` crops at a time. After each batch `between` is told how many readings are done;
/// there it may break to stop.
///
/// # Errors
/// When the device fails or `between` breaks.
pub async fn measure(
    lab: &mut Lab,
    network: &Network,
    batch: usize,
    device: &Device,
    mut between: impl AsyncFnMut(usize) -> ControlFlow<()>,
) -> Result<(), PredictError> {
    while let Some(dealt) = lab.deal(batch.max(1)) {
        let crops = dealt.crops.iter().cloned();
        let logits = predict(network, crops, batch, device, async |_| ControlFlow::Continue(())).await?;
        lab.put(dealt, &logits);
        if between(lab.done()).await.is_break() {
            return Err(PredictError::Stopped);
        }
    }
    Ok(())
}
