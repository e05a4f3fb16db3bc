//! What a model says about itself, and what a user states in addition.

use std::collections::HashMap;
use std::ops::RangeInclusive;

use mien_core::dataset::{LabelOrder, LabelOrderError};
use mien_core::expression::Expression;
use mien_core::network::{OnnxScalingFault, OnnxStatement};

use crate::file::{Dimension, FLOAT, Model, UINT8, ValueInfo, element_name};
use crate::limits::Limits;
use crate::preprocessing::{Layout, Scaling};
use crate::shapes::{self, infer};
use crate::{Classes, OnnxError, Preprocessing};

/// Sides of images, in pixels.
pub const SIDES: RangeInclusive<usize> = *OnnxStatement::SIDES.start() as usize..=*OnnxStatement::SIDES.end() as usize;

/// The preprocessing of mien's own exports, in the metadata.
const OWN_PREPROCESSING: &str = "48x48 grey, zero mean, unit deviation (at least 8 of 255)";

/// Valid temperatures.
const TEMPERATURES: RangeInclusive<f32> = 0.05..=20.0;

/// What a model computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// Logits, or logarithms of probabilities: softmax of them gives probabilities.
    Logits,
    /// Probabilities.
    Probabilities,
}

impl Output {
    /// What an output of a model seems to be: its last operator that changes values decides.
    pub(crate) fn of(model: &Model<'_>, output: usize) -> Self {
        let makers: HashMap<&str, _> =
            model.nodes.iter().flat_map(|node| node.outputs.iter().map(move |output| (*output, node))).collect();
        let mut name = model.outputs.get(output).map_or("", |output| output.name);
        // at most all of them, since a circle is found only later
        for _ in 0..model.nodes.len() {
            let Some(node) = makers.get(name) else { break };
            match node.operator {
                "Softmax" => return Self::Probabilities,
                // quantized, they are rounded
                "Identity" | "Cast" | "Reshape" | "Flatten" | "Squeeze" | "Unsqueeze" | "QuantizeLinear"
                | "DequantizeLinear" => {
                    name = node.inputs.first().copied().unwrap_or_default();
                }
                _ => break,
            }
        }
        Self::Logits
    }
}

/// What a file says. `None` where it says nothing.
#[derive(Clone, Debug, PartialEq)]
pub struct Description {
    /// Width and height of its images.
    pub side: Option<usize>,
    /// Channels of its images, 1 or 3.
    pub channels: Option<usize>,
    /// The order of the values of an image.
    pub layout: Option<Layout>,
    /// Whether it takes bytes and scales them itself.
    pub is_bytes: bool,
    /// How it needs its values scaled.
    pub scaling: Option<Scaling>,
    /// The order of its classes: seven, or eight of which FER2013 does not have one.
    pub classes: Option<LabelOrder>,
    /// What it computes, if it is stated; else probabilities if the operator that makes its output is softmax.
    pub output: Output,
    /// By which its logits are to be divided.
    pub temperature: f32,
    /// A text about its origin.
    pub text: String,
    /// Values of its weights.
    pub parameters: u64,
    /// The number of its classes; `None` while the size of its images is open and no output states seven or eight.
    pub outputs: Option<usize>,
    /// Whether the file states what it computes.
    pub(crate) is_output_stated: bool,
    /// The rank of the input.
    pub(crate) rank: usize,
    /// Side and channels that the input has, whatever was stated.
    pub(crate) input: (Option<usize>, Option<usize>),
}

/// What a user states about a model, in place of what the file says. `None` leaves that.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stated {
    /// Width and height of its images.
    pub side: Option<usize>,
    /// Channels of its images, 1 or 3.
    pub channels: Option<usize>,
    /// How it needs its values scaled.
    pub scaling: Option<Scaling>,
    /// The order of its classes.
    pub classes: Option<LabelOrder>,
    /// What it computes.
    pub output: Option<Output>,
}

impl Description {
    /// Reads what a model says, without its runtime. The shapes of all results are checked if the size of its images is known.
    ///
    /// # Errors
    /// When the file is not a model, damaged, too large, of a newer version or with an operator that is not supported, or when it does
    /// not take images or does not compute classes.
    pub fn read(bytes: &[u8], limits: &Limits) -> Result<Self, OnnxError> {
        Self::of(&Model::read(bytes, limits)?, limits)
    }

