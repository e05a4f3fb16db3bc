class Inception(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        half, quarter, eighth = outputs // 2, outputs // 4, outputs // 8
        self.single = Layer(inputs, quarter, 1)
        self.three = nn.Sequential(Layer(inputs, quarter, 1), Layer(quarter, half))
        self.five = nn.Sequential(Layer(inputs, eighth, 1), Layer(eighth, eighth), Layer(eighth, eighth))
        self.pooled = Layer(inputs, eighth, 1)

    def forward(self, x):
        return torch.cat([self.single(x), self.three(x), self.five(x), self.pooled(max_pool2d(x, 3, 1, 1))], 1)
