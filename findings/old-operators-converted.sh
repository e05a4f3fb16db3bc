#!/usr/bin/env bash
# The package onnx converts models to newer or older operator sets (`version_converter`), and computes them without a runtime
# (`reference`). Are the results those of the model before? Not with 1.23.2, and nothing is said. Linear Upsample and Resize of operator
# sets 7 to 10 become a Resize with its new default, half-pixel centres; with coordinate_transformation_mode asymmetric the results are
# right again. Softmax normalizes one axis since set 13, and all axes from that one on before, but from 13 down to 12 an axis that is stated
# is left as it is. (The default, the last axis, is written out, and its results stay.) `reference` computes Softmax of sets before 13, which is one over all axes from 1 on, as one over a single axis, and mixes the
# batch's own mean and variance into BatchNormalization of set 9. ONNX Runtime computes all of these as they are defined.
# Needs Python 3.11 or newer with venv, and the Python package index.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check onnx==1.23.2 onnxruntime==1.32.0 numpy==2.4.6
cd "$folder"
venv/bin/python - <<'PYTHON'
import copy
import numpy, onnx, onnx.reference, onnx.version_converter, onnxruntime
from onnx import TensorProto, helper, numpy_helper

print("onnx", onnx.__version__, "onnxruntime", onnxruntime.__version__)

def runtime(model, values):
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, {"x": values})[0]

def reference(model, values):
    return onnx.reference.ReferenceEvaluator(model).run(None, {"x": values})[0]

def convert(model, operator_set=17):
    return onnx.version_converter.convert_version(model, operator_set)

def stated(model):
    changed = copy.deepcopy(model)
    for node in changed.graph.node:
        if node.op_type == "Resize":
            for index, attribute in reversed(list(enumerate(node.attribute))):
                if attribute.name == "coordinate_transformation_mode":
                    del node.attribute[index]
            node.attribute.append(helper.make_attribute("coordinate_transformation_mode", "asymmetric"))
    return changed

def model(operator, operator_set, values, shape, constants={}, **attributes):
    graph = helper.make_graph(
        [helper.make_node(operator, ["x", *constants], ["y"], **attributes)], "graph",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, values.shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, shape)],
        [numpy_helper.from_array(numpy.float32(value), key) for key, value in constants.items()])
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", operator_set)], ir_version=4)
    onnx.checker.check_model(made, full_check=True)
    return made

row, wide = numpy.float32([0, 4, 8]).reshape(1, 1, 1, 3), [1, 1, 1, 6]
square = numpy.log(numpy.float32([1, 2, 3, 4])).reshape(1, 2, 2)
twice = {"scales": [1, 1, 1, 2]}
statistics = {"scale": [1], "shift": [0], "mean": [0], "variance": [3]}
cases = {
    "Upsample 7, linear": (model("Upsample", 7, row, wide, mode="linear", scales=[1.0, 1.0, 1.0, 2.0]), row),
    "Upsample 9, linear": (model("Upsample", 9, row, wide, twice, mode="linear"), row),
    "Resize 10, linear": (model("Resize", 10, row, wide, twice, mode="linear"), row),
    "Resize 10, nearest": (model("Resize", 10, row, wide, twice, mode="nearest"), row),
    "Softmax 12": (model("Softmax", 12, square, [1, 2, 2]), square),
    "Softmax 13": (model("Softmax", 13, square, [1, 2, 2]), square),
    "Softmax 13, axis 1": (model("Softmax", 13, square, [1, 2, 2], axis=1), square),
    "BatchNormalization 9": (model("BatchNormalization", 9, row, row.shape, statistics, epsilon=1.0), row),
}
found = {}
for case, (made, values) in cases.items():
    print(case)
    ways = {
        "ONNX Runtime": lambda: runtime(made, values),
        "converted to 17": lambda: runtime(convert(made), values),
        "converted, asymmetric stated": lambda: runtime(stated(convert(made)), values),
    }
    if case.startswith("Softmax 13"):
        ways = {"ONNX Runtime": ways["ONNX Runtime"], "converted to 12": lambda: runtime(convert(made, 12), values)}
    if case in ("Softmax 12", "BatchNormalization 9"):
        ways["reference"] = lambda: reference(made, values)
    for way, run in ways.items():
        found[case, way] = " ".join(f"{value + 0:.3g}" for value in run().ravel())
        print(f"  {way:28} {found[case, way]}")
right = {
    "Upsample 7, linear": "0 2 4 6 8 8",
    "Upsample 9, linear": "0 2 4 6 8 8",
    "Resize 10, linear": "0 2 4 6 8 8",
    "Resize 10, nearest": "0 0 4 4 8 8",
    "Softmax 12": "0.1 0.2 0.3 0.4",
    "Softmax 13": "0.333 0.667 0.429 0.571",
    "Softmax 13, axis 1": "0.25 0.333 0.75 0.667",
    "BatchNormalization 9": "0 2 4",
}
expected = {key: right[key[0]] for key in found}
expected |= {(case, "converted to 17"): "0 1 3 5 7 8" for case in right if case.endswith(" linear")}
expected |= {("Softmax 13, axis 1", "converted to 12"): right["Softmax 12"], ("Softmax 12", "reference"): "0.333 0.667 0.429 0.571", ("BatchNormalization 9", "reference"): "-0.183 1.65 3.48"}
for key, result in expected.items():
    assert found[key] == result, f"changed: {key}, {found[key]}"
PYTHON
