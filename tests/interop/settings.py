#!/usr/bin/env python3
"""Measures what PyTorch and Keras do with settings of the same name: the table "The same settings that are not the same" in docs/interop.md.

    pip install -r requirements.txt && python settings.py
"""
import inspect
import os

os.environ.setdefault("KERAS_BACKEND", "torch")

import keras
import numpy as np
import torch


def defaults(function, *names):
    parameters = inspect.signature(function).parameters
    return ", ".join(f"{name} {parameters[name].default}" for name in names)


def torch_path(rates, kind=torch.optim.SGD, start=0.0, gradient=1.0, **settings):
    """A weight after each step with the same gradient and these learning rates."""
    weight = torch.nn.Parameter(torch.full((1,), start))
    optimizer = kind([weight], lr=1.0, **settings)
    path = []
    for rate in rates:
        optimizer.param_groups[0]["lr"] = rate
        weight.grad = torch.full((1,), gradient)
        optimizer.step()
        path.append(round(weight.item(), 4))
    return path


def keras_path(rates, kind=keras.optimizers.SGD, start=0.0, gradient=1.0, **settings):
    weight = keras.Variable(np.full(1, start, np.float32))
    optimizer = kind(learning_rate=1.0, **settings)
    optimizer.build([weight])
    path = []
    for rate in rates:
        optimizer.learning_rate = rate
        optimizer.apply([keras.ops.full((1,), gradient)])
        path.append(round(float(keras.ops.convert_to_numpy(weight)[0]), 4))
    return path


print("torch", torch.__version__, "keras", keras.__version__)
print("SGD, defaults: torch", defaults(torch.optim.SGD, "momentum", "dampening", "nesterov", "weight_decay"))
print("SGD, defaults: keras", defaults(keras.optimizers.SGD, "momentum", "nesterov", "weight_decay"))
same = [1.0, 1.0, 1.0]
print("momentum 0.9, gradients of 1: torch", torch_path(same, momentum=0.9), "with dampening 0.1",
      torch_path(same, momentum=0.9, dampening=0.1), "keras", keras_path(same, momentum=0.9))
falling = [1.0, 0.1, 0.1]
print("learning rate 1, 0.1, 0.1: torch", torch_path(falling, momentum=0.9), "keras", keras_path(falling, momentum=0.9))
decayed = {"momentum": 0.9, "weight_decay": 0.5, "start": 1.0, "gradient": 0.0}
print("SGD, a weight of 1, decay 0.5, gradients of 0, learning rate 0.1: torch", torch_path([0.1] * 3, **decayed),
      "keras", keras_path([0.1] * 3, **decayed))
print("AdamW: torch", defaults(torch.optim.AdamW, "lr", "betas", "eps", "weight_decay"))
print("AdamW: keras", defaults(keras.optimizers.AdamW, "learning_rate", "beta_1", "beta_2", "epsilon", "weight_decay"))
small = {"gradient": 1e-7, "weight_decay": 0.0}
print("AdamW, the first step with an epsilon and a gradient of 1e-7: torch",
      torch_path([1.0], torch.optim.AdamW, eps=1e-7, **small), "keras",
      keras_path([1.0], keras.optimizers.AdamW, epsilon=1e-7, **small))

batch = np.array([[1.0], [3.0]], np.float32)  # variance 1, or 2 if unbiased
norm = torch.nn.BatchNorm1d(1, momentum=1.0)
norm(torch.from_numpy(batch))
layer = keras.layers.BatchNormalization(momentum=0.0)
layer(batch, training=True)
print("running variance of 1 and 3: torch", norm.running_var.item(), "keras",
      float(keras.ops.convert_to_numpy(layer.moving_variance)[0]))
print("batch norm: torch", defaults(torch.nn.BatchNorm2d, "eps", "momentum"), "; keras",
      defaults(keras.layers.BatchNormalization, "epsilon", "momentum"))
precise = np.full((1, 1), 1 + 2.0**-40)
norm, layer = torch.nn.BatchNorm1d(1, eps=0).double().eval(), keras.layers.BatchNormalization(epsilon=0.0, dtype="float64")
print("batch norm with 64 bits, of 1 + 2^-40, minus 1: torch", norm(torch.from_numpy(precise)).item() - 1, "keras",
      float(keras.ops.convert_to_numpy(layer(precise)).item()) - 1)

conv, layer = torch.nn.Conv2d(64, 64, 3), keras.layers.Conv2D(64, 3)
layer.build((None, 8, 8, 64))
print("largest initial weight and bias of a convolution, 64 to 64 channels: torch",
      [round(value.abs().max().item(), 4) for value in (conv.weight, conv.bias)], "keras",
      [round(float(np.abs(value).max()), 4) for value in layer.get_weights()])

row = np.array([0.0, 1.0, 2.0], np.float32)
resized = torch.nn.functional.interpolate(torch.from_numpy(row)[None, None, None], (1, 5), mode="bilinear")
print("0 1 2 resized to five: torch", resized.flatten().tolist(), "keras", np.asarray(
    keras.ops.convert_to_numpy(keras.ops.image.resize(row[None, :, None], (1, 5)))).flatten().round(4).tolist())

parameter = torch.nn.Parameter(torch.zeros(1))
optimizer = torch.optim.SGD([parameter], lr=1.0)
schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 10)
rates = []
for _ in range(15):
    optimizer.step()
    schedule.step()
    rates.append(schedule.get_last_lr()[0])
decay = keras.optimizers.schedules.CosineDecay(1.0, 10)
print("cosine over 10 steps, at 10 and 15: torch", [round(rates[9], 4), round(rates[14], 4)], "keras",
      [round(float(decay(step)), 4) for step in (10, 15)])
