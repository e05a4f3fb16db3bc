#!/usr/bin/env python3
"""Trains one network: the PyTorch counterpart of `mien train`, for CPUs with bfloat16 and for NVIDIA GPUs.

    pip install torch==2.15.0 numpy safetensors
    python training/train.py fer2013.csv --votes fer2013new.csv --minutes 100 --out default.safetensors

The networks are those of `crates/core/src/network/` (see networks.py), and `mien` reads the weights file;
`crates/compute/tests/parity.rs` compares their logits. PublicTest is never trained on: copies of its images are
excluded, and so are near-constant images and those that are not faces.

A second head is trained on FER+'s votes with the same features, and is dropped in the end: it trains the backbone on the
labels of ten people without biasing the first head towards neutral. zoo.py trains all networks of the page.
"""
import argparse
import functools
import json
import pathlib

import torch

import data
import fused
from networks import save
from run import Run, train, trained
from sources import Anew, Views


def parser(description):
    """The options of a run."""
    options = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("csv", help="FER2013 (emotion,pixels,Usage)")
    options.add_argument("--votes", help="FER+'s votes (fer2013new.csv), with the rows of the CSV")
    options.add_argument("--batch", type=int, default=256)
    options.add_argument("--fall", type=float, default=0.9, help="share of the run at its end in which the learning rate decreases to 0")
    options.add_argument("--strength", type=float, default=0.65, help="strength of the augmentation; three quarters of it in the final phase")
    options.add_argument("--gentle", type=float, default=0.2, help="share of the run for its final phase, with weaker augmentation and without mixup")
    options.add_argument("--mixup", type=float, default=0.2, help="mixup with shares from Beta(mixup, mixup), except in the final phase; 0 disables it")
    options.add_argument("--votes-share", type=float, default=0.15, help="share of FER+'s votes in the targets of the first head (data.expected)")
    options.add_argument("--second-head", type=float, default=0.7, help="weight of the second head's loss")
    options.add_argument("--smoothing", type=float, default=0.03)
    options.add_argument("--trust", type=float, default=0.6, help="share of the teachers in the targets of both heads")
    options.add_argument("--views", type=int, default=0, help="number of views of each image that are computed once, with the predictions of the teachers, and a third as many "
                         "for the final phase; 0 to compute them at every step")
    options.add_argument("--keep-views", help="beginning of the names of files for the views, which are read if they exist: for several networks with the same images, "
                         "teachers and augmentation")
    options.add_argument("--faces", help="model faces from `mien render` to train on as well; only the Training split is used")
    options.add_argument("--faces-share", type=float, default=0.15, help="share of model faces among the images of an epoch; they are repeated or left out to reach it")
    options.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    options.add_argument("--threads", type=int, default=2, help="number of CPU threads")
    options.add_argument("--seed", type=int, default=0)
    return options


def arguments():
    options = parser(__doc__)
    options.add_argument("--architecture", default='{"vgg": {"stages": [[32, 2], [64, 2], [128, 3], [256, 3]], '
                         '"stage_dropout": [0.0, 0.05, 0.1, 0.15], "dropout": 0.3}}', help="as in a settings file")
    options.add_argument("--out", default="default.safetensors")
    options.add_argument("--checkpoint", default="default.checkpoint.pt", help="written after every other epoch; resumed from if it exists")
    length = options.add_mutually_exclusive_group(required=True)
    length.add_argument("--epochs", type=int)
    length.add_argument("--minutes", type=float, help="duration of the run, without pauses")
    options.add_argument("--rate", type=float, default=0.025, help="peak learning rate of Muon, and of SGD for the other parameters; for a cnn, of AdamW: 0.001")
    options.add_argument("--small", type=float, default=0.68, help="share of the run at its start with images 40 pixels wide: a third faster")
    options.add_argument("--start", help="checkpoint whose evaluated network is the start of this new run, or a weights file in full precision")
    options.add_argument("--teacher", nargs="*", default=[], help="checkpoints or weights files of networks for distillation")
    return options.parse_args()


class Images:
    """The training and validation images, on the device."""

    def __init__(self, options):
        images, labels, votes, held = data.read(options.csv, options.votes)
        learned = data.training_mask(images, votes, held)
        counts = torch.bincount(labels[learned], minlength=len(data.VOTES)).float()
        weights = (counts.mean() / counts) ** 0.25  # slightly higher weights for rare classes
        weights = (weights * counts.sum() / (weights * counts).sum())[labels[learned]].unsqueeze(1)
        target = data.targets(labels, votes, learned, options.votes_share, options.smoothing)[learned]
        self.held = [part[held].to(options.device) for part in (images, labels, data.majority(votes))]
        images, goals = images[learned], [target * weights, data.shares(votes)[learned]]
        trust = torch.full((len(images), 1), options.trust)
        if options.faces:
            count = round(len(images) * options.faces_share / (1 - options.faces_share))
            faces, *more = data.rendered(options.faces, count, options.smoothing)
            images, goals = torch.cat([images, faces]), [torch.cat(pair) for pair in zip(goals, more)]
            trust = torch.cat([trust, torch.zeros(count, 1)])  # what they show is known
        self.images, self.trust = images.to(options.device), trust.to(options.device)
        self.goals = [goal.to(options.device) for goal in goals]
        print(f"{len(self.images)} to train on, {int(held.sum())} to validate on", flush=True)

    def sources(self, options, teachers=()):
        """The source for a phase and a resolution, created once each."""

        @functools.cache
        def source(gentle, side):
            strength, mixup = (0.75 * options.strength, 0) if gentle else (options.strength, options.mixup)
            anew = Anew(self.images, self.goals, strength, side, mixup, teachers, self.trust)
            if not options.views:
                return anew
            count = max(1, options.views // 3) if gentle else options.views
            path = options.keep_views and pathlib.Path(f"{options.keep_views}-{'gentle' if gentle else 'full'}-{side}.pt")
            return Views(anew, count, path)

        return source


def prepare(options):
    """Configures PyTorch."""
    torch.set_num_threads(options.threads)
    fused.threads(options.threads)
    torch.manual_seed(options.seed)
    if options.device == "cuda":
        torch.backends.cudnn.benchmark = True
        torch.cuda.set_stream(torch.cuda.Stream())  # CUDA graphs cannot be captured on the default stream


def main():
    options = arguments()
    prepare(options)
    images = Images(options)
    source = images.sources(options, [trained(path, options.device) for path in options.teacher])

    def phase(done):
        return source(done >= 1 - options.gentle, 40 if done < options.small else 48)

    for done in (0, options.small, 1 - options.gentle):
        phase(done)  # views are computed before the time starts
    run = Run(options)
    if pathlib.Path(options.checkpoint).exists():
        run.resume(torch.load(options.checkpoint, map_location=options.device, weights_only=False))

    def keep(measured, epoch, accuracy):
        torch.save(run.state(measured), options.checkpoint)
        save(measured, json.loads(options.architecture), options.out, "training/train.py (PyTorch)", epoch, accuracy, "PublicTest")

    train(run, phase, images.images, images.held, keep)


if __name__ == "__main__":
    main()
