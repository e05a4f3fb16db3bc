//! Batches of crops that are predicted together.

use crate::vision::Crop;

/// Crops to be predicted.
pub struct Batch {
    /// The number of the prediction to make of each crop.
    pub(super) tasks: Vec<usize>,
    /// The crops.
    pub crops: Vec<Crop>,
}
