"""Losses and activations as functions, for `import vector.nn.functional as F`."""

from vector.functions.loss import log_softmax as log_softmax
from vector.functions.loss import softmax as softmax
from vector.nn.losses import *  # noqa: F403
from vector.op import publish
from vector.rules.elementwise import *  # noqa: F403
from vector.vocabulary import teach

publish(globals())
teach(__name__)
