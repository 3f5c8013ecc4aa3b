"""A variance as E[x²] − E[x]², of which float32 keeps no digits far from 0."""

import numpy as np
import torch


def f(x):
    return np.mean(x * x) - np.mean(x) ** 2


def g(x):
    return torch.var(x, correction=0)
