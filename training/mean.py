#!/usr/bin/env python3
"""The mean of two checkpoints' weights, for networks of which one went on from the other, with batch norm's statistics anew.

    python training/mean.py fer2013.csv first.pt fourth.pt mean.pt --share 0.7 --votes fer2013-labels.csv
"""
import argparse

import torch

import data
from train import build, settled

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("csv", help="FER2013 (emotion,pixels,Usage)")
parser.add_argument("first")
parser.add_argument("second")
parser.add_argument("out", help="for training/export.py --key measured")
parser.add_argument("--share", type=float, default=0.5, help="of the second, 0 to 1")
parser.add_argument("--votes", help="FER+ votes aligned by row")
options = parser.parse_args()
images, _, votes, held = data.read(options.csv, options.votes)
first, second = (torch.load(path, weights_only=False) for path in (options.first, options.second))
model = build(second["options"]["architecture"])
model.load_state_dict({name: tensor.lerp(second["measured"][name], options.share) if tensor.is_floating_point() else tensor
                       for name, tensor in first["measured"].items()})
measured = settled(model, images[data.to_learn_from(images, votes, held)], 48)
torch.save({"measured": measured.state_dict(), "options": second["options"]}, options.out)
