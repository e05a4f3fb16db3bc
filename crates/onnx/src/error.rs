//! Why models are refused.

use mien_message::ToMessage;

use crate::file::{LEAST_OPERATOR_SET, MOST_IR_VERSION, MOST_OPERATOR_SET};

/// What is bounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, ToMessage)]
pub enum Quantity {
    /// Of the file.
    #[error("bytes")]
    Bytes,
    /// Of the file's structure.
    #[error("entries")]
    Entries,
    /// Of lists of integers.
    #[error("bytes in lists of integers")]
    Lists,
    /// Of the graph.
    #[error("operators")]
    Operators,
    /// Of weights.
    #[error("parameters")]
    Parameters,
    /// Of intermediate results.
    #[error("values of intermediate results")]
    Values,
    /// Of the computation.
    #[error("multiply-adds")]
    MultiplyAdds,
}

/// Why a model is refused. Nothing that was loaded before is affected.
#[derive(Clone, Debug, PartialEq, thiserror::Error, ToMessage)]
pub enum OnnxError {
    /// Other content.
    #[error("this is not an ONNX model")]
    NotOnnx,
    /// It ends early, or its structure is broken.
    #[error("the ONNX model is damaged or cut off")]
    Damaged,
    /// A version of the format that is too new.
    #[error("the model has IR version {0}; versions up to {MOST_IR_VERSION} are read: export it with an older one")]
    #[message(most = MOST_IR_VERSION)]
    IrVersion(u64),
    /// A version of the operators that is not known.
    #[error(
        "the model uses operator set {0}; sets {LEAST_OPERATOR_SET} to {MOST_OPERATOR_SET} are read: export it with one of them"
    )]
    #[message(least = LEAST_OPERATOR_SET, most = MOST_OPERATOR_SET)]
    OperatorSet(u64),
    /// An operator that is not read.
    #[error("operator `{0}` is not supported")]
    Operator(String),
    /// An operator with inputs or attributes that are not supported, with its name in the graph.
    #[error("operator `{operator}` (`{name}`) cannot be computed: {reason}")]
    Unfit {
        /// The operator.
        operator: String,
        /// The node's name, or that of its first output.
        name: String,
        /// Why.
        reason: String,
    },
    /// The weights are in another file.
    #[error("tensor `{0}` is stored in another file: export the model as one file")]
    External(String),
    /// A tensor whose values do not fit its shape, or of a type that is not read.
    #[error("tensor `{0}` has a type that is not supported, or too few values for its shape")]
    Tensor(String),
    /// More than a limit allows.
    #[error("the model has {count} {what}; at most {most} are allowed")]
    TooMany {
        /// What there is too much of.
        what: Quantity,
        /// How many there are, or how many were counted before it was refused.
        count: u64,
        /// The limit.
        most: u64,
    },
    /// Not one image as input.
    #[error("the input `{0}` is not a batch of square images, grey or colour, such as [batch, 1, 48, 48]")]
    Input(String),
    /// An input of other values.
    #[error(
        "the input `{input}` takes values of type {element}; float32 and uint8 are read: export the model with one of them"
    )]
    Element {
        /// Its name.
        input: String,
        /// The type of its values.
        element: String,
    },
    /// An input of several images at once.
    #[error(
        "the input `{input}` takes {batch} images at once; 1 or any number is needed: export the model with a batch of 1 or a free one"
    )]
    Batch {
        /// Its name and shape.
        input: String,
        /// The number of images.
        batch: usize,
    },
    /// Several inputs.
    #[error("the model has {0} inputs; one with images is expected")]
    Inputs(usize),
    /// An input shape that leaves something open.
    #[error("the model does not say how large its images are, or whether they are grey or colour: state it")]
    Open,
    /// What was stated differs from the file.
    #[error("the model takes images of {0}×{0} pixels, not of {1}×{1}")]
    Size(usize, usize),
    /// A side of images that is out of range.
    #[error("images of {0}×{0} pixels are out of range ({least} to {most})", least = crate::SIDES.start(), most = crate::SIDES.end())]
    #[message(least = *crate::SIDES.start(), most = *crate::SIDES.end())]
    Side(usize),
    /// No outputs at all.
    #[error("the model has no outputs")]
    NoOutputs,
    /// No output has the classes.
    #[error("no output is [batch, 7] or [batch, 8]; there are {0}")]
    Output(String),
    /// A list of classes that does not fit the output.
    #[error("number of classes of the model: {outputs}; named: {named}; each of the seven must be named once")]
    Classes {
        /// The outputs of the model.
        outputs: usize,
        /// The classes that are named.
        named: usize,
    },
    /// A list of classes that lacks some of the seven.
    #[error("number of classes of the model: {outputs}; named: {named}; missing: {missing}")]
    MissingClasses {
        /// The outputs of the model.
        outputs: usize,
        /// The classes that are named.
        named: usize,
        /// Those of the seven that are not.
        missing: String,
    },
    /// A word in a list of classes that names none.
    #[error(
        "`{0}` is no class; the seven are surprise, fear, disgust, happy, sad, angry and neutral, and contempt may be an eighth"
    )]
    UnknownClass(String),
    /// A class twice in a list of classes.
    #[error("the class `{0}` is named twice; each of the seven must be named once")]
    Twice(String),
    /// The order of the classes is unknown.
    #[error("the model does not say in which order its classes are: state it")]
    NoClasses,
    /// An order of classes that is not understood.
    #[error(
        "`{0}` is no order of classes: fer2013, raf-db, affectnet, alphabetical or a list such as surprise,fear,… is expected"
    )]
    Order(String),
    /// A preprocessing that is not understood.
    #[error("`{0}` is no preprocessing: crop, unit, signed, imagenet, levels or MEAN:DEVIATION is expected")]
    Scaling(String),
    /// Means or deviations of three channels for images of one.
    #[error(
        "the model takes grey images, of one channel: one mean and one deviation are needed, not three different ones"
    )]
    OneChannel,
    /// Means or deviations that are not of pixels from 0 to 1.
    #[error("`{0}` is not between 0 and 1, as the pixels are: divide a value for pixels from 0 to 255 by 255")]
    OutOfRange(String),
    /// Deviations by which nothing can be divided.
    #[error("the deviation `{0}` must be greater than 0")]
    Deviation(String),
    /// The preprocessing is unknown.
    #[error(
        "the model does not say how its pixels are scaled: state it (crop, unit, signed, imagenet, levels or MEAN:DEVIATION)"
    )]
    NoScaling,
    /// Outputs that are no probabilities.
    #[error("the outputs add up to {0}, not to 1: they are no probabilities but logits")]
    NotProbabilities(f32),
    /// It computed something that is not a number.
    #[error("the model computes values that are not numbers: it is damaged, or needs another preprocessing")]
    NotFinite,
    /// The runtime's message.
    #[error("the model cannot be computed ({0})")]
    Runtime(String),
}
