//! Third-party ONNX models, as page, engine and their reader (`mien-onnx`) speak of them.

use std::ops::RangeInclusive;

use mien_message::Message;
use serde::{Deserialize, Serialize};

use crate::expression::{Distribution, Expression};

/// The functions of the reader's program, by their numbers. Each gets bytes, and replies with a `Result<_, Message>` in the form of
/// postcard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnnxCall {
    /// A model: what it says, [`OnnxFacts`].
    Describe,
    /// A model with a statement: opened, for the next calls; [`OnnxSummary`].
    Open,
    /// Nothing: what the model makes of the sample, [`OnnxTrial`].
    Try,
    /// Crops, one after the other: their logits, `Vec<[f32; 7]>`.
    Classify,
    /// A weights file of one of mien's networks in safetensors: the ONNX model of it that takes normalized crops, `Vec<u8>`.
    Write,
    /// The same for one that takes grey levels and normalizes them itself.
    WritePixels,
}

impl OnnxCall {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 6] = [Self::Describe, Self::Open, Self::Try, Self::Classify, Self::Write, Self::WritePixels];
}

/// What a model says about itself. `None` where it says nothing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct OnnxFacts {
    /// Width and height of its images in pixels, if its input has a fixed size.
    pub side: Option<u32>,
    /// Channels of its images, 1 or 3, if its input has a fixed number.
    pub channels: Option<u32>,
    /// Whether it takes grey levels from 0 to 255 and scales them itself.
    pub is_bytes: bool,
    /// Its number of classes, if that is known.
    pub outputs: Option<u32>,
    /// What its metadata say of the rest. Where they do not say whether it computes probabilities, that is seen from what it computes, or
    /// from its operators while the size of its images is open.
    pub stated: OnnxStatement,
    /// Number of parameters.
    pub parameters: u64,
    /// A text about its origin; may be empty.
    pub text: String,
}

/// What a user states about a model, as texts. `None` leaves what the file says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnnxStatement {
    /// Width and height of its images in pixels.
    pub side: Option<u32>,
    /// Channels of its images, 1 or 3.
    pub channels: Option<u32>,
    /// How it needs its values scaled: `crop`, `unit`, `signed`, `imagenet`, `levels` or `MEAN:DEVIATION`.
    pub scaling: Option<String>,
    /// The order of its classes: a name ([`crate::dataset::LabelOrder`]) or a list.
    pub classes: Option<String>,
    /// Whether it computes probabilities, not logits.
    pub probabilities: Option<bool>,
}

/// What is wrong with the mean or the deviation of a scaling `MEAN:DEVIATION`, for pixels from 0 to 1. The form of the page and the
/// reader of models make the same checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnnxScalingFault {
    /// It is neither one number nor three.
    NoNumbers,
    /// It is not one number, and images have one channel.
    NoNumber,
    /// There are three numbers that differ, and images have one channel.
    OneChannel,
    /// It is not between 0 and 1: maybe it is for pixels from 0 to 255.
    OutOfRange,
    /// A deviation is less than [`Self::LEAST_DEVIATION`], so that nothing can be divided by it.
    TooSmall,
}

impl OnnxScalingFault {
    /// The least deviation.
    pub const LEAST_DEVIATION: f32 = 1e-6;

    /// What is wrong with a mean for images of so many channels, if that is known.
    pub fn of_mean(mean: &[f32], channels: Option<u32>) -> Option<Self> {
        let is_grey = channels == Some(1);
        if !matches!(mean.len(), 1 | 3) || !mean.iter().all(|number| number.is_finite()) {
            Some(if is_grey { Self::NoNumber } else { Self::NoNumbers })
        } else if is_grey && mean.iter().any(|number| *number != mean[0]) {
            Some(Self::OneChannel)
        } else {
            (!mean.iter().all(|number| (0.0..=1.0).contains(number))).then_some(Self::OutOfRange)
        }
    }

    /// What is wrong with a deviation for images of so many channels, if that is known.
    pub fn of_deviation(deviation: &[f32], channels: Option<u32>) -> Option<Self> {
        match Self::of_mean(deviation, channels) {
            None | Some(Self::OutOfRange) if deviation.iter().any(|number| *number < Self::LEAST_DEVIATION) => {
                Some(Self::TooSmall)
            }
            fault => fault,
        }
    }
}

