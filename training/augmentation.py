"""Data augmentation that simulates a webcam: framing, roll, light, blur, low resolution, noise and occlusion."""
import functools
import math

import torch
import torch.nn.functional as F


def augment(images, strength, side):
    """`[n, 48, 48]` bytes to `[n, 1, side, side]` from 0 to 255; `strength` from 0 to 1. Does not synchronize with the device."""
    batch = frame(images.float().unsqueeze(1), strength, side)
    batch = soften(batch, strength)
    batch = light(batch, strength)
    noisy = uniform(batch) * 14 * strength * chosen(batch, 0.2)
    batch = batch + torch.randn_like(batch) * noisy
    return cover(batch, strength).clamp(0, 255)


def uniform(batch, low=0.0, high=1.0):
    """A uniform random number for each image, `[n, 1, 1, 1]`."""
    return torch.rand(len(batch), 1, 1, 1, device=batch.device) * (high - low) + low


def normal(batch, deviation):
    return torch.randn(len(batch), 1, 1, 1, device=batch.device) * deviation


def chosen(batch, share):
    """A random mask of images, `[n, 1, 1, 1]`."""
    return uniform(batch) < share


def frame(batch, strength, side):
    """Horizontal flip, rotation up to 18°, scaling by up to a fifth, slight changes of the aspect ratio, translation by up to 8 %."""
    angle = uniform(batch, -1, 1) * math.radians(18) * strength * chosen(batch, 0.75)
    scale = torch.exp(uniform(batch, -1, 1) * 0.2 * strength)
    aspect = torch.exp(normal(batch, 0.04 * strength))
    mirror = chosen(batch, 0.5) * 2.0 - 1
    shift = [uniform(batch, -1, 1) * 0.16 * strength for _ in range(2)]
    rows = [torch.cat([angle.cos() * scale * mirror * aspect, -angle.sin() * scale, shift[0]], 3),
            torch.cat([angle.sin() * scale * mirror, angle.cos() * scale / aspect, shift[1]], 3)]
    grid = F.affine_grid(torch.cat(rows, 2).squeeze(1), (len(batch), 1, side, side), align_corners=False)
    return F.grid_sample(batch, grid, align_corners=False, padding_mode="border")


@functools.cache
def coarser(side, device):
    """Matrices that reduce `side` pixels to 10 to 29 and enlarge them again, and an identity matrix at the end, `[21, side, side]`."""
    whole = torch.eye(side, device=device).unsqueeze(0)
    reduced = [F.interpolate(F.interpolate(whole, few, mode="area"), side, mode="linear") for few in range(10, 30)]
    return torch.cat([*reduced, whole]).transpose(1, 2)


def soften(batch, strength):
    """Low resolution of 10 to 29 pixels, and Gaussian blur with a standard deviation of 0.5 to 1.7 pixels, each for some images. Both
    are separable: the same matrix applies to columns and rows."""
    side = batch.shape[-1]
    few = torch.randint(20, (len(batch),), device=batch.device).masked_fill(~chosen(batch, 0.15 * strength).flatten(), 20)
    deviation = uniform(batch, 0.5, 1.7).masked_fill(~chosen(batch, 0.12 * strength), 0.05)
    place = torch.arange(side, device=batch.device)
    blur = torch.exp(-((place.view(-1, 1) - place) / deviation).square() / 2)
    matrix = blur / blur.sum(3, keepdim=True) @ coarser(side, batch.device)[few].unsqueeze(1)
    return matrix @ batch @ matrix.transpose(2, 3)


def light(batch, strength):
    """Gamma, a shadow from one side, contrast and brightness, with clipping."""
    gamma = torch.exp(normal(batch, 0.3 * strength))
    batch = (batch / 255).clamp(1e-4, 1) ** gamma.masked_fill(~chosen(batch, 0.5), 1)
    across, direction = torch.linspace(-1, 1, batch.shape[-1], device=batch.device), uniform(batch, 0, 2 * math.pi)
    ramp = across.view(1, -1) * direction.cos() + across.view(-1, 1) * direction.sin()
    depth = uniform(batch, 0, 0.75) * strength * chosen(batch, 0.25)
    batch = batch * (1 - depth * torch.sigmoid(4 * (ramp + normal(batch, 0.4))))
    contrast, brightness = torch.exp(normal(batch, 0.35 * strength)), normal(batch, 0.15 * strength)
    changed = ((batch - 0.5) * contrast + 0.5 + brightness).clamp(0, 1)
    return torch.where(chosen(batch, 0.4), changed, batch) * 255


def cover(batch, strength):
    """Random rectangles, and occasionally a mask over the lower face or a bar over the eyes."""
    side, kind = batch.shape[-1], uniform(batch) / max(strength, 1e-3)
    rectangle, mask = kind < 0.27, kind < 0.32
    height = torch.where(rectangle, uniform(batch, 0.125, 0.375), 0.22 + 0.78 * mask) * side
    width = uniform(batch, 0.125, 0.375).masked_fill(~rectangle, 1) * side
    top = torch.where(rectangle, uniform(batch) * (side - height), torch.where(mask, uniform(batch, 0.52, 0.62), uniform(batch, 0.2, 0.26)) * side)
    left = uniform(batch) * (side - width)
    place = torch.arange(side, device=batch.device)
    rows, columns = place.view(-1, 1), place
    inside = (rows >= top - 0.5) & (rows < top + height - 0.5) & (columns >= left - 0.5) & (columns < left + width - 0.5) & (kind < 0.36)
    paint = uniform(batch, 0, 255) + torch.randn_like(batch) * 40 * chosen(batch, 0.3)
    return torch.where(inside, paint, batch)
