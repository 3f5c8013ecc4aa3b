"""Layers, networks and losses, with PyTorch's names and weight layout."""

from vector.nn.linear import Linear
from vector.nn.losses import cross_entropy, hinge, mse_loss
from vector.nn.mlp import ACTIVATIONS, MLP
from vector.nn.module import Module, parameter

__all__ = ["ACTIVATIONS", "MLP", "Linear", "Module", "cross_entropy", "hinge", "mse_loss", "parameter"]
