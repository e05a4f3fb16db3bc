class Separable(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.depthwise, self.pointwise = Layer(inputs, inputs, groups=inputs), Layer(inputs, outputs, 1)
        self.skips = inputs == outputs

    def forward(self, x):
        return self.pointwise(self.depthwise(x), x if self.skips else 0)
