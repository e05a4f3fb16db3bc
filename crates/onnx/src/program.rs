//! The functions of the program that the page downloads when someone opens an ONNX model, or saves a network as one.

use mien_core::expression::{Distribution, Expression};
use mien_core::network::{OnnxCall, OnnxFacts, OnnxReply, OnnxStatement, OnnxSummary, OnnxTrial};
use mien_core::vision::{CROP_PIXELS, Crop};
use mien_export::onnx::{Input, Options};
use mien_export::{ExportError, Network as Source};
use mien_message::ToMessage;
use mien_weights::WeightsFile;
use serde::Serialize;

use crate::description::{Description, Output, Stated};
use crate::file::Model;
use crate::limits::Limits;
use crate::network::{Network, sample};
use crate::{OnnxError, Scaling};

/// The program: one model at a time, with what a user stated about it ([`OnnxStatement`]).
#[derive(Debug, Default)]
pub struct Program(Option<Network>);

impl Program {
    /// Calls a function; the reply in the form of postcard: see [`OnnxCall`].
    pub fn call(&mut self, call: OnnxCall, input: Vec<u8>) -> Vec<u8> {
        match call {
            OnnxCall::Describe => reply(facts(input)),
            OnnxCall::Open => reply(self.open(input)),
            OnnxCall::Try => reply(self.network().and_then(attempt)),
            OnnxCall::Classify => reply(self.network().and_then(|network| network.logits(&crops(&input)))),
            OnnxCall::Write => reply(write(&input, Input::Normalized)),
            OnnxCall::WritePixels => reply(write(&input, Input::Pixels)),
        }
    }

    fn open(&mut self, model: Vec<u8>) -> Result<OnnxSummary, OnnxError> {
        // what was open before takes no memory while this one is read
        self.0 = None;
        let network = self.0.insert(Network::read(model, &Stated::default(), &Limits::default())?);
        let Description { parameters, text, .. } = network.description();
        Ok(OnnxSummary { parameters: *parameters, multiply_adds: network.multiply_adds(), text: text.clone() })
    }

    fn network(&self) -> Result<&Network, OnnxError> {
        self.0.as_ref().ok_or(OnnxError::NotOnnx)
    }
}

fn reply<T: Serialize, E: ToMessage>(outcome: Result<T, E>) -> Vec<u8> {
    let outcome: OnnxReply<T> = outcome.map_err(|error| error.message());
    // nothing of it is of unknown length, which alone is refused
    postcard::to_allocvec(&outcome).unwrap_or_default()
}

/// The ONNX model of a weights file.
fn write(weights: &[u8], input: Input) -> Result<Vec<u8>, ExportError> {
    let network = Source::new(WeightsFile::parse(weights)?)?;
    mien_export::onnx::write(&network, Options { input, ..Options::default() })
}

/// What a file says; sizes only where its input has them.
fn facts(bytes: Vec<u8>) -> Result<OnnxFacts, OnnxError> {
    let limits = Limits::default();
    let mut metadata = Model::read(&bytes, &limits)?.metadata;
    let description = Network::describe(bytes, &limits)?;
    let (side, channels) = description.input;
    let classes = description.classes.as_ref().and_then(|order| match order.name() {
        // a list, as it is in the file
        "own" => {
            let stated = metadata.get(OnnxStatement::KEY).and_then(|text| OnnxStatement::parse(text).classes);
            stated.or_else(|| metadata.remove("classes").map(|text| text.trim().to_owned()))
        }
        name => Some(name.to_owned()),
    });
    Ok(OnnxFacts {
        side: side.map(|side| side as u32),
        channels: channels.map(|channels| channels as u32),
        is_bytes: description.is_bytes,
        outputs: description.outputs.map(|outputs| outputs as u32),
        stated: OnnxStatement {
            side: description.side.map(|side| side as u32),
            channels: description.channels.map(|channels| channels as u32),
            scaling: description.scaling.map(|scaling: Scaling| scaling.to_string()),
            classes,
            probabilities: Some(description.output == Output::Probabilities),
        },
        parameters: description.parameters,
        text: description.text,
    })
}

/// What a model sees of the sample, and what it says.
fn attempt(network: &Network) -> Result<OnnxTrial, OnnxError> {
    let crop = &sample();
    let logits = network.logits(std::slice::from_ref(crop))?;
    let preprocessing = network.preprocessing();
    let values = preprocessing.image(crop);
    let range =
        values.iter().fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), &value| (low.min(value), high.max(value)));
    let level = |value: f32| ((value - range.0) / (range.1 - range.0).max(f32::MIN_POSITIVE) * 255.0).round() as u8;
    let side = preprocessing.side;
    let pixels = (0..side * side).flat_map(|pixel| {
        let [red, green, blue] = [0, 1, 2].map(|channel| level(values[preprocessing.place(pixel, channel)]));
        [red, green, blue, 255]
    });
    Ok(OnnxTrial {
        crop: crop.bytes().to_vec(),
        side: side as u32,
        pixels: pixels.collect(),
        range,
        classes: network.classes().to_vec(),
        prediction: Distribution::from_logits(logits.first().copied().unwrap_or([0.0; Expression::COUNT])),
        multiply_adds: network.multiply_adds(),
    })
}

fn crops(bytes: &[u8]) -> Vec<Crop> {
    bytes.as_chunks::<CROP_PIXELS>().0.iter().map(|crop| Crop(Box::new(*crop))).collect()
}
