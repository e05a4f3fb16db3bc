#!/usr/bin/env python3
"""Converts the PyTorch state of a network in networks.py to a weights file for `mien`.

    python training/export.py run.pt resnet.safetensors --architecture '{"resnet": {"stages": [[32, 0], [64, 1]],
        "stage_dropout": [], "dropout": 0.3}}' --key avg --epochs 40 --accuracy 0.72

The state is a safetensors file or a checkpoint of torch.save. The weights file has one head: the first, blended with the logits of
the second for the same seven classes by `--second-head`.
"""
import argparse
import json

import torch
from safetensors.torch import load_file

from networks import network, save

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("state")
parser.add_argument("out")
parser.add_argument("--architecture", type=json.loads, required=True, help="as in a settings file (JSON)")
parser.add_argument("--key", help="entry of the checkpoint with the state of the network")
parser.add_argument("--description", default="training/train.py (PyTorch)")
parser.add_argument("--epochs", type=int, default=0, help="epochs trained")
parser.add_argument("--accuracy", type=float, help="accuracy on PublicTest, 0 to 1, if known")
parser.add_argument("--second-head", type=float, default=0.0, help="share of the second head, 0 to 1")
options = parser.parse_args()
if options.state.endswith(".safetensors"):
    state = load_file(options.state)
else:
    state = torch.load(options.state, map_location="cpu", weights_only=False)
    state = state[options.key] if options.key else state
for part in ("weight", "bias"):
    first, second = state[f"heads.0.{part}"], state.pop(f"heads.1.{part}", None)
    if second is not None:
        state[f"heads.0.{part}"] = first.lerp(second[:len(first)], options.second_head)
model = network(options.architecture)
model.load_state_dict(state)
measured = "PublicTest" if options.accuracy is not None else None
save(model, options.architecture, options.out, options.description, options.epochs, options.accuracy, measured)
