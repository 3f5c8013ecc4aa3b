"""A linear layer that reads its square weight the other way round than PyTorch's Linear."""

import numpy as np
import torch

from vector import nn


class Dense(nn.Module):
    def __init__(self):
        generator = np.random.default_rng(3)
        self.weight = nn.parameter(generator.standard_normal((3, 3)))
        self.bias = nn.parameter(generator.standard_normal(3))

    def __call__(self, x):
        return np.tanh(x @ self.weight + self.bias)


class Same(torch.nn.Linear):
    def __init__(self):
        super().__init__(3, 3)

    def forward(self, x):
        return torch.tanh(super().forward(x))


f, g = Dense(), Same()
