#!/usr/bin/env bash
# Does an ONNX model compute the same in OpenCV and OpenVINO as in ONNX Runtime? What they do not support, they could refuse. These valid
# models of one operator each are read without an error, and give other numbers.
# OpenCV 5.0.0: with a kernel of 3, a stride of 2 and an even width, the padding of SAME_UPPER, which networks of TensorFlow have, is added
# before the image and not behind it (the engine of OpenCV 4, ENGINE_CLASSIC, is right); that of SAME_LOWER is added behind, in either engine;
# a transposed convolution with SAME_UPPER has a smaller result.
# OpenVINO 2026.4.1: ReduceL1, ReduceLogSum and ReduceLogSumExp of operator sets 13 to 17 reduce all axes, whatever `axes` says
# (https://github.com/openvinotoolkit/openvino/issues/38238); Resize ignores exclude_outside.
# Both: Softmax of operator set 11 runs over one axis, not over all from `axis` on; PRelu takes a slope for each column as one for each
# channel, if there are as many.
# ONNX Runtime 1.32.0 computes what ONNX defines.
# Needs Python 3.11 or newer with venv, and the Python package index.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
  onnx==1.23.2 onnxruntime==1.32.0 opencv-python-headless==5.0.0.93 openvino==2026.4.1 numpy==2.4.6
cd "$folder"
venv/bin/python - <<'PYTHON'
import cv2, numpy, onnx, onnxruntime, openvino
from onnx import TensorProto, helper, numpy_helper

print("onnx", onnx.__version__, "onnxruntime", onnxruntime.__version__, "opencv", cv2.__version__, "openvino", openvino.__version__)

def floats(*values, shape):
    return numpy.float32(values).reshape(shape)

def with_onnx_runtime(file, values):
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    return onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"]).run(None, {"x": values})[0]

def with_opencv(engine):
    def compute(file, values):
        network = cv2.dnn.readNetFromONNX(file, engine=engine)
        network.setInput(values, "x")
        return network.forward().copy()
    return compute

def with_openvino(file, values):
    # 32 bits also on processors where 16 are faster
    return openvino.Core().compile_model(file, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})([values])[0]