/// A model that was opened.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct OnnxSummary {
    /// Number of parameters.
    pub parameters: u64,
    /// Multiply-adds for one image.
    pub multiply_adds: u64,
    /// A text about its origin; may be empty.
    pub text: String,
}

/// What a model sees of the face on the page's sample, and what it says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OnnxTrial {
    /// The crop of the face, 48×48 grey bytes.
    #[serde(with = "serde_bytes")]
    pub crop: Vec<u8>,
    /// Width and height of the image that the model sees, in pixels.
    pub side: u32,
    /// Its values from the lowest (0) to the highest (255), RGBA, row by row.
    #[serde(with = "serde_bytes")]
    pub pixels: Vec<u8>,
    /// Its lowest and its highest value.
    pub range: (f32, f32),
    /// The classes of its outputs in their order; `None` for one that FER2013 does not have.
    pub classes: Vec<Option<Expression>>,
    /// The probabilities of the seven classes.
    pub prediction: Distribution,
    /// Multiply-adds for one image.
    pub multiply_adds: u64,
}

impl OnnxStatement {
    /// The entry of a model's metadata that contains a statement.
    pub const KEY: &str = "mien.stated";

    /// Widths and heights of images that models may have, in pixels.
    pub const SIDES: RangeInclusive<u32> = 16..=512;

    /// Writes a statement into a model, in place of one that it has.
    pub fn write(&self, model: &[u8]) -> Vec<u8> {
        let text = self.to_text();
        let model = &model[Self::length(model).unwrap_or(0)..];
        let (mut entry, mut start) = (Vec::new(), Vec::new());
        for (tag, value) in [(0x0a, Self::KEY), (0x12, &*text)] {
            entry.push(tag);
            write_length(&mut entry, value.len());
            entry.extend(value.as_bytes());
        }
        start.push(METADATA);
        write_length(&mut start, entry.len());
        [&start, &entry[..], model].concat()
    }

    /// Whether bytes are a model with a statement, as [`Self::write`] writes it.
    pub fn is_in(bytes: &[u8]) -> bool {
        Self::length(bytes).is_some()
    }

    /// The text of the statement in a model, if it has one that is not empty.
    pub fn text_in(model: &[u8]) -> Option<&str> {
        let entry = &model[..Self::length(model)?];
        let (_, entry) = read_length(&entry[1..])?;
        let (_, text) = read_length(entry.get(2 + Self::KEY.len() + 1..)?)?;
        std::str::from_utf8(text).ok().filter(|text| !text.is_empty())
    }

    /// Reads the text of an entry. What it does not understand it leaves out.
    pub fn parse(text: &str) -> Self {
        let value = |name: &str| text.split(';').find_map(|part| part.strip_prefix(name)?.strip_prefix('='));
        Self {
            side: value("side").and_then(|text| text.parse().ok()),
            channels: value("channels").and_then(|text| text.parse().ok()),
            scaling: value("scaling").map(str::to_owned),
            classes: value("classes").map(str::to_owned),
            probabilities: value("output").map(|text| text == PROBABILITIES),
        }
    }

    /// The text of an entry: what is stated, as `NAME=VALUE`, with semicolons between.
    pub fn to_text(&self) -> String {
        let number = |number: &Option<u32>| number.map(|number| number.to_string());
        // a list that someone separated otherwise
        let words = |text: &Option<String>| text.as_ref().map(|text| text.replace(';', ","));
        let output = self.probabilities.map(|is| if is { PROBABILITIES } else { "logits" }.to_owned());
        let parts = [
            ("side", number(&self.side)),
            ("channels", number(&self.channels)),
            ("scaling", words(&self.scaling)),
            ("classes", words(&self.classes)),
            ("output", output),
        ];
        let parts = parts.into_iter().filter_map(|(name, value)| Some(format!("{name}={}", value?)));
        parts.collect::<Vec<_>>().join(";")
    }

    /// Bytes of the entry at the start of a model.
    fn length(bytes: &[u8]) -> Option<usize> {
        let (&METADATA, rest) = bytes.split_first()? else { return None };
        let (length, rest) = read_length(rest)?;
        let start = bytes.len() - rest.len();
        let name = rest.strip_prefix(&[0x0a, Self::KEY.len() as u8])?;
        (name.starts_with(Self::KEY.as_bytes()) && length <= rest.len()).then_some(start + length)
    }
}

/// The tag of an entry of metadata in a model (`ModelProto.metadata_props`).
const METADATA: u8 = 14 << 3 | 2;

