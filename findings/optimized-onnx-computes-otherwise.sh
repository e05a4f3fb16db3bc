#!/usr/bin/env bash
# Tools that simplify ONNX models remove operators that do nothing, and merge neighbours. Does the simplified model compute the same? Not
# always, and nothing is said. With the default passes of onnxoptimizer 0.4.2, zeros around the image before MaxPool, which are compared
# like any other value, become MaxPool's own padding, which is smaller than all values; zeros before AveragePool, which are counted, are
# merged with its own padding, which is not, and then all are; and a 0 in the second of two Reshapes, which keeps a length that the first
# has made, keeps one of the input. onnxslim 0.1.98 takes a factor for each column of a convolution's result as one for each channel, if
# there are as many columns as channels.
# onnxsim 0.8.1 and ONNX Runtime's own optimizer leave all four results as they are.
# Needs Python 3.11 or newer with venv, and the Python package index.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
  onnx==1.23.2 onnxruntime==1.32.0 onnxoptimizer==0.4.2 onnxsim==0.8.1 onnxslim==0.1.98 numpy==2.4.6
cd "$folder"
venv/bin/python - <<'PYTHON'
import copy, importlib.metadata, logging
import numpy, onnx, onnxoptimizer, onnxruntime, onnxsim, onnxslim
from onnx import TensorProto, helper, numpy_helper

logging.disable(logging.WARNING)
packages = ["onnx", "onnxruntime", "onnxoptimizer", "onnxsim", "onnxslim"]
print(" ".join(f"{name} {importlib.metadata.version(name)}" for name in packages))
LEVELS = onnxruntime.GraphOptimizationLevel

def compute(model, values, level=LEVELS.ORT_DISABLE_ALL):
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = level
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return session.run(None, {"x": values})[0]

def model(nodes, values, shape, constants):
    graph = helper.make_graph(
        nodes, "graph",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, values.shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, shape)],
        [numpy_helper.from_array(numpy.array(value), key) for key, value in constants.items()])
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(made, full_check=True)
    return made

def chain(*operators):
    """One after the other, each with the names of its constants."""
    names = ["x", *"abcdefgh"[:len(operators) - 1], "y"]
    return [helper.make_node(operator, [names[index], *constants], [names[index + 1]], **attributes)
            for index, (operator, constants, attributes) in enumerate(operators)]

pad, pads = ("Pad", ["around"], {}), {"around": [0, 0, 0, 1, 0, 0, 0, 1]}
row = numpy.float32([-3, -6, -9]).reshape(1, 1, 1, 3)
list_of_four = numpy.float32([1, 2, 3, 4]).reshape(1, 4)
channels = numpy.float32([1, 2, 3, 4]).reshape(1, 2, 1, 2)
identity = numpy.float32([[1, 0], [0, 1]]).reshape(2, 2, 1, 1)
cases = {
    "Pad, MaxPool": (chain(pad, ("MaxPool", [], {"kernel_shape": [1, 2]})), row, [1, 1, 1, 4], pads),
    "Pad, AveragePool with padding": (
        chain(pad, ("AveragePool", [], {"kernel_shape": [1, 3], "pads": [0, 1, 0, 1]})), row, [1, 1, 1, 5], pads),
    "Reshape to 2 by 2, Reshape to 0 by -1": (
        chain(("Reshape", ["first"], {}), ("Reshape", ["second"], {})), list_of_four, [2, 2], {"first": [2, 2], "second": [0, -1]}),
    "Conv, Mul and Add along the width": (
        chain(("Conv", ["weights"], {}), ("Mul", ["factors"], {}), ("Add", ["terms"], {})), channels, [1, 2, 1, 2],
        {"weights": identity, "factors": numpy.float32([1, 10]), "terms": numpy.float32([0, 5])}),
}
tools = {
    "as it is": lambda made, values: compute(made, values),
    "onnxoptimizer": lambda made, values: compute(onnxoptimizer.optimize(made), values),
    "onnxsim": lambda made, values: compute(onnxsim.simplify(made)[0], values),
    "onnxslim": lambda made, values: compute(onnxslim.slim(made), values),
    "ONNX Runtime's optimizer": lambda made, values: compute(made, values, LEVELS.ORT_ENABLE_ALL),
}
found = {}
for case, (nodes, values, shape, constants) in cases.items():
    print(case)
    for tool, run in tools.items():
        result = run(copy.deepcopy(model(nodes, values, shape, constants)), values)
        found[case, tool] = "×".join(map(str, result.shape)) + ": " + " ".join(f"{value + 0:g}" for value in result.ravel())
        print(f"  {tool:26} {found[case, tool]}")
right = {
    "Pad, MaxPool": "1×1×1×4: 0 -3 -6 0",
    "Pad, AveragePool with padding": "1×1×1×5: -1.5 -3 -6 -5 -4.5",
    "Reshape to 2 by 2, Reshape to 0 by -1": "2×2: 1 2 3 4",
    "Conv, Mul and Add along the width": "1×2×1×2: 1 25 3 45",
}
expected = {(case, tool): result for case, result in right.items() for tool in tools}
expected |= {
    ("Pad, MaxPool", "onnxoptimizer"): "1×1×1×4: -3 -3 -6 -9",
    ("Pad, AveragePool with padding", "onnxoptimizer"): "1×1×1×5: -1 -3 -6 -5 -3",
    ("Reshape to 2 by 2, Reshape to 0 by -1", "onnxoptimizer"): "1×4: 1 2 3 4",
    ("Conv, Mul and Add along the width", "onnxslim"): "1×2×1×2: 1 7 30 45",
}
for key, result in expected.items():
    assert found[key] == result, f"changed: {key}, {found[key]}"
PYTHON
