#!/usr/bin/env python3
"""Trains only the last layer of a network, on FER2013's Training images and, with `--faces`, on model faces as well.

    mien convert default.safetensors --precision full --out full.safetensors
    mien render --identities 200 --intensities 0.7,1 --seed 1000 --split Training --out faces.csv
    python training/head.py fer2013.csv full.safetensors --faces faces.csv --share 0.1 0.25 --out head

The features before the last layer are computed once, for each image as it is and for augmented views of it. The layer is then optimized by
L-BFGS to its optimum, with a penalty for its distance from the given layer, so the result depends on the random seed only through the views.
`--share` are the shares of model faces in the loss; without model faces there is one run with FER2013 alone, which is always the first.
"""
import argparse

import torch
import torch.nn.functional as F

import data
from augmentation import augment
from networks import load, save
from sources import forward

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("csv", help="FER2013 (emotion,pixels,Usage)")
parser.add_argument("weights", help="weights file in full precision")
parser.add_argument("--votes", help="FER+ votes aligned by row")
parser.add_argument("--faces", help="model faces from `mien render`; only the Training split is used")
parser.add_argument("--share", type=float, nargs="*", default=[0.1, 0.25])
parser.add_argument("--views", type=int, default=1, help="augmented views of each image, beside the image itself")
parser.add_argument("--strength", type=float, default=0.5, help="strength of the augmentation")
parser.add_argument("--smoothing", type=float, default=0.03)
parser.add_argument("--penalty", type=float, default=0.01, help="weight of half the squared distance from the given layer")
parser.add_argument("--limit", type=int, help="number of FER2013's Training images; all by default")
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--seed", type=int, default=0)
parser.add_argument("--out", default="head", help="beginning of the names of the weights files")
options = parser.parse_args()
torch.set_num_threads(options.threads)
torch.manual_seed(options.seed)
model, architecture = load(options.weights)
model = model.to(memory_format=torch.channels_last).eval()
layer = model.heads[0]


@torch.no_grad()
def features(images, views):
    """Inputs of the last layer, `[(1 + views) n, features]`."""
    kept = []
    hook = layer.register_forward_pre_hook(lambda _, inputs: kept.append(inputs[0].float()))
    for view in range(1 + views):
        for batch in images.split(256):
            pixels = augment(batch, options.strength, 48) if view else batch.float().unsqueeze(1)
            forward(model, data.normalize(pixels))
    hook.remove()
    return torch.cat(kept)


def fit(parts):
    """Optimizes the last layer. `parts` are features, targets and the share in the loss."""
    weight, bias = (tensor.detach().clone().requires_grad_() for tensor in start)
    optimizer = torch.optim.LBFGS([weight, bias], max_iter=200, line_search_fn="strong_wolfe")

    def loss():
        optimizer.zero_grad()
        distance = (weight - start[0]).square().sum() + (bias - start[1]).square().sum()
        value = sum(share * F.cross_entropy(F.linear(inputs, weight, bias), goals) for inputs, goals, share in parts)
        value = value + options.penalty / 2 * distance
        value.backward()
        return value

    optimizer.step(loss)
    return weight.detach(), bias.detach()


images, labels, votes, held = data.read(options.csv, options.votes)
learned = data.training_mask(images, votes, held).nonzero().flatten()
if options.limit:
    learned = learned[torch.randperm(len(learned))[:options.limit]]
one_hot = F.one_hot(labels, len(data.VOTES)).float()
targets = ((1 - options.smoothing) * one_hot + options.smoothing / len(data.VOTES))[learned].repeat(1 + options.views, 1)
known = features(images[learned], options.views)
print(f"features of {len(learned)} images", flush=True)
validated = features(images[held], 0)
start = [layer.weight.detach().clone(), layer.bias.detach().clone()]
if options.faces:
    faces, goals, _ = data.rendered(options.faces, None, options.smoothing)
    more = features(faces, options.views), goals.repeat(1 + options.views, 1)
    print(f"features of {len(faces)} model faces", flush=True)
for share in [0.0] + (options.share if options.faces else []):
    parts = [(known, targets, 1 - share)] + ([(*more, share)] if share else [])
    weight, bias = fit(parts)
    right = (F.linear(validated, weight, bias).argmax(1) == labels[held]).float().mean().item()
    with torch.no_grad():
        layer.weight.copy_(weight), layer.bias.copy_(bias)
    path = f"{options.out}-{round(100 * share)}.safetensors"
    save(model, architecture, path, f"last layer trained with {share:.0%} model faces; training/head.py (PyTorch)", 0, right, "PublicTest")
    print(f"{path}: PublicTest {right:.4f}", flush=True)
