"""Training of a network."""
import copy
import json
import time

import torch
import torch.nn as nn
import torch.nn.functional as F

import data
from augmentation import augment
from muon import Muon
from networks import load, network
from sources import forward


HEADS = [len(data.VOTES), len(data.VOTES + data.OTHERS)]


def build(architecture):
    """The network with a head for the seven classes and one for FER+'s ten choices."""
    return network(json.loads(architecture), HEADS).to(memory_format=torch.channels_last)


def trained(path, device):
    """The evaluated network of a checkpoint, or that of a weights file with a random second head."""
    if path.endswith(".safetensors"):
        return load(path, HEADS)[0].to(device, memory_format=torch.channels_last).eval()
    kept = torch.load(path, map_location=device, weights_only=False)
    model = build(kept["options"]["architecture"]).to(device).eval()
    model.load_state_dict(kept["measured"])
    return model


class Run:
    """A training run with its state."""

    def __init__(self, options):
        self.options, self.device = options, torch.device(options.device)
        self.network = (trained(options.start, self.device) if options.start else build(options.architecture).to(self.device)).train()
        self.average = copy.deepcopy(self.network)
        self.rate, self.decay, self.loss = (torch.zeros((), device=self.device) for _ in range(3))
        self.optimizers = list(optimizers(self.network, self.rate))
        self.recorded, self.warm = {}, {}  # for each source: its CUDA graph, and the number of steps before its capture
        self.index = torch.zeros(options.batch, dtype=torch.long, device=self.device)
        self.share = torch.ones(options.batch, 1, device=self.device)
        self.step, self.seconds = 0, 0.0

    def state(self, measured):
        return {"measured": measured.state_dict(), "network": self.network.state_dict(), "average": self.average.state_dict(), "step": self.step,
                "seconds": self.seconds, "random": torch.get_rng_state(),
                "optimizers": [optimizer.state_dict()["state"] for optimizer in self.optimizers], "options": vars(self.options)}

    def resume(self, state):
        self.network.load_state_dict(state["network"]), self.average.load_state_dict(state["average"])
        for optimizer, kept in zip(self.optimizers, state["optimizers"]):
            optimizer.load_state_dict(optimizer.state_dict() | {"state": kept})
            for group in optimizer.param_groups:
                group["lr"] = self.rate
        self.step, self.seconds = state["step"], state["seconds"]
        torch.set_rng_state(state["random"].cpu())

    def done(self, steps):
        """The progress of the run, 0 to 1."""
        options = self.options
        return self.step / (options.epochs * steps) if options.epochs else self.seconds / (60 * options.minutes)

    def learn(self, source, index, share, done, steps):
        """One step. On a GPU it is captured as a CUDA graph: launching the kernels of a small network takes longer than running them."""
        options = self.options
        self.rate.fill_(options.rate * max(1e-3, min(1, (self.step + 1) / steps, (1 - done) / options.fall)))
        self.decay.fill_(min(0.995 if done < 0.3 else 0.999, (1 + self.step) / (10 + self.step)))
        self.index.copy_(index), self.share.copy_(share)
        self.step += 1
        self.warm[source] = self.warm.get(source, 0) + 1
        if self.device.type != "cuda" or self.warm[source] < 5:  # initialization that cannot be captured
            return self.compute(source)
        if source not in self.recorded:
            self.network.zero_grad()
            torch.cuda.synchronize()
            self.recorded[source] = torch.cuda.CUDAGraph()
            with torch.cuda.graph(self.recorded[source], stream=torch.cuda.current_stream()):
                self.compute(source)
        self.recorded[source].replay()

    def compute(self, source):
        inputs, goals = source(self.index, self.share)
        first, second = (cross_entropy(logits, goal) for logits, goal in zip(forward(self.network, inputs), goals))
        (first + self.options.second_head * second).backward()
        self.loss.add_(first.detach())
        for optimizer in self.optimizers:
            optimizer.step()
        self.network.zero_grad()
        with torch.no_grad():  # moving average of the weights
            for kept, current in zip(self.average.state_dict().values(), self.network.state_dict().values()):
                kept.lerp_(current, 1 - self.decay) if kept.dtype.is_floating_point else kept.copy_(current)


