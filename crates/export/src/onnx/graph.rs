//! A graph of ONNX while it is built.

use half::f16;
use mien_core::network::Convolution;
use mien_weights::Quantized;

use super::Precision;
use super::proto::{
    AttributeProto, DimensionProto, FLOAT, FLOAT16, GraphProto, INT, INT8, INTS, NodeProto, TensorProto,
    TensorShapeProto, TensorTypeProto, TypeProto, ValueInfoProto,
};
use crate::ExportError;
use crate::network::{MatrixWeights, Network, plain};

/// A graph of ONNX while it is built. Functions that add a node return the name of its output.
pub(super) struct Graph {
    precision: Precision,
    graph: GraphProto,
}

impl Graph {
    pub fn new(precision: Precision) -> Self {
        Self { precision, graph: GraphProto::default() }
    }

    pub fn finish(self, name: &str) -> GraphProto {
        GraphProto { name: Some(name.to_owned()), ..self.graph }
    }

    /// Adds an input `[batch, …axes]`.
    pub fn input(&mut self, name: &str, kind: i32, axes: &[usize], text: &str) -> String {
        self.graph.input.push(value(name, kind, axes, text));
        name.to_owned()
    }

    /// Declares an output `[batch, …axes]` of floats.
    pub fn output(&mut self, name: &str, axes: &[usize], text: &str) {
        self.graph.output.push(value(name, FLOAT, axes, text));
    }

    pub fn node(&mut self, operator: &str, name: &str, inputs: &[&str], attributes: Vec<AttributeProto>) -> String {
        self.push(operator, name, format!("{name}_output"), inputs, attributes)
    }

    /// Adds a node whose output is called like itself.
    pub fn last(&mut self, operator: &str, output: &str, inputs: &[&str], attributes: Vec<AttributeProto>) -> String {
        self.push(operator, &format!("{output}_node"), output.to_owned(), inputs, attributes)
    }

    fn push(
        &mut self,
        operator: &str,
        name: &str,
        output: String,
        inputs: &[&str],
        attribute: Vec<AttributeProto>,
    ) -> String {
        self.graph.node.push(NodeProto {
            input: inputs.iter().map(|&input| input.to_owned()).collect(),
            output: vec![output.clone()],
            name: Some(name.to_owned()),
            op_type: Some(operator.to_owned()),
            attribute,
        });
        output
    }

    /// Adds max-pooling.
    pub fn max_pool(&mut self, name: &str, input: &str, side: i64, stride: i64, padding: i64) -> String {
        let attributes = vec![
            integers("kernel_shape", &[side; 2]),
            integers("pads", &[padding; 4]),
            integers("strides", &[stride; 2]),
        ];
        self.node("MaxPool", name, &[input], attributes)
    }

    /// Adds a convolution with its batch norm folded in, and ReLU.
    pub fn layer(
        &mut self,
        network: &Network,
        path: &str,
        layout: Convolution,
        input: &str,
    ) -> Result<String, ExportError> {
        let linear = self.convolution(network, path, layout, input)?;
        Ok(self.node("Relu", &name(path, "relu"), &[&linear], vec![]))
    }

    /// Adds a convolution with its batch norm folded in.
    pub fn convolution(
        &mut self,
        network: &Network,
        path: &str,
        layout: Convolution,
        input: &str,
    ) -> Result<String, ExportError> {
        let layer = network.layer(path, layout)?;
        let (weight, bias) = layer.fold();
        let name = name(path, "convolution");
        let weight = self.weight(&format!("{name}_weight"), &layer.shape, &weight)?;
        let bias = self.floats(&format!("{name}_bias"), &[layer.shape[0]], &bias)?;
        let attributes = vec![
            integers("dilations", &[1; 2]),
            integer("group", layout.groups as i64),
            integers("kernel_shape", &[layout.side as i64; 2]),
            integers("pads", &[(layout.side / 2) as i64; 4]),
            integers("strides", &[1; 2]),
        ];
        Ok(self.node("Conv", &name, &[input, &weight, &bias], attributes))
    }

    /// Adds weight and bias of a fully connected layer.
    pub fn matrix(&mut self, name: &str, matrix: &MatrixWeights<'_>) -> Result<[String; 2], ExportError> {
        Ok([
            self.weight(&format!("{name}_weight"), &matrix.shape, matrix.weight)?,
            self.floats(&format!("{name}_bias"), &matrix.shape[1..], matrix.bias)?,
        ])
    }

