#!/usr/bin/env bash
# rten refuses attributes of ONNX operators that it does not support. All of them? These are read without an error in rten 0.27.0, and
# computed as something else; ONNX Runtime computes what ONNX says:
# - padding SAME_LOWER, as SAME_UPPER, so that windows are shifted by a pixel
# - Softmax of operator sets before 13, whose default axis is 1, along the last axis
# - cubic resizing, as linear
# - Sign of 0, which is 1
# - Cast to bool, as to an integer
# - QuantizeLinear without an axis, which is 1 by default, along the last axis
# - ReduceL2 of no axes, without absolute values
# - by its optimizer, which is on by default: ReduceMean of an empty list of axes, of all of them; and the pattern of layer normalization with
#   means whose axis is not kept, as if it was, so that square matrices are normalized row by row
# Needs rustup with the toolchain 1.95.0, crates.io, Python 3.11 or newer with venv, and the Python package index.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check onnx==1.23.2 onnxruntime==1.32.0 numpy==2.4.6
venv/bin/python - <<'PYTHON'
import numpy, onnx, onnxruntime

print("onnx", onnx.__version__, "onnxruntime", onnxruntime.__version__)

def model(name, operator_set, operators, shape=(1, 1, 1, 4), values=(1, 2, 3, 6)):
    made = onnx.parser.parse_model(f"""<ir_version: 8, opset_import: ["": {operator_set}]>
        graph (float{list(shape)} x) => (float[a, b, c, d] y) {{ {operators} }}""")
    onnx.checker.check_model(made, full_check=True)
    onnx.save(made, f"{name}.onnx")
    session = onnxruntime.InferenceSession(f"{name}.onnx", providers=["CPUExecutionProvider"])
    result, = session.run(None, {"x": numpy.float32(values).reshape(shape)})
    numbers = " ".join(f"{value + 0:.2f}" for value in result.ravel())
    with open("onnxruntime.txt", "a") as file:
        print(f"{name}: {numbers}", file=file)
    with open("models.txt", "a") as file:
        print(name, *shape, *values, file=file)

two = "kernel_shape = [1, 2], strides = [1, 1]"
model("pool-upper", 17, f'y = MaxPool <{two}, auto_pad = "SAME_UPPER"> (x)')
model("pool-lower", 17, f'y = MaxPool <{two}, auto_pad = "SAME_LOWER"> (x)')
weights = "w = Constant <value = float[1, 1, 1, 2] {1, 1}> ()"
model("convolution-lower", 17, f'{weights} y = Conv <{two}, auto_pad = "SAME_LOWER"> (x, w)')
model("softmax-13", 13, "y = Softmax <axis = 1> (x)", shape=(1, 4, 1, 1))
model("softmax-12", 12, "y = Softmax (x)", shape=(1, 4, 1, 1))
scales = "r = Constant <value = float[0] {}> () s = Constant <value = float[4] {1, 1, 1, 2}> ()"
model("resize-linear", 17, f'{scales} y = Resize <mode = "linear"> (x, r, s)')
model("resize-cubic", 17, f'{scales} y = Resize <mode = "cubic"> (x, r, s)')
model("sign", 17, "y = Sign (x)", values=(0, 2, -3, 6))
model("cast-to-bool", 17, "b = Cast <to = 9> (x) y = Cast <to = 1> (b)", values=(0, 0.5, -3, 6))
scales = "s = Constant <value = float[2] {1, 2}> () z = Constant <value = uint8[2] {0, 0}> ()"
model("quantize-axis-1", 17, f"{scales} q = QuantizeLinear <axis = 1> (x, s, z) y = Cast <to = 1> (q)", shape=(1, 2, 1, 2))
model("quantize", 17, f"{scales} q = QuantizeLinear (x, s, z) y = Cast <to = 1> (q)", shape=(1, 2, 1, 2))
model("norm-of-none", 18, "y = ReduceL2 <noop_with_empty_axes = 1> (x)", values=(1, 2, -3, 6))
model("mean-of-none", 18, "y = ReduceMean <noop_with_empty_axes = 1> (x)")
none = "n = Constant <value = int64[0] {}> ()"
model("mean-of-empty", 18, f"{none} y = ReduceMean <noop_with_empty_axes = 1> (x, n)")
normalized = """t = Constant <value = float {{2}}> () e = Constant <value = float {{0.00001}}> () g = Constant <value = float[2] {{1, 1}}> ()
    m = ReduceMean <axes = [-1], keepdims = {0}> (x) c = Sub (x, m) p = Pow (c, t) v = ReduceMean <axes = [-1], keepdims = {0}> (p)
    w = Add (v, e) d = Sqrt (w) n = Div (c, d) y = Mul (n, g)"""