def optimizers(model, rate):
    """Muon for convolutions across channels and SGD for the rest; AdamW where no batch norm follows the convolutions."""
    if model.normed:
        dense = [p for p in model.parameters() if p.ndim == 4 and p.shape[1] > 1]
        yield Muon(dense, rate)
    others = [p for p in model.parameters() if not model.normed or p.ndim != 4 or p.shape[1] == 1]
    groups = [{"params": [p for p in others if p.ndim > 1], "weight_decay": 2e-4 if model.normed else 0.01},
              {"params": [p for p in others if p.ndim <= 1], "weight_decay": 0.0}]
    if model.normed:
        yield torch.optim.SGD(groups, rate, momentum=0.9, nesterov=True, fused=True)
    else:
        yield torch.optim.AdamW(groups, rate, fused=True, capturable=rate.is_cuda)


def cross_entropy(logits, goal):
    return -(goal * F.log_softmax(logits, 1)).sum(1).mean()


@torch.no_grad()
def settled(average, images, side):
    """The averaged network with recomputed batch-norm statistics, since those of training belong to other weights."""
    model = copy.deepcopy(average).train()
    norms = [module for module in model.modules() if isinstance(module, nn.BatchNorm2d)]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # the mean over all batches
    for module in model.modules():
        if isinstance(module, nn.Dropout):
            module.eval()
    for batch in torch.randperm(len(images), device=images.device)[:12 * 256].split(256) if norms else []:
        forward(model, data.normalize(augment(images[batch], 0.35, side)))
    return model.eval()


@torch.no_grad()
def predict(model, images, side):
    """Logits of the first head, `[n, 7]`, at the current resolution of training."""
    batches = [F.interpolate(batch.float().unsqueeze(1), (side, side), mode="bilinear", antialias=True) for batch in images.split(512)]
    return torch.cat([forward(model, data.normalize(batch))[0] for batch in batches])


def train(run, phase, images, held, keep, every=2):
    """Trains to the end. `phase` returns the source for the progress of the run, 0 to 1. `held` are images, labels and FER+'s majority
    labels for an evaluation every `every` epochs; `keep` is then called with the evaluated network."""
    steps, source, loss, last = len(images) // run.options.batch, None, float("nan"), time.time()
    while (done := run.done(steps)) < 1:
        place, before = run.step % steps, source
        source = phase(done)
        if place == 0 or source is not before:
            order, shares, begun = source.order(), source.shares(len(images)), run.step
            run.network.train(), run.loss.zero_()
        batch = slice(place * run.options.batch, (place + 1) * run.options.batch)
        run.learn(source, order[batch], shares[batch], done, steps)
        over = run.step % steps == 0
        loss = run.loss.item() / (run.step - begun) if over else loss  # synchronizes with the GPU, so that the time is correct
        now = time.time()
        run.seconds, last = run.seconds + now - last, now
        done, epoch = run.done(steps), run.step // steps
        if done >= 1 or over and epoch % every == 0:
            measured = settled(run.average, images, source.side)
            guessed = predict(measured, held[0], source.side).argmax(1)
            right = guessed == held[1]
            recalls = [right[held[1] == label].float().mean().item() for label in range(7)]
            agreed = (guessed == held[2])[held[2] >= 0].float().mean().item()
            accuracy = right.float().mean().item()
            print(f"epoch {epoch}, {done:.0%}: loss {loss:.4f}, PublicTest {accuracy:.4f}, FER+ {agreed:.4f}, "
                  f"recall {' '.join(f'{r:.2f}' for r in recalls)}, {run.seconds / 60:.1f} min", flush=True)
            keep(measured, epoch, accuracy)
            last = time.time()
    return measured
