//! ONNX models as their file stores them (`onnx.proto`, protocol buffers version 2), read in place.

use std::collections::BTreeMap;

use crate::limits::{Counter, Limits};
use crate::wire::{Fields, Value};
use crate::{OnnxError, Quantity};

/// The newest version of the file format that is read: that of ONNX 1.20.
pub(crate) const MOST_IR_VERSION: u64 = 13;

/// The operator sets that are read: from ONNX 1.2 to 1.20. What the newer ones changed of the supported operators are their types.
pub(crate) const LEAST_OPERATOR_SET: u64 = 7;
pub(crate) const MOST_OPERATOR_SET: u64 = 25;

/// Integers of a tensor with more elements are not read: they are not part of a computation of shapes.
const MOST_INTEGERS: usize = 64;

/// A model.
#[derive(Debug, Default)]
pub(crate) struct Model<'a> {
    pub operator_set: u64,
    pub metadata: BTreeMap<String, String>,
    pub nodes: Vec<Node<'a>>,
    pub initializers: Vec<Tensor<'a>>,
    pub inputs: Vec<ValueInfo<'a>>,
    pub outputs: Vec<ValueInfo<'a>>,
    /// Values of all weights.
    pub parameters: u64,
}

/// An operator with its inputs and outputs.
#[derive(Debug, Default)]
pub(crate) struct Node<'a> {
    /// Empty if it has none.
    pub name: &'a str,
    pub operator: &'a str,
    pub inputs: Vec<&'a str>,
    pub outputs: Vec<&'a str>,
    pub attributes: Vec<(&'a str, Attribute<'a>)>,
}

/// The value of an attribute.
#[derive(Debug)]
pub(crate) enum Attribute<'a> {
    Integer(i64),
    Float,
    Integers(Vec<i64>),
    Text(&'a [u8]),
    Tensor(Tensor<'a>),
    Other,
}

/// A constant.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Tensor<'a> {
    pub name: &'a str,
    pub shape: Vec<usize>,
    /// The values of a short list of integers or booleans.
    pub integers: Option<Vec<i64>>,
}

/// An input or output.
#[derive(Debug, Default)]
pub(crate) struct ValueInfo<'a> {
    pub name: &'a str,
    pub element: i32,
    /// `None` if no shape is stated.
    pub shape: Option<Vec<Dimension<'a>>>,
}

/// A length, or a name for one that is free.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Dimension<'a> {
    Fixed(usize),
    Free(&'a str),
}

/// `TensorProto.DataType`.
pub(crate) const FLOAT: i32 = 1;
pub(crate) const UINT8: i32 = 2;
const INT8: i32 = 3;
const UINT16: i32 = 4;
const INT16: i32 = 5;
pub(crate) const INT32: i32 = 6;
pub(crate) const INT64: i32 = 7;
const TEXT: i32 = 8;
pub(crate) const BOOL: i32 = 9;
const FLOAT16: i32 = 10;
const DOUBLE: i32 = 11;
const UINT32: i32 = 12;
const UINT64: i32 = 13;
const BFLOAT16: i32 = 16;
const UINT4: i32 = 21;
const INT4: i32 = 22;

/// The name of a type of values.
pub(crate) fn element_name(element: i32) -> String {
    let name = match element {
        FLOAT => "float32",
        UINT8 => "uint8",
        INT8 => "int8",
        UINT16 => "uint16",
        INT16 => "int16",
        INT32 => "int32",
        INT64 => "int64",
        TEXT => "string",
        BOOL => "bool",
        FLOAT16 => "float16",
        DOUBLE => "float64",
        UINT32 => "uint32",
        UINT64 => "uint64",
        BFLOAT16 => "bfloat16",
        UINT4 => "uint4",
        INT4 => "int4",
        other => return other.to_string(),
    };
    name.to_owned()
}

