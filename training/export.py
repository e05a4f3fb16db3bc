#!/usr/bin/env python3
"""Turns a PyTorch state (safetensors with PyTorch's names) of the network in vgg.py into a file that `mien` reads.

    python training/export.py state.safetensors vgg.safetensors --epochs 40 --accuracy 0.66
"""
import argparse

from safetensors.torch import load_file

from vgg import save

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("state")
parser.add_argument("out")
parser.add_argument("--description", default="training/train.py (PyTorch)")
parser.add_argument("--epochs", type=int, default=0, help="epochs trained")
parser.add_argument("--accuracy", type=float, help="accuracy on PublicTest, 0 to 1, where it was measured")
options = parser.parse_args()
save(load_file(options.state), options.out, options.description, options.epochs, options.accuracy)
