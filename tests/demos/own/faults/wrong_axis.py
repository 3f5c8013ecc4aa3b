"""A softmax along the batch instead of the classes."""

import numpy as np
import torch


def f(scores, values):
    shifted = scores - np.max(scores, axis=0, keepdims=True)
    weights = np.exp(shifted) / np.sum(np.exp(shifted), axis=0, keepdims=True)
    return weights @ values


def g(scores, values):
    return torch.softmax(scores, dim=1) @ values
