//! The networks that come with the page or can be fetched: the entries of `www/weights/networks.json`.

use serde::{Deserialize, Serialize};

/// Whose labels a network learned to give.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Labels {
    /// The one label that FER2013 has for each image.
    #[default]
    #[serde(rename = "FER2013")]
    Fer2013,
    /// What most of FER+'s ten taggers chose.
    #[serde(rename = "FER+")]
    FerPlus,
}

impl Labels {
    /// As people write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Fer2013 => "FER2013",
            Self::FerPlus => "FER+",
        }
    }
}

/// A network that somebody may fetch. `mien card` writes all but file, name, purpose, labels and ensemble.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Offer {
    /// Its file, beside the list.
    pub file: String,
    /// For people.
    pub name: String,
    /// What it is good for, in a few words.
    pub purpose: String,
    /// Whose labels it learned to give.
    #[serde(default)]
    pub labels: Labels,
    /// Whether it is one of those that are most often right together, as the model card measures it.
    #[serde(default)]
    pub ensemble: bool,
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

impl Offer {
    /// Its accuracy by the labels that it learned to give, 0 to 1.
    pub fn accuracy_by_its_labels(&self) -> Option<f64> {
        match self.labels {
            Labels::Fer2013 => self.accuracy,
            Labels::FerPlus => self.ferplus_accuracy,
        }
    }
}