row = floats(1, 2, 3, 4, shape=(1, 1, 1, 4))
pair = floats(1, 2, shape=(1, 1, 1, 2))
logarithms = numpy.log(row)
slopes = {"slopes": numpy.float32([1, 10])}
tens = {"weights": floats(1, 10, 100, shape=(1, 1, 1, 3))}
double = {"scales": numpy.float32([1, 1, 1, 2])}
# operator set, operator, inputs, attributes, values, constants, the right shape and result
cases = {
    "Conv, SAME_UPPER, stride 2": (
        17, "Conv", ["weights"], {"auto_pad": "SAME_UPPER", "strides": [1, 2]}, row, {"weights": floats(1, 1, 1, shape=(1, 1, 1, 3))},
        (1, 1, 1, 2), [1 + 2 + 3, 3 + 4]),
    "MaxPool, SAME_UPPER, stride 2": (
        17, "MaxPool", [], {"auto_pad": "SAME_UPPER", "kernel_shape": [1, 3], "strides": [1, 2]}, row, {}, (1, 1, 1, 2), [3, 4]),
    "Conv, SAME_LOWER": (
        17, "Conv", ["weights"], {"auto_pad": "SAME_LOWER"}, row, {"weights": floats(1, 10, shape=(1, 1, 1, 2))},
        (1, 1, 1, 4), [10, 21, 32, 43]),
    "MaxPool, SAME_LOWER": (
        17, "MaxPool", [], {"auto_pad": "SAME_LOWER", "kernel_shape": [1, 2]}, row, {}, (1, 1, 1, 4), [1, 2, 3, 4]),
    "ConvTranspose, SAME_UPPER": (
        17, "ConvTranspose", ["weights"], {"auto_pad": "SAME_UPPER", "strides": [1, 2]}, pair, tens, (1, 1, 1, 4), [1, 10, 102, 20]),
    "Softmax of set 11": (
        11, "Softmax", [], {"axis": 1}, logarithms.reshape(1, 2, 1, 2), {}, (1, 2, 1, 2), [0.1, 0.2, 0.3, 0.4]),
    "PRelu, a slope for each column": (
        17, "PRelu", ["slopes"], {}, floats(-1, -1, -1, -1, shape=(1, 2, 1, 2)), slopes, (1, 2, 1, 2), [-1, -10, -1, -10]),
    "Resize, cubic, exclude_outside": (
        17, "Resize", ["", "scales"], {"mode": "cubic", "exclude_outside": 1}, floats(0, 16, 0, 16, shape=(1, 1, 1, 4)), double,
        (1, 1, 1, 8), None),
    "ReduceL1 of set 17, the last axis": (17, "ReduceL1", [], {"axes": [1]}, row.reshape(2, 2), {}, (2, 1), [3, 7]),
    "ReduceLogSum of set 17, the last axis": (17, "ReduceLogSum", [], {"axes": [1]}, row.reshape(2, 2), {}, (2, 1), numpy.log([3, 7])),
    "ReduceLogSumExp of set 17, the last axis": (
        17, "ReduceLogSumExp", [], {"axes": [1]}, logarithms.reshape(2, 2), {}, (2, 1), numpy.log([3, 7])),
    "ReduceL2 of set 17, the last axis": (17, "ReduceL2", [], {"axes": [1]}, floats(3, 4, 6, 8, shape=(2, 2)), {}, (2, 1), [5, 10]),
}
runtimes = {
    "ONNX Runtime": with_onnx_runtime,
    "OpenCV": with_opencv(cv2.dnn.ENGINE_AUTO),
    "OpenCV, ENGINE_CLASSIC": with_opencv(cv2.dnn.ENGINE_CLASSIC),
    "OpenVINO": with_openvino,
}
found = {}
for case, (operator_set, operator, inputs, attributes, values, constants, shape, right) in cases.items():
    graph = helper.make_graph(
        [helper.make_node(operator, ["x", *inputs], ["y"], **attributes)], "graph",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, values.shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, shape)],
        [numpy_helper.from_array(value, key) for key, value in constants.items()])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", operator_set)], ir_version=8)
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, "model.onnx")
    print(case)
    for runtime, compute in runtimes.items():
        try:
            result = numpy.asarray(compute("model.onnx", values))
        except cv2.error:
            found[case, runtime], shown = "refused", "refused"
        else:
            if runtime == "ONNX Runtime":
                right = result.ravel() if right is None else right
                assert result.shape == shape and numpy.allclose(result.ravel(), right, atol=1e-5), f"changed: {case}, {runtime}, {result}"
            same = result.shape == shape and numpy.allclose(result.ravel(), right, atol=1e-4)
            found[case, runtime] = "same" if same else "other"
            shown = "×".join(map(str, result.shape)) + ": " + " ".join(f"{value + 0:.3g}" for value in result.ravel())
        print(f"  {runtime:22} {shown}")
expected = {key: "same" for key in found}
for case in ["Conv, SAME_UPPER, stride 2", "MaxPool, SAME_UPPER, stride 2"]:
    expected[case, "OpenCV"] = "other"
for case in ["Conv, SAME_LOWER", "MaxPool, SAME_LOWER", "ConvTranspose, SAME_UPPER", "Softmax of set 11", "PRelu, a slope for each column"]:
    expected[case, "OpenCV"] = expected[case, "OpenCV, ENGINE_CLASSIC"] = "other"
expected["Resize, cubic, exclude_outside", "OpenCV, ENGINE_CLASSIC"] = "refused"
for case in ["Softmax of set 11", "PRelu, a slope for each column", "Resize, cubic, exclude_outside",
             "ReduceL1 of set 17, the last axis", "ReduceLogSum of set 17, the last axis", "ReduceLogSumExp of set 17, the last axis"]:
    expected[case, "OpenVINO"] = "other"
for key, result in expected.items():
    assert found[key] == result, f"changed: {key}, {found[key]}"
PYTHON
