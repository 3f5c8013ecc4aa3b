"""Layers, networks, losses and first weights, with PyTorch's names and weight layout."""

from vector.nn import activations, init, losses
from vector.nn.activations import *
from vector.nn.convolution import Conv2d
from vector.nn.dropout import Dropout
from vector.nn.embedding import Embedding
from vector.nn.flatten import Flatten
from vector.nn.learnt_activations import APL, Maxout, PReLU
from vector.nn.linear import Linear
from vector.nn.losses import *
from vector.nn.mlp import ACTIVATIONS, MLP
from vector.nn.module import Module, parameter
from vector.nn.normalisation import BatchNorm1d, LayerNorm
from vector.nn.pooling import AvgPool2d, MaxPool2d
from vector.nn.sequential import Sequential

__all__ = [
    "ACTIVATIONS", "APL", "MLP", "AvgPool2d", "BatchNorm1d", "Conv2d", "Dropout", "Embedding", "Flatten",
    "LayerNorm", "Linear", "MaxPool2d", "Maxout", "Module", "PReLU", "Sequential", "init", "parameter",
]  # fmt: skip
__all__ += activations.__all__
__all__ += losses.__all__