impl<'a> Model<'a> {
    /// Reads a model.
    ///
    /// # Errors
    /// When it is none, damaged, too large, of a newer version, or stored in several files.
    pub fn read(bytes: &'a [u8], limits: &Limits) -> Result<Self, OnnxError> {
        Counter::new(Quantity::Bytes, limits.bytes).add(bytes.len() as u64)?;
        let (mut version, mut graph, mut sets, mut model) = (None, None, Vec::new(), Self::default());
        let mut read = || {
            for field in Fields(bytes) {
                match field? {
                    (1, value) => version = Some(value.unsigned()?),
                    (7, value) => graph = Some(value),
                    (8, value) => sets.push(value),
                    _ => {}
                }
            }
            Ok(())
        };
        let whole = read();
        let version = match (version, graph) {
            (None, None) => return Err(OnnxError::NotOnnx),
            (Some(version), _) if version > MOST_IR_VERSION => return Err(OnnxError::IrVersion(version)),
            (version, _) => version,
        };
        whole?;
        let graph = graph.ok_or(if version == Some(0) { OnnxError::NotOnnx } else { OnnxError::Damaged })?;
        Entries::new(limits).count(Fields(bytes), Kind::Model, "")?;
        for set in sets {
            let (domain, version) = operator_set(set.fields()?)?;
            if matches!(domain, "" | "ai.onnx") {
                model.operator_set = version;
            }
        }
        if !(LEAST_OPERATOR_SET..=MOST_OPERATOR_SET).contains(&model.operator_set) {
            return Err(OnnxError::OperatorSet(model.operator_set));
        }
        for field in Fields(bytes) {
            if let (14, value) = field? {
                let (mut key, mut text) = ("", "");
                for field in value.fields()? {
                    match field? {
                        (1, value) => key = value.text()?,
                        (2, value) => text = value.text()?,
                        _ => {}
                    }
                }
                model.metadata.insert(key.to_owned(), text.to_owned());
            }
        }
        model.read_graph(graph.fields()?, limits)?;
        Ok(model)
    }

    fn read_graph(&mut self, fields: Fields<'a>, limits: &Limits) -> Result<(), OnnxError> {
        let mut operators = Counter::new(Quantity::Operators, limits.operators);
        let mut parameters = Counter::new(Quantity::Parameters, limits.parameters);
        for field in fields {
            match field? {
                (1, value) => {
                    operators.add(1)?;
                    let node = Node::read(value.fields()?)?;
                    for (_, attribute) in &node.attributes {
                        if let Attribute::Tensor(tensor) = attribute {
                            parameters.add(tensor.elements()?)?;
                        }
                    }
                    self.nodes.push(node);
                }
                (5, value) => {
                    let tensor = Tensor::read(value.fields()?, "")?;
                    parameters.add(tensor.elements()?)?;
                    self.initializers.push(tensor);
                }
                (11, value) => self.inputs.push(ValueInfo::read(value.fields()?)?),
                (12, value) => self.outputs.push(ValueInfo::read(value.fields()?)?),
                (15, _) => return Err(OnnxError::Sparse),
                _ => {}
            }
        }
        // before IR version 4, weights are inputs, too
        let constants: Vec<&str> = self.initializers.iter().map(|tensor| tensor.name).collect();
        let constants: std::collections::HashSet<&str> = constants.into_iter().collect();
        self.inputs.retain(|input| !constants.contains(input.name));
        self.parameters = parameters.count();
        Ok(())
    }
}

fn operator_set(fields: Fields<'_>) -> Result<(&str, u64), OnnxError> {
    let (mut domain, mut version) = ("", 0);
    for field in fields {
        match field? {
            (1, value) => domain = value.text()?,
            (2, value) => version = value.unsigned()?,
            _ => {}
        }
    }
    Ok((domain, version))
}

