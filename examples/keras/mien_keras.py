"""A network of mien in Keras 3, of any of the five kinds, from the state dict that `mien convert --out net.pt.safetensors` writes:

    network, facts = mien_keras.load("net.pt.safetensors")
    logits = network(mien_keras.normalize(crops))                   # crops: grey bytes [batch, 48, 48]
    probabilities = keras.ops.softmax(logits / facts["temperature"])

The images are [batch, 48, 48, 1], channels last, and a convolution's kernel is [height, width, inputs, outputs] where PyTorch's is
[outputs, inputs, height, width]; that of a depthwise one is [height, width, channels, 1]. The structure follows from the names and shapes
in the file, the dropout from the architecture in its header.
"""
import itertools
import json

import keras
import numpy as np
from keras import layers
from safetensors import safe_open


def normalize(crops):
    """Zero mean and unit standard deviation (at least 8 grey levels) for each of the grey crops [batch, 48, 48]."""
    x = np.asarray(crops, np.float32)[..., None]
    x = x - x.mean((1, 2), keepdims=True)
    return x / np.maximum(np.sqrt((x**2).mean((1, 2), keepdims=True)), 8)


def load(path, decay=0.0):
    """The network, which gives logits [batch, 7] not divided by the temperature, and what the header of the file says.

    The decay is that of mien's SGD: added to the gradient, for weights and not for biases and batch norm.
    """
    with safe_open(path, framework="np") as file:
        state = {name: file.get_tensor(name) for name in file.keys()}
        facts = json.loads(file.metadata()["mien"])
    network = build(state, next(iter(facts["architecture"].values())), decay)
    return network, facts


def build(state, sizes, decay):
    """The network with these tensors. The gradient of L2's penalty is twice its factor times the weight."""
    penalty = keras.regularizers.L2(decay / 2) if decay else None
    stage_dropout = dict(enumerate(sizes["stage_dropout"]))

    def numbered(prefix):
        """The parts PREFIX.0, PREFIX.1 and so on that are in the file."""
        parts = (f"{prefix}.{index}" for index in itertools.count())
        return itertools.takewhile(lambda part: any(name.startswith(f"{part}.") for name in state), parts)

    def layer(x, name, skip=None):
        kernel = state[f"{name}.conv.weight"]
        bias = [state[f"{name}.conv.bias"]] if f"{name}.conv.bias" in state else []
        same = {"padding": "same", "use_bias": bool(bias)}
        if kernel.shape[1] == x.shape[-1]:
            conv = layers.Conv2D(len(kernel), kernel.shape[2:], kernel_regularizer=penalty, **same)
            kernel = kernel.transpose(2, 3, 1, 0)
        else:
            conv = layers.DepthwiseConv2D(kernel.shape[2:], depthwise_regularizer=penalty, **same)
            kernel = kernel.transpose(2, 3, 0, 1)
        x = conv(x)  # which makes its variables
        conv.set_weights([kernel, *bias])
        if f"{name}.norm.weight" in state:
            norm = layers.BatchNormalization(epsilon=1e-5, momentum=0.9)  # not Keras's 1e-3 and 0.99
            x = norm(x)
            norm.set_weights([state[f"{name}.norm.{part}"] for part in ("weight", "bias", "running_mean", "running_var")])
        if skip is not None:
            x = layers.Add()([x, skip])
        return layers.ReLU()(x)

    def chain(x, names):
        for name in names:
            x = layer(x, name)
        return x

    def block(x, name):
        if f"{name}.first.conv.weight" in state:
            return layer(layer(x, f"{name}.first"), f"{name}.second", skip=x)
        if f"{name}.depthwise.conv.weight" in state:
            outputs = len(state[f"{name}.pointwise.conv.weight"])
            return layer(layer(x, f"{name}.depthwise"), f"{name}.pointwise", skip=x if outputs == x.shape[-1] else None)
        pooled = layers.MaxPooling2D(3, strides=1, padding="same")(x)
        return layers.Concatenate()([
            layer(x, f"{name}.single"), chain(x, numbered(f"{name}.three")), chain(x, numbered(f"{name}.five")),
            layer(pooled, f"{name}.pooled"),
        ])

    def dense(x, name):
        matrix = layers.Dense(len(state[f"{name}.weight"]), kernel_regularizer=penalty)
        x = matrix(x)
        matrix.set_weights([state[f"{name}.weight"].T, state[f"{name}.bias"]])
        return x

    x = images = keras.Input((48, 48, 1))
    for index, stage in enumerate(numbered("stages")):
        x = chain(x, numbered(f"{stage}.layers"))
        for name in numbered(f"{stage}.blocks"):
            x = block(x, name)
        x = layers.Dropout(stage_dropout.get(index, 0))(x)
        x = layers.MaxPooling2D(2)(x)
    if "hidden.weight" in state:
        x = layers.Permute((3, 1, 2))(x)  # the matrix takes them with the channels first
        x = layers.Dropout(sizes["dropout"])(layers.Flatten()(x))
        x = layers.ReLU()(dense(x, "hidden"))
    else:
        x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(images, dense(layers.Dropout(sizes["dropout"])(x), "head"))
