//! The networks that come with the page or can be fetched: the entries of `www/weights/networks.json`.

use serde::{Deserialize, Serialize};

/// A network that somebody may fetch. `mien card` writes all but file, name and purpose.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Offer {
    /// Its file, beside the list.
    pub file: String,
    /// For people.
    pub name: String,
    /// What it is good for, in a few words.
    pub purpose: String,
    /// Such as `resnet`.
    #[serde(default)]
    pub architecture: String,
    /// Bytes of its file.
    #[serde(default)]
    pub bytes: u64,
    /// Numbers that training learned.
    #[serde(default)]
    pub parameters: u64,
    /// Multiply-adds for one face.
    #[serde(default)]
    pub multiply_adds: u64,
    /// Its accuracy by FER2013's labels, 0 to 1, one look an image.
    #[serde(default)]
    pub accuracy: Option<f64>,
    /// Its macro F1 on the same.
    #[serde(default)]
    pub macro_f1: Option<f64>,
    /// Its accuracy by FER+'s majority.
    #[serde(default)]
    pub ferplus_accuracy: Option<f64>,
    /// Which images these were, such as `PublicTest`.
    #[serde(default)]
    pub split: String,
}
