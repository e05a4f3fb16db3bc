//! The face detector's network, BlazeFace ("back", Bazarevsky et al., 2019), with Burn. [`mien_recognition`] detects and
//! tracks faces with it.

mod blazeface;
mod network;
#[cfg(test)]
mod tests;

use burn::tensor::Device;
use mien_weights::WeightsError;

pub use blazeface::BlazeFace;
pub use network::DeviceDetectorNetwork;

use crate::weights;

/// The face detector on a device.
pub type Detector = mien_recognition::Detector<DeviceDetectorNetwork>;

/// Loads the weights file of the detector.
///
/// # Errors
/// When the file is damaged or belongs to another network.
pub fn load(bytes: &[u8], device: &Device) -> Result<Detector, WeightsError> {
    Ok(Detector::new(DeviceDetectorNetwork::new(&weights::parse(bytes)?, device)?))
}
