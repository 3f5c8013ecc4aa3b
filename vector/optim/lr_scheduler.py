"""The schedules under PyTorch's name, for `from vector.optim.lr_scheduler import StepLR`."""

from vector.optim.schedules import *  # noqa: F403
from vector.vocabulary import teach

teach(__name__)
