"""GELU, with the error function."""

import torch

import vector

f = vector.nn.GELU()
g = torch.nn.functional.gelu
