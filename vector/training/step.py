"""One step: forward, backward, update."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from vector import modes
from vector.compilation import compile
from vector.nn import Module
from vector.optim import Optimizer
from vector.tensor import Tensor
from vector.training.generators import generator_states, set_generator_states

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

    A minibatch of a new shape, such as the last one of an epoch, is recorded before its first step, and what the
    recording changed is put back: so every step is replayed, and a resumed training takes the same ones, bit for bit.
    Within `vector.detect_anomaly()` a step runs operation by operation, so that the one that makes NaN is named.

    Raises:
        CaptureError: at the first step of a shape, when the model or the loss cannot be recorded; see `vector.compile`.
    """
    eager = training_step(model, loss, optimizer)
    fast = compile(eager)
    known: set[Any] = set()

    def record(x: Any, y: Any) -> None:
        before = model.state_dict(), optimizer.state_dict(), generator_states(model)
        for _ in range(2):
            fast(x, y)
        model.load_state_dict(before[0])
        optimizer.load_state_dict(before[1])
        set_generator_states(model, before[2])

    def step(x: Any, y: Any) -> Any:
        if modes.watching.get() is not None:
            return eager(x, y)
        layout = tuple([(a.shape, a.dtype, a.strides) for a in (x, y)])
        if layout not in known:
            record(x, y)
            known.add(layout)
        return fast(x, y)

    return step