    /// Adds a number.
    pub fn constant(&mut self, name: &str, value: f32) -> String {
        self.tensor(name, FLOAT, &[], value.to_le_bytes().to_vec())
    }

    /// Adds a weight in the precision of the graph, and the node that widens it.
    fn weight(&mut self, name: &str, shape: &[usize], values: &[f32]) -> Result<String, ExportError> {
        match self.precision {
            Precision::Half => {
                let halves: Vec<f16> = finite(name, values)?.iter().map(|&value| f16::from_f32(value)).collect();
                if halves.iter().any(|value| !value.is_finite()) {
                    return Err(ExportError::TooLarge(name.to_owned()));
                }
                let bytes = halves.iter().flat_map(|value| value.to_le_bytes()).collect();
                let halves = self.tensor(&format!("{name}_halves"), FLOAT16, shape, bytes);
                Ok(self.node("Cast", name, &[&halves], vec![integer("to", i64::from(FLOAT))]))
            }
            Precision::Byte if Quantized::applies_to(shape) => {
                let Quantized { integers, scales } = Quantized::new(shape, finite(name, values)?);
                // a row of zeros: any scale will do, but some runtimes refuse 0
                let scales: Vec<f32> = scales.iter().map(|&scale| if scale > 0.0 { scale } else { 1.0 }).collect();
                let rows = &shape[..1];
                let zeros = vec![0; scales.len()];
                let integers = integers.into_iter().map(i8::cast_unsigned).collect();
                let integers = self.tensor(&format!("{name}_integers"), INT8, shape, integers);
                let scales = self.floats(&format!("{name}_scales"), rows, &scales)?;
                let zeros = self.tensor(&format!("{name}_zero_points"), INT8, rows, zeros);
                let inputs = [integers.as_str(), &scales, &zeros];
                Ok(self.node("DequantizeLinear", name, &inputs, vec![integer("axis", 0)]))
            }
            Precision::Full | Precision::Byte => self.floats(name, shape, values),
        }
    }

    fn floats(&mut self, name: &str, shape: &[usize], values: &[f32]) -> Result<String, ExportError> {
        let bytes = finite(name, values)?.iter().flat_map(|value| value.to_le_bytes()).collect();
        Ok(self.tensor(name, FLOAT, shape, bytes))
    }

    fn tensor(&mut self, name: &str, kind: i32, shape: &[usize], bytes: Vec<u8>) -> String {
        self.graph.initializer.push(TensorProto {
            dims: shape.iter().map(|&length| length as i64).collect(),
            data_type: Some(kind),
            name: Some(name.to_owned()),
            raw_data: Some(bytes),
        });
        name.to_owned()
    }
}

/// The name of a part of what is at a path: lower-case, with underscores.
pub(super) fn name(path: &str, part: &str) -> String {
    format!("{}_{part}", plain(path).replace('.', "_"))
}

/// An attribute.
pub(super) fn integer(name: &str, value: i64) -> AttributeProto {
    AttributeProto { name: Some(name.to_owned()), i: Some(value), ints: vec![], r#type: Some(INT) }
}

/// An attribute of several values.
pub(super) fn integers(name: &str, values: &[i64]) -> AttributeProto {
    AttributeProto { name: Some(name.to_owned()), i: None, ints: values.to_vec(), r#type: Some(INTS) }
}

/// Checks that folding has given only finite values.
fn finite<'a>(name: &str, values: &'a [f32]) -> Result<&'a [f32], ExportError> {
    if values.iter().all(|value| value.is_finite()) { Ok(values) } else { Err(ExportError::NotFinite(name.to_owned())) }
}

fn value(name: &str, kind: i32, axes: &[usize], text: &str) -> ValueInfoProto {
    let batch = DimensionProto { dim_value: None, dim_param: Some("batch".to_owned()) };
    let axis = |&length: &usize| DimensionProto { dim_value: Some(length as i64), dim_param: None };
    let shape = TensorShapeProto { dim: std::iter::once(batch).chain(axes.iter().map(axis)).collect() };
    ValueInfoProto {
        name: Some(name.to_owned()),
        r#type: Some(TypeProto { tensor_type: Some(TensorTypeProto { elem_type: Some(kind), shape: Some(shape) }) }),
        doc_string: Some(text.to_owned()),
    }
}
