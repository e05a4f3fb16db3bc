//! A model that classifies crops.

use std::panic::{AssertUnwindSafe, catch_unwind};

use mien_core::dataset::LabelOrder;
use mien_core::expression::Expression;
use mien_core::vision::{CROP_PIXELS, Crop};
use rten::{ModelOptions, NodeId, Value};

use crate::description::{Description, Output, Stated};
use crate::file::Model;
use crate::limits::Limits;
use crate::operators;
use crate::shapes::{self, infer};
use crate::{OnnxError, Preprocessing, Scaling};

/// Values of intermediate results at the same time, over a batch.
const MOST_VALUES: u64 = 64_000_000;

/// Images at the same time.
const MOST_IMAGES: u64 = 32;

/// How much the sum of probabilities may differ from 1: each of eight may be rounded to 8 bits, by half of 1/255.
const ROUNDED: f32 = 0.02;

/// What the runtime computes if it has another opinion on an operator than `shapes`.
const ANOTHER: &str = "its output has another shape or type than its operators say";

/// The face of the built-in sample, `www/sample.jpg`, as `mien crop` writes it. A model is computed for it when it is read: some of what the
/// runtime does not support, it reports only then.
pub fn sample() -> Crop {
    const SAMPLE: &[u8; CROP_PIXELS] = include_bytes!("sample.grey");
    Crop(Box::new(*SAMPLE))
}

/// A third-party model, with all that is needed to classify crops with it.
pub struct Network {
    runtime: rten::Model,
    input: NodeId,
    output: NodeId,
    description: Description,
    preprocessing: Preprocessing,
    classes: Vec<Option<Expression>>,
    kind: Output,
    /// The operators without a name, which the runtime's messages could not name: their kinds and first results.
    unnamed: Vec<(String, NodeId)>,
    /// Images at the same time.
    batch: usize,
    multiply_adds: u64,
}

impl std::fmt::Debug for Network {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Network").field("description", &self.description).finish_non_exhaustive()
    }
}

impl Network {
    /// Reads a model, and tries it. What is stated completes what the file says; where neither says what it computes, that is seen from its
    /// outputs.
    ///
    /// # Errors
    /// When the file is not a model, damaged, too large, of a newer version or with an operator that is not supported, when
    /// its input, output or classes do not fit, or when it cannot be computed.
    pub fn read(bytes: Vec<u8>, stated: &Stated, limits: &Limits) -> Result<Self, OnnxError> {
        let model = Model::read(&bytes, limits)?;
        let description = Description::of(&model, limits)?;
        let preprocessing = description.preprocessing(stated)?;
        let shape = |images| shape(&preprocessing, description.rank, images);
        let inferred = infer(&model, &shape(1), limits)?;
        let (output, count) = inferred.output(&model)?;
        let classes = description.classes(stated, count)?;
        // where one image is part of the model, as in a reshaping to [1, 2048], they are computed one by one
        let is_free = model.inputs.iter().any(|input| input.takes_batches())
            && infer(&model, &shape(2), limits)
                .is_ok_and(|two| shapes::output(&two.outputs, 2) == Some((output, count)));
        let batch = if is_free { (MOST_VALUES / inferred.values.max(1)).clamp(1, MOST_IMAGES) as usize } else { 1 };
        let own = description.is_output_stated.then_some(description.output);
        let stated_kind = stated.output.or(own);
        let kind = stated_kind.unwrap_or_else(|| Output::of(&model, output));
        let (input, output) = (model.inputs.first().map_or("", |input| input.name), model.outputs[output].name);
        let (input, output) = (input.to_owned(), output.to_owned());
        let unnamed = model.nodes.iter().filter(|node| node.name.is_empty());
        let unnamed: Vec<_> = unnamed.map(|node| (node.operator.to_owned(), node.label().to_owned())).collect();
        let runtime = guarded(|| {
            // its optimizer takes some operators for others: findings/operators-computed-otherwise.sh
            ModelOptions::with_ops(operators::registry())
                .enable_optimization(false)
                .prepack_weights(true)
                .load(bytes)
                .map_err(|error| error.to_string())
        });
        let runtime = runtime.map_err(OnnxError::Runtime)?;
        let id = |name: &str| runtime.find_node(name).ok_or(OnnxError::Damaged);
        let (input, output) = (id(&input)?, id(&output)?);
        // what the runtime computes together with others is not there
        let unnamed =
            unnamed.into_iter().filter_map(|(operator, result)| Some((operator, runtime.find_node(&result)?)));
        let unnamed = unnamed.collect();
        let multiply_adds = inferred.multiply_adds;
        let mut network =
            Self { runtime, input, output, description, preprocessing, classes, kind, unnamed, batch, multiply_adds };
        if kind == Output::Logits && network.computes_probabilities()? {
            if stated_kind.is_some() {
                return Err(OnnxError::NotLogits);
            }
            network.kind = Output::Probabilities;
        }
        Ok(network)
    }

