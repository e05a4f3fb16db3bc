//! Computes a graph, slowly and by the definitions of ONNX's operators. Only what our graphs use.

use std::collections::HashMap;

use half::f16;

use crate::onnx::proto::{FLOAT, FLOAT16, GraphProto, INT8, NodeProto, TensorProto};

/// An array of any type, as floats.
#[derive(Clone, Debug)]
pub struct Array {
    pub shape: Vec<usize>,
    pub values: Vec<f32>,
}

impl Array {
    pub fn new(shape: &[usize], values: Vec<f32>) -> Self {
        assert_eq!(shape.iter().product::<usize>(), values.len(), "{shape:?}");
        Self { shape: shape.to_vec(), values }
    }

    fn map(&self, function: impl Fn(f32) -> f32) -> Self {
        Self::new(&self.shape, self.values.iter().map(|&value| function(value)).collect())
    }

    /// An operation with another array, whose axes are 1 or equal to ours after leading ones are added.
    fn with(&self, other: &Self, function: impl Fn(f32, f32) -> f32) -> Self {
        let missing = self.shape.len() - other.shape.len();
        let shape: Vec<usize> = std::iter::repeat_n(1, missing).chain(other.shape.iter().copied()).collect();
        let values = self.values.iter().enumerate().map(|(index, &value)| {
            let (mut rest, mut at, mut stride) = (index, 0, 1);
            for (own, others) in self.shape.iter().zip(&shape).rev() {
                assert!(*others == 1 || others == own);
                at += rest % own % others * stride;
                rest /= own;
                stride *= others;
            }
            function(value, other.values[at])
        });
        Self::new(&self.shape, values.collect())
    }

    fn from_proto(tensor: &TensorProto) -> Self {
        let bytes = tensor.raw_data.as_ref().unwrap();
        let values = match tensor.data_type.unwrap() {
            FLOAT => bytes.as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect(),
            FLOAT16 => bytes.as_chunks().0.iter().map(|&bytes| f16::from_le_bytes(bytes).to_f32()).collect(),
            INT8 => bytes.iter().map(|byte| f32::from(byte.cast_signed())).collect(),
            other => panic!("type {other}"),
        };
        Self::new(&tensor.dims.iter().map(|&length| length as usize).collect::<Vec<_>>(), values)
    }
}

/// The only output of a graph for its only input.
pub fn evaluate(graph: &GraphProto, input: Array) -> Array {
    let ([into], [out]) = (&graph.input[..], &graph.output[..]) else { panic!() };
    let mut values: HashMap<String, Array> =
        graph.initializer.iter().map(|tensor| (tensor.name.clone().unwrap(), Array::from_proto(tensor))).collect();
    values.insert(into.name.clone().unwrap(), input);
    for node in &graph.node {
        let inputs: Vec<&Array> = node.input.iter().map(|name| &values[name]).collect();
        let result = operate(node, &inputs);
        values.insert(node.output[0].clone(), result);
    }
    values.remove(out.name.as_ref().unwrap()).unwrap()
}

fn attribute(node: &NodeProto, name: &str) -> i64 {
    node.attribute.iter().find(|attribute| attribute.name.as_deref() == Some(name)).unwrap().i.unwrap()
}

fn list(node: &NodeProto, name: &str) -> Vec<usize> {
    let found = node.attribute.iter().find(|attribute| attribute.name.as_deref() == Some(name)).unwrap();
    found.ints.iter().map(|&value| value as usize).collect()
}

