"""FER2013 and FER+'s votes as tensors."""
import csv

import numpy as np
import torch
import torch.nn.functional as F

VOTES = ["anger", "disgust", "fear", "happiness", "sadness", "surprise", "neutral"]  # FER+ columns in FER2013's order
OTHERS = ["contempt", "unknown", "NF"]  # the other choices of taggers; NF: not a face
DOUBTFUL = {5274, 6968, 33200, 34334}  # rows whose FER+ votes belong to another image
LEAST_DEVIATION = 5  # of 255; other images are near-constant


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
        rows = [{name.lower(): text for name, text in row.items()} for row in csv.DictReader(open(votes_path))]
        cast = torch.tensor([[float(row[name.lower()] or 0) for name in VOTES + OTHERS] for row in rows])
        cast[torch.tensor([number in DOUBTFUL for number in range(len(rows))])] = 0
        votes = cast[torch.tensor([row["usage"] != "PrivateTest" for row in rows])]
        assert len(votes) == len(images), "the votes do not fit the CSV row by row"
    return images, labels, votes, torch.tensor(held)


def rendered(path, count, smoothing):
    """`count` model faces of the Training split, or all, repeated as often as necessary: images `[count, 48, 48]` (u8), targets of the seven
    outputs `[count, 7]`, and no votes, `[count, 10]`."""
    rows = [row for row in csv.DictReader(open(path)) if row["Usage"] == "Training"]
    images = torch.from_numpy(np.stack([np.array(row["pixels"].split(), np.uint8) for row in rows]).reshape(-1, 48, 48))
    labels = torch.tensor([int(row["emotion"]) for row in rows])
    count = count or len(rows)
    chosen = torch.cat([torch.randperm(len(rows)) for _ in range(-(-count // len(rows)))])[:count]
    one_hot = F.one_hot(labels[chosen], len(VOTES)).float()
    return images[chosen], (1 - smoothing) * one_hot + smoothing / len(VOTES), torch.zeros(count, len(VOTES) + len(OTHERS))


def training_mask(images, votes, held):
    """The mask of images to train on, `[n]`: without copies of images of PublicTest, near-constant images, and those that at least
    half of FER+'s taggers marked as not a face."""
    seen = {image.numpy().tobytes() for image in images[held]}
    flat = images.float().std((1, 2)) <= LEAST_DEVIATION
    no_face = votes[:, -1] >= 5
    known = torch.tensor([image.numpy().tobytes() in seen for image in images])
    return ~(held | flat | no_face | known)


def targets(labels, votes, learned, share, smoothing):
    """The targets of the seven outputs, `[n, 7]`: the label, blended with the label distribution expected from FER+'s votes, with
    label smoothing."""
    one_hot = F.one_hot(labels, len(VOTES)).float()
    mixed = one_hot.lerp(expected(labels, votes, learned), share)
    return (1 - smoothing) * mixed + smoothing / len(VOTES)


def expected(labels, votes, learned):
    """The probability of each of FER2013's labels given the image's FER+ votes alone, `[n, 7]`, by a logistic regression on
    the images in `learned`; the label itself without votes. FER+'s taggers assign most of fear and disgust to other classes and
    label many images as neutral: this corrects for that, and finds labels that ten people disagree with, without memorizing any."""
    given = shares(votes)
    features = torch.cat([given, given.sqrt(), torch.log(given + 0.05), given * given.max(1, keepdim=True).values], 1)
    features = (features - features[learned].mean(0)) / (features[learned].std(0) + 1e-3)
    has = votes.sum(1) > 0
    regression = torch.nn.Linear(features.shape[1], len(VOTES))
    torch.nn.init.zeros_(regression.weight)
    optimizer = torch.optim.LBFGS(regression.parameters(), max_iter=150, line_search_fn="strong_wolfe")

    def loss():
        optimizer.zero_grad()
        value = F.cross_entropy(regression(features[learned & has]), labels[learned & has]) + 1e-4 * regression.weight.square().sum()
        value.backward()
        return value

    optimizer.step(loss)
    with torch.no_grad():
        return torch.where(has.unsqueeze(1), regression(features).softmax(1), F.one_hot(labels, len(VOTES)).float())


def shares(votes):
    """The share of each choice, `[n, 10]`; a single vote is treated as noise (Barsoum et al., 2016). All 0 without votes."""
    votes = torch.where(votes == 1, 0, votes)
    return votes / votes.sum(1, keepdim=True).clamp(min=1)


def majority(votes):
    """FER+'s label where most taggers agree on one of the seven, else -1: `[n]`."""
    highest = votes.max(1, keepdim=True).values
    unique = ((votes == highest).sum(1) == 1) & (highest[:, 0] > 0)
    label = votes.argmax(1)
    return torch.where(unique & (label < len(VOTES)), label, -1)


def normalize(batch):
    """`[n, 1, side, side]` from 0 to 255 to zero mean and unit deviation, like `mien_core::vision::Crop::normalize`."""
    mean = batch.mean((2, 3), keepdim=True)
    return (batch - mean) / batch.std((2, 3), keepdim=True, unbiased=False).clamp(min=8)