impl<'a> Node<'a> {
    fn read(fields: Fields<'a>) -> Result<Self, OnnxError> {
        let (mut node, mut domain, mut attributes) = (Self::default(), "", Vec::new());
        for field in fields {
            match field? {
                (1, value) => node.inputs.push(value.text()?),
                (2, value) => node.outputs.push(value.text()?),
                (3, value) => node.name = value.text()?,
                (4, value) => node.operator = value.text()?,
                (5, value) => attributes.push(value.fields()?),
                (7, value) => domain = value.text()?,
                _ => {}
            }
        }
        if !matches!(domain, "" | "ai.onnx") {
            return Err(OnnxError::Operator(format!("{domain}.{}", node.operator)));
        }
        let label = node.label();
        let attributes = attributes.into_iter().map(|fields| attribute(fields, label));
        node.attributes = attributes.collect::<Result<_, _>>()?;
        Ok(node)
    }

    /// Its name, or that of its first output.
    pub fn label(&self) -> &'a str {
        if self.name.is_empty() { self.outputs.first().copied().unwrap_or_default() } else { self.name }
    }

    pub fn attribute(&self, name: &str) -> Option<&Attribute<'a>> {
        self.attributes.iter().find(|(own, _)| *own == name).map(|(_, attribute)| attribute)
    }

    pub fn integer(&self, name: &str) -> Option<i64> {
        if let Some(Attribute::Integer(value)) = self.attribute(name) { Some(*value) } else { None }
    }

    pub fn integers(&self, name: &str) -> Option<&[i64]> {
        if let Some(Attribute::Integers(values)) = self.attribute(name) { Some(values) } else { None }
    }

    pub fn text(&self, name: &str) -> Option<&[u8]> {
        if let Some(Attribute::Text(text)) = self.attribute(name) { Some(text) } else { None }
    }
}

/// An attribute of an operator with this name.
fn attribute<'a>(fields: Fields<'a>, owner: &'a str) -> Result<(&'a str, Attribute<'a>), OnnxError> {
    let (mut name, mut attribute, mut integers, mut is_list) = ("", Attribute::Other, Vec::new(), false);
    for field in fields {
        match field? {
            (1, value) => name = value.text()?,
            (2, _) => attribute = Attribute::Float,
            (3, value) => attribute = Attribute::Integer(value.signed()?),
            (4, value) => attribute = Attribute::Text(value.bytes()?),
            (5, value) => attribute = Attribute::Tensor(Tensor::read(value.fields()?, owner)?),
            (8, value) => value.integers(&mut integers)?,
            (20, value) => is_list = value.unsigned()? == 7,
            _ => {}
        }
    }
    Ok((name, if is_list || !integers.is_empty() { Attribute::Integers(integers) } else { attribute }))
}

impl<'a> Tensor<'a> {
    /// Reads a tensor, maybe of an operator, whose name it has where it has none itself.
    fn read(fields: Fields<'a>, owner: &'a str) -> Result<Self, OnnxError> {
        let (mut tensor, mut dimensions, mut element, mut raw) = (Self::default(), Vec::new(), 0, None);
        tensor.name = owner;
        let (mut external, mut typed, mut is_damaged) = (false, 0_u64, false);
        let mut integers = Vec::new();
        for field in fields {
            match field? {
                (1, value) => value.integers(&mut dimensions)?,
                (2, value) => element = value.signed()? as i32,
                (4, value) => typed += fixed(value, 4).ok_or(OnnxError::Damaged)?,
                (5 | 7, value) => value.integers(&mut integers)?,
                (8, value) => tensor.name = Some(value.text()?).filter(|name| !name.is_empty()).unwrap_or(owner),
                (9, value) => raw = Some(value.bytes()?),
                (10, value) => typed += fixed(value, 8).ok_or(OnnxError::Damaged)?,
                (14, value) => external = value.unsigned()? != 0,
                (3 | 6 | 11, _) => is_damaged = true,
                _ => {}
            }
        }
        let refused = || OnnxError::Tensor(tensor.name.to_owned());
        if external {
            return Err(OnnxError::External(tensor.name.to_owned()));
        }
        let size = match element {
            UINT8 | INT8 | BOOL => 1,
            FLOAT16 => 2,
            FLOAT | INT32 => 4,
            INT64 | DOUBLE => 8,
            _ => {
                let (tensor, element) = (tensor.name.to_owned(), element_name(element));
                return Err(OnnxError::TensorType { tensor, element });
            }
        };
        let shape: Result<Vec<usize>, _> = dimensions.iter().map(|&length| usize::try_from(length)).collect();
        let shape = shape.map_err(|_| refused())?;
        let elements = product(&shape).ok_or_else(refused)?;
        let stored = match raw {
            Some(raw) if raw.len() % size == 0 => (raw.len() / size) as u64,
            Some(_) => return Err(refused()),
            None => typed + integers.len() as u64,
        };
        if stored != elements || is_damaged {
            return Err(refused());
        }
        tensor.integers = match (element, raw) {
            (BOOL | INT32 | INT64, _) if elements > MOST_INTEGERS as u64 => None,
            (BOOL, Some(raw)) => Some(raw.iter().map(|&byte| i64::from(byte)).collect()),
            (INT32, Some(raw)) => {
                Some(raw.as_chunks().0.iter().map(|&four| i64::from(i32::from_le_bytes(four))).collect())
            }
            (INT64, Some(raw)) => Some(raw.as_chunks().0.iter().map(|&eight| i64::from_le_bytes(eight)).collect()),
            (BOOL | INT32 | INT64, None) => Some(integers),
            _ => None,
        };
        tensor.shape = shape;
        Ok(tensor)
    }

