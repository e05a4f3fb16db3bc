"""The networks of `crates/core/src/network/` in PyTorch, and export of their weights for `mien`.

An architecture is as in the settings and weights files of mien: `{"resnet": {"stages": [[32, 0], [64, 1]],
"stage_dropout": [0.0, 0.05], "dropout": 0.3}}`.
"""
import json

import torch
import torch.nn as nn
from safetensors import safe_open
from safetensors.torch import save_file

import fused

NAMES = {"cnn": "Cnn", "vgg": "Vgg", "resnet": "ResNet", "inception": "Inception", "mobile": "Mobile"}


def layer(inputs, outputs, side=3, groups=1, norm=True):
    """A convolution that keeps the resolution, batch norm or else a bias, and ReLU: three or two modules."""
    conv = nn.Conv2d(inputs, outputs, side, padding=side // 2, groups=groups, bias=not norm)
    if norm:
        return [conv, nn.BatchNorm2d(outputs), nn.ReLU()]
    nn.init.kaiming_normal_(conv.weight, nonlinearity="relu")
    return [conv, nn.ReLU()]


class Residual(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.body = nn.Sequential(*layer(channels, channels), *layer(channels, channels)[:2])
        nn.init.zeros_(self.body[4].weight)  # the block is initially the identity

    def forward(self, x):
        *layers, norm = self.body
        return fused.norm_relu(norm, fused.run(layers, x), skip=x)


class Inception(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        half, quarter, eighth = outputs // 2, outputs // 4, outputs // 8
        self.single = nn.Sequential(*layer(inputs, quarter, 1))
        self.three = nn.Sequential(*layer(inputs, quarter, 1), *layer(quarter, half))
        self.five = nn.Sequential(*layer(inputs, eighth, 1), *layer(eighth, eighth), *layer(eighth, eighth))
        self.pool = nn.MaxPool2d(3, 1, 1)
        self.pooled = nn.Sequential(*layer(inputs, eighth, 1))

    def forward(self, x):
        branches = [(self.single, x), (self.three, x), (self.five, x), (self.pooled, self.pool(x))]
        return torch.cat([fused.run(branch, x) for branch, x in branches], 1)


class Separable(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.body = nn.Sequential(*layer(inputs, inputs, groups=inputs), *layer(inputs, outputs, 1)[:2])

    def forward(self, x):
        *layers, norm = self.body
        change = fused.run(layers, x)
        return fused.norm_relu(norm, change, skip=x if x.shape == change.shape else None)


class Network(nn.Module):
    """Logits of each head. The first is that of mien; the others are for training only and are not saved."""

    def __init__(self, body, features, hidden, dropout, heads):
        super().__init__()
        self.body, self.drop = body, nn.Dropout(dropout)
        self.hidden = nn.Linear(features, hidden) if hidden else None
        self.heads = nn.ModuleList([nn.Linear(hidden or features, classes) for classes in heads])
        self.normed = any(isinstance(module, nn.BatchNorm2d) for module in body.modules())

    def forward(self, x):
        x = fused.run(self.body, x)
        x = torch.relu(self.hidden(self.drop(x.flatten(1)))) if self.hidden else x.mean((2, 3))
        return [head(self.drop(x)) for head in self.heads]


def network(architecture, heads=(7,)):
    """Builds the network of an architecture; `heads` are the numbers of classes of each head."""
    (kind, sizes), = architecture.items()
    shares = list(sizes["stage_dropout"]) + [0.0] * len(sizes["stages"])
    stages, inputs = [], 1
    for index, ((channels, count), share) in enumerate(zip(sizes["stages"], shares)):
        parts = []
        if kind == "resnet" or index == 0 and kind in ("inception", "mobile"):
            parts, inputs = layer(inputs, channels), channels
        for _ in range(count):
            if kind in ("cnn", "vgg"):
                parts += layer(inputs, channels, norm=kind == "vgg")
            else:
                parts.append({"resnet": lambda: Residual(channels), "inception": lambda: Inception(inputs, channels),
                              "mobile": lambda: Separable(inputs, channels)}[kind]())
            inputs = channels
        stages.append(nn.Sequential(*parts, nn.MaxPool2d(2), nn.Dropout(share)))
    hidden = 4 * inputs if kind == "cnn" else 0
    features = inputs * (48 >> len(stages)) ** 2 if hidden else inputs
    return Network(nn.Sequential(*stages), features, hidden, sizes["dropout"], heads)


def tensors_of_layers(prefixes, modules):
    """The tensors of a sequence of layers, each layer with the next of the given name prefixes."""
    tensors, prefix = {}, None
    for module in modules:
        if isinstance(module, nn.Conv2d):
            prefix = next(prefixes)
            tensors[f"{prefix}.conv.weight"] = module.weight
            if module.bias is not None:
                tensors[f"{prefix}.conv.bias"] = module.bias
        elif isinstance(module, nn.BatchNorm2d):
            tensors |= {f"{prefix}.norm.gamma": module.weight, f"{prefix}.norm.beta": module.bias,
                        f"{prefix}.norm.running_mean": module.running_mean, f"{prefix}.norm.running_var": module.running_var}
    return tensors


def numbered(prefix):
    index = 0
    while True:
        yield f"{prefix}.{index}"
        index += 1


def tensors(model, kind):
    """The tensors of a network with their names in mien: `ResNet.stages.1.layers.0.conv.weight`,
    `ResNet.stages.1.blocks.0.Residual.first.norm.gamma` and so on."""
    found = {}
    for index, stage in enumerate(model.body):
        ours = f"{NAMES[kind]}.stages.{index}"
        found |= tensors_of_layers(numbered(f"{ours}.layers"), stage)
        blocks = [module for module in stage if isinstance(module, (Residual, Inception, Separable))]
        for number, block in enumerate(blocks):
            name = f"{ours}.blocks.{number}.{type(block).__name__}"
            if isinstance(block, Inception):
                found |= tensors_of_layers(iter([f"{name}.single"]), block.single)
                found |= tensors_of_layers(numbered(f"{name}.three"), block.three)
                found |= tensors_of_layers(numbered(f"{name}.five"), block.five)
                found |= tensors_of_layers(iter([f"{name}.pooled"]), block.pooled)
            else:
                names = ("first", "second") if isinstance(block, Residual) else ("depthwise", "pointwise")
                found |= tensors_of_layers(iter([f"{name}.{part}" for part in names]), block.body)
    full = {"head": model.heads[0]} | ({"hidden": model.hidden} if model.hidden else {})
    for name, linear in full.items():
        found[f"{NAMES[kind]}.{name}.weight"] = linear.weight.t()  # [inputs, outputs]
        found[f"{NAMES[kind]}.{name}.bias"] = linear.bias
    return found


def save(model, architecture, path, description, epochs, accuracy=None, validated_on=None):
    """Saves a network as expected by `crates/compute/src/network/file.rs`: with the names of Burn, its layout of fully connected
    layers, and metadata in the header. `accuracy`, 0 to 1, is that on `validated_on`."""
    (kind, _), = architecture.items()
    training = {"description": description, "epochs": epochs, "validation_accuracy": accuracy, "validated_on": validated_on}
    named = {name: tensor.detach().float().contiguous() for name, tensor in tensors(model, kind).items()}
    save_file(named, path, metadata={
        "format": "mien-1",
        "classes": "angry,disgust,fear,happy,sad,surprise,neutral",
        "preprocessing": "48x48 grey, zero mean, unit deviation (at least 8 of 255)",
        "architecture": json.dumps(architecture),
        "training": json.dumps(training),
    })


def load(path, heads=(7,)):
    """The network of a file of `save`, or of `mien convert --precision full`, and its architecture. Heads after the first are random."""
    with safe_open(path, "pt") as file:
        architecture = json.loads(file.metadata()["architecture"])
        model = network(architecture, heads)
        (kind, _), = architecture.items()
        with torch.no_grad():
            for name, tensor in tensors(model, kind).items():
                tensor.copy_(file.get_tensor(name))
    return model, architecture
