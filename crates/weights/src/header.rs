//! The header of a classifier's file.

use std::ops::RangeInclusive;

use mien_core::expression::Expression;
use mien_core::network::Architecture;
use serde::{Deserialize, Serialize};

use crate::error::HeaderError;
use crate::stored::Metadata;

/// Identifies our files among other safetensors files.
const FORMAT: &str = "mien-1";

/// The preprocessing of images, that of `mien_core::vision::Crop::normalize`; files with a different one are refused.
pub const PREPROCESSING: &str = "48x48 grey, zero mean, unit deviation (at least 8 of 255)";

/// Valid temperatures.
pub const TEMPERATURES: RangeInclusive<f32> = 0.05..=20.0;

/// A summary of the training, for display.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TrainingSummary {
    /// A short description of the origin of the weights.
    pub description: String,
    /// Number of epochs.
    pub epochs: usize,
    /// Validation accuracy, 0 to 1, if known.
    pub validation_accuracy: Option<f64>,
    /// Validation macro F1, 0 to 1, if known.
    #[serde(default)]
    pub validation_macro_f1: Option<f64>,
    /// The validation images, such as `3589 images of PublicTest`.
    #[serde(default)]
    pub validated_on: Option<String>,
    /// The settings of the training, as in a settings file.
    #[serde(default)]
    pub settings: Option<serde_json::Value>,
}

/// The metadata of a classifier's file.
#[derive(Clone, Debug, PartialEq)]
pub struct NetworkHeader {
    /// The architecture.
    pub architecture: Architecture,
    /// How it was trained.
    pub training: TrainingSummary,
    /// The temperature by which logits are divided; 1 without calibration.
    pub temperature: f32,
}

impl NetworkHeader {
    /// The header of a network that is neither trained nor calibrated.
    pub fn new(architecture: Architecture) -> Self {
        Self { architecture, training: TrainingSummary::default(), temperature: 1.0 }
    }

    /// Reads the header.
    ///
    /// # Errors
    /// When the file is not ours, of other classes or preprocessing, or an entry is invalid.
    pub fn read(metadata: &Metadata) -> Result<Self, HeaderError> {
        let entry = |key| metadata.get(key).map(String::as_str).ok_or(HeaderError::Missing(key));
        if metadata.get("format").is_none_or(|format| format != FORMAT) {
            return Err(HeaderError::Format(FORMAT));
        }
        if entry("classes")? != classes() {
            return Err(HeaderError::Classes(classes()));
        }
        if entry("preprocessing")? != PREPROCESSING {
            return Err(HeaderError::Preprocessing(PREPROCESSING));
        }
        let architecture: Architecture =
            serde_json::from_str(entry("architecture")?).map_err(|error| garbled("architecture", &error))?;
        architecture.check()?;
        let training = serde_json::from_str(entry("training")?).map_err(|error| garbled("training", &error))?;
        let temperature = match metadata.get("temperature") {
            Some(text) => text.parse().ok().filter(|value| TEMPERATURES.contains(value)).ok_or_else(|| {
                let (least, most) = (*TEMPERATURES.start(), *TEMPERATURES.end());
                HeaderError::Temperature { text: text.clone(), least, most }
            })?,
            None => 1.0,
        };
        Ok(Self { architecture, training, temperature })
    }

    /// The header as it is stored, which [`Self::read`] reads.
    ///
    /// # Errors
    /// When an entry cannot be written as JSON.
    pub fn to_metadata(&self) -> Result<Metadata, HeaderError> {
        let architecture =
            serde_json::to_string(&self.architecture).map_err(|error| garbled("architecture", &error))?;
        let training = serde_json::to_string(&self.training).map_err(|error| garbled("training", &error))?;
        let entries = [
            ("format", FORMAT.to_owned()),
            ("classes", classes()),
            ("preprocessing", PREPROCESSING.to_owned()),
            ("architecture", architecture),
            ("training", training),
            ("temperature", self.temperature.to_string()),
        ];
        Ok(entries.map(|(key, value)| (key.to_owned(), value)).into())
    }
}

fn garbled(key: &'static str, error: &serde_json::Error) -> HeaderError {
    HeaderError::Entry { key, fault: error.to_string() }
}

fn classes() -> String {
    Expression::ALL.map(Expression::name).join(",")
}

#[cfg(test)]
mod tests {
    use mien_core::network::Sizes;

    use super::*;

    fn header() -> NetworkHeader {
        NetworkHeader::new(Architecture::Vgg(Sizes {
            stages: vec![(4, 1), (6, 2)],
            stage_dropout: vec![],
            dropout: 0.1,
        }))
    }

    #[test]
    fn a_header_is_read_as_it_was_written() {
        let description = "by hand".to_owned();
        let training = TrainingSummary { description, epochs: 3, validation_accuracy: Some(0.7), ..Default::default() };
        let header = NetworkHeader { training, temperature: 1.7, ..header() };
        assert_eq!(NetworkHeader::read(&header.to_metadata().unwrap()).unwrap(), header);
    }

    #[test]
    fn a_header_without_temperature_is_not_calibrated() {
        let mut metadata = header().to_metadata().unwrap();
        metadata.remove("temperature");
        assert_eq!(NetworkHeader::read(&metadata).unwrap().temperature, 1.0);
        for wrong in ["0", "-1", "NaN", "inf", "20.1", ""] {
            metadata.insert("temperature".to_owned(), wrong.to_owned());
            let refused = NetworkHeader::read(&metadata);
            assert!(matches!(&refused, Err(HeaderError::Temperature { text, .. }) if text == wrong), "{refused:?}");
        }
    }

    #[test]
    fn incomplete_and_foreign_headers_are_refused() {
        let metadata = header().to_metadata().unwrap();
        for key in ["format", "classes", "preprocessing", "architecture", "training"] {
            let mut incomplete = metadata.clone();
            incomplete.remove(key);
            let missing = NetworkHeader::read(&incomplete).unwrap_err();
            assert!(
                match missing {
                    HeaderError::Format(_) => key == "format", // that of another program
                    HeaderError::Missing(missing) => missing == key,
                    _ => false,
                },
                "{key}"
            );
            incomplete.insert(key.to_owned(), "other".to_owned());
            let refused = NetworkHeader::read(&incomplete);
            let expected = match key {
                "format" => matches!(refused, Err(HeaderError::Format(_))),
                "classes" => matches!(refused, Err(HeaderError::Classes(_))),
                "preprocessing" => matches!(refused, Err(HeaderError::Preprocessing(_))),
                _ => matches!(refused, Err(HeaderError::Entry { key: of, .. }) if of == key),
            };
            assert!(expected, "{key}");
        }
    }
}