    fn elements(&self) -> Result<u64, OnnxError> {
        product(&self.shape).ok_or_else(|| OnnxError::Tensor(self.name.to_owned()))
    }
}

/// The number of values in a list of a fixed size each.
fn fixed(value: Value<'_>, size: usize) -> Option<u64> {
    match value {
        Value::Fixed32(_) => (size == 4).then_some(1),
        Value::Fixed64(_) => (size == 8).then_some(1),
        Value::Bytes(bytes) => (bytes.len() % size == 0).then_some((bytes.len() / size) as u64),
        Value::Integer(_) => None,
    }
}

/// The number of elements of a shape; `None` if it is beyond all limits.
pub(crate) fn product(shape: &[usize]) -> Option<u64> {
    if shape.contains(&0) {
        return Some(0);
    }
    let product = shape.iter().try_fold(1_u64, |product, &length| product.checked_mul(length as u64));
    product.filter(|&product| product < 1 << 40)
}

impl<'a> ValueInfo<'a> {
    fn read(fields: Fields<'a>) -> Result<Self, OnnxError> {
        let mut info = Self::default();
        for field in fields {
            match field? {
                (1, value) => info.name = value.text()?,
                (2, value) => {
                    for field in value.fields()? {
                        if let (1, tensor) = field? {
                            info.read_type(tensor.fields()?)?;
                        }
                    }
                }
                _ => {}
            }
        }
        Ok(info)
    }