    /// Reads what a model says. What it computes is seen from its outputs, if it does not say so and the size of its images is known.
    ///
    /// # Errors
    /// As [`Self::read`], if nothing were left open.
    pub fn describe(bytes: Vec<u8>, limits: &Limits) -> Result<Description, OnnxError> {
        let mut description = Description::read(&bytes, limits)?;
        let has_size = description.side.is_some() && description.channels.is_some();
        if has_size && !description.is_output_stated && description.output == Output::Logits {
            // probabilities are some for any scaling, and in any order
            let (scaling, classes) = (Some(Scaling::UNIT), Some(LabelOrder::Fer2013));
            description.output = Self::read(bytes, &Stated { scaling, classes, ..Stated::default() }, limits)?.kind;
        }
        Ok(description)
    }

    /// Whether the outputs are probabilities, whatever operators they are from: none is negative, and the sum is 1. Logits may be so for one
    /// image by chance, so it has to hold for two that differ much: the sample and its negative.
    fn computes_probabilities(&self) -> Result<bool, OnnxError> {
        let sample = sample();
        let negative = Crop(Box::new(sample.0.map(|level| 255 - level)));
        for crop in [sample, negative] {
            let outputs = self.run(&[crop])?;
            let is_sum = (outputs.iter().sum::<f32>() - 1.0).abs() < 1e-3;
            if !is_sum || outputs.iter().any(|&value| value < 0.0) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// What the file says.
    pub const fn description(&self) -> &Description {
        &self.description
    }

    /// How crops are prepared.
    pub const fn preprocessing(&self) -> &Preprocessing {
        &self.preprocessing
    }

    /// The classes of its outputs; `None` for one that FER2013 does not have.
    pub fn classes(&self) -> &[Option<Expression>] {
        &self.classes
    }

    /// What it computes.
    pub const fn output(&self) -> Output {
        self.kind
    }

    /// Multiply-adds for one image, and other operations of about the same cost.
    pub const fn multiply_adds(&self) -> u64 {
        self.multiply_adds
    }

    /// The logits of each crop, in FER2013's order: softmax of them gives the probabilities of the model. A further class, such as contempt,
    /// is left out, and the probabilities of the seven are divided by their sum.
    ///
    /// # Errors
    /// When the model cannot be computed, or computes something that is no number or no probability.
    pub fn logits(&self, crops: &[Crop]) -> Result<Vec<[f32; Expression::COUNT]>, OnnxError> {
        let mut logits = Vec::with_capacity(crops.len());
        for crops in crops.chunks(self.batch) {
            for outputs in self.run(crops)?.chunks_exact(self.classes.len()) {
                logits.push(self.logits_of(outputs)?);
            }
        }
        Ok(logits)
    }

    /// The outputs for crops, `[crops, classes]`.
    fn run(&self, crops: &[Crop]) -> Result<Vec<f32>, OnnxError> {
        let shape = shape(&self.preprocessing, self.description.rank, crops.len());
        let images: Vec<f32> = crops.iter().flat_map(|crop| self.preprocessing.image(crop)).collect();
        let images = if self.description.is_bytes {
            let bytes = images.into_iter().map(|level| level.round() as u8).collect();
            Value::from_shape::<u8>(&shape, bytes).map_err(|error| error.to_string())
        } else {
            Value::from_shape::<f32>(&shape, images).map_err(|error| error.to_string())
        };
        let images = images.map_err(OnnxError::Failed)?;
        let compute = |outputs: &[NodeId]| {
            guarded(|| {
                let computed = self.runtime.run(vec![(self.input, images.as_view().into())], outputs, None);
                computed.map_err(|error| error.to_string())
            })
        };
        let computed = compute(&[self.output]).map_err(|error| OnnxError::Failed(self.named(error, compute)))?;
        match computed.into_iter().next() {
            Some(Value::FloatTensor(tensor)) => {
                let values = tensor.into_data();
                let fits = values.len() == crops.len() * self.classes.len();
                fits.then_some(values).ok_or_else(|| OnnxError::Failed(ANOTHER.to_owned()))
            }
            _ => Err(OnnxError::Failed(ANOTHER.to_owned())),
        }
    }

    /// The runtime's message about an operator, with its kind if it has no name: that of the first whose result cannot be computed, which
    /// is searched for by halves.
    fn named<T>(&self, message: String, compute: impl Fn(&[NodeId]) -> Result<T, String>) -> String {
        const NAMELESS: &str = "operator \"\"";
        if !message.contains(NAMELESS) {
            return message;
        }
        let results: Vec<NodeId> = self.unnamed.iter().map(|(_, result)| *result).collect();
        let counts: Vec<usize> = (1..=results.len()).collect();
        let first = counts.partition_point(|&count| compute(&results[..count]).is_ok());
        match self.unnamed.get(first) {
            Some((operator, _)) => message.replace(NAMELESS, operator),
            None => message,
        }
    }

    /// The logits of the seven classes from the outputs for one image.
    fn logits_of(&self, outputs: &[f32]) -> Result<[f32; Expression::COUNT], OnnxError> {
        // of seven that are all minus infinity there is no softmax
        let mut known = self.classes.iter().zip(outputs).filter_map(|(class, value)| class.map(|_| *value));
        let is_nothing = known.all(|value| value == f32::NEG_INFINITY);
        if is_nothing || outputs.iter().any(|value| value.is_nan() || *value == f32::INFINITY) {
            return Err(OnnxError::NotFinite);
        }
        if self.kind == Output::Probabilities {
            let sum: f32 = outputs.iter().sum();
            if (sum - 1.0).abs() > ROUNDED || outputs.iter().any(|&value| value < -1e-4) {
                return Err(OnnxError::NotProbabilities(sum));
            }
        }
        let mut logits = [0.0; Expression::COUNT];
        for (class, &value) in self.classes.iter().zip(outputs) {
            if let Some(class) = class {
                logits[class.index()] = match self.kind {
                    Output::Logits => (value / self.description.temperature).clamp(f32::MIN, f32::MAX),
                    Output::Probabilities => value.max(f32::MIN_POSITIVE).ln(),
                };
            }
        }
        Ok(logits)
    }
}

/// The shape of a batch.
fn shape(preprocessing: &Preprocessing, rank: usize, images: usize) -> Vec<usize> {
    let Preprocessing { side, channels, layout, .. } = *preprocessing;
    layout.shape(images, channels, side, rank)
}

/// Calls the runtime. If it ends in a panic, which only a file that was made to can cause, that is an error.
fn guarded<T>(call: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(call)).unwrap_or_else(|_| Err("its runtime stopped".to_owned()))
}