/// The name of models that compute probabilities.
const PROBABILITIES: &str = "probabilities";

/// Seven bits a byte, the lowest first; all bytes but the last have the eighth set.
fn write_length(bytes: &mut Vec<u8>, mut length: usize) {
    while length >= 0x80 {
        bytes.push(length as u8 | 0x80);
        length >>= 7;
    }
    bytes.push(length as u8);
}

/// A length of at most three bytes, and what follows.
fn read_length(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let mut length = 0;
    for (index, &byte) in bytes.iter().take(3).enumerate() {
        length |= usize::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return Some((length, &bytes[index + 1..]));
        }
    }
    None
}

/// The reply of the program: see [`OnnxCall`].
pub type OnnxReply<T> = Result<T, Message>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_and_deviations_are_of_pixels_from_0_to_1() {
        use OnnxScalingFault::{NoNumber, NoNumbers, OneChannel, OutOfRange, TooSmall};
        let colour = [None, Some(3)];
        for of in [OnnxScalingFault::of_mean, OnnxScalingFault::of_deviation] {
            for right in [&[0.5_f32][..], &[1.0], &[0.5, 0.4, 0.3]] {
                assert_eq!(colour.map(|channels| of(right, channels)), [None; 2], "{right:?}");
            }
            for wrong in [&[] as &[f32], &[0.5, 0.4], &[0.5; 4], &[f32::NAN], &[0.5, f32::INFINITY, 0.5]] {
                assert_eq!(colour.map(|channels| of(wrong, channels)), [Some(NoNumbers); 2], "{wrong:?}");
                assert_eq!(of(wrong, Some(1)), Some(NoNumber), "{wrong:?}");
            }
            // three that are equal are one
            assert_eq!([of(&[0.5], Some(1)), of(&[0.5; 3], Some(1))], [None; 2]);
            assert_eq!(of(&[0.5, 0.5, 0.4], Some(1)), Some(OneChannel));
            for wrong in [&[127.5_f32][..], &[0.5, 0.4, 1.01]] {
                assert_eq!(of(wrong, None), Some(OutOfRange), "{wrong:?}");
            }
        }
        assert_eq!(OnnxScalingFault::of_mean(&[0.0], None), None);
        assert_eq!(OnnxScalingFault::of_mean(&[-0.5], None), Some(OutOfRange));
        assert_eq!(OnnxScalingFault::of_deviation(&[1e-6], None), None);
        for wrong in [&[0.0_f32][..], &[-1.0], &[1e-7], &[0.5, 0.0, 255.0]] {
            assert_eq!(OnnxScalingFault::of_deviation(wrong, None), Some(TooSmall), "{wrong:?}");
        }
    }

    #[test]
    fn a_statement_is_written_into_a_model_and_replaced() {
        let model = [8, 8, 0x3a, 0];
        assert!(!OnnxStatement::is_in(&model) && !OnnxStatement::is_in(b"") && !OnnxStatement::is_in(b"r"));
        let stated = OnnxStatement {
            side: Some(224),
            channels: Some(3),
            scaling: Some("0.5,0.4,0.3:0.2".into()),
            classes: Some(
                "surprise,fear,disgust,happy,sad,angry,neutral,contempt; or so, with a name that is long".into(),
            ),
            probabilities: Some(true),
        };
        let written = stated.write(&model);
        assert!(OnnxStatement::is_in(&written) && written.ends_with(&model));
        let text = std::str::from_utf8(&written[3 + 2 + 11 + 3..written.len() - 4]).unwrap();
        let expected = OnnxStatement { classes: stated.classes.as_ref().map(|text| text.replace(';', ",")), ..stated };
        assert_eq!(OnnxStatement::text_in(&written), Some(text));
        assert_eq!(OnnxStatement::parse(text), expected);
        let other = OnnxStatement { scaling: Some("unit".into()), ..OnnxStatement::default() };
        let again = other.write(&written);
        let entry = [&b"\x0a\x0bmien.stated\x12\x0c"[..], b"scaling=unit"].concat();
        assert_eq!(again, [&[METADATA, entry.len() as u8], &entry[..], &model].concat());
        assert_eq!(OnnxStatement::text_in(&again), Some("scaling=unit"));
        for none in [&model[..], &OnnxStatement::default().write(&model), b""] {
            assert_eq!(OnnxStatement::text_in(none), None);
        }
        assert_eq!(OnnxStatement::parse(""), OnnxStatement::default());
    }
}