fn operate(node: &NodeProto, inputs: &[&Array]) -> Array {
    match (node.op_type.as_deref().unwrap(), inputs) {
        ("Cast", [input]) => (*input).clone(),
        ("Relu", [input]) => input.map(|value| value.max(0.0)),
        ("Sqrt", [input]) => input.map(f32::sqrt),
        ("Add", [a, b]) => a.with(b, |a, b| a + b),
        ("Sub", [a, b]) => a.with(b, |a, b| a - b),
        ("Mul", [a, b]) => a.with(b, |a, b| a * b),
        ("Div", [a, b]) => a.with(b, |a, b| a / b),
        ("Max", [a, b]) => a.with(b, f32::max),
        ("Conv", [input, weight, bias]) => convolution(node, input, weight, bias),
        ("MaxPool", [input]) => max_pool(node, input),
        ("DequantizeLinear", [integers, scales, zeros]) => {
            assert_eq!((attribute(node, "axis"), &scales.shape), (0, &vec![integers.shape[0]]));
            let row = integers.values.len() / scales.values.len();
            let value =
                |(index, &integer): (usize, &f32)| (integer - zeros.values[index / row]) * scales.values[index / row];
            Array::new(&integers.shape, integers.values.iter().enumerate().map(value).collect())
        }
        ("Transpose", [input]) => {
            assert_eq!((list(node, "perm"), input.shape[3]), (vec![0, 3, 1, 2], 1));
            Array::new(&[input.shape[0], 1, input.shape[1], input.shape[2]], input.values.clone())
        }
        ("ReduceMean", [input]) => {
            assert_eq!(list(node, "axes"), [2, 3]);
            let [batch, channels, height, width] = input.shape[..] else { panic!() };
            let planes = input.values.chunks_exact(height * width);
            let means = planes.map(|plane| plane.iter().sum::<f32>() / (height * width) as f32).collect();
            let kept = [batch, channels, 1, 1];
            Array::new(if attribute(node, "keepdims") == 1 { &kept } else { &kept[..2] }, means)
        }
        ("Flatten", [input]) => {
            assert_eq!(attribute(node, "axis"), 1);
            Array::new(&[input.shape[0], input.shape[1..].iter().product()], input.values.clone())
        }
        ("Concat", inputs) => {
            assert_eq!(attribute(node, "axis"), 1);
            let [batch, _, height, width] = inputs[0].shape[..] else { panic!() };
            let rows = (0..batch).flat_map(|row| inputs.iter().map(move |input| (row, *input)));
            let values = rows.flat_map(|(row, input)| {
                let length = input.values.len() / batch;
                input.values[row * length..][..length].to_vec()
            });
            let channels = inputs.iter().map(|input| input.shape[1]).sum();
            Array::new(&[batch, channels, height, width], values.collect())
        }
        ("Gemm", [input, weight, bias]) => {
            let ([batch, features], [rows, outputs]) = (&input.shape[..], &weight.shape[..]) else { panic!() };
            assert_eq!((features, &bias.shape[..]), (rows, &[*outputs][..]));
            let value = |index: usize| {
                let (row, output) = (index / outputs, index % outputs);
                let terms =
                    (0..*features).map(|at| input.values[row * features + at] * weight.values[at * outputs + output]);
                terms.sum::<f32>() + bias.values[output]
            };
            Array::new(&[*batch, *outputs], (0..batch * outputs).map(value).collect())
        }
        ("Softmax", [input]) => {
            assert_eq!((attribute(node, "axis"), input.shape.len()), (1, 2));
            let rows = input.values.chunks_exact(input.shape[1]);
            Array::new(&input.shape, rows.flat_map(|row| super::softmax(row, 1.0)).collect())
        }
        (operator, _) => panic!("{operator}"),
    }
}

fn convolution(node: &NodeProto, input: &Array, weight: &Array, bias: &Array) -> Array {
    let ([batch, channels, height, width], [outputs, group, side, _]) = (&input.shape[..], &weight.shape[..]) else {
        panic!()
    };
    let padding = side / 2;
    assert_eq!(list(node, "pads"), vec![padding; 4]);
    assert_eq!((list(node, "strides"), list(node, "dilations")), (vec![1; 2], vec![1; 2]));
    let groups = attribute(node, "group") as usize;
    assert_eq!((group * groups, &list(node, "kernel_shape")), (*channels, &vec![*side; 2]));
    let mut values = Vec::new();
    for (image, output) in (0..*batch).flat_map(|image| (0..*outputs).map(move |output| (image, output))) {
        let first = output / (outputs / groups) * group;
        for (y, x) in (0..*height).flat_map(|y| (0..*width).map(move |x| (y, x))) {
            let mut sum = bias.values[output];
            for (channel, down, across) in (0..*group).flat_map(|channel| {
                (0..*side).flat_map(move |down| (0..*side).map(move |across| (channel, down, across)))
            }) {
                let (row, column) = (y + down, x + across);
                if (padding..height + padding).contains(&row) && (padding..width + padding).contains(&column) {
                    let plane = (image * channels + first + channel) * height * width;
                    sum += input.values[plane + (row - padding) * width + column - padding]
                        * weight.values[((output * group + channel) * side + down) * side + across];
                }
            }
            values.push(sum);
        }
    }
    Array::new(&[*batch, *outputs, *height, *width], values)
}

fn max_pool(node: &NodeProto, input: &Array) -> Array {
    let [batch, channels, height, width] = input.shape[..] else { panic!() };
    let (side, stride, padding) = (list(node, "kernel_shape")[0], list(node, "strides")[0], list(node, "pads")[0]);
    let out = |length: usize| (length + 2 * padding - side) / stride + 1;
    let mut values = Vec::new();
    for plane in input.values.chunks_exact(height * width) {
        for (y, x) in (0..out(height)).flat_map(|y| (0..out(width)).map(move |x| (y, x))) {
            let window =
                (0..side).flat_map(|down| (0..side).map(move |across| (y * stride + down, x * stride + across)));
            let inside = window.filter(|(row, column)| {
                (padding..height + padding).contains(row) && (padding..width + padding).contains(column)
            });
            let values_inside = inside.map(|(row, column)| plane[(row - padding) * width + column - padding]);
            values.push(values_inside.fold(f32::NEG_INFINITY, f32::max));
        }
    }
    Array::new(&[batch, channels, out(height), out(width)], values)
}
