#!/usr/bin/env bash
# rten refuses attributes of ONNX operators that it does not support. All of them? Three are read without an error in rten 0.27.0, and
# computed as something else: padding SAME_LOWER as SAME_UPPER, so that windows are shifted by a pixel; Softmax of operator sets before
# 13, whose default axis is 1, along the last axis; and cubic resizing as linear. ONNX Runtime computes what ONNX says.
# Needs rustup with the toolchain 1.95.0, crates.io, Python 3.11 or newer with venv, and the Python package index.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check onnx==1.23.2 onnxruntime==1.32.0 numpy==2.4.6
venv/bin/python - <<'PYTHON'
import numpy, onnx, onnxruntime
from onnx import TensorProto, helper, numpy_helper

print("onnx", onnx.__version__, "onnxruntime", onnxruntime.__version__)

def model(name, operator, operator_set, shape, inputs=(), constants={}, **attributes):
    node = helper.make_node(operator, ["x", *inputs], ["y"], **attributes)
    graph = helper.make_graph(
        [node], "graph",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["a", "b", "c", "d"])],
        [numpy_helper.from_array(numpy.float32(value), key) for key, value in constants.items()])
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", operator_set)], ir_version=8)
    onnx.checker.check_model(made, full_check=True)
    onnx.save(made, f"{name}.onnx")
    session = onnxruntime.InferenceSession(f"{name}.onnx", providers=["CPUExecutionProvider"])
    values, = session.run(None, {"x": numpy.float32([1, 2, 3, 6]).reshape(shape)})
    numbers = " ".join(f"{value + 0:.2f}" for value in values.ravel())
    with open("onnxruntime.txt", "a") as file:
        file.write(f"{name}: {numbers}\n")

row, channels, twice = [1, 1, 1, 4], [1, 4, 1, 1], {"scales": [1, 1, 1, 2]}
model("pool-upper", "MaxPool", 17, row, kernel_shape=[1, 2], strides=[1, 1], auto_pad="SAME_UPPER")
model("pool-lower", "MaxPool", 17, row, kernel_shape=[1, 2], strides=[1, 1], auto_pad="SAME_LOWER")
model("convolution-lower", "Conv", 17, row, ["w"], {"w": [[[[1, 1]]]]}, strides=[1, 1], dilations=[1, 1], auto_pad="SAME_LOWER")
model("softmax-13", "Softmax", 13, channels, axis=1)
model("softmax-12", "Softmax", 12, channels)
model("resize-linear", "Resize", 17, row, ["", "scales"], twice, mode="linear")
model("resize-cubic", "Resize", 17, row, ["", "scales"], twice, mode="cubic")
PYTHON

cargo +1.95.0 --version
mkdir src
cat >Cargo.toml <<'TOML'
[workspace]
[package]
name = "computed"
version = "0.0.0"
edition = "2024"

[dependencies]
rten = { version = "=0.27.0", default-features = false, features = ["onnx_format"] }
rten-tensor = "=0.27.0"
TOML
cat >src/main.rs <<'RUST'
use rten::{ModelOptions, Value};
use rten_tensor::prelude::*;

fn main() {
    let (row, channels) = ([1, 1, 1, 4], [1, 4, 1, 1]);
    for (name, shape) in [
        ("pool-upper", row),
        ("pool-lower", row),
        ("convolution-lower", row),
        ("softmax-13", channels),
        ("softmax-12", channels),
        ("resize-linear", row),
        ("resize-cubic", row),
    ] {
        let file = std::fs::read(format!("{name}.onnx")).unwrap();
        let model = match ModelOptions::with_all_ops().load(file) {
            Ok(model) => model,
            Err(error) => {
                println!("{name}: refused, {error}");
                continue;
            }
        };
        let image = Value::from_shape::<f32>(&shape, vec![1.0, 2.0, 3.0, 6.0]).unwrap();
        let inputs = vec![(model.find_node("x").unwrap(), image.into())];
        let results = model.run(inputs, &[model.find_node("y").unwrap()], None).unwrap();
        let Value::FloatTensor(values) = &results[0] else { panic!("not floats") };
        let numbers: Vec<String> = values.to_vec().iter().map(|value| format!("{value:.2}")).collect();
        println!("{name}: {}", numbers.join(" "));
    }
}
RUST
cargo +1.95.0 tree --quiet --depth 1
cargo +1.95.0 run --quiet >rten.txt
echo "ONNX Runtime"
cat onnxruntime.txt
echo "rten"
cat rten.txt
expected_onnxruntime="pool-upper: 2.00 3.00 6.00 6.00
pool-lower: 1.00 2.00 3.00 6.00
convolution-lower: 1.00 3.00 5.00 9.00
softmax-13: 0.01 0.02 0.05 0.93
softmax-12: 0.01 0.02 0.05 0.93
resize-linear: 1.00 1.25 1.75 2.25 2.75 3.75 5.25 6.00
resize-cubic: 0.89 1.19 1.67 2.23 2.49 3.79 5.36 6.32"
expected_rten="pool-upper: 2.00 3.00 6.00 6.00
pool-lower: 2.00 3.00 6.00 6.00
convolution-lower: 3.00 5.00 9.00 6.00
softmax-13: 0.01 0.02 0.05 0.93
softmax-12: 1.00 1.00 1.00 1.00
resize-linear: 1.00 1.25 1.75 2.25 2.75 3.75 5.25 6.00
resize-cubic: 1.00 1.25 1.75 2.25 2.75 3.75 5.25 6.00"
if [ "$(cat onnxruntime.txt)" != "$expected_onnxruntime" ] || [ "$(cat rten.txt)" != "$expected_rten" ]; then
  echo "this has changed" >&2
  exit 1
fi
