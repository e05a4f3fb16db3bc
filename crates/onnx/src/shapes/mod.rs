//! The shapes of all results of a model for a batch of images, before anything is computed: what does not fit is refused, with the
//! operator's name, and so is what would take too much memory or time.

mod operators;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use crate::file::{Attribute, Model, Node, Tensor, product};
use crate::limits::{Counter, Limits};
use crate::{OnnxError, Quantity};
use mien_core::expression::Expression;

pub(crate) use operators::SUPPORTED;

/// What is known about a result.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Known {
    pub shape: Vec<usize>,
    /// The values, of short lists of integers or booleans that do not depend on the images.
    pub integers: Option<Vec<i64>>,
}

impl Known {
    pub fn of(shape: impl Into<Vec<usize>>) -> Self {
        Self { shape: shape.into(), integers: None }
    }

    fn constant(tensor: &Tensor<'_>) -> Self {
        Self { shape: tensor.shape.clone(), integers: tensor.integers.clone() }
    }
}

/// Operators that exporters compute sizes and masks with, and that are gone once a model is simplified.
const AVOIDABLE: [&str; 3] = ["Mod", "Range", "ScatterND"];

/// Whether all operators are known.
///
/// # Errors
/// When one is not: the first.
pub(crate) fn check(model: &Model<'_>) -> Result<(), OnnxError> {
    match model.nodes.iter().find(|node| !SUPPORTED.contains(&node.operator)) {
        Some(node) if AVOIDABLE.contains(&node.operator) => Err(OnnxError::SizeOperator(node.operator.to_owned())),
        Some(node) => Err(OnnxError::Operator(node.operator.to_owned())),
        None => Ok(()),
    }
}

/// The output with the classes, and their number: the first that is `[images, 7]`, or eight, with lengths of 1 behind.
pub(crate) fn output(shapes: &[Vec<usize>], images: usize) -> Option<(usize, usize)> {
    let classes = |shape: &[usize]| match *shape {
        [own, classes, ref rest @ ..] if own == images && rest.iter().all(|&length| length == 1) => {
            (Expression::COUNT..=Expression::COUNT + 1).contains(&classes).then_some(classes)
        }
        _ => None,
    };
    shapes.iter().enumerate().find_map(|(index, shape)| Some((index, classes(shape)?)))
}

/// What a model computes.
#[derive(Debug)]
pub(crate) struct Inferred {
    /// The shapes of the outputs.
    pub outputs: Vec<Vec<usize>>,
    /// Values of all results.
    pub values: u64,
    /// Multiply-adds, and as many operations of other kinds.
    pub multiply_adds: u64,
}

/// The results of a model for an input of a shape.
///
/// # Errors
/// When an operator is not known or does not fit, or a limit is exceeded.
pub(crate) fn infer(model: &Model<'_>, input: &[usize], limits: &Limits) -> Result<Inferred, OnnxError> {
    check(model)?;
    let mut known: HashMap<&str, Known> =
        model.initializers.iter().map(|tensor| (tensor.name, Known::constant(tensor))).collect();
    for info in &model.inputs {
        known.insert(info.name, Known::of(input));
    }
    // a batch of two is only a test
    let images = input.first().copied().unwrap_or(1).max(1) as u64;
    let mut values = Counter::new(Quantity::Values, limits.values.saturating_mul(images));
    let mut work = Counter::new(Quantity::MultiplyAdds, limits.multiply_adds.saturating_mul(images));
    for node in &model.nodes {
        let unfit = |reason: String| OnnxError::Unfit {
            operator: node.operator.to_owned(),
            name: node.label().to_owned(),
            reason,
        };
        let inputs = node.inputs.iter().map(|name| match *name {
            "" => Ok(None),
            input => known.get(input).map(Some).ok_or_else(|| OnnxError::NoInput {
                operator: node.operator.to_owned(),
                name: node.label().to_owned(),
                input: input.to_owned(),
            }),
        });
        let inputs = inputs.collect::<Result<Vec<_>, _>>()?;
        let call = Call { node, inputs, operator_set: model.operator_set };
        let (results, cost) = call.infer().map_err(unfit)?;
        for (name, result) in node.outputs.iter().zip(results) {
            let elements =
                product(&result.shape).ok_or_else(|| unfit(format!("its result would be {:?}", result.shape)))?;
            values.add(elements)?;
            work.add(elements)?;
            known.insert(name, result);
        }
        work.add(cost)?;
    }
    let outputs = model.outputs.iter().map(|output| match known.get(output.name) {
        Some(known) => Ok(known.shape.clone()),
        None => Err(OnnxError::NoSuchOutput(output.name.to_owned())),
    });
    let outputs = outputs.collect::<Result<_, _>>()?;
    Ok(Inferred { outputs, values: values.count(), multiply_adds: work.count() })
}

