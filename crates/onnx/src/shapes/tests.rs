//! Shapes of single operators, against ONNX's own shape inference (`onnx.shape_inference.infer_shapes`, 1.23.2).

use super::*;
use crate::file::ValueInfo;

/// The shape of the result of an operator for inputs that are constants.
fn shape(
    operator: &str,
    inputs: &[(&[usize], Option<&[i64]>)],
    attributes: Vec<(&'static str, Attribute<'static>)>,
) -> Result<Vec<usize>, OnnxError> {
    shape_in(17, operator, inputs, attributes)
}

/// The same in another operator set.
fn shape_in(
    operator_set: u64,
    operator: &str,
    inputs: &[(&[usize], Option<&[i64]>)],
    attributes: Vec<(&'static str, Attribute<'static>)>,
) -> Result<Vec<usize>, OnnxError> {
    let names = ["a", "b", "c", "d", "e"];
    let tensor = |(index, (shape, integers)): (usize, &(&[usize], Option<&[i64]>))| Tensor {
        name: names[index],
        shape: shape.to_vec(),
        integers: integers.map(<[i64]>::to_vec),
    };
    let node =
        Node { name: "node", operator, inputs: names[..inputs.len()].to_vec(), outputs: vec!["out"], attributes };
    let model = Model {
        operator_set,
        nodes: vec![node],
        initializers: inputs.iter().enumerate().map(tensor).collect(),
        outputs: vec![ValueInfo { name: "out", ..ValueInfo::default() }],
        ..Model::default()
    };
    Ok(infer(&model, &[1, 1, 48, 48], &Limits::default())?.outputs.swap_remove(0))
}

fn list(values: &[i64]) -> Attribute<'static> {
    Attribute::Integers(values.to_vec())
}

#[test]
fn windows_are_counted_as_by_onnx() {
    let maps: (&[usize], _) = (&[1, 3, 15, 15], None);
    let weights: (&[usize], _) = (&[8, 3, 3, 3], None);
    let convolution = |more: Vec<(&'static str, Attribute<'static>)>| {
        let attributes = [vec![("kernel_shape", list(&[3, 3]))], more];
        shape("Conv", &[maps, weights], attributes.into_iter().flatten().collect())
    };
    assert_eq!(convolution(vec![]), Ok(vec![1, 8, 13, 13]));
    assert_eq!(convolution(vec![("strides", list(&[2, 1])), ("pads", list(&[1, 0, 1, 2]))]), Ok(vec![1, 8, 8, 15]));
    assert_eq!(convolution(vec![("dilations", list(&[3, 3]))]), Ok(vec![1, 8, 9, 9]));
    let same = vec![("auto_pad", Attribute::Text(b"SAME_UPPER")), ("strides", list(&[2, 2]))];
    assert_eq!(convolution(same), Ok(vec![1, 8, 8, 8]));
    assert!(convolution(vec![("group", Attribute::Integer(3))]).is_err());
    let pool = |more: Vec<(&'static str, Attribute<'static>)>| {
        let attributes = [vec![("kernel_shape", list(&[2, 2])), ("strides", list(&[2, 2]))], more];
        shape("MaxPool", &[maps], attributes.into_iter().flatten().collect())
    };
    assert_eq!(pool(vec![]), Ok(vec![1, 3, 7, 7]));
    assert_eq!(pool(vec![("ceil_mode", Attribute::Integer(1))]), Ok(vec![1, 3, 8, 8]));
    let padded = vec![("ceil_mode", Attribute::Integer(1)), ("pads", list(&[1, 1, 1, 1]))];
    // ONNX says 9, but a window that begins in the padding has nothing to pool: the runtime and PyTorch leave it out
    assert_eq!(pool(padded), Ok(vec![1, 3, 8, 8]));
}

