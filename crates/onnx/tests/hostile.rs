//! Damaged and hostile files are refused, with the reason, and take neither much memory nor much time.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::time::Instant;

use mien_core::expression::Expression;
use mien_core::network::{OnnxCall, OnnxFacts, OnnxReply, OnnxStatement, OnnxSummary, OnnxTrial};
use mien_core::vision::{CROP_PIXELS, Crop};
use mien_onnx::{Description, Limits, Network, OnnxError, Output, Program, Scaling, Stated};
use proptest::prelude::*;

const RESIDUAL: &[u8] = include_bytes!("../../../tests/fixtures/onnx/torch-residual.onnx");
const KERAS: &[u8] = include_bytes!("../../../tests/fixtures/onnx/keras.onnx");
const OLD: &[u8] = include_bytes!("../../../tests/fixtures/onnx/old.onnx");

fn varint(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

/// A field that is an integer.
fn integer(number: u64, value: u64) -> Vec<u8> {
    [varint(number << 3), varint(value)].concat()
}

/// A field of bytes: a text or a message.
fn field(number: u64, content: impl AsRef<[u8]>) -> Vec<u8> {
    let content = content.as_ref();
    let mut bytes = integer(number, content.len() as u64);
    bytes[0] |= 2;
    bytes.extend(content);
    bytes
}

fn node(operator: &str, inputs: &[&str], output: &str, attributes: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes: Vec<u8> = inputs.iter().flat_map(|name| field(1, name)).collect();
    bytes.extend(field(2, output));
    bytes.extend(field(4, operator));
    bytes.extend(attributes.iter().flat_map(|attribute| field(5, attribute)));
    field(1, bytes)
}

fn integers(name: &str, values: &[u64]) -> Vec<u8> {
    let values = values.iter().flat_map(|&value| integer(8, value));
    [field(1, name), values.collect(), integer(20, 7)].concat()
}

/// A constant of 32-bit floats, or of integers if there are values.
fn tensor(name: &str, shape: &[u64], values: Option<&[i64]>) -> Vec<u8> {
    let mut bytes: Vec<u8> = shape.iter().flat_map(|&length| integer(1, length)).collect();
    bytes.extend(field(8, name));
    match values {
        Some(values) => {
            bytes.extend(integer(2, 7));
            bytes.extend(field(9, values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<_>>()));
        }
        None => {
            bytes.extend(integer(2, 1));
            bytes.extend(field(9, vec![0; 4 * shape.iter().product::<u64>() as usize]));
        }
    }
    field(5, bytes)
}

/// A constant of seven equal numbers.
fn constant(name: &str, value: f32) -> Vec<u8> {
    constant_of(name, &[1, 7], value)
}

/// A constant of equal numbers.
fn constant_of(name: &str, shape: &[u64], value: f32) -> Vec<u8> {
    let lengths = shape.iter().flat_map(|&length| integer(1, length)).collect();
    let values = value.to_le_bytes().repeat(shape.iter().product::<u64>() as usize);
    field(5, [lengths, integer(2, 1), field(8, name), field(9, values)].concat())
}

fn value(number: u64, name: &str, shape: &[u64]) -> Vec<u8> {
    value_of(number, name, 1, shape)
}

/// An input (11) or output (12) of values of a type.
fn value_of(number: u64, name: &str, element: u64, shape: &[u64]) -> Vec<u8> {
    let dimensions: Vec<u8> = shape.iter().flat_map(|&length| field(1, integer(1, length))).collect();
    let kind = field(1, [integer(1, element), field(2, dimensions)].concat());
    field(number, [field(1, name), field(2, kind)].concat())
}

/// A model with an input `image [1, 1, 48, 48]` and an output `out`.
fn model(parts: &[Vec<u8>]) -> Vec<u8> {
    model_of(&[parts.concat(), value(11, "image", &[1, 1, 48, 48]), value(12, "out", &[1, 7])])
}

/// A model with nothing else.
fn model_of(parts: &[Vec<u8>]) -> Vec<u8> {
    let graph = parts.concat();
    [integer(1, 8), field(7, graph), field(8, integer(2, 17))].concat()
}

fn refused(bytes: &[u8]) -> OnnxError {
    let start = Instant::now();
    let error = Network::read(bytes.to_vec(), &stated(), &Limits::default()).unwrap_err();
    assert!(start.elapsed().as_secs() < 20, "{error}");
    error
}

fn stated() -> Stated {
    Stated { scaling: Some(Scaling::UNIT), classes: Some("fer2013".parse().unwrap()), ..Stated::default() }
}

#[test]
fn other_files_are_not_models() {
    for bytes in [&b""[..], b"emotion,pixels,Usage\n", b"\x89PNG\r\n\x1a\n", b"{\"a\": 1}", &[0; 64], &[0xff; 64]] {
        assert_eq!(refused(bytes), OnnxError::NotOnnx, "{bytes:?}");
    }
    let weights = include_bytes!("../../../tests/fixtures/parity-cnn.safetensors");
    assert_eq!(refused(weights), OnnxError::NotOnnx);
    assert_eq!(refused(&RESIDUAL[..RESIDUAL.len() / 2]), OnnxError::Damaged);
}

#[test]
fn newer_versions_are_refused_with_their_number() {
    let graph = field(7, value(11, "image", &[1, 1, 48, 48]));
    let version = |ir: u64, set: u64| [integer(1, ir), graph.clone(), field(8, integer(2, set))].concat();
    assert_eq!(refused(&version(14, 28)), OnnxError::IrVersion(14));
    assert_eq!(refused(&version(8, 28)), OnnxError::OperatorSet(28));
    assert_eq!(refused(&version(3, 6)), OnnxError::OperatorSet(6));
    assert!(refused(&version(14, 28)).to_string().contains("IR version 14; versions up to 13 are read"));
}

#[test]
fn unknown_operators_are_named() {
    assert_eq!(
        refused(&model(&[node("Frobnicate", &["image"], "out", &[])])),
        OnnxError::Operator("Frobnicate".to_owned())
    );
    let range = refused(&model(&[node("Range", &["image"], "out", &[])]));
    assert_eq!(range, OnnxError::SizeOperator("Range".to_owned()));
    // a graph within a graph
    let body = [field(1, "body"), field(6, vec![])].concat();
    assert_eq!(refused(&model(&[node("Loop", &["image"], "out", &[body])])), OnnxError::Operator("Loop".to_owned()));
    let mut other = node("Conv", &["image"], "out", &[]);
    other.splice(2.., [&other[2..], &field(7, "com.example")].concat());
    other[1] = other.len() as u8 - 2;
    assert_eq!(refused(&model(&[other])), OnnxError::Operator("com.example.Conv".to_owned()));
}

#[test]
fn what_does_not_fit_is_named() {
    let weights = tensor("weights", &[4, 3, 3, 3], None);
    let error = refused(&model(&[weights, node("Conv", &["image", "weights"], "out", &[])]));
    assert!(
        matches!(&error, OnnxError::Unfit { operator, name, .. } if operator == "Conv" && name == "out"),
        "{error}"
    );
    let error = refused(&model(&[node("Relu", &["nothing"], "out", &[])]));
    let (operator, name, input) = ("Relu".into(), "out".into(), "nothing".into());
    assert_eq!(error, OnnxError::NoInput { operator, name, input });
    let error = refused(&model(&[node("Relu", &["image"], "other", &[])]));
    assert_eq!(error, OnnxError::NoSuchOutput("out".into()));
    let error = refused(&model(&[node("Relu", &["image"], "out", &[])]));
    assert_eq!(error, OnnxError::Output("out [1, 1, 48, 48]".to_owned()));
    let external = field(5, [integer(1, 2), integer(2, 1), field(8, "far"), integer(14, 1)].concat());
    assert_eq!(refused(&model(&[external])), OnnxError::External("far".to_owned()));
    let short = field(5, [integer(1, 20), integer(2, 1), field(8, "short"), field(9, [0; 4])].concat());
    assert_eq!(refused(&model(&[short])), OnnxError::Tensor("short".to_owned()));
    for (element, name) in [(5, "int16"), (16, "bfloat16"), (13, "uint64"), (8, "string"), (99, "99")] {
        let kind = |tensor: &str| OnnxError::TensorType { tensor: tensor.into(), element: name.into() };
        let weights = [integer(1, 2), integer(2, element), field(9, [0; 4])].concat();
        let named = field(5, [&weights[..], &field(8, "weights")].concat());
        assert_eq!(refused(&model(&[named])), kind("weights"));
        // that of an operator has the operator's name
        let value = [field(1, "value"), field(5, &weights), integer(20, 4)].concat();
        assert_eq!(refused(&model(&[node("Constant", &[], "constant", &[value])])), kind("constant"));
    }
    assert_eq!(refused(&model(&[field(15, field(1, field(8, "few")))])), OnnxError::Sparse);
}

#[test]
fn an_input_that_does_not_fit_is_told_from_others() {
    let of = |element, shape: &[u64]| {
        refused(&model_of(&[value_of(11, "image", element, shape), value(12, "out", &[1, 7])]))
    };
    let element = |name: &str| OnnxError::Element { input: "image".into(), element: name.into() };
    assert_eq!(of(10, &[1, 1, 48, 48]), element("float16"));
    assert_eq!(of(11, &[1, 1, 48, 48]), element("float64"));
    assert_eq!(of(16, &[1, 1, 48, 48]), element("bfloat16"));
    assert_eq!(of(99, &[1, 1, 48, 48]), element("99"));
    let batch = |input: &str, batch| OnnxError::Batch { input: input.into(), batch };
    assert_eq!(of(1, &[8, 1, 48, 48]), batch("image [8, 1, 48, 48]", 8));
    assert_eq!(of(2, &[8, 48, 48]), batch("image [8, 48, 48]", 8));
    for other in [&[3, 48, 48][..], &[8, 1, 48, 64], &[8, 5, 48, 48], &[8, 7], &[8]] {
        assert!(matches!(of(1, other), OnnxError::Input(_)), "{other:?}");
    }
}

#[test]
fn a_model_without_outputs_is_refused() {
    let error = refused(&model_of(&[value(11, "image", &[1, 1, 48, 48])]));
    assert_eq!((&error, &*error.to_string()), (&OnnxError::NoOutputs, "the model has no outputs"));
}

/// A model in which `sums` is `[1, 7]`, zeros, with a temperature of 0.5.
fn of_sums(nodes: &[Vec<u8>]) -> Vec<u8> {
    let mut parts = vec![
        tensor("zeros", &[1, 7], None),
        node("GlobalAveragePool", &["image"], "mean", &[]),
        node("Squeeze", &["mean", "axes"], "level", &[]),
        tensor("axes", &[2], Some(&[2, 3])),
        node("MatMul", &["level", "zeros"], "sums", &[]),
    ];
    parts.extend_from_slice(nodes);
    let temperature = field(14, [field(1, "temperature"), field(2, "0.5")].concat());
    [model(&parts), temperature].concat()
}

/// The logits of such a model.
fn logits(nodes: &[Vec<u8>]) -> Result<[f32; 7], OnnxError> {
    let network = Network::read(of_sums(nodes), &stated(), &Limits::default())?;
    Ok(network.logits(&[Crop(Box::new([90; CROP_PIXELS]))])?[0])
}

#[test]
fn what_is_too_large_to_be_divided_stays_a_number() {
    assert_eq!(logits(&[node("Relu", &["sums"], "out", &[])]), Ok([0.0; 7]));
    // minus infinity for all seven: none is more likely than another, and the sum is none
    assert_eq!(logits(&[node("Log", &["sums"], "out", &[])]), Err(OnnxError::NotFinite));
    assert_eq!(logits(&[node("Reciprocal", &["sums"], "out", &[])]), Err(OnnxError::NotFinite));
    // e^88.5 is almost the largest number, and twice that is none
    let large =
        [constant("large", 88.5), node("Add", &["sums", "large"], "power", &[]), node("Exp", &["power"], "out", &[])];
    assert_eq!(logits(&large), Ok([f32::MAX; 7]));
}

/// An input of images, and results `[1, 7]` that depend on their mean: `sums` and `probabilities`.
fn image_and_sums() -> Vec<Vec<u8>> {
    let weights = (0..7_u8).flat_map(|class| (f32::from(class) / 2.0).to_le_bytes()).collect::<Vec<_>>();
    let weights = [integer(1, 1), integer(1, 7), integer(2, 1), field(8, "weights"), field(9, weights)].concat();
    vec![
        value(11, "image", &[1, 1, 48, 48]),
        node("GlobalAveragePool", &["image"], "mean", &[]),
        tensor("axes", &[2], Some(&[2, 3])),
        node("Squeeze", &["mean", "axes"], "level", &[]),
        field(5, weights),
        node("MatMul", &["level", "weights"], "sums", &[]),
        node("Softmax", &["sums"], "probabilities", &[]),
    ]
}

/// What the page is told of a model: its classes, and whether it computes probabilities.
fn facts(model: &[u8]) -> OnnxReply<(Option<u32>, Option<bool>)> {
    let reply = Program::default().call(OnnxCall::Describe, model.to_vec());
    let facts: OnnxReply<OnnxFacts> = postcard::from_bytes(&reply).unwrap();
    facts.map(|facts| (facts.outputs, facts.stated.probabilities))
}

#[test]
fn the_output_with_the_classes_decides_wherever_it_is() {
    let classes = value(12, "probabilities", &[1, 7]);
    let features = node("Flatten", &["image"], "features", &[]);
    let others = value(12, "features", &[1, 2304]);
    for outputs in [[&classes, &others], [&others, &classes]] {
        let parts = [image_and_sums(), vec![features.clone()], outputs.map(Clone::clone).to_vec()].concat();
        let model = model_of(&parts);
        let description = Description::read(&model, &Limits::default()).unwrap();
        assert_eq!((description.outputs, description.output), (Some(7), Output::Probabilities));
        assert_eq!(facts(&model), Ok((Some(7), Some(true))));
        let network = Network::read(model, &stated(), &Limits::default()).unwrap();
        assert_eq!(network.output(), Output::Probabilities);
    }
    // where the size of the images is open, that which states seven decides
    let parts = [&image_and_sums()[1..], &[features, others, classes, value(11, "image", &[1, 1, 0, 0])]].concat();
    assert_eq!(facts(&model_of(&parts)), Ok((Some(7), Some(true))));
    // two that have seven: the first
    let first = [image_and_sums(), vec![value(12, "sums", &[1, 7]), value(12, "probabilities", &[1, 7])]].concat();
    assert_eq!(facts(&model_of(&first)), Ok((Some(7), Some(false))));
}

#[test]
fn probabilities_are_seen_whatever_operators_they_are_from() {
    let limits = || [constant("least", 1e-7), constant("most", 1.0)].concat();
    let clipped = [node("Max", &["probabilities", "least"], "more", &[]), node("Min", &["more", "most"], "out", &[])];
    let divided = [
        node("Exp", &["sums"], "powers", &[]),
        tensor("classes", &[1], Some(&[1])),
        node("ReduceSum", &["powers", "classes"], "sum", &[]),
        node("Div", &["powers", "sum"], "out", &[]),
    ];
    let model = |nodes: &[Vec<u8>]| {
        model_of(&[image_and_sums(), vec![limits(), value(12, "out", &[1, 7])], nodes.to_vec()].concat())
    };
    let crop = [Crop(Box::new([90; CROP_PIXELS]))];
    let softmax = model_of(&[image_and_sums(), vec![value(12, "probabilities", &[1, 7])]].concat());
    let expected = Network::read(softmax, &stated(), &Limits::default()).unwrap().logits(&crop).unwrap()[0];
    for nodes in [&clipped[..], &divided] {
        let model = model(nodes);
        assert_eq!(facts(&model), Ok((Some(7), Some(true))));
        let network = Network::read(model.clone(), &stated(), &Limits::default()).unwrap();
        assert_eq!(network.output(), Output::Probabilities);
        let got = network.logits(&crop).unwrap()[0];
        assert!(expected.iter().zip(got).all(|(a, b)| (a - b).abs() < 1e-5), "{expected:?} {got:?}");
        // who states logits is told, in the file, too
        let logits = Stated { output: Some(Output::Logits), ..stated() };
        assert_eq!(Network::read(model.clone(), &logits, &Limits::default()).unwrap_err(), OnnxError::NotLogits);
        let statement = OnnxStatement { probabilities: Some(false), ..OnnxStatement::default() };
        assert_eq!(refused(&statement.write(&model)), OnnxError::NotLogits);
    }
    // a sum of 1 for one image may be chance: here it is the image's mean over that of the sample
    let sample = include_bytes!("../src/sample.grey").map(f32::from);
    let mean = sample.iter().sum::<f32>() / sample.len() as f32 / 255.0;
    let by_chance = model(&[constant("share", 1.0 / 7.0 / mean), node("Mul", &["level", "share"], "out", &[])]);
    assert_eq!(facts(&by_chance), Ok((Some(7), Some(false))));
    assert_eq!(Network::read(by_chance, &stated(), &Limits::default()).unwrap().output(), Output::Logits);
}

#[test]
fn what_fails_only_while_it_is_computed_is_named() {
    // the rows of a table end before the thousandth
    let fails = [
        tensor("table", &[4, 7], None),
        tensor("far", &[1], Some(&[1000])),
        node("Cast", &["level"], "place", &[[field(1, "to"), integer(3, 7), integer(20, 2)].concat()]),
        node("Add", &["place", "far"], "row", &[]),
        node("Gather", &["table", "row"], "rows", &[]),
        tensor("middle", &[1], Some(&[1])),
        node("Squeeze", &["rows", "middle"], "out", &[]),
    ];
    let model = model_of(&[image_and_sums(), vec![value(12, "out", &[1, 7])], fails.to_vec()].concat());
    let error = refused(&model);
    let OnnxError::Failed(reason) = &error else { panic!("{error}") };
    assert!(reason.starts_with("Gather failed"), "{reason}");
    assert_eq!(facts(&model).unwrap_err().id(), "onnx/failed");
}

#[test]
fn what_fails_only_when_it_is_computed_is_refused_when_it_is_tried() {
    let statement =
        OnnxStatement { scaling: Some("unit".into()), classes: Some("fer2013".into()), ..OnnxStatement::default() };
    let tried = |nodes: &[Vec<u8>]| {
        let mut program = Program::default();
        let opened = program.call(OnnxCall::Open, statement.write(&of_sums(nodes)));
        let opened: OnnxReply<OnnxSummary> = postcard::from_bytes(&opened).unwrap();
        opened.map_err(|reason| reason.english().to_owned())?;
        let trial = program.call(OnnxCall::Try, Vec::new());
        let trial: OnnxReply<OnnxTrial> = postcard::from_bytes(&trial).unwrap();
        trial.map(|trial| trial.prediction.0).map_err(|reason| reason.english().to_owned())
    };
    assert_eq!(tried(&[node("Relu", &["sums"], "out", &[])]), Ok([1.0 / 7.0; 7]));
    let two = tensor("two", &[], Some(&[2]));
    let power = tried(&[two, node("Pow", &["sums", "two"], "out", &[])]).unwrap_err();
    assert!(power.starts_with("the model failed while it was computed (") && power.contains("exponent"), "{power}");
    let all = constant_of("all", &[], 1.0);
    let dropped = tried(&[all, node("Dropout", &["sums", "all"], "out", &[])]).unwrap_err();
    assert!(dropped.starts_with("the model failed while it was computed ("), "{dropped}");
    let (large, sum) = (constant("large", 100.0), node("Add", &["sums", "large"], "sum", &[]));
    let infinite = tried(&[large, sum, node("Softplus", &["sum"], "out", &[])]).unwrap_err();
    assert!(infinite.starts_with("the model computes values that are not numbers"), "{infinite}");
}

#[test]
fn probabilities_may_be_quantized() {
    let zero = field(5, [integer(2, 2), field(8, "zero"), field(9, [0])].concat());
    let nodes = [
        constant_of("scale", &[], 1.0 / 255.0),
        zero,
        node("Softmax", &["sums"], "probabilities", &[]),
        node("QuantizeLinear", &["probabilities", "scale", "zero"], "rounded", &[]),
        node("DequantizeLinear", &["rounded", "scale", "zero"], "out", &[]),
    ];
    // a seventh is 36.4 of 255
    assert_eq!(logits(&nodes), Ok([(36.0 * (1.0_f32 / 255.0)).ln(); 7]));
}

#[test]
fn operators_are_not_taken_for_others() {
    let axes = [
        constant_of("one", &[1, 1, 1], 1.0),
        node("Mul", &["sums", "one"], "longer", &[]),
        tensor("second", &[1], Some(&[1])),
        node("Squeeze", &["longer", "second"], "out", &[]),
    ];
    assert_eq!(logits(&axes), Ok([0.0; 7]));
    let none = [field(1, "noop_with_empty_axes"), integer(3, 1), integer(20, 2)].concat();
    let mean = [tensor("none", &[0], Some(&[])), node("ReduceMean", &["sums", "none"], "out", &[none])];
    assert_eq!(logits(&mean), Ok([0.0; 7]));
}

#[test]
fn a_class_that_is_stated_twice_or_is_none_is_named() {
    let refused = |classes: &str| {
        let statement = OnnxStatement { classes: Some(classes.into()), ..OnnxStatement::default() };
        refused(&statement.write(&model(&[])))
    };
    assert_eq!(refused("happy,sad,happy"), OnnxError::Twice(Expression::Happy));
    assert_eq!(refused("happy; glad; sad"), OnnxError::UnknownClass("glad".into()));
    assert_eq!(refused("fer2013,foo"), OnnxError::UnknownClass("fer2013".into()));
    for none in ["glad", "happy", "happy,,sad", ","] {
        assert_eq!(refused(none), OnnxError::Order(none.into()));
    }
}

#[test]
fn what_would_take_much_memory_or_time_is_refused() {
    let what = |error: OnnxError| match error {
        OnnxError::TooMany { what, .. } => what.to_string(),
        error => panic!("{error}"),
    };
    let huge = tensor("shape", &[2], Some(&[1 << 19, 1 << 19]));
    let fill = node("ConstantOfShape", &["shape"], "out", &[]);
    assert_eq!(what(refused(&model(&[huge, fill]))), "values of intermediate results");
    let tiles = tensor("tiles", &[4], Some(&[1, 1, 400, 400]));
    assert_eq!(
        what(refused(&model(&[tiles, node("Tile", &["image", "tiles"], "out", &[])]))),
        "values of intermediate results"
    );
    let kernel = integers("kernel_shape", &[40_000, 40_000]);
    let (strides, padding) = (integers("strides", &[1, 1]), integers("pads", &[4000, 4000, 4000, 4000]));
    assert!(matches!(
        refused(&model(&[node("MaxPool", &["image"], "out", &[kernel, strides, padding])])),
        OnnxError::Unfit { .. }
    ));
    // doubles its length with every operator
    let doubling = (0..40).map(|step| {
        let input = if step == 0 { "image".to_owned() } else { format!("d{step}") };
        node(
            "Concat",
            &[&input, &input],
            &format!("d{}", step + 1),
            &[[field(1, "axis"), integer(3, 1), integer(20, 2)].concat()],
        )
    });
    assert_eq!(what(refused(&model(&doubling.collect::<Vec<_>>()))), "values of intermediate results");
    // a large product at every step
    let square = tensor("square", &[2], Some(&[4096, 4096]));
    let mut products = vec![square, node("ConstantOfShape", &["square"], "m", &[])];
    products.push(node("MatMul", &["m", "m"], "out", &[]));
    assert_eq!(what(refused(&model(&products))), "multiply-adds");
    // two bytes for each operator, and for each dimension
    assert_eq!(what(refused(&model(&[[0x0a, 0].repeat(3_000_000)]))), "entries");
    assert_eq!(what(refused(&model(&[field(5, [8, 1].repeat(3_000_000))]))), "entries");
    assert_eq!(what(refused(&model(&[field(5, field(1, vec![1; 40_000_000]))]))), "bytes in lists of integers");
    assert_eq!(what(refused(&model(&[[0x0a, 0].repeat(20_000)]))), "operators");
    let limits = Limits { bytes: 1000, ..Limits::default() };
    assert_eq!(what(Description::read(RESIDUAL, &limits).unwrap_err()), "bytes");
    let limits = Limits { parameters: 100, ..Limits::default() };
    assert_eq!(what(Description::read(RESIDUAL, &limits).unwrap_err()), "parameters");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// A file with a few wrong bytes is refused, or classifies: it never stops the program.
    #[test]
    fn damaged_models_do_no_harm(
        which in 0..3_usize,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        length in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let mut bytes = [RESIDUAL, KERAS, OLD][which].to_vec();
        for (place, byte) in changes {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        if let Some(length) = length {
            bytes.truncate(length.index(bytes.len()));
        }
        if let Ok(network) = Network::read(bytes, &Stated { classes: stated().classes, ..stated() }, &Limits::default()) {
            let _ = network.logits(&[Crop(Box::new([90; CROP_PIXELS]))]);
        }
    }

    /// So is any other content.
    #[test]
    fn noise_does_no_harm(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let mut file = integer(1, 8);
        file.extend(field(8, integer(2, 17)));
        file.extend(field(7, &bytes));
        prop_assert!(Network::read(file, &stated(), &Limits::default()).is_err());
        prop_assert!(Network::read(bytes, &stated(), &Limits::default()).is_err());
    }
}
