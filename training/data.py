"""FER2013 and FER+'s votes as tensors."""
import csv

import numpy as np
import torch
import torch.nn.functional as F

VOTES = ["anger", "disgust", "fear", "happiness", "sadness", "surprise", "neutral"]  # FER+ columns in FER2013's order
OTHERS = ["contempt", "unknown", "NF"]  # what else a tagger may have chosen; NF: not a face
DOUBTFUL = {5274, 6968, 33200, 34334}  # rows whose FER+ votes do not fit the image
LEAST_DEVIATION = 5  # of 255; below that there is nothing to see


def read(path, votes_path):
    """Images `[n, 48, 48]` (u8), labels `[n]`, FER+ votes `[n, 10]` (all 0 where there are none), PublicTest mask `[n]`."""
    pixels, labels, held = [], [], []
    for row in csv.DictReader(open(path)):
        if row["Usage"] == "PrivateTest":
            continue
        pixels.append(np.array(row["pixels"].split(), np.uint8))
        labels.append(int(row["emotion"]))
        held.append(row["Usage"] == "PublicTest")
    images, labels = torch.from_numpy(np.stack(pixels).reshape(-1, 48, 48)), torch.tensor(labels)
    votes = torch.zeros(len(images), len(VOTES) + len(OTHERS))
    if votes_path is not None:
        rows = [row for row in csv.DictReader(open(votes_path)) if row["usage"] != "PrivateTest"]
        assert len(rows) == len(images), "the votes do not fit the CSV row by row"
        votes = torch.tensor([[float(row[name] or 0) for name in VOTES + OTHERS] for row in rows])
        votes[torch.tensor([int(row["row"]) in DOUBTFUL for row in rows])] = 0
    return images, labels, votes, torch.tensor(held)


def to_learn_from(images, votes, held):
    """Which images to learn from, `[n]`: none that is byte-identical to one of PublicTest, near-constant or, to half of
    FER+'s taggers, no face."""
    seen = {image.numpy().tobytes() for image in images[held]}
    flat = images.float().std((1, 2)) <= LEAST_DEVIATION
    no_face = votes[:, -1] >= 5
    known = torch.tensor([image.numpy().tobytes() in seen for image in images])
    return ~(held | flat | no_face | known)


def targets(labels, votes, share, smoothing):
    """What the seven outputs should be, `[n, 7]`: the label, mixed with a share of FER+'s votes (half of it for disgust and
    fear, whom its taggers hand to others), and smoothed."""
    one_hot = F.one_hot(labels, len(VOTES)).float()
    seven = shares(votes)[:, :len(VOTES)]
    total = seven.sum(1, keepdim=True)
    seven = torch.where(total > 0, seven / total.clamp(min=1e-6), one_hot)
    mixed = one_hot.lerp(seven, (share * torch.tensor([1, 0.5, 0.5, 1, 1, 1, 1])[labels]).unsqueeze(1))
    return (1 - smoothing) * mixed + smoothing / len(VOTES)


def shares(votes):
    """The share of each choice, `[n, 10]`; a single tagger of ten is noise (Barsoum et al., 2016). All 0 without votes."""
    votes = torch.where(votes == 1, 0, votes)
    return votes / votes.sum(1, keepdim=True).clamp(min=1)


def majority(votes):
    """FER+'s label where most taggers agree on one of the seven, else -1: `[n]`."""
    highest = votes.max(1, keepdim=True).values
    unique = ((votes == highest).sum(1) == 1) & (highest[:, 0] > 0)
    label = votes.argmax(1)
    return torch.where(unique & (label < len(VOTES)), label, -1)


def normalise(batch):
    """`[n, 1, side, side]` of 0 to 255 to zero mean and unit deviation, as `mien::vision::Crop::normalise`."""
    mean = batch.mean((2, 3), keepdim=True)
    return (batch - mean) / batch.std((2, 3), keepdim=True, unbiased=False).clamp(min=8)
