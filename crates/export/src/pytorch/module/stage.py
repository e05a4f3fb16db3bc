class Stage(nn.Module):
    def __init__(self, layers, blocks, dropout):
        super().__init__()
        self.layers, self.blocks, self.dropout = nn.Sequential(*layers), nn.Sequential(*blocks), nn.Dropout(dropout)

    def forward(self, x):
        return self.dropout(max_pool2d(self.blocks(self.layers(x)), 2))
