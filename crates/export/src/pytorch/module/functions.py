def normalize(crops):
    """Zero mean and unit standard deviation (at least LEAST grey levels) for each of the grey crops [batch, 48, 48]."""
    x = crops.unsqueeze(1).float()
    x = x - x.mean((2, 3), keepdim=True)
    return x / x.square().mean((2, 3), keepdim=True).sqrt().clamp(min=LEAST)


def load(path):
    """The network with the state dict in this file, for inference; `.train()` makes it ready for training."""
    network = Network()
    network.load_state_dict(load_file(path))
    return network.eval()
