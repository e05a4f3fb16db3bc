#!/usr/bin/env python3
"""Trains the network that the page ships: the PyTorch twin of `mien train`, for machines without a GPU.

    pip install torch==2.15.0 numpy safetensors
    python training/train.py fer2013.csv --votes fer2013-labels.csv --minutes 100 --out default.safetensors

The networks are those of `src/network/`, layer for layer (see networks.py), and `mien` reads the file that this writes;
`tests/parity.rs` holds the two to the same logits. PublicTest is never trained on: Training images that are
byte-identical to one of PublicTest are left out, near-constant ones and those that are no faces too.

A second head learns FER+'s votes beside the first, from the same features, and is left away in the end: it teaches the
backbone what ten people saw without pulling the first head towards neutral.
"""
import argparse
import copy
import json
import pathlib
import time

import torch
import torch.nn as nn
import torch.nn.functional as F

import data
import fused
from augmentation import augment
from muon import Muon
from networks import network, save


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("csv", help="FER2013 (emotion,pixels,Usage)")
    parser.add_argument("--votes", help="FER+ votes aligned by row")
    parser.add_argument("--architecture", default='{"vgg": {"stages": [[32, 2], [64, 2], [128, 3], [256, 3]], '
                        '"stage_dropout": [0.0, 0.05, 0.1, 0.15], "dropout": 0.3}}', help="as a settings file has it")
    parser.add_argument("--out", default="default.safetensors")
    parser.add_argument("--checkpoint", default="default.checkpoint.pt", help="written after every other epoch; gone on from if it is there")
    length = parser.add_mutually_exclusive_group(required=True)
    length.add_argument("--epochs", type=int)
    length.add_argument("--minutes", type=float, help="the length of the run by the clock, pauses left out")
    parser.add_argument("--batch", type=int, default=256)
    parser.add_argument("--rate", type=float, default=0.025, help="highest learning rate of Muon, and of SGD for the rest")
    parser.add_argument("--fall", type=float, default=0.9, help="the last share of the run, in which the learning rate falls to 0")
    parser.add_argument("--small", type=float, default=0.68, help="the first share of the run, with images 40 pixels wide: a third faster")
    parser.add_argument("--strength", type=float, default=0.65, help="of the augmentation; three quarters of it in the gentle end")
    parser.add_argument("--gentle", type=float, default=0.2, help="the last share of the run, with weaker augmentation and without mixup")
    parser.add_argument("--votes-share", type=float, default=0.15, help="share of the first head's targets that FER+'s votes decide (data.expected)")
    parser.add_argument("--second-head", type=float, default=0.7, help="weight of the second head's loss")
    parser.add_argument("--smoothing", type=float, default=0.03)
    parser.add_argument("--mixup", type=float, default=0.2, help="pairs of images are mixed by a share of Beta(mixup, mixup), but for the gentle end; 0 for not")
    parser.add_argument("--start", help="a checkpoint whose measured network this run begins with, as a new run")
    parser.add_argument("--teacher", nargs="*", default=[], help="checkpoints of networks from whose probabilities this one learns too (distillation)")
    parser.add_argument("--alongside", action="store_true", help="ask the teachers about the very inputs of each step (Beyer et al., 2022), and not about "
                        "two augmented views of each image at the start: slower")
    parser.add_argument("--trust", type=float, default=0.6, help="the teacher's share of the targets of both heads")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def build(architecture):
    """The network with a head for the seven classes and one for FER+'s ten choices."""
    heads = [len(data.VOTES), len(data.VOTES + data.OTHERS)]
    return network(json.loads(architecture), heads).to(memory_format=torch.channels_last)


def trained(checkpoints):
    """The measured networks of checkpoints."""
    networks = []
    for path in checkpoints:
        kept = torch.load(path, weights_only=False)
        networks.append(build(kept["options"]["architecture"]).eval())
        networks[-1].load_state_dict(kept["measured"])
    return networks


@torch.no_grad()
def said(teachers, inputs):
    """Both heads' probabilities, the mean over networks."""
    return [sum(logits.softmax(1) for logits in head) / len(teachers) for head in zip(*(forward(teacher, inputs) for teacher in teachers))]


