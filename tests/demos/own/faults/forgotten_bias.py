"""A network whose second layer has no bias."""

import numpy as np
import torch

from vector import nn

draw = np.random.default_rng(0)
f = nn.Sequential(nn.Linear(4, 5, generator=draw), nn.Tanh(), nn.Linear(5, 2, bias=False, generator=draw))
g = torch.nn.Sequential(torch.nn.Linear(4, 5), torch.nn.Tanh(), torch.nn.Linear(5, 2))
