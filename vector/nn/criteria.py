"""Losses as modules: `nn.HuberLoss(delta=2.0)(y, t)` is `nn.huber_loss(y, t, delta=2.0)`."""

import inspect
from collections.abc import Callable
from typing import Any

from vector.nn import losses
from vector.nn.module import Module
from vector.nn.targets import target_array
from vector.op import publish
from vector.vocabulary import check_call


class Loss(Module):
    """A loss and its options, which are attributes; weights are part of the state, as in PyTorch."""

    function: Callable[..., Any]
    buffer_names = ("weight", "pos_weight")

    def __init__(self, *options: Any, **named: Any) -> None:
        check_call(self.function, (), named)
        own: dict[str, Any] = inspect.unwrap(self.function).__kwdefaults__
        for name, value in (own | dict(zip(own, options, strict=False)) | named).items():
            setattr(self, name, value if value is None or name not in self.buffer_names else target_array(value))

    def __call__(self, *operands: Any) -> Any:
        """The loss of predictions and targets."""
        options = inspect.unwrap(self.function).__kwdefaults__
        return self.function(*operands, **{name: getattr(self, name) for name in options})


def _module(name: str, function: Callable[..., Any]) -> type[Loss]:
    """The class of a loss."""
    told = f"`nn.{function.__name__}` as a module, with its options."
    return type(name, (Loss,), {"function": staticmethod(function), "__doc__": told, "__module__": __name__})


BCEWithLogitsLoss = _module("BCEWithLogitsLoss", losses.binary_cross_entropy_with_logits)
CosineEmbeddingLoss = _module("CosineEmbeddingLoss", losses.cosine_embedding_loss)
CrossEntropyLoss = _module("CrossEntropyLoss", losses.cross_entropy)
HuberLoss = _module("HuberLoss", losses.huber_loss)
L1Loss = _module("L1Loss", losses.l1_loss)
MSELoss = _module("MSELoss", losses.mse_loss)
NLLLoss = _module("NLLLoss", losses.nll_loss)
SmoothL1Loss = _module("SmoothL1Loss", losses.smooth_l1_loss)
publish(globals())
