//! How a video was analysed.

use super::sampling::Rate;

/// How a video was analysed, and how far.
#[derive(Clone, Debug, PartialEq)]
pub struct Analysis {
    /// Which frames were analysed.
    pub rate: Rate,
    /// The name of the network.
    pub network: String,
    /// The name of the test-time augmentation, as in reports.
    pub augmentation: &'static str,
    /// Number of analysed frames, with faces or without.
    pub frames: u32,
    /// Whether the video was analysed to its end.
    pub complete: bool,
}
