#!/usr/bin/env python3
"""Trains the network that the page ships: the PyTorch twin of `mien train`, for machines without a GPU.

    pip install torch==2.9.0 numpy safetensors
    python training/train.py fer2013.csv --votes fer2013-labels.csv --out vgg.safetensors

The network is `src/network/vgg.rs` layer for layer (see networks.py) and `mien` reads the file that this writes;
`tests/parity.rs` holds the two to the same logits. PublicTest is never trained on: Training images that are
byte-identical to one of PublicTest are left out, near-constant ones too.
"""
import argparse
import copy
import csv
import math
import pathlib
import time

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

from networks import network, save

ARCHITECTURE = {"vgg": {"stages": [[32, 2], [64, 2], [128, 3], [256, 2]], "stage_dropout": [0.0, 0.05, 0.1, 0.15], "dropout": 0.4}}

VOTES = ["anger", "disgust", "fear", "happiness", "sadness", "surprise", "neutral"]  # FER+ columns in FER2013's order
DOUBTFUL = {5274, 6968, 33200, 34334}  # rows whose FER+ votes do not fit the image


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("csv", help="FER2013 (emotion,pixels,Usage)")
    parser.add_argument("--votes", help="FER+ votes aligned by row, mixed into the targets")
    parser.add_argument("--out", default="vgg.safetensors")
    parser.add_argument("--checkpoint", default="vgg.checkpoint.pt", help="written each epoch; gone on from if it is there")
    parser.add_argument("--init", help="a checkpoint whose averaged weights to begin from")
    parser.add_argument("--epochs", type=int, default=60, help="may be changed when going on, until the fall begins")
    parser.add_argument("--fall", type=int, default=15, help="the last epochs, in which the learning rate falls to 0")
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--rate", type=float, default=0.05, help="highest learning rate")
    parser.add_argument("--decay", type=float, default=5e-4, help="weight decay (L2)")
    parser.add_argument("--votes-share", type=float, default=0.2,
                        help="share of FER+ in the targets; halved for disgust and fear, whom its votes hand to others")
    parser.add_argument("--smoothing", type=float, default=0.05)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def read(path, votes_path):
    """Images `[n, 48, 48]` (u8), labels `[n]`, FER+ distributions `[n, 7]` (one-hot where there are no votes), PublicTest mask."""
    pixels, labels, held = [], [], []
    for row in csv.DictReader(open(path)):
        if row["Usage"] == "PrivateTest":
            continue
        pixels.append(np.array(row["pixels"].split(), np.uint8))
        labels.append(int(row["emotion"]))
        held.append(row["Usage"] == "PublicTest")
    images, labels = torch.from_numpy(np.stack(pixels).reshape(-1, 48, 48)), torch.tensor(labels)
    one_hot = F.one_hot(labels, 7).float()
    if votes_path is None:
        return images, labels, one_hot, torch.tensor(held)
    rows = [row for row in csv.DictReader(open(votes_path)) if row["usage"] != "PrivateTest"]
    assert len(rows) == len(images), "the votes do not fit the CSV row by row"
    votes = torch.tensor([[float(row[name]) for name in VOTES] for row in rows])
    votes[votes == 1] = 0  # a single tagger of ten is noise (Barsoum et al., 2016)
    for index, row in enumerate(rows):
        if int(row["row"]) in DOUBTFUL:
            votes[index] = 0
    total = votes.sum(1, keepdim=True)
    return images, labels, torch.where(total > 0, votes / total.clamp(min=1), one_hot), torch.tensor(held)


def normalise(batch):
    """`[n, 48, 48]` bytes to `[n, 1, 48, 48]` of zero mean and unit deviation, as `mien::vision::normalise`."""
    batch = batch.float().unsqueeze(1)
    mean = batch.mean((2, 3), keepdim=True)
    return (batch - mean) / batch.std((2, 3), keepdim=True, unbiased=False).clamp(min=8)


