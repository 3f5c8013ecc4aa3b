"""At 0 a ReLU has no derivative: `maximum` shares it between both operands, PyTorch's relu takes 0."""

import numpy as np
import torch


def f(x):
    return np.sum(np.maximum(x, 0.0) * 3)


def g(x):
    return torch.relu(x).sum() * 3
