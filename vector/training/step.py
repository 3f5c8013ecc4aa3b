"""One step, forward, backward and update, and the same compiled."""

from collections.abc import Callable
from typing import Any, TypeAlias

from vector import modes
from vector.compilation import compile
from vector.nn import Module
from vector.optim import Optimizer
from vector.tensor import Tensor
from vector.training.checkpoints.snapshot import generator_states, set_generator_states

Loss: TypeAlias = Callable[[Any, Any], Tensor]
Step: TypeAlias = Callable[[Any, Any], Any]
MakeStep: TypeAlias = Callable[[Module, Loss, Optimizer], Step]


def training_step(model: Module, loss: Loss, optimizer: Optimizer) -> Step:
    """The function step(x, y) → loss that updates the model's parameters once.

    A `Trainer` takes another function like this one as `make_step`: it may compute the gradients in another way, sum
    them over processes, or compile the whole, as `compiled_step` does.
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

    Every step is a replay, also the first one with minibatches of a new shape; see `compiled`.

    Raises:
        CaptureError: at the first step of a shape, when the model or the loss cannot be recorded; see `vector.compile`.
    """
    return compiled(training_step(model, loss, optimizer), model, optimizer)


def compiled(function: Callable[..., Any], model: Module, optimizer: Optimizer) -> Callable[..., Any]:
    """The function by `vector.compile`, recorded before the call that needs it; what recording changed is put back.

    So a resumed training replays the same steps as one that was never stopped, also the first with arrays of a new
    shape, such as an epoch's last minibatch. Within `vector.detect_anomaly()` the function runs operation by operation,
    which names the one that makes NaN.
    """
    fast = compile(function)

    def call(*arguments: Any) -> Any:
        if modes.hooks.get() is None and not fast.is_ready(*arguments):
            before = model.state_dict(), optimizer.state_dict(), generator_states(model)
            for _ in range(4):  # two recordings must agree, and the first may set up what later ones find
                if not fast.is_ready(*arguments):
                    fast(*arguments)
            model.load_state_dict(before[0])
            optimizer.load_state_dict(before[1])
            set_generator_states(model, before[2])
        return fast(*arguments)

    return call