#[test]
fn what_the_runtime_would_compute_otherwise_is_refused() {
    let maps: (&[usize], _) = (&[1, 3, 16, 16], None);
    let pool = |automatic: &'static [u8], side: i64| {
        let windows = vec![("kernel_shape", list(&[side, side])), ("strides", list(&[1, 1]))];
        let attributes = [windows, vec![("auto_pad", Attribute::Text(automatic))]];
        shape("MaxPool", &[maps], attributes.into_iter().flatten().collect())
    };
    assert_eq!(pool(b"SAME_UPPER", 2), Ok(vec![1, 3, 16, 16]));
    assert!(pool(b"SAME_LOWER", 2).is_err());
    assert_eq!(pool(b"SAME_LOWER", 3), Ok(vec![1, 3, 16, 16]));

    let softmax = |operator_set, shape: &[usize], given: Option<i64>| {
        let attributes = given.map(|axis| ("axis", Attribute::Integer(axis))).into_iter().collect();
        shape_in(operator_set, "Softmax", &[(shape, None)], attributes)
    };
    assert_eq!(softmax(12, &[2, 7], None), Ok(vec![2, 7]));
    assert!(softmax(12, &[2, 7, 1, 1], None).is_err());
    assert_eq!(softmax(12, &[2, 7, 1, 1], Some(1)), Ok(vec![2, 7, 1, 1]));
    assert!(softmax(12, &[2, 7, 3, 1], Some(1)).is_err());
    assert_eq!(softmax(12, &[2, 7, 3], Some(2)), Ok(vec![2, 7, 3]));
    assert_eq!(softmax(13, &[2, 7, 3, 1], Some(1)), Ok(vec![2, 7, 3, 1]));

    let resize = |mode: &'static [u8], channels: i64| {
        let (none, sizes): (&[usize], &[usize]) = (&[0], &[4]);
        let inputs = [maps, (none, None), (none, None), (sizes, Some(&[1, channels, 32, 32][..]))];
        shape("Resize", &inputs, vec![("mode", Attribute::Text(mode))])
    };
    assert_eq!(resize(b"linear", 3), Ok(vec![1, 3, 32, 32]));
    assert!(resize(b"cubic", 3).is_err());
    assert!(resize(b"linear", 6).is_err());

    let valid = |pads: [i64; 4]| {
        let windows = vec![("kernel_shape", list(&[2, 2])), ("strides", list(&[1, 1])), ("pads", list(&pads))];
        let attributes = [windows, vec![("auto_pad", Attribute::Text(b"VALID"))]];
        shape("MaxPool", &[maps], attributes.into_iter().flatten().collect())
    };
    assert_eq!(valid([0; 4]), Ok(vec![1, 3, 15, 15]));
    assert!(valid([0, 0, 1, 1]).is_err());

    let (one, flag): (&[usize], &[usize]) = (&[1], &[]);
    let dropout = |training: Option<&[i64]>| shape("Dropout", &[maps, (one, None), (flag, training)], vec![]);
    assert_eq!(dropout(Some(&[0])), Ok(vec![1, 3, 16, 16]));
    assert!(dropout(Some(&[1])).is_err());
    assert!(dropout(None).is_err());

    let cast = |kind| shape("Cast", &[maps], vec![("to", Attribute::Integer(kind))]);
    assert_eq!(cast(7), Ok(vec![1, 3, 16, 16]));
    assert!(cast(9).is_err());

    let quantize = |scales: usize, given: Option<i64>| {
        let attributes = given.map(|axis| ("axis", Attribute::Integer(axis))).into_iter().collect();
        let scales: &[usize] = &[scales];
        shape("QuantizeLinear", &[maps, (scales, None), (scales, None)], attributes)
    };
    assert_eq!(quantize(1, None), Ok(vec![1, 3, 16, 16]));
    assert_eq!(quantize(3, Some(1)), Ok(vec![1, 3, 16, 16]));
    assert!(quantize(3, None).is_err());

    assert!(shape("QuantizeLinear", &[maps, (one, None)], vec![]).is_err());

    let pad = |mode: &'static [u8], pads: [i64; 8]| {
        let eight: &[usize] = &[8];
        shape("Pad", &[maps, (eight, Some(&pads[..]))], vec![("mode", Attribute::Text(mode))])
    };
    assert_eq!(pad(b"reflect", [0, 0, 15, 0, 0, 0, 0, 1]), Ok(vec![1, 3, 31, 17]));
    assert!(pad(b"reflect", [0, 0, 16, 0, 0, 0, 0, 1]).is_err());
    assert_eq!(pad(b"edge", [0, 0, 16, 0, 0, 0, 0, 1]), Ok(vec![1, 3, 32, 17]));
    assert!(pad(b"edge", [0, 1, 0, 0, 0, 0, 0, 0]).is_err());
    assert_eq!(pad(b"constant", [0, 1, 0, 0, 0, 0, 0, 0]), Ok(vec![1, 4, 16, 16]));

    let reduce = |operator| shape(operator, &[maps], vec![("noop_with_empty_axes", Attribute::Integer(1))]);
    assert_eq!(reduce("ReduceMean"), Ok(vec![1, 3, 16, 16]));
    assert!(reduce("ReduceL2").is_err());

    let (two, first, last): (&[usize], &[i64], &[i64]) = (&[2], &[0, 0], &[1, 2]);
    let slice = |axes: &[(&[usize], Option<&[i64]>)]| {
        shape("Slice", &[&[maps, (two, Some(first)), (two, Some(last))][..], axes].concat(), vec![])
    };
    assert_eq!(slice(&[(two, Some(last))]), Ok(vec![1, 1, 2, 16]));
    assert!(slice(&[]).is_err());

    for operator in ["Sign", "Upsample"] {
        assert_eq!(shape(operator, &[maps], vec![]), Err(OnnxError::Operator(operator.to_owned())));
    }
}

