#!/usr/bin/env python3
"""Generates the fixtures of `crates/compute/tests/parity.rs`: a small network of each kind, crops, and the logits of PyTorch.

    python training/parity.py tests/fixtures
"""
import pathlib
import sys

import torch
from safetensors.torch import save_file

from networks import network, save

SIZES = {
    "cnn": [[3, 1], [2, 1], [2, 1], [2, 1]],
    "vgg": [[4, 2], [8, 1]],
    "resnet": [[4, 0], [6, 1]],
    "inception": [[16, 0], [16, 1]],
    "mobile": [[4, 1], [6, 2]],
}

folder = pathlib.Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
torch.manual_seed(0)
down, across = torch.meshgrid(torch.arange(48), torch.arange(48), indexing="ij")
waves = [torch.sin(across * 0.1 * index + down * 0.05 * (6 - index) + index) for index in range(6)]
crops = (120 + 100 * torch.stack(waves) + torch.rand(6, 48, 48) * 20).byte()
crops[0] = 77  # uniform grey
light = crops.float().unsqueeze(1)
mean = light.mean((2, 3), keepdim=True)
light = (light - mean) / light.std((2, 3), keepdim=True, unbiased=False).clamp(min=8)
expected = {"crops": crops}
for kind, stages in SIZES.items():
    architecture = {kind: {"stages": stages, "stage_dropout": [], "dropout": 0.0}}
    model = network(architecture)
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            for tensor in (module.weight.data, module.bias.data, module.running_mean):
                tensor.normal_()
            module.running_var.uniform_(0.3, 3)
        elif isinstance(module, torch.nn.Conv2d):
            module.weight.data *= 4
    model.heads[0].weight.data.normal_()
    model.eval()
    with torch.no_grad():
        expected[kind], = model(light)
    save(model, architecture, folder / f"parity-{kind}.safetensors", "training/parity.py", 0)
save_file(expected, folder / "parity-logits.safetensors")
