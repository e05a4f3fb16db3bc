"""Muon (Jordan et al., 2024): momentum, made orthogonal, for the weights of convolutions."""
import torch


class Muon(torch.optim.Optimizer):
    """Each weight keeps its norm, since batch norm follows; so no weight decay is needed, and `lr` is the share of the weight
    that a step changes."""

    def __init__(self, parameters, lr, momentum=0.9):
        super().__init__(parameters, {"lr": lr, "momentum": momentum})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for weight in group["params"]:
                state = self.state[weight]
                if "momentum" not in state:
                    state["momentum"] = torch.zeros_like(weight)
                    keep_norm(weight)
                momentum = state["momentum"].mul_(group["momentum"]).add_(weight.grad)
                change = orthogonal(weight.grad.add(momentum, alpha=group["momentum"]).flatten(1))
                taller = max(1, weight.shape[0] / weight[0].numel()) ** 0.5
                weight.add_(change.reshape(weight.shape).to(weight.dtype) * taller, alpha=-group["lr"])
                keep_norm(weight)


def keep_norm(weight):
    """Each output's weights have norm 1 on average."""
    weight.mul_(len(weight) ** 0.5 / weight.norm())


def orthogonal(matrix, steps=4):
    """Newton and Schulz's iteration: the nearest matrix whose singular values are about 1."""
    matrix = matrix.bfloat16()
    matrix = matrix / (matrix.norm() + 1e-7)
    tall = matrix.shape[0] > matrix.shape[1]
    if tall:
        matrix = matrix.T
    for _ in range(steps):
        square = matrix @ matrix.T
        matrix = 3.4445 * matrix + (-4.7750 * square + 2.0315 * square @ square) @ matrix
    return matrix.T if tall else matrix
