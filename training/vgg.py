"""`src/network/vgg.rs` in PyTorch, layer for layer, and its weights as a file that `mien` reads."""
import json

import torch.nn as nn
from safetensors.torch import save_file

STAGES = [(32, 2), (64, 2), (128, 3), (256, 2)]  # channels and convolutions of each stage
STAGE_DROPOUT = [0.0, 0.05, 0.1, 0.15]
DROPOUT = 0.4


def network(stages=STAGES, stage_dropout=STAGE_DROPOUT, dropout=DROPOUT):
    parts, inputs = [], 1
    for (channels, count), share in zip(stages, stage_dropout):
        layers = []
        for _ in range(count):
            layers += [nn.Conv2d(inputs, channels, 3, padding=1, bias=False), nn.BatchNorm2d(channels), nn.ReLU()]
            inputs = channels
        parts.append(nn.Sequential(*layers, nn.MaxPool2d(2), nn.Dropout(share)))
    parts.append(nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(dropout), nn.Linear(inputs, 7)))
    return nn.Sequential(*parts)


def stages_of(state):
    """The stages of a network from its tensors, `network().state_dict()`."""
    stages = []
    for name, tensor in state.items():
        if tensor.ndim == 4:
            stage, channels = int(name.split(".")[0]), tensor.shape[0]
            stages += [(channels, 0)] * (stage + 1 - len(stages))
            stages[stage] = (channels, stages[stage][1] + 1)
    return stages


def save(state, path, description, epochs, accuracy=None, validated_on=None, stage_dropout=STAGE_DROPOUT, dropout=DROPOUT):
    """Writes `network().state_dict()` as `src/network/file.rs` reads it: Burn's names, its layout of the head, and a
    header that says what the file is. `accuracy`, 0 to 1, is that on `validated_on`."""
    stages = stages_of(state)
    tensors = {}
    for stage, (_, count) in enumerate(stages):
        for layer in range(count):
            ours, conv, norm = f"Vgg.stages.{stage}.layers.{layer}", f"{stage}.{3 * layer}", f"{stage}.{3 * layer + 1}"
            tensors[f"{ours}.conv.weight"] = state[f"{conv}.weight"]
            tensors[f"{ours}.norm.gamma"] = state[f"{norm}.weight"]
            tensors[f"{ours}.norm.beta"] = state[f"{norm}.bias"]
            tensors[f"{ours}.norm.running_mean"] = state[f"{norm}.running_mean"]
            tensors[f"{ours}.norm.running_var"] = state[f"{norm}.running_var"]
    tensors["Vgg.head.weight"] = state[f"{len(stages)}.3.weight"].t()  # [inputs, classes]
    tensors["Vgg.head.bias"] = state[f"{len(stages)}.3.bias"]
    architecture = {"vgg": {"stages": stages, "stage_dropout": stage_dropout, "dropout": dropout}}
    training = {"description": description, "epochs": epochs, "validation_accuracy": accuracy, "validated_on": validated_on}
    save_file({name: tensor.float().contiguous() for name, tensor in tensors.items()}, path, metadata={
        "format": "mien-1",
        "classes": "angry,disgust,fear,happy,sad,surprise,neutral",
        "preprocessing": "48x48 grey, zero mean, unit deviation (at least 8 of 255)",
        "architecture": json.dumps(architecture),
        "training": json.dumps(training),
    })
