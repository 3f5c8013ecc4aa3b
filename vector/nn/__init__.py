"""Layers, networks, losses and first weights, with PyTorch's names and weight layout."""

from vector.nn import init
from vector.nn.activations import (
    ELU,
    GELU,
    SELU,
    CentredSoftplus,
    Identity,
    LeakyReLU,
    ReLU,
    RReLU,
    Sigmoid,
    SiLU,
    Softplus,
    Tanh,
    VeryLeakyReLU,
)
from vector.nn.convolution import Conv2d
from vector.nn.dropout import Dropout
from vector.nn.embedding import Embedding
from vector.nn.flatten import Flatten
from vector.nn.learnt_activations import APL, Maxout, PReLU
from vector.nn.linear import Linear
from vector.nn.losses import (
    binary_cross_entropy_with_logits,
    cosine_embedding_loss,
    cosine_similarity,
    cross_entropy,
    hinge,
    huber_loss,
    l1_loss,
    mse_loss,
    nll_loss,
    smooth_l1_loss,
)
from vector.nn.mlp import ACTIVATIONS, MLP
from vector.nn.module import Module, parameter
from vector.nn.normalisation import BatchNorm1d, LayerNorm
from vector.nn.pooling import AvgPool2d, MaxPool2d
from vector.nn.sequential import Sequential

__all__ = [
    "ACTIVATIONS", "APL", "ELU", "GELU", "MLP", "SELU", "AvgPool2d", "BatchNorm1d", "CentredSoftplus", "Conv2d",
    "Dropout", "Embedding", "Flatten", "Identity", "LayerNorm", "LeakyReLU", "Linear", "MaxPool2d", "Maxout",
    "Module", "PReLU", "RReLU", "ReLU", "Sequential", "SiLU", "Sigmoid", "Softplus", "Tanh", "VeryLeakyReLU",
    "binary_cross_entropy_with_logits", "cosine_embedding_loss", "cosine_similarity", "cross_entropy", "hinge",
    "huber_loss", "init", "l1_loss", "mse_loss", "nll_loss", "parameter", "smooth_l1_loss",
]  # fmt: skip
