"""A loss that is averaged where PyTorch's is summed."""

import numpy as np
import torch


def f(x, target):
    return np.mean((x - target) ** 2)


def g(x, target):
    return torch.nn.functional.mse_loss(x, target, reduction="sum")