#[test]
fn attributes_that_the_runtime_needs_must_be_stated() {
    let maps: (&[usize], _) = (&[1, 3, 16, 16], None);
    let convolution = |stated: &[&'static str]| {
        let value = |name: &&'static str| match *name {
            "kernel_shape" => (*name, list(&[3, 3])),
            "pads" => (*name, list(&[0; 4])),
            "auto_pad" => (*name, Attribute::Text(b"SAME_UPPER")),
            _ => (*name, list(&[1, 1])),
        };
        shape("Conv", &[maps, (&[8, 3, 3, 3], None)], stated.iter().map(value).collect())
    };
    for fits in [&["kernel_shape"][..], &["strides", "dilations", "pads"]] {
        assert_eq!(convolution(fits), Ok(vec![1, 8, 14, 14]), "{fits:?}");
    }
    assert_eq!(convolution(&["strides", "dilations", "auto_pad"]), Ok(vec![1, 8, 16, 16]));
    for refused in [&[][..], &["strides", "dilations"], &["strides", "pads"], &["dilations", "pads"]] {
        assert!(convolution(refused).unwrap_err().to_string().contains("needs its kernel_shape"), "{refused:?}");
    }
    for operator in ["MaxPool", "AveragePool"] {
        let kernel = || ("kernel_shape", list(&[2, 2]));
        let refused = shape(operator, &[maps], vec![kernel()]).unwrap_err();
        assert!(refused.to_string().contains("needs its strides"), "{refused}");
        assert_eq!(shape(operator, &[maps], vec![kernel(), ("strides", list(&[1, 1]))]), Ok(vec![1, 3, 15, 15]));
    }
}

