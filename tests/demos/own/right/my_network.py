"""A network, a loss, and labels."""

import numpy as np
import torch

from vector import nn

draw = np.random.default_rng(0)
f = nn.Sequential(nn.Linear(4, 6, generator=draw), nn.ReLU(), nn.Linear(6, 3, generator=draw))
g = torch.nn.Sequential(torch.nn.Linear(4, 6), torch.nn.ReLU(), torch.nn.Linear(6, 3))
