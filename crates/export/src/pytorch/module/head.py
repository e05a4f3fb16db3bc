"""A network of mien in PyTorch: from images [batch, 1, 48, 48] to logits [batch, 7].

    network = load("network.pt.safetensors")
    probabilities = (network(normalize(crops)) / TEMPERATURE).softmax(1)  # crops: grey bytes [batch, 48, 48]
"""
import torch
from safetensors.torch import load_file
from torch import nn
from torch.nn.functional import max_pool2d, relu
