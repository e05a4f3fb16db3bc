class Layer(nn.Module):
    def __init__(self, inputs, outputs, side=3, groups=1):
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, side, padding=side // 2, groups=groups, bias=False)
        self.norm = nn.BatchNorm2d(outputs)

    def forward(self, x, skip=0):
        return relu(self.norm(self.conv(x)) + skip)
