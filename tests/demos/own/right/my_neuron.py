"""A neuron of the scalar engine, and the same on PyTorch."""

from random import Random

import torch

from scalar.nn import MLP

f = MLP(2, [3, 1], activation="tanh", generator=Random(0))


class Twin(torch.nn.Module):
    """The same numbers, layer by layer."""

    def __init__(self):
        super().__init__()
        for i, neuron in enumerate([n for layer in f.layers for n in layer.neurons]):
            self.register_parameter(f"w{i}", torch.nn.Parameter(torch.tensor([w.data for w in neuron.w])))
            self.register_parameter(f"b{i}", torch.nn.Parameter(torch.tensor(neuron.b.data)))

    def forward(self, x):
        own = dict(self.named_parameters())
        hidden = torch.stack([torch.tanh(own[f"w{i}"] @ x + own[f"b{i}"]) for i in range(3)])
        return own["w3"] @ hidden + own["b3"]


g = Twin()
