"""BatchNorm1d in training, with running means."""

import torch

from vector import nn

f = nn.BatchNorm1d(4)
g = torch.nn.BatchNorm1d(4)
