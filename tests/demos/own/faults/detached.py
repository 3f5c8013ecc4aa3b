"""A layer norm whose mean is taken out of the graph, so that its share of the gradient is lost."""

import numpy as np


def f(x):
    mean = np.mean(x, axis=1, keepdims=True).detach()
    spread = np.sqrt(np.mean((x - mean) ** 2, axis=1, keepdims=True) + 1e-5)
    return (x - mean) / spread
