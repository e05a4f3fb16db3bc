"""Fused batch norm, addition, ReLU, 2x2 max-pooling and dropout, in one forward and one backward pass: these take most of the time on
CPUs with fast matrix multiplication. For training in bfloat16 with channels last; PyTorch is used otherwise. fused.c is compiled
with the C compiler of the system on import."""
import ctypes
import pathlib
import subprocess
import tempfile

import torch
import torch.nn as nn

FLAGS = ["-O3", "-march=native", "-mprefer-vector-width=512", "-ffast-math", "-fopenmp", "-shared", "-fPIC"]


def compiled():
    """The compiled library, or None without a C compiler."""
    library = pathlib.Path(tempfile.mkdtemp()) / "fused.so"
    try:
        subprocess.run(["cc", *FLAGS, pathlib.Path(__file__).with_name("fused.c"), "-o", library, "-lm"], check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return ctypes.CDLL(library)


LIBRARY = compiled()


def threads(count):
    """Sets the number of threads, since the runtime is not that of PyTorch."""
    if LIBRARY is not None:
        LIBRARY.threads(count)


def at(tensor):
    return ctypes.c_void_p(tensor.data_ptr() if tensor is not None else None)


def channels_last(x):
    return x.contiguous(memory_format=torch.channels_last)


class Fused(torch.autograd.Function):
    """`max(0, norm(x) + skip)`; with `drop`, 2x2 max-pooling and dropout with that probability, in place of the sum."""

    @staticmethod
    def forward(ctx, x, skip, gamma, beta, norm, drop):
        n, c, h, w = x.shape
        rows = n * h * w
        mean, var = torch.empty(c), torch.empty(c)
        LIBRARY.moments(at(x), ctypes.c_long(rows), c, at(mean), at(var))
        norm.num_batches_tracked += 1
        momentum = 1 / float(norm.num_batches_tracked) if norm.momentum is None else norm.momentum
        norm.running_mean.lerp_(mean, momentum)
        norm.running_var.lerp_(var * (rows / (rows - 1)), momentum)
        inverse = (var + norm.eps).rsqrt()
        scale = gamma.detach() * inverse
        shift = beta.detach() - mean * scale
        ctx.drop, ctx.skipped = drop, skip is not None
        if drop is None:
            y = torch.empty_like(x)
            LIBRARY.forward(at(x), at(skip), at(y), ctypes.c_long(rows), c, at(scale), at(shift))
            ctx.save_for_backward(x, y, scale, mean, inverse)
        else:
            y = torch.empty((n, c, h // 2, w // 2), dtype=x.dtype, memory_format=torch.channels_last)
            index = torch.empty((n, h // 2, w // 2, c), dtype=torch.uint8)
            seed = ctypes.c_uint64(int(torch.randint(1 << 62, ())))
            LIBRARY.forward_pool(at(x), at(y), at(index), n, h, w, c, at(scale), at(shift), ctypes.c_float(drop), seed)
            ctx.save_for_backward(x, index, scale, mean, inverse)
        return y

    @staticmethod
    def backward(ctx, gy):
        x, kept, scale, mean, inverse = ctx.saved_tensors
        n, c, h, w = x.shape
        gy = channels_last(gy.to(x.dtype))
        gx, dgamma, dbeta = torch.empty_like(x), torch.empty(c), torch.empty(c)
        gskip = torch.empty_like(x) if ctx.skipped else None
        ends = at(scale), at(mean), at(inverse), at(dgamma), at(dbeta)
        if ctx.drop is None:
            LIBRARY.backward(at(x), at(kept), at(gy), at(gx), at(gskip), ctypes.c_long(n * h * w), c, *ends)
        else:
            LIBRARY.backward_pool(at(x), at(gy), at(kept), at(gx), n, h, w, c, *ends, ctypes.c_float(ctx.drop))
        return gx, gskip, dgamma, dbeta, None, None


def fits(norm, x):
    return LIBRARY is not None and norm.training and x.dtype == torch.bfloat16 and x.device.type == "cpu"


def norm_relu(norm, x, skip=None):
    """`max(0, norm(x) + skip)`."""
    if fits(norm, x):
        skip = None if skip is None else channels_last(skip.to(x.dtype))
        return Fused.apply(channels_last(x), skip, norm.weight, norm.bias, norm, None)
    x = norm(x)
    return torch.relu(x if skip is None else x + skip)


def run(modules, x):
    """The output of `nn.Sequential(*modules)` for `x`."""
    modules, index = list(modules), 0
    while index < len(modules):
        module, following = modules[index], [type(other) for other in modules[index + 1:index + 4]]
        if isinstance(module, nn.Sequential):
            x, index = run(module, x), index + 1
        elif isinstance(module, nn.BatchNorm2d) and following[:1] == [nn.ReLU]:
            if fits(module, x) and following == [nn.ReLU, nn.MaxPool2d, nn.Dropout]:
                drop = modules[index + 3]
                x = Fused.apply(channels_last(x), None, module.weight, module.bias, module, drop.p if drop.training else 0.0)
                index += 4
            else:
                x, index = norm_relu(module, x), index + 2
        else:
            x, index = module(x), index + 1
    return x
