#!/usr/bin/env python3
"""Trains all networks of the page on an NVIDIA GPU in about ten minutes.

    pip install torch==2.15.0 numpy safetensors
    python training/zoo.py fer2013.csv --votes fer2013new.csv --minutes 10 --out zoo

First, three teachers, twice as wide as the networks of `training/settings/`. Then views of each image with the predictions of the
teachers. Then the networks, trained on these; each is a checkpoint for `training/export.py`. Every run has a share of the time.
"""
import argparse
import json
import pathlib
import time

import torch

from run import Run, predict, train
from train import Images, parser, prepare

TEACHERS = {  # name: share of the time, architecture
    "wide-vgg": (0.14, {"vgg": {"stages": [[64, 2], [128, 2], [256, 3], [512, 3]], "stage_dropout": [0.0, 0.1, 0.15, 0.2], "dropout": 0.4}}),
    "wide-resnet": (0.14, {"resnet": {"stages": [[64, 0], [128, 1], [256, 1], [512, 1]], "stage_dropout": [0.0, 0.1, 0.15, 0.2], "dropout": 0.4}}),
    "wide-inception": (0.12, {"inception": {"stages": [[64, 0], [256, 2], [512, 2], [1024, 2]], "stage_dropout": [0.0, 0.1, 0.15, 0.2], "dropout": 0.4}}),
}
VIEWS = 0.06
LEARNERS = {"vgg": 0.2, "mobile": 0.1, "resnet": 0.1, "inception": 0.09, "cnn": 0.05}


def main():
    options = parser(__doc__)
    options.add_argument("--minutes", type=float, default=10, help="total duration")
    options.add_argument("--out", type=pathlib.Path, default=pathlib.Path("zoo"), help="folder for the checkpoints")
    options.set_defaults(views=48, trust=0.8, mixup=0.3)
    options = options.parse_args()
    options.out.mkdir(exist_ok=True)
    prepare(options)
    end = time.time() + 60 * options.minutes
    images = Images(options)
    left = VIEWS + sum(share for share, _ in TEACHERS.values()) + sum(LEARNERS.values())

    def learn(name, share, architecture, rate, source):
        """Trains one network in its share of the remaining time."""
        nonlocal left
        minutes = max((end - time.time()) / 60 * share / left, 0.01)
        left -= share
        own = argparse.Namespace(**vars(options) | {"architecture": json.dumps(architecture), "minutes": minutes, "epochs": None, "rate": rate, "start": None})
        print(f"{name}: {minutes:.2f} min", flush=True)
        run = Run(own)
        measured = train(run, lambda done: source(done >= 1 - own.gentle, 48), images.images, images.held, lambda *_: None, every=20)
        torch.save({"measured": measured.state_dict(), "options": vars(own), "epochs": run.step * own.batch / len(images.images)}, options.out / f"{name}.pt")
        return measured

    def together(networks, name):
        """Prints the accuracy of an ensemble, without and with flipped images."""
        faces, labels, _ = images.held
        plain, mirrored = (sum(predict(network, view, 48).softmax(1) for network in networks) for view in (faces, faces.flip(2)))
        accuracies = [(said.argmax(1) == labels).float().mean().item() for said in (plain, plain + mirrored)]
        print(f"ensemble of {name}: {accuracies[0]:.4f}, with flips {accuracies[1]:.4f}", flush=True)

    anew = images.sources(argparse.Namespace(**vars(options) | {"views": 0}))
    teachers = [learn(name, share, architecture, 0.025, anew) for name, (share, architecture) in TEACHERS.items()]
    together(teachers, "teachers")
    views, begun = images.sources(options, teachers), time.time()
    views(False, 48), views(True, 48)
    left -= VIEWS
    print(f"views: {(time.time() - begun) / 60:.2f} min", flush=True)
    settings = {name: json.loads((pathlib.Path(__file__).parent / "settings" / f"{name}.json").read_text()) for name in LEARNERS}
    learners = [learn(name, share, settings[name]["architecture"], settings[name]["learning_rate"], views) for name, share in LEARNERS.items()]
    together(learners, "learners")


if __name__ == "__main__":
    main()
