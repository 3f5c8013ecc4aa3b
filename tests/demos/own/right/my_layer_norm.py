"""LayerNorm by hand, with the layout of PyTorch's."""

import numpy as np
import torch


def f(x, weight, bias):
    centred = x - np.mean(x, axis=-1, keepdims=True)
    return centred / np.sqrt(np.mean(centred**2, axis=-1, keepdims=True) + 1e-5) * weight + bias


g = torch.nn.LayerNorm(5)