model("normalized", 17, normalized.format(1), shape=(1, 1, 2, 2))
model("normalized-crosswise", 17, normalized.format(0), shape=(1, 1, 2, 2))
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
    for line in std::fs::read_to_string("models.txt").unwrap().lines() {
        let (name, numbers) = line.split_once(' ').unwrap();
        let numbers: Vec<f32> = numbers.split(' ').map(|number| number.parse().unwrap()).collect();
        let shape: Vec<usize> = numbers[..4].iter().map(|&length| length as usize).collect();
        let compute = || -> Result<String, Box<dyn std::error::Error>> {
            let model = ModelOptions::with_all_ops().load(std::fs::read(format!("{name}.onnx"))?)?;
            let input = Value::from_shape::<f32>(&shape, numbers[4..].to_vec())?;
            let results = model.run(vec![(model.node_id("x")?, input.into())], &[model.node_id("y")?], None)?;
            let Value::FloatTensor(values) = &results[0] else { panic!("not floats") };
            let numbers = values.to_vec().iter().map(|value| format!("{value:.2}")).collect::<Vec<_>>();
            Ok(numbers.join(" "))
        };
        println!("{name}: {}", compute().unwrap_or_else(|error| format!("refused, {error}")));
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
resize-cubic: 0.89 1.19 1.67 2.23 2.49 3.79 5.36 6.32
sign: 0.00 1.00 -1.00 1.00
cast-to-bool: 0.00 1.00 1.00 1.00
quantize-axis-1: 1.00 2.00 2.00 3.00
quantize: 1.00 2.00 2.00 3.00
norm-of-none: 1.00 2.00 3.00 6.00
mean-of-none: 1.00 2.00 3.00 6.00
mean-of-empty: 1.00 2.00 3.00 6.00
normalized: -1.00 1.00 -1.00 1.00
normalized-crosswise: -0.28 -1.39 1.00 1.00"
expected_rten="pool-upper: 2.00 3.00 6.00 6.00
pool-lower: 2.00 3.00 6.00 6.00
convolution-lower: 3.00 5.00 9.00 6.00
softmax-13: 0.01 0.02 0.05 0.93
softmax-12: 1.00 1.00 1.00 1.00
resize-linear: 1.00 1.25 1.75 2.25 2.75 3.75 5.25 6.00
resize-cubic: 1.00 1.25 1.75 2.25 2.75 3.75 5.25 6.00
sign: 1.00 1.00 -1.00 1.00
cast-to-bool: 0.00 0.00 -3.00 6.00
quantize-axis-1: 1.00 2.00 2.00 3.00
quantize: 1.00 1.00 3.00 3.00
norm-of-none: 1.00 2.00 -3.00 6.00
mean-of-none: 1.00 2.00 3.00 6.00
mean-of-empty: 3.00
normalized: -1.00 1.00 -1.00 1.00
normalized-crosswise: -1.00 1.00 -1.00 1.00"
if [ "$(cat onnxruntime.txt)" != "$expected_onnxruntime" ] || [ "$(cat rten.txt)" != "$expected_rten" ]; then
  echo "this has changed" >&2
  exit 1
fi
