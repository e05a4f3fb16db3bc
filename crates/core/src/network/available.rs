//! The networks available for download, as listed in `www/weights/networks.json`.

use serde::{Deserialize, Serialize};

/// The labels on which a network was trained.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Labels {
    /// The labels of FER2013.
    #[default]
    #[serde(rename = "FER2013")]
    Fer2013,
    /// The majority votes of FER+.
    #[serde(rename = "FER+")]
    FerPlus,
}

impl Labels {
    /// The name for display.
    pub fn name(self) -> &'static str {
        match self {
            Self::Fer2013 => "FER2013",
            Self::FerPlus => "FER+",
        }
    }
}

/// A network that can be downloaded. `mien card` writes all fields except file, name, purpose, labels and ensemble.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AvailableNetwork {
    /// Its file, in the folder of the list.
    pub file: String,
    /// The name for display.
    pub name: String,
    /// Its purpose, in a few words of English.
    pub purpose: String,
    /// The page finds the purpose in other languages in `www/errors` as `available-network/ID`; empty if there is no translation.
    #[serde(default)]
    pub id: String,
    /// The labels on which it was trained.
    #[serde(default)]
    pub labels: Labels,
    /// Whether it belongs to the ensemble of the model card.
    #[serde(default)]
    pub ensemble: bool,
    /// The architecture, such as `resnet`.
    #[serde(default)]
    pub architecture: String,
    /// The size of its file in bytes.
    #[serde(default)]
    pub bytes: u64,
    /// The number of parameters.
    #[serde(default)]
    pub parameters: u64,
    /// Multiply-adds per face.
    #[serde(default)]
    pub multiply_adds: u64,
    /// Its accuracy on FER2013's labels, 0 to 1, without test-time augmentation.
    #[serde(default)]
    pub accuracy: Option<f64>,
    /// Its macro F1 on the same labels.
    #[serde(default)]
    pub macro_f1: Option<f64>,
    /// Its accuracy on FER+'s majority labels.
    #[serde(default)]
    pub ferplus_accuracy: Option<f64>,
    /// The split on which it was evaluated, such as `PublicTest`.
    #[serde(default)]
    pub split: String,
}

impl AvailableNetwork {
    /// Its accuracy on the labels on which it was trained, 0 to 1.
    pub fn accuracy_by_its_labels(&self) -> Option<f64> {
        match self.labels {
            Labels::Fer2013 => self.accuracy,
            Labels::FerPlus => self.ferplus_accuracy,
        }
    }
}
