//! The shapes of the results of each operator.

use super::{Call, Known, Results, axis, broadcast, cost};
use crate::file::{BOOL, INT32, INT64, product};

/// The operators that are read.
pub(crate) const SUPPORTED: [&str; 79] = [
    "Abs",
    "Add",
    "AveragePool",
    "BatchNormalization",
    "Cast",
    "Ceil",
    "Clip",
    "Concat",
    "Constant",
    "ConstantOfShape",
    "Conv",
    "Cos",
    "DequantizeLinear",
    "Div",
    "Dropout",
    "Elu",
    "Equal",
    "Erf",
    "Exp",
    "Expand",
    "Flatten",
    "Floor",
    "Gather",
    "Gelu",
    "Gemm",
    "GlobalAveragePool",
    "Greater",
    "GreaterOrEqual",
    "HardSigmoid",
    "HardSwish",
    "Identity",
    "InstanceNormalization",
    "LayerNormalization",
    "LeakyRelu",
    "Less",
    "LessOrEqual",
    "Log",
    "LogSoftmax",
    "MatMul",
    "Max",
    "MaxPool",
    "Mean",
    "Min",
    "Mul",
    "Neg",
    "Not",
    "PRelu",
    "Pad",
    "Pow",
    "QuantizeLinear",
    "Reciprocal",
    "ReduceL2",
    "ReduceMax",
    "ReduceMean",
    "ReduceMin",
    "ReduceProd",
    "ReduceSum",
    "ReduceSumSquare",
    "Relu",
    "Reshape",
    "Resize",
    "Round",
    "Shape",
    "Sigmoid",
    "Sin",
    "Slice",
    "Softmax",
    "Softplus",
    "Softsign",
    "Split",
    "Sqrt",
    "Squeeze",
    "Sub",
    "Sum",
    "Tanh",
    "Tile",
    "Transpose",
    "Unsqueeze",
    "Where",
];

