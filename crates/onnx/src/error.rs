//! Why models are refused.

use mien_core::expression::Expression;
use mien_core::network::OnnxScalingFault;
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

/// Classes, one after the other; each has its name in the language of the page.
#[derive(Clone, Debug, PartialEq, thiserror::Error, ToMessage)]
pub enum Classes {
    /// The last one.
    #[error("{0}")]
    Last(Expression),
    /// One, and those behind it.
    #[error("{0}, {1}")]
    Then(Expression, Box<Classes>),
}

impl Classes {
    /// Some classes in their order; `None` if there are none.
    pub(crate) fn of(classes: impl DoubleEndedIterator<Item = Expression>) -> Option<Self> {
        classes.rev().fold(None, |rest, class| match rest {
            None => Some(Self::Last(class)),
            Some(rest) => Some(Self::Then(class, Box::new(rest))),
        })
    }
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
    /// An operator that is not read, and mostly computes sizes.
    #[error(
        "operator `{0}` is not supported: simplify the model with onnxsim and a batch of 1, which may compute it beforehand"
    )]
    SizeOperator(String),
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
    /// An operator that takes what was not computed before.
    #[error("operator `{operator}` (`{name}`) takes `{input}`, which no operator before it computes")]
    NoInput {
        /// The operator.
        operator: String,
        /// The node's name, or that of its first output.
        name: String,
        /// What it takes.
        input: String,
    },
    /// The weights are in another file.
    #[error("tensor `{0}` is stored in another file: export the model as one file")]
    External(String),
    /// A tensor whose values do not fit its shape.
    #[error("tensor `{0}` does not have as many values as its shape says")]
    Tensor(String),
    /// A tensor of a type that is not read.
    #[error(
        "tensor `{tensor}` has values of type {element}, which is not supported: export the model with float32 weights"
    )]
    TensorType {
        /// Its name, or that of the operator that has it.
        tensor: String,
        /// The type of its values.
        element: String,
    },
    /// Weights of which those that are zero are left out.
    #[error("the model has sparse tensors, which are not supported: export it with dense ones")]
    Sparse,
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
    /// An output that is not computed.
    #[error("no operator computes the output `{0}`")]
    NoSuchOutput(String),
    /// No output has the classes.
    #[error("no output is [batch, 7] or [batch, 8]; there are {0}")]
    Output(String),
    /// A list of the seven for eight outputs.
    #[error(
        "the model has eight classes, of which seven are named: name the other one, too, where it is, as contempt or none"
    )]
    EighthClass,
    /// A list of more classes than there are.
    #[error("number of classes of the model: {outputs}; named: {named}, which are too many")]
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
        missing: Classes,
    },
    /// A word in a list of classes that names none.
    #[error(
        "`{0}` in the list is no class: the seven are surprise, fear, disgust, happy, sad, angry and neutral, and an eighth is contempt or none"
    )]
    UnknownClass(String),
    /// A class twice in a list of classes.
    #[error("the class `{0}` is named twice; each of the seven must be named once")]
    Twice(Expression),
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
    #[error("the deviation `{0}` must be at least {least}", least = OnnxScalingFault::LEAST_DEVIATION)]
    #[message(least = OnnxScalingFault::LEAST_DEVIATION)]
    Deviation(String),
    /// The preprocessing is unknown.
    #[error(
        "the model does not say how its pixels are scaled: state it (crop, unit, signed, imagenet, levels or MEAN:DEVIATION)"
    )]
    NoScaling,
    /// Outputs that are no probabilities.
    #[error("the outputs add up to {0}, not to 1: they are no probabilities but logits")]
    NotProbabilities(f32),
    /// Outputs that are probabilities.
    #[error("the outputs are not negative and add up to 1: they are no logits but probabilities")]
    NotLogits,
    /// It computed something that is not a number.
    #[error("the model computes values that are not numbers: it is damaged, or needs another preprocessing")]
    NotFinite,
    /// The runtime cannot read it; its message.
    #[error("the model cannot be computed ({0})")]
    Runtime(String),
    /// The runtime began to compute it; its message.
    #[error("the model failed while it was computed ({0})")]
    Failed(String),
}
