#!/usr/bin/env python3
"""Trains an exported network for some steps by the recipes of docs/interop.md, in PyTorch and in Keras, and compares the losses:

    steps.py FOLDER [NAME]

FOLDER is that of --work of compare.py, with `images.u8` and the state dict `NAME.pt.safetensors`; NAME is cnn-32-bits if left out. Both
tools see the same images and labels, without dropout, whose choices are random, and compute with 64 bits, so that rounding does not hide a
difference. Keras computes batch norm with 32 bits all the same: networks that have it differ more. Adam's epsilon counts differently in the
two and is made negligible. Exits with 1 if a loss differs by more than a millionth.
"""
import importlib.util
import os
import pathlib
import sys

os.environ.setdefault("KERAS_BACKEND", "torch")
sys.path.append(str(pathlib.Path(__file__).resolve().parents[2] / "examples" / "keras"))

import keras
import mien_keras
import numpy as np
import torch

keras.config.set_floatx("float64")
STEPS, BATCH, RATE, DECAY, EPSILON = 8, 16, 0.01, 5e-4, 1e-16


def torch_losses(path, images, labels, adam):
    spec = importlib.util.spec_from_file_location("exported", str(path).replace(".pt.safetensors", ".py"))
    exported = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(exported)
    network = exported.load(path).double().train()
    for module in network.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    weights = [p for p in network.parameters() if p.dim() > 1]
    rest = [p for p in network.parameters() if p.dim() <= 1]
    groups = [{"params": weights, "weight_decay": DECAY}, {"params": rest, "weight_decay": 0}]
    if adam:
        optimizer = torch.optim.AdamW(groups, lr=RATE / 10, eps=EPSILON)
    else:
        optimizer = torch.optim.SGD(groups, lr=RATE, momentum=0.9, nesterov=True)
    losses = []
    for batch, targets in zip(images, labels):
        optimizer.zero_grad()
        logits = network(exported.normalize(torch.from_numpy(batch)).double())
        loss = torch.nn.functional.cross_entropy(logits, torch.from_numpy(targets))
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return np.array(losses)


def keras_losses(path, images, labels, adam):
    network, _ = mien_keras.load(path, decay=0.0 if adam else DECAY)
    for layer in network.layers:
        if isinstance(layer, keras.layers.Dropout):
            layer.rate = 0.0
    if adam:
        optimizer = keras.optimizers.AdamW(RATE / 10, weight_decay=DECAY, epsilon=EPSILON)
        optimizer.exclude_from_weight_decay([v for v in network.trainable_variables if len(v.shape) <= 1])
    else:
        optimizer = keras.optimizers.SGD(RATE, momentum=0.9, nesterov=True)
    network.compile(optimizer, keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    losses = []
    for batch, targets in zip(images, labels):
        penalty = float(sum(keras.ops.convert_to_numpy(loss) for loss in network.losses))  # part of the loss that Keras gives
        losses.append(float(network.train_on_batch(mien_keras.normalize(batch), targets)) - penalty)
        network.reset_metrics()
    return np.array(losses)


folder, name = pathlib.Path(sys.argv[1]), (sys.argv[2:] or ["cnn-32-bits"])[0]
images = np.fromfile(folder / "images.u8", np.uint8)[: STEPS * BATCH * 48 * 48].reshape(STEPS, BATCH, 48, 48)
labels = np.random.default_rng(0).integers(0, 7, (STEPS, BATCH))
failed = False
for adam in (False, True):
    given = [losses(folder / f"{name}.pt.safetensors", images, labels, adam) for losses in (torch_losses, keras_losses)]
    difference = np.abs(given[0] / given[1] - 1).max()
    print("AdamW" if adam else "SGD", "losses in PyTorch", given[0].round(4), "largest relative difference in Keras", f"{difference:.1e}")
    failed |= not difference <= 1e-6
sys.exit(failed)