impl Call<'_> {
    /// The shapes of the results.
    pub(super) fn infer(&self) -> Results {
        let results = match self.node.operator {
            "Conv" => return self.convolution(),
            "Gemm" => return self.gemm(),
            "MatMul" => return self.matrix_product(),
            "MaxPool" | "AveragePool" => return self.pool(),
            "GlobalAveragePool" => return self.pool_all(),
            "Constant" => self.constant()?,
            "ConstantOfShape" => Known::of(self.target(0)?),
            "Shape" => self.shape()?,
            "Reshape" => self.reshape()?,
            "Flatten" => self.flatten()?,
            "Transpose" => self.transpose()?,
            "Squeeze" => self.squeeze()?,
            "Unsqueeze" => self.unsqueeze()?,
            "Concat" => self.concat()?,
            "Gather" => self.gather()?,
            "Slice" => self.slice()?,
            "Split" => return self.split(),
            "Expand" => Known::of(broadcast(&self.input(0)?.shape, &self.target(1)?)?),
            "Tile" => self.tile()?,
            "Pad" => self.pad()?,
            "Resize" => self.resize()?,
            "Softmax" | "LogSoftmax" => self.softmax()?,
            "Where" => {
                Known::of(broadcast(&broadcast(&self.input(0)?.shape, &self.input(1)?.shape)?, &self.input(2)?.shape)?)
            }
            "Add" | "Sub" | "Mul" | "Div" => self.arithmetic()?,
            "Pow" | "Max" | "Min" | "Mean" | "Sum" | "PRelu" | "Equal" | "Greater" | "GreaterOrEqual" | "Less"
            | "LessOrEqual" => self.combined()?,
            name if name.starts_with("Reduce") => return self.reduce(),
            "Identity" => self.input(0)?.clone(),
            "Cast" => self.cast()?,
            "Dropout" => return self.dropout(),
            "QuantizeLinear" => self.quantize()?,
            _ => self.values()?,
        };
        Ok((vec![results], 0))
    }

    /// Everything else changes values, one by one or among their neighbours, and has parameters of their shape or smaller.
    fn values(&self) -> Result<Known, String> {
        let result = Known::of(self.input(0)?.shape.clone());
        for parameters in self.inputs.iter().skip(1).flatten() {
            if product(&parameters.shape) > product(&result.shape) {
                return Err(format!("{:?} and {:?}", result.shape, parameters.shape));
            }
        }
        Ok(result)
    }

    /// A shape that an input has as its values.
    fn target(&self, input: usize) -> Result<Vec<usize>, String> {
        let integers = self.input(input)?.integers.as_ref().ok_or("its shape depends on the image")?;
        let lengths = integers.iter().map(|&length| usize::try_from(length)).collect::<Result<Vec<_>, _>>();
        lengths.map_err(|_| format!("{integers:?}"))
    }

    fn convolution(&self) -> Results {
        let (maps, weights) = (&self.input(0)?.shape, &self.input(1)?.shape);
        let unfit = || format!("{maps:?} and weights {weights:?}");
        let ([batch, channels, sides @ ..], [outputs, inputs, kernel @ ..]) = (&maps[..], &weights[..]) else {
            return Err(unfit());
        };
        let groups = usize::try_from(self.node.integer("group").unwrap_or(1)).unwrap_or(0);
        if sides.len() != kernel.len()
            || !(1..=2).contains(&sides.len())
            || groups == 0
            || inputs.checked_mul(groups) != Some(*channels)
            || outputs % groups != 0
            || self
                .node
                .integers("kernel_shape")
                .is_some_and(|own| !own.iter().eq(kernel.iter().map(|&side| side as i64).collect::<Vec<_>>().iter()))
            || self.optional(2).is_some_and(|bias| bias.shape != [*outputs])
        {
            return Err(unfit());
        }
        // without a kernel shape the runtime does not know how many defaults there are
        let is_stated = |attribute: &str| self.node.integers(attribute).is_some();
        let is_same = matches!(self.node.text("auto_pad"), Some(b"SAME_UPPER" | b"SAME_LOWER"));
        let are_all = is_stated("strides") && is_stated("dilations") && (is_same || is_stated("pads"));
        if !is_stated("kernel_shape") && !are_all {
            return Err("the runtime needs its kernel_shape, or all of strides, dilations and pads".to_owned());
        }
        let mut shape = vec![*batch, *outputs];
        shape.extend(self.windows(sides, kernel)?);
        let terms = inputs * kernel.iter().product::<usize>();
        let cost = cost(&shape, terms)?;
        Ok((vec![Known::of(shape)], cost))
    }

    fn pool(&self) -> Results {
        let maps = &self.input(0)?.shape;
        let [batch, channels, sides @ ..] = &maps[..] else { return Err(format!("{maps:?}")) };
        let kernel = self.lengths("kernel_shape", &vec![1; sides.len()])?;
        if sides.is_empty() || sides.len() > 2 {
            return Err(format!("{maps:?}"));
        }
        if self.node.integers("strides").is_none() {
            return Err("the runtime needs its strides".to_owned());
        }
        let mut shape = vec![*batch, *channels];
        shape.extend(self.windows(sides, &kernel)?);
        let cost = cost(&shape, kernel.iter().product())?;
        Ok((vec![Known::of(shape)], cost))
    }

    fn pool_all(&self) -> Results {
        let maps = &self.input(0)?.shape;
        let [batch, channels, sides @ ..] = &maps[..] else { return Err(format!("{maps:?}")) };
        let mut shape = vec![*batch, *channels];
        shape.resize(2 + sides.len(), 1);
        Ok((vec![Known::of(shape)], cost(maps, 1)?))
    }

    /// How many windows of a kernel fit along each axis.
    fn windows(&self, sides: &[usize], kernel: &[usize]) -> Result<Vec<usize>, String> {
        let rank = sides.len();
        let (strides, dilations) =
            (self.lengths("strides", &vec![1; rank])?, self.lengths("dilations", &vec![1; rank])?);
        let pads = match self.node.integers("pads") {
            None => vec![0; 2 * rank],
            Some(pads) => {
                let pads: Option<Vec<usize>> =
                    pads.iter().map(|&pad| usize::try_from(pad).ok().filter(|&pad| pad < 1 << 12)).collect();
                pads.filter(|pads| pads.len() == 2 * rank).ok_or("its padding")?
            }
        };
        let automatic = self.node.text("auto_pad").unwrap_or(b"NOTSET");
        let ceil = self.node.integer("ceil_mode").unwrap_or(0) != 0;
        let window = |index: usize| -> Result<usize, String> {
            let (side, stride) = (sides[index], strides[index]);
            let width = dilations[index] * (kernel[index].max(1) - 1) + 1;
            let (begin, end) = match automatic {
                b"SAME_UPPER" | b"SAME_LOWER" => {
                    let windows = side.div_ceil(stride);
                    let padding = (windows.saturating_sub(1) * stride + width).saturating_sub(side);
                    // the runtime puts an odd pixel at the end in either case
                    if automatic == b"SAME_LOWER" && padding % 2 == 1 {
                        return Err("its padding SAME_LOWER".to_owned());
                    }
                    return Ok(windows);
                }
                // the runtime would add the padding, too
                b"VALID" if pads.iter().any(|&pad| pad != 0) => return Err("its padding VALID, with pads".to_owned()),
                _ => (pads[index], pads[rank + index]),
            };
            let free =
                (side + begin + end).checked_sub(width).ok_or_else(|| format!("{sides:?} and windows {kernel:?}"))?;
            if !ceil {
                return Ok(free / stride + 1);
            }
            let windows = free.div_ceil(stride) + 1;
            // the last window must not begin in the padding
            Ok(if (windows - 1) * stride >= side + begin { windows - 1 } else { windows })
        };
        (0..rank).map(window).collect()
    }

    fn gemm(&self) -> Results {
        let (a, b) = (&self.input(0)?.shape, &self.input(1)?.shape);
        let unfit = || format!("{a:?} and {b:?}");
        let (&[mut rows, mut terms], &[mut inner, mut columns]) = (&a[..], &b[..]) else { return Err(unfit()) };
        if self.node.integer("transA").unwrap_or(0) != 0 {
            (rows, terms) = (terms, rows);
        }
        if self.node.integer("transB").unwrap_or(0) != 0 {
            (inner, columns) = (columns, inner);
        }
        if inner != terms {
            return Err(unfit());
        }
        let shape = vec![rows, columns];
        if let Some(bias) = self.optional(2)
            && broadcast(&shape, &bias.shape)? != shape
        {
            return Err(format!("{shape:?} and bias {:?}", bias.shape));
        }
        let cost = cost(&shape, terms)?;
        Ok((vec![Known::of(shape)], cost))
    }

    fn matrix_product(&self) -> Results {
        let (a, b) = (&self.input(0)?.shape, &self.input(1)?.shape);
        let unfit = || format!("{a:?} and {b:?}");
        let ([many @ .., rows, terms], [other @ .., inner, columns]) = (&a[..], &b[..]) else { return Err(unfit()) };
        if terms != inner {
            return Err(unfit());
        }
        let mut shape = broadcast(many, other)?;
        shape.extend([*rows, *columns]);
        let cost = cost(&shape, *terms)?;
        Ok((vec![Known::of(shape)], cost))
    }

    fn shape(&self) -> Result<Known, String> {
        let shape = &self.input(0)?.shape;
        let rank = shape.len() as i64;
        let place = |name: &str, default: i64| {
            let value = self.node.integer(name).unwrap_or(default);
            (if value < 0 { value + rank } else { value }).clamp(0, rank) as usize
        };
        let (start, end) = (place("start", 0), place("end", rank));
        let lengths: Vec<i64> = shape.get(start..end).unwrap_or_default().iter().map(|&length| length as i64).collect();
        Ok(Known { shape: vec![lengths.len()], integers: Some(lengths) })
    }

    fn reshape(&self) -> Result<Known, String> {
        let known = self.input(0)?;
        let target = self.list("shape", 1)?.ok_or("no shape is given")?;
        let zero = self.node.integer("allowzero").unwrap_or(0) == 0;
        let lengths = target.iter().enumerate().map(|(place, &length)| match length {
            0 if zero => known.shape.get(place).copied(),
            -1 => Some(1),
            length => usize::try_from(length).ok(),
        });
        let unfit = || format!("{:?} as {target:?}", known.shape);
        if target.iter().filter(|&&length| length == -1).count() > 1 {
            return Err(unfit());
        }
        let mut shape = lengths.collect::<Option<Vec<_>>>().ok_or_else(unfit)?;
        let (all, known_lengths) = (product(&known.shape).ok_or_else(unfit)?, product(&shape).ok_or_else(unfit)?);
        match target.iter().position(|&length| length == -1) {
            Some(place) if known_lengths > 0 && all % known_lengths == 0 => {
                shape[place] = (all / known_lengths) as usize;
            }
            None if all == known_lengths => {}
            _ => return Err(unfit()),
        }
        Ok(Known { shape, integers: known.integers.clone() })
    }

    fn flatten(&self) -> Result<Known, String> {
        let shape = &self.input(0)?.shape;
        let place = self.node.integer("axis").unwrap_or(1);
        let place = if place == shape.len() as i64 { shape.len() } else { axis(place, shape.len())? };
        let length = |part: &[usize]| product(part).ok_or_else(|| format!("{shape:?}"));
        Ok(Known::of([length(&shape[..place])? as usize, length(&shape[place..])? as usize]))
    }

    fn transpose(&self) -> Result<Known, String> {
        let shape = &self.input(0)?.shape;
        let Some(order) = self.node.integers("perm") else {
            return Ok(Known::of(shape.iter().rev().copied().collect::<Vec<_>>()));
        };
        let mut places = order.iter().map(|&place| axis(place, shape.len())).collect::<Result<Vec<_>, _>>()?;
        let transposed: Vec<usize> = places.iter().map(|&place| shape[place]).collect();
        places.sort_unstable();
        if !places.into_iter().eq(0..shape.len()) {
            return Err(format!("{shape:?} and {order:?}"));
        }
        Ok(Known::of(transposed))
    }

    fn squeeze(&self) -> Result<Known, String> {
        let known = self.input(0)?;
        let axes = match self.list("axes", 1)? {
            Some(axes) => axes.iter().map(|&place| axis(place, known.shape.len())).collect::<Result<Vec<_>, _>>()?,
            None => (0..known.shape.len()).filter(|&place| known.shape[place] == 1).collect(),
        };
        if axes.iter().any(|&place| known.shape[place] != 1) {
            return Err(format!("{:?} without axes {axes:?}", known.shape));
        }
        let kept = known.shape.iter().enumerate().filter(|(place, _)| !axes.contains(place));
        Ok(Known { shape: kept.map(|(_, &length)| length).collect(), integers: known.integers.clone() })
    }

    fn unsqueeze(&self) -> Result<Known, String> {
        let known = self.input(0)?;
        let axes = self.list("axes", 1)?.ok_or("no axes are given")?;
        let rank = known.shape.len() + axes.len();
        let axes = axes.iter().map(|&place| axis(place, rank)).collect::<Result<Vec<_>, _>>()?;
        let mut lengths = known.shape.iter().copied();
        let shape = (0..rank).map(|place| if axes.contains(&place) { Some(1) } else { lengths.next() });
        let shape = shape.collect::<Option<Vec<_>>>().ok_or_else(|| format!("axes {axes:?}"))?;
        if lengths.next().is_some() {
            return Err(format!("axes {axes:?}"));
        }
        Ok(Known { shape, integers: known.integers.clone() })
    }

    fn concat(&self) -> Result<Known, String> {
        let first = self.input(0)?;
        let place = axis(self.node.integer("axis").unwrap_or(1), first.shape.len())?;
        let (mut shape, mut integers) = (first.shape.clone(), first.integers.clone());
        for index in 1..self.inputs.len() {
            let next = self.input(index)?;
            let differs = |(own, (a, b)): (usize, (&usize, &usize))| own != place && a != b;
            if next.shape.len() != shape.len() || shape.iter().zip(&next.shape).enumerate().any(differs) {
                return Err(format!("{shape:?} and {:?}", next.shape));
            }
            shape[place] = shape[place].saturating_add(next.shape[place]);
            integers = integers.zip(next.integers.as_ref()).map(|(mut list, more)| {
                list.extend(more);
                list
            });
        }
        Ok(Known { integers: integers.filter(|_| shape.len() == 1), shape })
    }

    fn gather(&self) -> Result<Known, String> {
        let (data, indices) = (self.input(0)?, self.input(1)?);
        let place = axis(self.node.integer("axis").unwrap_or(0), data.shape.len())?;
        let shape = [&data.shape[..place], &indices.shape, &data.shape[place + 1..]].concat();
        let integers = match (&data.integers, &indices.integers) {
            (Some(values), Some(indices)) if data.shape.len() == 1 => {
                let picked = indices.iter().map(|&index| axis(index, values.len()).map(|index| values[index]));
                Some(picked.collect::<Result<Vec<_>, _>>()?)
            }
            _ => None,
        };
        Ok(Known { shape, integers })
    }

    fn slice(&self) -> Result<Known, String> {
        let data = self.input(0)?;
        let (starts, ends) = self.list("starts", 1)?.zip(self.list("ends", 2)?).ok_or("no part is given")?;
        let axes = self.list("axes", 3)?.unwrap_or_else(|| (0..starts.len() as i64).collect());
        let steps = self.list("steps", 4)?.unwrap_or_else(|| vec![1; starts.len()]);
        if starts.len() != ends.len() || axes.len() != starts.len() || steps.len() != starts.len() {
            return Err("its part".to_owned());
        }
        // without axes the runtime needs all of them
        if self.list("axes", 3)?.is_none() && starts.len() != data.shape.len() {
            return Err("without axes".to_owned());
        }
        let (mut shape, mut integers) = (data.shape.clone(), data.integers.clone());
        for (index, &place) in axes.iter().enumerate() {
            let place = axis(place, shape.len())?;
            let (length, step) = (shape[place] as i64, steps[index]);
            if step == 0 || step == i64::MIN {
                return Err("a step of 0".to_owned());
            }
            let from_end = |value: i64| if value < 0 { value.saturating_add(length) } else { value };
            let (low, high) = if step > 0 { (0, length) } else { (-1, length - 1) };
            let start = from_end(starts[index]).clamp(low.max(0), high.max(0));
            let end = if step < 0 && ends[index] < -length { -1 } else { from_end(ends[index]).clamp(low, high) };
            let count = if step > 0 { end - start } else { start - end };
            let count = if count > 0 { (count as u64).div_ceil(step.unsigned_abs()) } else { 0 };
            shape[place] = count as usize;
            integers = integers.filter(|_| shape.len() == 1).map(|values| {
                let picked = (0..count as i64).map(|picked| start + picked * step);
                picked.filter_map(|place| values.get(usize::try_from(place).ok()?).copied()).collect()
            });
        }
        Ok(Known { shape, integers })
    }

    fn split(&self) -> Results {
        let data = self.input(0)?;
        let place = axis(self.node.integer("axis").unwrap_or(0), data.shape.len())?;
        let (length, count) = (data.shape[place], self.node.outputs.len());
        let parts: Vec<usize> = match self.list("split", 1)? {
            Some(parts) => {
                let parts: Result<_, _> = parts.iter().map(|&part| usize::try_from(part)).collect();
                parts.map_err(|_| "its parts".to_owned())?
            }
            None => {
                let part = length.div_ceil(count.max(1)).max(1);
                (0..count).map(|index| length.saturating_sub(index * part).min(part)).collect()
            }
        };
        if parts.len() != count || parts.iter().try_fold(0_usize, |sum, &part| sum.checked_add(part)) != Some(length) {
            return Err(format!("{:?} in {parts:?}", data.shape));
        }
        let part = |part: usize| {
            let mut shape = data.shape.clone();
            shape[place] = part;
            Known::of(shape)
        };
        Ok((parts.into_iter().map(part).collect(), 0))
    }

    fn tile(&self) -> Result<Known, String> {
        let (shape, repeats) = (&self.input(0)?.shape, self.target(1)?);
        if shape.len() != repeats.len() {
            return Err(format!("{shape:?} and {repeats:?}"));
        }
        Ok(Known::of(
            shape.iter().zip(repeats).map(|(&length, count)| length.saturating_mul(count)).collect::<Vec<_>>(),
        ))
    }

    fn pad(&self) -> Result<Known, String> {
        let shape = &self.input(0)?.shape;
        let pads = self.list("pads", 1)?.ok_or("no padding is given")?;
        // the runtime does not take axes
        if self.optional(3).is_some() || pads.len() != 2 * shape.len() {
            return Err(format!("{shape:?} and padding {pads:?}, or its axes"));
        }
        let (begins, ends) = pads.split_at(shape.len());
        let mode = self.node.text("mode").unwrap_or(b"constant");
        let mut padded = shape.clone();
        for (place, (&begin, &end)) in begins.iter().zip(ends).enumerate() {
            let unfit = || format!("{shape:?} and padding {pads:?}");
            // the runtime copies values along the last two axes only, and reflects others than ONNX if there are too few
            let most = match mode {
                b"constant" => i64::MAX,
                _ if place + 2 < shape.len() => 0,
                b"reflect" => (shape[place] as i64 - 1).saturating_add(begin.min(0)).saturating_add(end.min(0)),
                _ => i64::MAX,
            };
            if begin > most || end > most {
                return Err(unfit());
            }
            let length = (padded[place] as i64).saturating_add(begin.saturating_add(end));
            padded[place] = usize::try_from(length).map_err(|_| unfit())?;
        }
        Ok(Known::of(padded))
    }

    /// Before operator set 13 the sum is over all axes from the given one on, by default from the second; the runtime always takes one,
    /// by default the last.
    fn softmax(&self) -> Result<Known, String> {
        let shape = &self.input(0)?.shape;
        let given = self.node.integer("axis");
        let last = axis(given.unwrap_or(-1), shape.len())?;
        if self.operator_set < 13 {
            let first = axis(given.unwrap_or(1), shape.len())?;
            if shape[first..].iter().enumerate().any(|(place, &length)| first + place != last && length != 1) {
                return Err(format!("{shape:?} and its axes, of operator set {}", self.operator_set));
            }
        }
        Ok(Known::of(shape.clone()))
    }

    /// Only to sizes that are given: scales are floating-point numbers, which are not followed.
    fn resize(&self) -> Result<Known, String> {
        // the runtime would compute it as linear
        if self.node.text("mode") == Some(b"cubic") {
            return Err("its mode cubic".to_owned());
        }
        let shape = &self.input(0)?.shape;
        let sizes =
            self.optional(3).and_then(|sizes| sizes.integers.as_ref()).ok_or("its sizes are not given as integers")?;
        let sizes: Vec<usize> = sizes.iter().map(|&size| usize::try_from(size).unwrap_or(usize::MAX)).collect();
        // the runtime resizes the last two axes only
        let kept = shape.len().saturating_sub(2);
        if sizes.len() == shape.len() && sizes[..kept] == shape[..kept] {
            Ok(Known::of(sizes))
        } else {
            Err(format!("{shape:?} and {sizes:?}"))
        }
    }

    /// Only where nothing is dropped.
    fn dropout(&self) -> Results {
        match self.optional(2).map(|training| training.integers.as_deref()) {
            None | Some(Some([0])) => Ok((vec![Known::of(self.input(0)?.shape.clone()); 2], 0)),
            Some(_) => Err("its training_mode".to_owned()),
        }
    }

    /// Without an axis, scales are along the second one; the runtime takes the last. It takes the type from the zero point or an attribute,
    /// and has no default.
    fn quantize(&self) -> Result<Known, String> {
        if self.optional(2).is_none() && self.node.integer("output_dtype").unwrap_or(0) == 0 {
            return Err("without a zero point".to_owned());
        }
        let (shape, scales) = (&self.input(0)?.shape, &self.input(1)?.shape);
        if self.node.integer("axis").is_none() && product(scales) != Some(1) && shape.len() != 2 {
            return Err(format!("{shape:?} and scales {scales:?} without an axis"));
        }
        self.values()
    }

    /// Integers stay known only as integers: a quotient of floating-point numbers is another.
    fn cast(&self) -> Result<Known, String> {
        let known = self.input(0)?;
        let kind = self.node.integer("to").unwrap_or(0) as i32;
        // the runtime would make integers of them, 0 of 0.5
        if kind == BOOL {
            return Err("to bool".to_owned());
        }
        let is_integer = matches!(kind, INT32 | INT64);
        Ok(Known { shape: known.shape.clone(), integers: known.integers.clone().filter(|_| is_integer) })
    }

    /// Sums, differences, products and quotients, also of lengths.
    fn arithmetic(&self) -> Result<Known, String> {
        let (a, b) = (self.input(0)?, self.input(1)?);
        let shape = broadcast(&a.shape, &b.shape)?;
        let compute = |a: i64, b: i64| match self.node.operator {
            "Add" => a.checked_add(b),
            "Sub" => a.checked_sub(b),
            "Mul" => a.checked_mul(b),
            _ => a.checked_div(b),
        };
        let integers = a.integers.as_ref().zip(b.integers.as_ref()).and_then(|(a, b)| {
            let count = a.len().max(b.len());
            let value = |list: &[i64], place: usize| list.get(if list.len() == 1 { 0 } else { place }).copied();
            (0..count).map(|place| compute(value(a, place)?, value(b, place)?)).collect::<Option<Vec<_>>>()
        });
        Ok(Known { integers: integers.filter(|_| shape.len() < 2), shape })
    }

    fn combined(&self) -> Result<Known, String> {
        let mut shape = self.input(0)?.shape.clone();
        for index in 1..self.inputs.len() {
            shape = broadcast(&shape, &self.input(index)?.shape)?;
        }
        Ok(Known::of(shape))
    }

    fn reduce(&self) -> Results {
        let shape = &self.input(0)?.shape;
        let axes = match self.list("axes", 1)? {
            Some(axes) if !axes.is_empty() => {
                axes.iter().map(|&place| axis(place, shape.len())).collect::<Result<Vec<_>, _>>()?
            }
            _ if self.node.integer("noop_with_empty_axes").unwrap_or(0) != 0 => {
                // the runtime would keep the signs
                if self.node.operator == "ReduceL2" {
                    return Err("its noop_with_empty_axes".to_owned());
                }
                Vec::new()
            }
            _ => (0..shape.len()).collect(),
        };
        let keep = self.node.integer("keepdims").unwrap_or(1) != 0;
        let lengths = shape.iter().enumerate().filter_map(|(place, &length)| match axes.contains(&place) {
            true => keep.then_some(1),
            false => Some(length),
        });
        Ok((vec![Known::of(lengths.collect::<Vec<_>>())], cost(shape, 1)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documentation_lists_the_operators() {
        let documentation = include_str!("../../../../docs/interop.md");
        assert!(documentation.contains(&format!("| operators | {} |", SUPPORTED.join(", "))));
    }
}