    fn read_type(&mut self, fields: Fields<'a>) -> Result<(), OnnxError> {
        for field in fields {
            match field? {
                (1, value) => self.element = value.signed()? as i32,
                (2, value) => {
                    let mut shape = Vec::new();
                    for field in value.fields()? {
                        if let (1, dimension) = field? {
                            shape.push(Dimension::read(dimension.fields()?)?);
                        }
                    }
                    self.shape = Some(shape);
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Whether it takes several images at the same time.
    pub fn takes_batches(&self) -> bool {
        matches!(self.shape.as_deref(), Some([Dimension::Free(_), ..]))
    }

    /// The lengths that are stated, and 1 where one is free, as for one image.
    pub fn lengths(&self) -> Vec<usize> {
        let length = |dimension: &Dimension<'_>| if let Dimension::Fixed(length) = *dimension { length } else { 1 };
        self.shape.as_deref().unwrap_or_default().iter().map(length).collect()
    }

    /// As in `[batch, 1, 48, 48]`.
    pub fn describe(&self) -> String {
        let Some(shape) = &self.shape else { return self.name.to_owned() };
        let lengths = shape.iter().map(|dimension| match dimension {
            Dimension::Fixed(length) => length.to_string(),
            Dimension::Free("") => "?".to_owned(),
            Dimension::Free(name) => (*name).to_owned(),
        });
        format!("{} [{}]", self.name, lengths.collect::<Vec<_>>().join(", "))
    }
}

impl<'a> Dimension<'a> {
    fn read(fields: Fields<'a>) -> Result<Self, OnnxError> {
        let mut dimension = Self::Free("");
        for field in fields {
            match field? {
                // old exporters write 0 or -1 where the length is free
                (1, value) => {
                    let length = usize::try_from(value.signed()?).unwrap_or_default();
                    dimension = if length == 0 { Self::Free("") } else { Self::Fixed(length) };
                }
                (2, value) => dimension = Self::Free(value.text()?),
                _ => {}
            }
        }
        Ok(dimension)
    }
}

/// The messages of a model that have further messages or lists in them.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Model,
    Graph,
    Node,
    Attribute,
    Tensor,
    ValueInfo,
    Type,
    TensorType,
    Shape,
    Pair,
}

/// Counts the entries of a file before anything of it takes memory: two bytes of it could otherwise become an operator of some
/// hundred bytes.
struct Entries {
    entries: Counter,
    /// Bytes of lists of integers, of which each can become an integer of eight.
    lists: Counter,
}

impl Entries {
    fn new(limits: &Limits) -> Self {
        let lists = Counter::new(Quantity::Lists, limits.bytes / 8);
        Self { entries: Counter::new(Quantity::Entries, limits.entries), lists }
    }

    fn count(&mut self, fields: Fields<'_>, kind: Kind, operator: &str) -> Result<(), OnnxError> {
        for field in fields {
            self.entries.add(1)?;
            let (number, value) = field?;
            let inner = match (kind, number) {
                (Kind::Model, 7) => Kind::Graph,
                (Kind::Model, 8 | 14) => Kind::Pair,
                (Kind::Model, 20 | 25) => return Err(OnnxError::Operator(function_name(value))),
                (Kind::Graph, 1) => Kind::Node,
                (Kind::Graph, 5) | (Kind::Attribute, 5 | 10) => Kind::Tensor,
                (Kind::Graph, 11..=13) => Kind::ValueInfo,
                (Kind::Node, 5) => Kind::Attribute,
                // graphs inside graphs: If, Loop and Scan
                (Kind::Attribute, 6 | 11) => return Err(OnnxError::Operator(operator.to_owned())),
                (Kind::Attribute, 8) | (Kind::Tensor, 1 | 5 | 7 | 11) => {
                    if let Value::Bytes(bytes) = value {
                        self.lists.add(bytes.len() as u64)?;
                    }
                    continue;
                }
                (Kind::Attribute, 14 | 15 | 22 | 23) | (Kind::Type, 4..=9) => {
                    return Err(OnnxError::Operator(operator.to_owned()));
                }
                (Kind::Tensor, 13) => Kind::Pair,
                (Kind::ValueInfo, 2) => Kind::Type,
                (Kind::Type, 1) => Kind::TensorType,
                (Kind::TensorType, 2) => Kind::Shape,
                (Kind::Shape, 1) => Kind::Pair,
                _ => continue,
            };
            let fields = value.fields()?;
            let operator = if inner == Kind::Node { node_operator(fields)? } else { operator };
            self.count(fields, inner, operator)?;
        }
        Ok(())
    }
}

fn node_operator(fields: Fields<'_>) -> Result<&str, OnnxError> {
    for field in fields {
        if let (4, value) = field? {
            return value.text();
        }
    }
    Ok("")
}

/// The name of a function in a model.
fn function_name(value: Value<'_>) -> String {
    let name = value.fields().ok().and_then(|mut fields| {
        fields.find_map(|field| field.ok().filter(|(number, _)| *number == 1).and_then(|(_, value)| value.text().ok()))
    });
    name.unwrap_or("function").to_owned()
}
