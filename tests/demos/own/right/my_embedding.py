"""A bag of words: an embedding, its mean, and a linear layer; other names than PyTorch's."""

import numpy as np
import torch

from vector import nn


class Bag(nn.Module):
    def __init__(self):
        draw = np.random.default_rng(0)
        self.table = nn.Embedding(7, 4, generator=draw)
        self.out = nn.Linear(4, 2, generator=draw)

    def __call__(self, words):
        return self.out(np.mean(self.table(words), axis=1))


class TorchBag(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = torch.nn.Embedding(7, 4)
        self.linear = torch.nn.Linear(4, 2)

    def forward(self, words):
        return self.linear(self.embedding(words).mean(dim=1))


f, g = Bag(), TorchBag()
