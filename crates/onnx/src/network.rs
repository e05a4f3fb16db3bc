//! A model that classifies crops.

use std::panic::{AssertUnwindSafe, catch_unwind};

use mien_core::expression::Expression;
use mien_core::vision::{CROP_PIXELS, Crop};
use rten::{ModelOptions, NodeId, Value};

use crate::description::{Description, Output, Stated};
use crate::file::Model;
use crate::limits::Limits;
use crate::operators;
use crate::shapes::infer;
use crate::{OnnxError, Preprocessing};

/// Values of intermediate results at the same time, over a batch.
const MOST_VALUES: u64 = 64_000_000;

/// Images at the same time.
const MOST_IMAGES: u64 = 32;

/// How much the sum of probabilities may differ from 1: each of eight may be rounded to 8 bits, by half of 1/255.
const ROUNDED: f32 = 0.02;

/// What the runtime computes if it has another opinion on an operator than `shapes`.
const ANOTHER: &str = "its output has another shape or type than its operators say";

/// The face of the built-in sample, `www/sample.jpg`, as `mien crop` writes it. Who opens a model computes it for this face first: some of
/// what the runtime does not support, it reports only then.
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
    /// Reads a model. What is stated completes what the file says.
    ///
    /// # Errors
    /// When the file is not a model, damaged, too large, of a newer version or with an operator that is not supported, or when
    /// its input, output or classes do not fit.
    pub fn read(bytes: Vec<u8>, stated: &Stated, limits: &Limits) -> Result<Self, OnnxError> {
        let model = Model::read(&bytes, limits)?;
        let description = Description::of(&model)?;
        let preprocessing = description.preprocessing(stated)?;
        let shape = |images| shape(&preprocessing, description.rank, images);
        let inferred = infer(&model, &shape(1), limits)?;
        let output = inferred.outputs.iter().position(|shape| outputs(shape, 1).is_some());
        let count = output.and_then(|index| outputs(&inferred.outputs[index], 1));
        let (output, count) = output.zip(count).ok_or_else(|| {
            let found = model.outputs.iter().zip(&inferred.outputs);
            OnnxError::Output(
                found.map(|(output, shape)| format!("{} {shape:?}", output.name)).collect::<Vec<_>>().join(", "),
            )
        })?;
        let classes = description.classes(stated, count)?;
        // where one image is part of the model, as in a reshaping to [1, 2048], they are computed one by one
        let is_free = model.inputs.iter().any(|input| input.takes_batches())
            && infer(&model, &shape(2), limits).is_ok_and(|two| outputs(&two.outputs[output], 2) == Some(count));
        let batch = if is_free { (MOST_VALUES / inferred.values.max(1)).clamp(1, MOST_IMAGES) as usize } else { 1 };
        let (input, output) = (model.inputs.first().map_or("", |input| input.name), model.outputs[output].name);
        let (input, output) = (input.to_owned(), output.to_owned());
        let kind = stated.output.unwrap_or(description.output);
        let runtime = guarded(|| {
            // its optimizer takes some operators for others: findings/operators-computed-otherwise.sh
            ModelOptions::with_ops(operators::registry())
                .enable_optimization(false)
                .prepack_weights(true)
                .load(bytes)
                .map_err(|error| error.to_string())
        })?;
        let id = |name: &str| runtime.find_node(name).ok_or(OnnxError::Damaged);
        let (input, output) = (id(&input)?, id(&output)?);
        let multiply_adds = inferred.multiply_adds;
        Ok(Self { runtime, input, output, description, preprocessing, classes, kind, batch, multiply_adds })
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
        let images = images.map_err(OnnxError::Runtime)?;
        let computed = guarded(|| {
            let computed = self.runtime.run(vec![(self.input, images.into())], &[self.output], None);
            computed.map_err(|error| error.to_string())
        })?;
        match computed.into_iter().next() {
            Some(Value::FloatTensor(tensor)) => {
                let values = tensor.into_data();
                let fits = values.len() == crops.len() * self.classes.len();
                fits.then_some(values).ok_or_else(|| OnnxError::Runtime(ANOTHER.to_owned()))
            }
            _ => Err(OnnxError::Runtime(ANOTHER.to_owned())),
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
    match layout {
        crate::Layout::ChannelsFirst => vec![images, channels, side, side],
        crate::Layout::ChannelsLast if rank == 3 => vec![images, side, side],
        crate::Layout::ChannelsLast => vec![images, side, side, channels],
    }
}

/// The number of classes, if a shape is that of an output for so many images: `[images, 7]`, or eight, and lengths of 1 behind.
fn outputs(shape: &[usize], images: usize) -> Option<usize> {
    match *shape {
        [own, classes, ref rest @ ..] if own == images && rest.iter().all(|&length| length == 1) => {
            (Expression::COUNT..=Expression::COUNT + 1).contains(&classes).then_some(classes)
        }
        _ => None,
    }
}

/// Calls the runtime. If it ends in a panic, which only a file that was made to can cause, that is an error.
fn guarded<T>(call: impl FnOnce() -> Result<T, String>) -> Result<T, OnnxError> {
    let outcome = catch_unwind(AssertUnwindSafe(call)).unwrap_or_else(|_| Err("its runtime stopped".to_owned()));
    outcome.map_err(OnnxError::Runtime)
}
