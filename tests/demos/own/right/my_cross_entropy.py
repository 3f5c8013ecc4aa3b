"""A cross-entropy by hand, in the stable form."""

import numpy as np
import torch


def f(logits, labels):
    shifted = logits - np.max(logits, axis=1, keepdims=True)
    log_p = shifted - np.log(np.sum(np.exp(shifted), axis=1, keepdims=True))
    return -np.mean(log_p[np.arange(len(labels)), labels])


def g(logits, labels):
    return torch.nn.functional.cross_entropy(logits, labels)
