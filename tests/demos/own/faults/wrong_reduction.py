"""A cross-entropy that divides by all numbers instead of by the rows."""

import numpy as np
import torch

import vector


def f(logits, labels):
    log_p = vector.log_softmax(logits, axis=1)
    one_hot = np.eye(logits.shape[1])[labels]
    return -np.mean(log_p * one_hot)


def g(logits, labels):
    return torch.nn.functional.cross_entropy(logits, labels)
