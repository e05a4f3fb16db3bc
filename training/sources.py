"""Sources of training data: images, augmented at every step or in advance, and the targets of each head."""
import torch

from augmentation import augment
from data import normalize


class Anew:
    """Images augmented at every step, with mixup by a share from Beta(mixup, mixup); 0 disables it. `goals` are the targets of each
    head, `[n, classes]`, times the weight of the image. The predictions of teachers for the same input have the share `trust`, `[n, 1]`, of
    each target (distillation; Beyer et al., 2022)."""

    def __init__(self, images, goals, strength, side, mixup, teachers=(), trust=None):
        self.images, self.goals, self.strength, self.side, self.mixup = images, goals, strength, side, mixup
        self.teachers, self.trust = teachers, trust

    def order(self):
        """The indices of an epoch."""
        return torch.randperm(len(self.images), device=self.images.device)

    def shares(self, size):
        """The mixup share of each image, `[size, 1]`, at least half."""
        if not self.mixup:
            return torch.ones(size, 1, device=self.images.device)
        share = torch.distributions.Beta(self.mixup, self.mixup).sample((size, 1))
        return share.maximum(1 - share).to(self.images.device)

    def __call__(self, index, share):
        """Inputs `[batch, 1, side, side]` and the targets of each head."""
        inputs = normalize(augment(self.images[index], self.strength, self.side))
        goals = [goal[index] for goal in self.goals]
        trust = self.trust[index] if self.teachers else None
        if self.mixup:
            inputs = inputs.roll(1, 0).lerp(inputs, share[:, :, None, None])
            goals = [goal.roll(1, 0).lerp(goal, share) for goal in goals]
            trust = trust.roll(1, 0).lerp(trust, share) if self.teachers else None
        if self.teachers:
            goals = [goal.lerp(theirs * goal.sum(1, keepdim=True), trust) for goal, theirs in zip(goals, said(self.teachers, inputs))]
        return inputs, goals


class Views:
    """Views of each image of a source, computed once with the predictions of the teachers and shared by several networks. They are
    flipped half of the time. They are kept in the file `path`, if one is given, and read from it if it exists."""

    def __init__(self, source, count, path=None):
        self.each, self.side, self.count = len(source.images), source.side, count
        if path and path.exists():
            self.inputs, self.goals = torch.load(path, map_location=source.images.device)
            assert len(self.inputs) == count * self.each, f"{path} has views of other images, or another number of views"
        else:
            self.inputs, self.goals = self.computed(source, count)
            if path:
                torch.save((self.inputs, self.goals), path)

    @staticmethod
    @torch.no_grad()
    def computed(source, count):
        """Inputs `[count * images, 1, side, side]` in half precision and the targets of each head."""
        each, inputs, goals = len(source.images), [], []
        for _ in range(count):
            for index in torch.arange(each, device=source.images.device).split(512):
                partners = torch.randperm(len(index), device=index.device)
                batch, aims = source(index[partners], source.shares(len(index)))
                back = partners.argsort()
                inputs.append(batch[back].half()), goals.append([aim[back] for aim in aims])
        return torch.cat(inputs), [torch.cat(aims) for aims in zip(*goals)]

    def order(self):
        places = torch.randperm(self.each, device=self.inputs.device)
        return places + self.each * torch.randint(self.count, (self.each,), device=places.device)

    def shares(self, size):
        return torch.ones(size, 1, device=self.inputs.device)

    def __call__(self, index, share):
        inputs = self.inputs[index].float()
        mirrored = torch.rand(len(index), 1, 1, 1, device=inputs.device) < 0.5
        return torch.where(mirrored, inputs.flip(3), inputs), [goal[index] for goal in self.goals]


def forward(network, batch):
    """Logits of each head in full precision; the network runs in bfloat16."""
    with torch.autocast(batch.device.type, dtype=torch.bfloat16, cache_enabled=False):
        outputs = network(batch.to(memory_format=torch.channels_last))
    return [output.float() for output in outputs]


@torch.no_grad()
def said(teachers, inputs):
    """The mean probabilities of each head over several networks."""
    return [sum(logits.softmax(1) for logits in head) / len(teachers) for head in zip(*(forward(teacher, inputs) for teacher in teachers))]