    pub(crate) fn of(model: &Model<'_>, limits: &Limits) -> Result<Self, OnnxError> {
        if model.outputs.is_empty() {
            return Err(OnnxError::NoOutputs);
        }
        let [input] = &model.inputs[..] else { return Err(OnnxError::Inputs(model.inputs.len())) };
        let (side, channels, layout, rank) = image(input)?;
        shapes::check(model)?;
        let metadata = |key: &str| model.metadata.get(key).map(|text| text.trim());
        let scaling = match metadata("preprocessing") {
            _ if input.element == UINT8 => Some(Scaling::LEVELS),
            Some(OWN_PREPROCESSING) => Some(Scaling::Crop),
            text => text.and_then(|text| text.parse().ok()),
        };
        // what a user stated before, in the page
        let stated = metadata(OnnxStatement::KEY).map(OnnxStatement::parse).unwrap_or_default();
        let stated_scaling = stated.scaling.as_deref().map(str::parse).transpose()?;
        let order = |text: &str| {
            text.parse().map_err(|error| match error {
                LabelOrderError::Twice(class) => OnnxError::Twice(class),
                LabelOrderError::NoClass(word) => OnnxError::UnknownClass(word),
                LabelOrderError::Unknown(text) => OnnxError::Order(text),
            })
        };
        let stated_classes = stated.classes.as_deref().map(order).transpose()?;
        let size = |size: Option<u32>| size.map(|size| size as usize);
        let temperature = metadata("temperature").and_then(|text| text.parse().ok());
        let input_has = (side, channels);
        let side = side.or(size(stated.side));
        let channels = channels.or(size(stated.channels).filter(|channels| matches!(channels, 1 | 3)));
        let output = match side.zip(channels) {
            Some((side, _)) if !SIDES.contains(&side) => return Err(OnnxError::Side(side)),
            Some((side, channels)) => {
                let shape = layout.unwrap_or(Layout::ChannelsFirst).shape(1, channels, side, rank);
                Some(infer(model, &shape, limits)?.output(model)?)
            }
            None => shapes::output(&model.outputs.iter().map(ValueInfo::lengths).collect::<Vec<_>>(), 1),
        };
        Ok(Self {
            side,
            channels,
            layout,
            is_bytes: input.element == UINT8,
            scaling: stated_scaling.filter(|_| input.element != UINT8).or(scaling),
            classes: stated_classes.or_else(|| metadata("classes").and_then(|text| text.parse().ok())),
            output: match stated.probabilities {
                Some(true) => Output::Probabilities,
                Some(false) => Output::Logits,
                None => Output::of(model, output.map_or(0, |(index, _)| index)),
            },
            is_output_stated: stated.probabilities.is_some(),
            temperature: temperature.filter(|value| TEMPERATURES.contains(value)).unwrap_or(1.0),
            text: metadata("description").unwrap_or_default().to_owned(),
            parameters: model.parameters,
            outputs: output.map(|(_, classes)| classes),
            rank,
            input: input_has,
        })
    }

    /// The preprocessing, with what is stated.
    ///
    /// # Errors
    /// When something is left open, contradicts the file or is out of range.
    pub(crate) fn preprocessing(&self, stated: &Stated) -> Result<Preprocessing, OnnxError> {
        let side = match (self.side, stated.side) {
            (Some(own), Some(stated)) if own != stated => return Err(OnnxError::Size(own, stated)),
            (own, stated) => own.or(stated).ok_or(OnnxError::Open)?,
        };
        if !SIDES.contains(&side) {
            return Err(OnnxError::Side(side));
        }
        let channels = self.channels.or(stated.channels).ok_or(OnnxError::Open)?;
        let scaling = if self.is_bytes {
            Scaling::LEVELS
        } else {
            stated.scaling.or(self.scaling).ok_or(OnnxError::NoScaling)?
        };
        match scaling.fault(channels) {
            None => {}
            Some(OnnxScalingFault::OneChannel) => return Err(OnnxError::OneChannel),
            // a text with such a fault is refused before
            Some(_) => return Err(OnnxError::Scaling(scaling.to_string())),
        }
        Ok(Preprocessing { side, channels, layout: self.layout.unwrap_or(Layout::ChannelsFirst), scaling })
    }

    /// The classes of so many outputs, with what is stated.
    ///
    /// # Errors
    /// When their order is unknown, or does not fit.
    pub(crate) fn classes(&self, stated: &Stated, outputs: usize) -> Result<Vec<Option<Expression>>, OnnxError> {
        let order = stated.classes.as_ref().or(self.classes.as_ref()).ok_or(OnnxError::NoClasses)?;
        let classes = order.of_outputs(outputs);
        let named = classes.len();
        let missing = Expression::ALL.into_iter().filter(|class| !classes.contains(&Some(*class)));
        match Classes::of(missing) {
            Some(missing) => Err(OnnxError::MissingClasses { outputs, named, missing }),
            None if named < outputs => Err(OnnxError::EighthClass),
            None if named > outputs => Err(OnnxError::Classes { outputs, named }),
            None => Ok(classes),
        }
    }
}

type Image = (Option<usize>, Option<usize>, Option<Layout>, usize);

/// Side, channels, layout and rank of the input.
fn image(input: &ValueInfo<'_>) -> Result<Image, OnnxError> {
    let refused = || OnnxError::Input(input.describe());
    let fixed = |dimension: &Dimension<'_>| match *dimension {
        Dimension::Fixed(length) => Some(length),
        Dimension::Free(_) => None,
    };
    if !matches!(input.element, FLOAT | UINT8) {
        return Err(OnnxError::Element { input: input.name.to_owned(), element: element_name(input.element) });
    }
    let shape: Vec<Option<usize>> = input.shape.as_deref().ok_or_else(refused)?.iter().map(fixed).collect();
    let is_channels = |length: Option<usize>| matches!(length, Some(1 | 3));
    let (height, width, channels, layout) = match shape[..] {
        [_, height, width] => (height, width, Some(1), Some(Layout::ChannelsLast)),
        [_, channels, height, width] if is_channels(channels) => (height, width, channels, Some(Layout::ChannelsFirst)),
        [_, height, width, channels] if is_channels(channels) => (height, width, channels, Some(Layout::ChannelsLast)),
        [_, None, height, width] => (height, width, None, None),
        _ => return Err(refused()),
    };
    if height.zip(width).is_some_and(|(height, width)| height != width) {
        return Err(refused());
    }
    match shape[0] {
        // one image in colour, without a batch
        Some(3) if shape.len() == 3 => Err(refused()),
        Some(batch) if batch != 1 => Err(OnnxError::Batch { input: input.describe(), batch }),
        _ => Ok((height.or(width), channels, layout, shape.len())),
    }
}
