"""What a webcam does to a face, at random: framing, roll, light, blur, low resolution, noise and what covers it."""
import math

import torch
import torch.nn.functional as F


def augment(images, strength, side):
    """`[n, 48, 48]` bytes to `[n, 1, side, side]` of 0 to 255; `strength` 0 to 1."""
    batch = frame(images.float().unsqueeze(1), strength, side)
    coarsen(batch, strength)
    blur(batch, strength)
    batch = light(batch, strength)
    noisy = torch.rand(len(batch), 1, 1, 1) * 14 * strength * chosen(batch, 0.2)
    batch = batch + torch.randn_like(batch) * noisy
    cover(batch, strength)
    return batch.clamp(0, 255)


def chosen(batch, share):
    """Which images a change is for, `[n, 1, 1, 1]`."""
    return torch.rand(len(batch), 1, 1, 1) < share


def frame(batch, strength, side):
    """Mirrored, rolled up to 18°, a fifth tighter or wider, a little squeezed, shifted by up to 8 %."""
    size = len(batch)
    angle = (torch.rand(size) * 2 - 1) * math.radians(18) * strength
    angle = torch.where(torch.rand(size) < 0.25, 0.0, angle)
    scale = torch.exp((torch.rand(size) * 2 - 1) * 0.2 * strength)
    aspect = torch.exp(torch.randn(size) * 0.04 * strength)
    mirror = (torch.rand(size) < 0.5).float() * 2 - 1
    source_from_target = torch.zeros(size, 2, 3)
    source_from_target[:, 0, 0] = angle.cos() * scale * mirror * aspect
    source_from_target[:, 0, 1] = -angle.sin() * scale
    source_from_target[:, 1, 0] = angle.sin() * scale * mirror
    source_from_target[:, 1, 1] = angle.cos() * scale / aspect
    source_from_target[:, :, 2] = (torch.rand(size, 2) * 2 - 1) * 0.16 * strength
    grid = F.affine_grid(source_from_target, (size, 1, side, side), align_corners=False)
    return F.grid_sample(batch, grid, align_corners=False, padding_mode="border")


def coarsen(batch, strength):
    """Some images were smaller once: 10 to 29 pixels."""
    side = batch.shape[-1]
    which = torch.nonzero(torch.rand(len(batch)) < 0.15 * strength).flatten()
    for part in which.split(max(1, len(which) // 3)) if len(which) else []:
        few = int(torch.randint(10, 30, (1,)))
        small = F.interpolate(batch[part], size=(few, few), mode="area")
        batch[part] = F.interpolate(small, size=(side, side), mode="bilinear", align_corners=False)


def blur(batch, strength):
    """Some are out of focus, by a Gaussian of 0.5 to 1.7 pixels."""
    which = torch.nonzero(torch.rand(len(batch)) < 0.12 * strength).flatten()
    if len(which):
        deviation = 0.5 + float(torch.rand(1)) * 1.2
        kernel = torch.exp(-torch.arange(-3, 4).float() ** 2 / (2 * deviation ** 2))
        kernel /= kernel.sum()
        padded = F.pad(batch[which], (3, 3, 3, 3), mode="replicate")
        batch[which] = F.conv2d(F.conv2d(padded, kernel.view(1, 1, 1, 7)), kernel.view(1, 1, 7, 1))


def light(batch, strength):
    """Gamma, a shadow from one side, contrast and brightness, with what burns out lost."""
    size, side = len(batch), batch.shape[-1]
    gamma = torch.exp(torch.randn(size, 1, 1, 1) * 0.3 * strength)
    batch = (batch / 255).clamp(1e-4, 1) ** torch.where(chosen(batch, 0.5), gamma, 1.0)
    across, direction = torch.linspace(-1, 1, side), torch.rand(size, 1, 1) * 2 * math.pi
    ramp = across.view(1, 1, -1) * direction.cos() + across.view(1, -1, 1) * direction.sin()
    ramp = torch.sigmoid(4 * (ramp + torch.randn(size, 1, 1) * 0.4)).unsqueeze(1)
    depth = torch.rand(size, 1, 1, 1) * 0.75 * strength * chosen(batch, 0.25)
    batch = batch * (1 - depth * ramp)
    contrast = torch.exp(torch.randn(size, 1, 1, 1) * 0.35 * strength)
    brightness = torch.randn(size, 1, 1, 1) * 0.15 * strength
    changed = ((batch - 0.5) * contrast + 0.5 + brightness).clamp(0, 1)
    return torch.where(chosen(batch, 0.4), changed, batch) * 255


def cover(batch, strength):
    """Random rectangles, and now and then a mask over the lower face or a bar over the eyes."""
    side, kind = batch.shape[-1], torch.rand(len(batch))
    for index in torch.nonzero(kind < 0.36 * strength).flatten().tolist():
        if kind[index] < 0.27 * strength:
            height, width = torch.randint(side // 8, side * 3 // 8 + 1, (2,)).tolist()
            top, left = int(torch.randint(0, side - height, (1,))), int(torch.randint(0, side - width, (1,)))
        elif kind[index] < 0.32 * strength:
            top, height, left, width = int(side * (0.52 + 0.1 * float(torch.rand(1)))), side, 0, side
        else:
            top, height, left, width = int(side * (0.2 + 0.06 * float(torch.rand(1)))), int(side * 0.22), 0, side
        area = batch[index, :, top:top + height, left:left + width]
        area.copy_(torch.rand(1) * 255 + (0 if torch.rand(1) < 0.7 else torch.randn_like(area) * 40))