#[test]
fn axes_are_rearranged_as_by_onnx() {
    let data: (&[usize], _) = (&[2, 3, 4], None);
    assert_eq!(shape("Transpose", &[data], vec![("perm", list(&[2, 0, 1]))]), Ok(vec![4, 2, 3]));
    assert_eq!(shape("Transpose", &[data], vec![]), Ok(vec![4, 3, 2]));
    assert!(shape("Transpose", &[data], vec![("perm", list(&[0, 0, 1]))]).is_err());
    assert_eq!(shape("Reshape", &[data, (&[2], Some(&[0, -1]))], vec![]), Ok(vec![2, 12]));
    assert!(shape("Reshape", &[data, (&[2], Some(&[5, -1]))], vec![]).is_err());
    assert!(shape("Reshape", &[data, (&[2], Some(&[-1, -1]))], vec![]).is_err());
    assert_eq!(shape("Flatten", &[data], vec![("axis", Attribute::Integer(-1))]), Ok(vec![6, 4]));
    assert_eq!(shape("Unsqueeze", &[data, (&[2], Some(&[0, -1]))], vec![]), Ok(vec![1, 2, 3, 4, 1]));
    assert!(shape("Squeeze", &[data, (&[1], Some(&[1]))], vec![]).is_err());
    let slice = |starts: &[i64], ends: &[i64], axes: &[i64], steps: &[i64]| {
        let one: &[usize] = &[1];
        let part = [(one, Some(starts)), (one, Some(ends)), (one, Some(axes)), (one, Some(steps))];
        shape("Slice", &[&[data][..], &part].concat(), vec![])
    };
    assert_eq!(slice(&[1], &[i64::MAX], &[2], &[2]), Ok(vec![2, 3, 2]));
    assert_eq!(slice(&[-1], &[i64::MIN], &[2], &[-1]), Ok(vec![2, 3, 4]));
    assert_eq!(slice(&[3], &[0], &[2], &[-1]), Ok(vec![2, 3, 3]));
    assert_eq!(slice(&[-2], &[10], &[1], &[1]), Ok(vec![2, 2, 4]));
    assert_eq!(
        shape("ReduceMean", &[data], vec![("axes", list(&[1])), ("keepdims", Attribute::Integer(0))]),
        Ok(vec![2, 4])
    );
    assert_eq!(shape("Pad", &[data, (&[6], Some(&[0, 1, 0, 0, 2, 3]))], vec![]), Ok(vec![2, 6, 7]));
}

#[test]
fn sizes_of_products_and_sums_are_those_of_onnx() {
    assert_eq!(shape("Add", &[(&[2, 1, 4], None), (&[3, 1], None)], vec![]), Ok(vec![2, 3, 4]));
    assert!(shape("Add", &[(&[2, 3], None), (&[2], None)], vec![]).is_err());
    assert_eq!(shape("MatMul", &[(&[5, 2, 3, 4], None), (&[4, 6], None)], vec![]), Ok(vec![5, 2, 3, 6]));
    assert!(shape("MatMul", &[(&[2, 3], None), (&[4, 6], None)], vec![]).is_err());
    let transposed = vec![("transB", Attribute::Integer(1))];
    assert_eq!(shape("Gemm", &[(&[2, 3], None), (&[7, 3], None), (&[7], None)], transposed), Ok(vec![2, 7]));
    assert_eq!(
        shape("Concat", &[(&[2, 3], None), (&[2, 5], None)], vec![("axis", Attribute::Integer(-1))]),
        Ok(vec![2, 8])
    );
    assert_eq!(shape("Gather", &[(&[9, 4], None), (&[2, 3], None)], vec![]), Ok(vec![2, 3, 4]));
}

#[test]
fn lengths_that_are_computed_are_followed() {
    // [batch, 2, 3] as [batch, 6]: Shape, Gather, Unsqueeze, Concat, Reshape
    let node = |operator, inputs: &[&'static str], output, attributes| Node {
        name: output,
        operator,
        inputs: inputs.to_vec(),
        outputs: vec![output],
        attributes,
    };
    let constant =
        |name, shape: &[usize], values: &[i64]| Tensor { name, shape: shape.to_vec(), integers: Some(values.to_vec()) };
    let model = Model {
        operator_set: 17,
        nodes: vec![
            node("Shape", &["image"], "lengths", vec![]),
            node("Gather", &["lengths", "zero"], "batch", vec![]),
            node("Unsqueeze", &["batch", "axes"], "list", vec![]),
            node("Concat", &["list", "rest"], "target", vec![("axis", Attribute::Integer(0))]),
            node("Reshape", &["image", "target"], "out", vec![]),
        ],
        initializers: vec![constant("zero", &[], &[0]), constant("axes", &[1], &[0]), constant("rest", &[1], &[-1])],
        inputs: vec![ValueInfo { name: "image", ..ValueInfo::default() }],
        outputs: vec![ValueInfo { name: "out", ..ValueInfo::default() }],
        ..Model::default()
    };
    assert_eq!(infer(&model, &[5, 2, 3], &Limits::default()).unwrap().outputs, [[5, 6]]);
}
