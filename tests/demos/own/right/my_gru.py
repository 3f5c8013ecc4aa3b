"""A GRU cell by hand, with the parameters of PyTorch's."""

import numpy as np
import torch

import vector


def f(x, h, weight_ih, weight_hh, bias_ih, bias_hh):
    from_x = np.split(x @ weight_ih.T + bias_ih, 3, axis=1)
    from_h = np.split(h @ weight_hh.T + bias_hh, 3, axis=1)
    reset = vector.sigmoid(from_x[0] + from_h[0])
    update = vector.sigmoid(from_x[1] + from_h[1])
    new = np.tanh(from_x[2] + reset * from_h[2])
    return (1 - update) * new + update * h


g = torch.nn.GRUCell(3, 2)