def augment(batch, strength, side):
    """Flip, rotation, scale, shift, light and random erasing; `strength` 0 to 1. The images come out `side` pixels wide."""
    size = batch.shape[0]
    angle = (torch.rand(size) * 2 - 1) * math.radians(15) * strength
    scale = torch.exp((torch.rand(size) * 2 - 1) * 0.18 * strength)
    flip = (torch.rand(size) < 0.5).float() * 2 - 1
    theta = torch.zeros(size, 2, 3)
    theta[:, 0, 0], theta[:, 0, 1] = torch.cos(angle) * scale * flip, -torch.sin(angle) * scale
    theta[:, 1, 0], theta[:, 1, 1] = torch.sin(angle) * scale * flip, torch.cos(angle) * scale
    theta[:, :, 2] = (torch.rand(size, 2) * 2 - 1) * 0.15 * strength
    grid = F.affine_grid(theta, (size, 1, side, side), align_corners=False)
    batch = F.grid_sample(batch, grid, align_corners=False, padding_mode="border")
    for index in torch.nonzero(torch.rand(size) < 0.3 * strength).flatten().tolist():
        height, width = torch.randint(side // 8, side * 3 // 8, (2,)).tolist()
        top, left = torch.randint(0, side - height, (1,)).item(), torch.randint(0, side - width, (1,)).item()
        batch[index, :, top:top + height, left:left + width] = torch.randn(1)
    return batch * (1 + 0.2 * strength * torch.randn(size, 1, 1, 1)) + 0.1 * strength * torch.randn(size, 1, 1, 1)


@torch.no_grad()
def evaluate(model, images, labels):
    """Accuracy and the recall of each class."""
    model.eval()
    guessed = []
    for batch in images.split(256):
        with torch.autocast("cpu", dtype=torch.bfloat16):
            guessed.append(model(normalise(batch).to(memory_format=torch.channels_last))[0].argmax(1))
    right = torch.cat(guessed) == labels
    return right.float().mean().item(), [right[labels == c].float().mean().item() for c in range(7)]


def main():
    options = arguments()
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    images, labels, votes, public = read(options.csv, options.votes)
    seen = {image.numpy().tobytes() for image in images[public]}
    keep = torch.tensor([not held and image.float().std() > 5 and image.numpy().tobytes() not in seen
                         for image, held in zip(images, public.tolist())])
    train_images, train_labels, train_votes = images[keep], F.one_hot(labels[keep], 7).float(), votes[keep]
    print(f"{len(train_images)} to train on, {int(public.sum())} to validate on", flush=True)

    model = network(ARCHITECTURE).to(memory_format=torch.channels_last)
    average = copy.deepcopy(model)
    steps = len(train_images) // options.batch
    total = options.epochs * steps
    decayed = [p for p in model.parameters() if p.ndim > 1]
    plain = [p for p in model.parameters() if p.ndim <= 1]
    optimizer = torch.optim.SGD([{"params": decayed}, {"params": plain, "weight_decay": 0.0}], lr=options.rate,
                                momentum=0.9, nesterov=True, weight_decay=options.decay)
    first, best = 0, 0.0
    if pathlib.Path(options.checkpoint).exists():
        state = torch.load(options.checkpoint, weights_only=False)
        model.load_state_dict(state["model"]), average.load_state_dict(state["average"])
        optimizer.load_state_dict(state["optimizer"]), torch.set_rng_state(state["random"])
        first, best = state["epoch"], state["best"]
    elif options.init:
        model.load_state_dict(torch.load(options.init, weights_only=False)["average"])
        average.load_state_dict(model.state_dict())
    shares = options.votes_share * torch.tensor([1, 0.5, 0.5, 1, 1, 1, 1])[labels[keep]].unsqueeze(1)
    started = time.time()
    for epoch in range(first, options.epochs):
        model.train()
        order, losses = torch.randperm(len(train_images)), []
        falling = epoch >= options.epochs - options.fall
        late = epoch >= options.epochs - options.fall // 2
        strength, side = 0.7 if falling else 1.0, 48 if late else 40  # small images are a third faster
        for step in range(steps):
            done = epoch * steps + step
            rise, fall = done / (2 * steps), (total - done) / (options.fall * steps)
            rate = options.rate * min(1.0, rise, fall)
            for group in optimizer.param_groups:
                group["lr"] = max(rate, 2e-4)
            chosen = order[step * options.batch:(step + 1) * options.batch]
            batch = augment(normalise(train_images[chosen]), strength, side).to(memory_format=torch.channels_last)
            target = train_labels[chosen].lerp(train_votes[chosen], shares[chosen])
            target = (1 - options.smoothing) * target + options.smoothing / 7
            with torch.autocast("cpu", dtype=torch.bfloat16):
                logits, = model(batch)
            loss = -(target * F.log_softmax(logits.float(), 1)).sum(1).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
            decay = min(0.999, (1 + done) / (10 + done))
            with torch.no_grad():
                for kept, current in zip(average.state_dict().values(), model.state_dict().values()):
                    kept.lerp_(current, 1 - decay) if kept.dtype.is_floating_point else kept.copy_(current)
        accuracy, _ = evaluate(model, images[public], labels[public])
        averaged, recalls = evaluate(average, images[public], labels[public])
        spent = (time.time() - started) / (epoch + 1 - first)
        print(f"epoch {epoch + 1}/{options.epochs}: loss {np.mean(losses):.4f}, PublicTest {accuracy:.4f}, averaged {averaged:.4f} "
              f"recall {' '.join(f'{r:.2f}' for r in recalls)}, {spent:.0f} s an epoch, "
              f"{spent * (options.epochs - epoch - 1) / 60:.0f} min left", flush=True)
        torch.save({"model": model.state_dict(), "average": average.state_dict(), "optimizer": optimizer.state_dict(),
                    "random": torch.get_rng_state(), "epoch": epoch + 1, "best": max(best, averaged)}, options.checkpoint)
        if averaged >= best:
            best = averaged
            save(average, ARCHITECTURE, options.out, f"training/train.py (PyTorch), {options.epochs} epochs in all", epoch + 1, best,
                 f"{int(public.sum())} images of PublicTest")


main()
