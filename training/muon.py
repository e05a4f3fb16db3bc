"""Muon (Jordan et al., 2024): orthogonalized momentum for the weights of convolutions."""
import torch


class Muon(torch.optim.Optimizer):
    """The norm of each weight is constant, since batch norm follows; so no weight decay is needed, and `lr` is the relative change
    per step."""

    def __init__(self, parameters, lr, momentum=0.9):
        super().__init__(parameters, {"lr": lr, "momentum": momentum})
        for group in self.param_groups:
            for weight in group["params"]:
                keep_norm(weight)

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            alike = {}  # weights of equal shape are orthogonalized together
            for weight in group["params"]:
                state = self.state[weight]
                if "momentum" not in state:
                    state["momentum"] = torch.zeros_like(weight)
                momentum = state["momentum"].mul_(group["momentum"]).add_(weight.grad)
                change = weight.grad.add(momentum, alpha=group["momentum"])
                alike.setdefault(weight.shape, []).append((weight, change.flatten(1)))
            for shape, pairs in alike.items():
                weights, changes = zip(*pairs)
                taller = max(1, shape[0] / weights[0][0].numel()) ** 0.5
                for weight, change in zip(weights, orthogonal(torch.stack(changes)).float() * taller * group["lr"]):
                    weight.sub_(change.reshape(shape))
                    keep_norm(weight)


@torch.no_grad()
def keep_norm(weight):
    """Scales the weights of each output to norm 1 on average."""
    weight.mul_(len(weight) ** 0.5 / weight.norm())


def orthogonal(matrices, steps=4):
    """Newton-Schulz iteration: approximately the nearest orthogonal matrices, `[n, rows, columns]`."""
    matrices = matrices.bfloat16()
    matrices = matrices / (matrices.norm(dim=(1, 2), keepdim=True) + 1e-7)
    tall = matrices.shape[1] > matrices.shape[2]
    if tall:
        matrices = matrices.mT
    for _ in range(steps):
        square = matrices @ matrices.mT
        matrices = torch.baddbmm(matrices, torch.baddbmm(square, square, square, beta=-4.7750, alpha=2.0315), matrices, beta=3.4445)
    return matrices.mT if tall else matrices
