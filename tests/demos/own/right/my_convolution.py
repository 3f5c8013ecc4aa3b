"""Conv2d, ReLU and MaxPool2d."""

import numpy as np
import torch

from vector import nn

f = nn.Sequential(nn.Conv2d(2, 3, 3, padding=1, generator=np.random.default_rng(1)), nn.ReLU(), nn.MaxPool2d(2))
g = torch.nn.Sequential(torch.nn.Conv2d(2, 3, 3, padding=1), torch.nn.ReLU(), torch.nn.MaxPool2d(2))
