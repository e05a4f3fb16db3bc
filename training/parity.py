#!/usr/bin/env python3
"""Writes what `tests/parity.rs` compares with: a small network's weights, crops, and PyTorch's logits of them.

    python training/parity.py tests/fixtures

Another network's tensors (safetensors with PyTorch's names) may follow, and crops from a FER2013 CSV.
"""
import csv
import itertools
import pathlib
import sys

import numpy as np
import torch
from safetensors.torch import load_file, save_file

from vgg import network, save, stages_of

folder = pathlib.Path(sys.argv[1])
torch.manual_seed(0)
if len(sys.argv) > 2:
    state = load_file(sys.argv[2])
    stages = stages_of(state)
    model = network(stages, [0.0] * len(stages))
    model.load_state_dict(state)
else:
    model = network([(4, 2), (8, 1)], [0.0, 0.0])
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            for tensor in (module.weight.data, module.bias.data, module.running_mean):
                tensor.normal_()
            module.running_var.uniform_(0.3, 3)
        elif isinstance(module, torch.nn.Conv2d):
            module.weight.data *= 4
    model[-1][-1].weight.data.normal_()
if len(sys.argv) > 3:
    rows = itertools.islice(csv.DictReader(open(sys.argv[3])), 16)
    crops = torch.from_numpy(np.stack([np.array(row["pixels"].split(), np.uint8) for row in rows]).reshape(-1, 48, 48))
else:
    down, across = torch.meshgrid(torch.arange(48), torch.arange(48), indexing="ij")
    waves = [torch.sin(across * 0.1 * index + down * 0.05 * (6 - index) + index) for index in range(6)]
    crops = (120 + 100 * torch.stack(waves) + torch.rand(6, 48, 48) * 20).byte()
    crops[0] = 77  # an even grey
light = crops.float().unsqueeze(1)
mean = light.mean((2, 3), keepdim=True)
light = (light - mean) / light.std((2, 3), keepdim=True, unbiased=False).clamp(min=8)
model.eval()
with torch.no_grad():
    logits = model(light)
folder.mkdir(parents=True, exist_ok=True)
save(model.state_dict(), folder / "parity.safetensors", "training/parity.py", 0)
save_file({"crops": crops, "logits": logits}, folder / "parity-logits.safetensors")
