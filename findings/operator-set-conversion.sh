#!/usr/bin/env bash
# onnx.version_converter writes a model for another operator set. Does the model still compute the same? Not if it crosses 13 downwards
# in onnx 1.23.2: Softmax and LogSoftmax normalize one axis since operator set 13, and all axes from that one on before, but the converter
# leaves an axis that is stated as it is. The checker accepts the result, which computes other numbers, without a word. Upwards, where the
# converter adds Flatten and Reshape, the numbers stay.
# Expected before it was tried: so for every axis but the last, and for the default too. Seen: the converter writes the default, the
# last axis, out as the attribute, and its numbers stay.
# Needs Python 3.11 or newer with venv, and the Python package index.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check onnx==1.23.2 onnxruntime==1.32.0 numpy==2.4.6
venv/bin/python - <<'PYTHON' | tee output.txt
import numpy, onnx, onnxruntime
from onnx import TensorProto, helper, version_converter

print("onnx", onnx.__version__, "onnxruntime", onnxruntime.__version__)
image = numpy.float32([[[[0, 1]], [[2, 4]]]])  # [1, 2, 1, 2]

def model(operator, operator_set, **attributes):
    node = helper.make_node(operator, ["x"], ["y"], **attributes)
    graph = helper.make_graph(
        [node], "graph",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, image.shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, image.shape)])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", operator_set)], ir_version=8)

def computed(model):
    onnx.checker.check_model(model, full_check=True)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    values, = session.run(None, {"x": image})
    return " ".join(f"{value:.2f}" for value in values.ravel())

for operator in ["Softmax", "LogSoftmax"]:
    for attributes in [{}, {"axis": 1}]:
        stated = "axis 1" if attributes else "no axis"
        new, old = model(operator, 13, **attributes), model(operator, 12, **attributes)
        print(f"{operator}, {stated}, 13: {computed(new)}")
        lower = {computed(version_converter.convert_version(new, target)) for target in range(8, 13)}
        print("  converted to 12, 11, 10, 9 and 8:", *lower)
        print(f"{operator}, {stated}, 12: {computed(old)}")
        print("  converted to 13:", computed(version_converter.convert_version(old, 13)))
PYTHON
expected="Softmax, no axis, 13: 0.27 0.73 0.12 0.88
  converted to 12, 11, 10, 9 and 8: 0.27 0.73 0.12 0.88
Softmax, no axis, 12: 0.02 0.04 0.11 0.83
  converted to 13: 0.02 0.04 0.11 0.83
Softmax, axis 1, 13: 0.12 0.05 0.88 0.95
  converted to 12, 11, 10, 9 and 8: 0.02 0.04 0.11 0.83
Softmax, axis 1, 12: 0.02 0.04 0.11 0.83
  converted to 13: 0.02 0.04 0.11 0.83
LogSoftmax, no axis, 13: -1.31 -0.31 -2.13 -0.13
  converted to 12, 11, 10, 9 and 8: -1.31 -0.31 -2.13 -0.13
LogSoftmax, no axis, 12: -4.19 -3.19 -2.19 -0.19
  converted to 13: -4.19 -3.19 -2.19 -0.19
LogSoftmax, axis 1, 13: -2.13 -3.05 -0.13 -0.05
  converted to 12, 11, 10, 9 and 8: -4.19 -3.19 -2.19 -0.19
LogSoftmax, axis 1, 12: -4.19 -3.19 -2.19 -0.19
  converted to 13: -4.19 -3.19 -2.19 -0.19"
if [ "$(tail -n +2 output.txt)" != "$expected" ]; then
  echo "this has changed" >&2
  exit 1
fi