impl Inferred {
    /// The output with the classes of a model for one image, and their number.
    ///
    /// # Errors
    /// When there is none.
    pub fn output(&self, model: &Model<'_>) -> Result<(usize, usize), OnnxError> {
        output(&self.outputs, 1).ok_or_else(|| {
            let found =
                model.outputs.iter().zip(&self.outputs).map(|(output, shape)| format!("{} {shape:?}", output.name));
            OnnxError::Output(found.collect::<Vec<_>>().join(", "))
        })
    }
}

/// An operator with what is known about its inputs; `None` for one that is left out.
struct Call<'a> {
    node: &'a Node<'a>,
    inputs: Vec<Option<&'a Known>>,
    operator_set: u64,
}

/// The results of an operator and its multiply-adds beside one operation for each value of the results, or what does not fit.
type Results = Result<(Vec<Known>, u64), String>;

impl<'a> Call<'a> {
    /// An input that may be left out.
    fn optional(&self, index: usize) -> Option<&'a Known> {
        self.inputs.get(index).copied().flatten()
    }

    fn input(&self, index: usize) -> Result<&'a Known, String> {
        self.optional(index).ok_or_else(|| format!("input {index} is missing"))
    }

    /// A list of integers that is an attribute in older operator sets and an input in newer ones.
    fn list(&self, attribute: &str, input: usize) -> Result<Option<Vec<i64>>, String> {
        match (self.node.integers(attribute), self.optional(input)) {
            (Some(values), _) => Ok(Some(values.to_vec())),
            (None, Some(known)) => {
                known.integers.clone().map(Some).ok_or_else(|| format!("its {attribute} depend on the image"))
            }
            (None, None) => Ok(None),
        }
    }

    /// Integers that must be known, and positive.
    fn lengths(&self, attribute: &str, default: &[usize]) -> Result<Vec<usize>, String> {
        let Some(values) = self.node.integers(attribute) else { return Ok(default.to_vec()) };
        let lengths =
            values.iter().map(|&value| usize::try_from(value).ok().filter(|&length| (1..1 << 16).contains(&length)));
        let lengths = lengths.collect::<Option<Vec<_>>>().ok_or_else(|| format!("{attribute} {values:?}"))?;
        if lengths.len() == default.len() { Ok(lengths) } else { Err(format!("{attribute} {values:?}")) }
    }

    fn constant(&self) -> Result<Known, String> {
        match self.node.attributes.first() {
            Some((_, Attribute::Tensor(tensor))) => Ok(Known::constant(tensor)),
            Some((_, Attribute::Integer(value))) => Ok(Known { shape: vec![], integers: Some(vec![*value]) }),
            Some((_, Attribute::Integers(values))) => {
                Ok(Known { shape: vec![values.len()], integers: Some(values.clone()) })
            }
            Some((_, Attribute::Float)) => Ok(Known::of([])),
            _ => Err("its value is not supported".to_owned()),
        }
    }
}

/// An axis, counted from the end if it is negative.
fn axis(value: i64, rank: usize) -> Result<usize, String> {
    let axis = if value < 0 { value + rank as i64 } else { value };
    usize::try_from(axis).ok().filter(|&axis| axis < rank).ok_or_else(|| format!("axis {value} of {rank}"))
}

/// The common shape of two results, each length of which is that of the other, or 1.
fn broadcast(a: &[usize], b: &[usize]) -> Result<Vec<usize>, String> {
    let rank = a.len().max(b.len());
    let length = |shape: &[usize], place: usize| {
        (place + shape.len()).checked_sub(rank).and_then(|index| shape.get(index)).copied().unwrap_or(1)
    };
    let common = (0..rank).map(|place| match (length(a, place), length(b, place)) {
        (1, length) | (length, 1) => Some(length),
        (a, b) => (a == b).then_some(a),
    });
    common.collect::<Option<_>>().ok_or_else(|| format!("{a:?} and {b:?}"))
}

/// The multiply-adds of so many sums of so many terms.
fn cost(results: &[usize], terms: usize) -> Result<u64, String> {
    let results = product(results).ok_or("it is too large")?;
    Ok(results.saturating_mul(terms as u64))
}
