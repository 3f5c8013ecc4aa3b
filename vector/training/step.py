"""One step: forward, backward, update."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from vector.nn import Module
from vector.optim import Optimizer
from vector.tensor import Tensor
from vector.training.compiled import replayed

Loss: TypeAlias = Callable[[Any, Any], Tensor]
Step: TypeAlias = Callable[[Any, Any], Any]
MakeStep: TypeAlias = Callable[[Module, Loss, Optimizer], Step]


def training_step(model: Module, loss: Loss, optimizer: Optimizer) -> Step:
    """The function step(x, y) → loss that changes the model's parameters once.

    What a `Trainer` takes in its place (`make_step`) may compute the gradients in another way, sum them over processes
    before the update, or compile the whole, as `compiled_step` does.
    """

    def step(x: Any, y: Any) -> Tensor:
        value = loss(model(x), y)
        optimizer.zero_grad()
        value.backward()
        optimizer.step()
        return value

    return step


def compiled_step(model: Module, loss: Loss, optimizer: Optimizer) -> Step:
    """`training_step` by `vector.compile`, for a `Trainer` (`make_step`).

    Every step is a replay, also the first one with minibatches of a new shape; see `replayed`.

    Raises:
        CaptureError: at the first step of a shape, when the model or the loss cannot be recorded; see `vector.compile`.
    """
    return replayed(training_step(model, loss, optimizer), model, optimizer)