def said_at_first(teachers, images, strength):
    """What networks say of images, `[n, classes]` for both heads: the mean over two augmented views each."""
    views = [[said(teachers, data.normalise(augment(batch, strength, 48))) for batch in images.split(256)] for _ in range(2)]
    return [sum(torch.cat(head) for head in heads) / len(views) for heads in zip(*(zip(*batches) for batches in views))]


def mixed(targets, taught, trust):
    """Targets of both heads with a share of what the teachers said."""
    return [mine.lerp(theirs, trust) for mine, theirs in zip(targets, taught)]


class Run:
    """A network in training, with all that it takes to go on."""

    def __init__(self, options):
        self.options = options
        self.network = build(options.architecture)
        if options.start:
            self.network.load_state_dict(torch.load(options.start, weights_only=False)["measured"])
        self.average = copy.deepcopy(self.network)
        dense = [p for p in self.network.parameters() if p.ndim == 4 and p.shape[1] > 1]
        others = [p for p in self.network.parameters() if not (p.ndim == 4 and p.shape[1] > 1)]
        groups = [{"params": [p for p in others if p.ndim > 1], "weight_decay": 2e-4},
                  {"params": [p for p in others if p.ndim <= 1], "weight_decay": 0.0}]
        self.optimizers = [Muon(dense, options.rate), torch.optim.SGD(groups, options.rate, momentum=0.9, nesterov=True)]
        self.step, self.seconds, self.best = 0, 0.0, 0.0

    def state(self, measured):
        return {"measured": measured.state_dict(), "network": self.network.state_dict(), "average": self.average.state_dict(), "step": self.step,
                "seconds": self.seconds, "best": self.best, "random": torch.get_rng_state(),
                "optimizers": [optimizer.state_dict() for optimizer in self.optimizers], "options": vars(self.options)}

    def resume(self, state):
        self.network.load_state_dict(state["network"]), self.average.load_state_dict(state["average"])
        for optimizer, kept in zip(self.optimizers, state["optimizers"]):
            optimizer.load_state_dict(kept)
        self.step, self.seconds, self.best = state["step"], state["seconds"], state["best"]
        torch.set_rng_state(state["random"])

    def done(self, steps):
        """How much of the run is over, 0 to 1."""
        options = self.options
        return self.step / (options.epochs * steps) if options.epochs else self.seconds / (60 * options.minutes)

    def set_rate(self, done, steps):
        share = max(1e-3, min(1, (self.step + 1) / steps, (1 - done) / self.options.fall))
        for optimizer in self.optimizers:
            for group in optimizer.param_groups:
                group["lr"] = self.options.rate * share

    def follow(self, done):
        """The moving average of the weights, slower once the network has settled."""
        decay = min(0.995 if done < 0.3 else 0.999, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            for kept, current in zip(self.average.state_dict().values(), self.network.state_dict().values()):
                kept.lerp_(current, 1 - decay) if kept.dtype.is_floating_point else kept.copy_(current)


def forward(network, batch):
    """Logits of both heads, in full precision; the network computes in bfloat16."""
    with torch.autocast("cpu", dtype=torch.bfloat16):
        outputs = network(batch.to(memory_format=torch.channels_last))
    return [output.float() for output in outputs]


@torch.no_grad()
def settled(average, images, side):
    """The averaged network with batch norm's statistics taken anew: those of training belong to other weights."""
    model, state = copy.deepcopy(average).train(), torch.get_rng_state()
    norms = [module for module in model.modules() if isinstance(module, nn.BatchNorm2d)]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # the mean over all batches
    for module in model.modules():
        if isinstance(module, nn.Dropout):
            module.eval()
    torch.manual_seed(1)
    for batch in torch.randperm(len(images))[:12 * 256].split(256):
        forward(model, data.normalise(augment(images[batch], 0.35, side)))
    torch.set_rng_state(state)
    return model.eval()


@torch.no_grad()
def predict(network, images, side):
    """Logits of the first head, `[n, 7]`, at the size that the network has learned of late."""
    network.eval()
    batches = [F.interpolate(batch.float().unsqueeze(1), (side, side), mode="bilinear", antialias=True) for batch in images.split(512)]
    return torch.cat([forward(network, data.normalise(batch))[0] for batch in batches])


def cross_entropy(logits, target):
    return -(target * F.log_softmax(logits, 1)).sum(1)


def main():
    options = arguments()
    torch.set_num_threads(options.threads)
    fused.threads(options.threads)
    torch.manual_seed(options.seed)
    images, labels, votes, held = data.read(options.csv, options.votes)
    keep = data.to_learn_from(images, votes, held)
    train, target = images[keep], data.targets(labels, votes, keep, options.votes_share, options.smoothing)[keep]
    choices = data.shares(votes)[keep]
    teachers = trained(options.teacher)
    if teachers and not options.alongside:
        target, choices = mixed((target, choices), said_at_first(teachers, train, options.strength), options.trust)
    counts = torch.bincount(labels[keep], minlength=7).float()
    weights = (counts.mean() / counts) ** 0.25  # rare classes count a little more
    weights = (weights * counts.sum() / (weights * counts).sum())[labels[keep]]
    majority = data.majority(votes[held])
    print(f"{len(train)} to train on, {int(held.sum())} to validate on", flush=True)

    run, steps = Run(options), len(train) // options.batch
    if pathlib.Path(options.checkpoint).exists():
        run.resume(torch.load(options.checkpoint, weights_only=False))
    last, losses = time.time(), []
    while (done := run.done(steps)) < 1:
        place = run.step % steps
        if place == 0:
            order, losses = torch.randperm(len(train)), []
            run.network.train()
        run.set_rate(done, steps)
        batch = order[place * options.batch:(place + 1) * options.batch]
        gentle = done >= 1 - options.gentle
        strength = options.strength * (0.75 if gentle else 1)
        side = 40 if done < options.small else 48
        inputs = data.normalise(augment(train[batch], strength, side))
        goal, chosen = target[batch], choices[batch]
        if options.mixup and not gentle:
            share = torch.distributions.Beta(options.mixup, options.mixup).sample((len(batch),)).unsqueeze(1)
            share = share.maximum(1 - share)
            partner = torch.randperm(len(batch))
            goal, chosen = goal[partner].lerp(goal, share), chosen[partner].lerp(chosen, share)
            inputs = inputs[partner].lerp(inputs, share[:, :, None, None])
        if teachers and options.alongside:
            goal, chosen = mixed((goal, chosen), said(teachers, inputs), options.trust)
        first, second = forward(run.network, inputs)
        loss = (cross_entropy(first, goal) * weights[batch]).mean()
        losses.append(loss.item())
        loss = loss + options.second_head * cross_entropy(second, chosen).mean()
        run.network.zero_grad()
        loss.backward()
        for optimizer in run.optimizers:
            optimizer.step()
        run.step += 1
        run.follow(done)
        now = time.time()
        run.seconds, last = run.seconds + now - last, now
        epoch = run.step // steps
        if run.step % steps == 0 and (epoch % 2 == 0 or run.done(steps) >= 1) or run.done(steps) >= 1:
            measured = settled(run.average, train, side)
            guessed = predict(measured, images[held], side).argmax(1)
            right = guessed == labels[held]
            recalls = [right[labels[held] == label].float().mean().item() for label in range(7)]
            agreed = (guessed == majority)[majority >= 0].float().mean().item()
            accuracy = right.float().mean().item()
            print(f"epoch {epoch}, {run.done(steps):.0%}: loss {sum(losses) / max(1, len(losses)):.4f}, PublicTest {accuracy:.4f}, "
                  f"FER+ {agreed:.4f}, recall {' '.join(f'{r:.2f}' for r in recalls)}, {run.seconds / 60:.0f} min", flush=True)
            run.best = max(run.best, accuracy)
            torch.save(run.state(measured), options.checkpoint)
            save(measured, json.loads(options.architecture), options.out, "training/train.py (PyTorch)", epoch, accuracy, f"{int(held.sum())} images of PublicTest")
            run.network.train()
            last = time.time()


if __name__ == "__main__":
    main()
