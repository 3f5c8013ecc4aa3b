"""Optimizers: how a step along the gradient changes the parameters. Names, arguments and defaults are PyTorch's.

Read them in this order: `sgd`, `adaptive`, `adam`; `schedules` change the learning rate on the way,
`clipping` the gradients before a step and the parameters after it.
"""

from vector.op import publish as _publish
from vector.optim import lr_scheduler as lr_scheduler
from vector.optim.adam import Adam as Adam, AdamW as AdamW, Lion as Lion, NAdam as NAdam
from vector.optim.adaptive import Adagrad as Adagrad, RMSprop as RMSprop
from vector.optim.clipping import clip_grad_norm_ as clip_grad_norm_, clip_grad_value_ as clip_grad_value_
from vector.optim.optimizer import Optimizer as Optimizer
from vector.optim.schedules import CosineAnnealingLR as CosineAnnealingLR, ExponentialLR as ExponentialLR
from vector.optim.schedules import LinearLR as LinearLR, MultiStepLR as MultiStepLR, OneCycleLR as OneCycleLR
from vector.optim.schedules import Schedule as Schedule, SequentialLR as SequentialLR, StepLR as StepLR
from vector.optim.sgd import SGD as SGD
from vector.vocabulary import teach as _teach

_publish(globals(), "lr_scheduler")
_teach(__name__)
