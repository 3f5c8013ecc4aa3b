"""Optimizers: how a step along the gradient changes the parameters. Names, arguments and defaults are PyTorch's.

Read them in this order: `sgd`, `adagrad`, `rmsprop`, `adam`, `lion`; `schedules` change the learning rate on the way,
`clipping` the gradients before a step and the parameters after it.
"""

from vector.optim import lr_scheduler
from vector.optim.adagrad import Adagrad
from vector.optim.adam import Adam, AdamW, NAdam
from vector.optim.clipping import clip_grad_norm_, clip_grad_value_
from vector.optim.lion import Lion
from vector.optim.optimizer import Optimizer
from vector.optim.rmsprop import RMSprop
from vector.optim.schedules import (
    CosineAnnealingLR, ExponentialLR, LinearLR, MultiStepLR, OneCycleLR, Schedule, SequentialLR, StepLR,
)  # fmt: skip
from vector.optim.sgd import SGD
from vector.vocabulary import teach

__all__ = [
    "SGD", "Adagrad", "Adam", "AdamW", "CosineAnnealingLR", "ExponentialLR", "LinearLR", "Lion", "MultiStepLR",
    "NAdam", "OneCycleLR", "Optimizer", "RMSprop", "Schedule", "SequentialLR", "StepLR", "clip_grad_norm_",
    "clip_grad_value_", "lr_scheduler",
]  # fmt: skip

teach(__name__)
