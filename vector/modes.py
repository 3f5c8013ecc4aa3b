"""Switches and hooks that hold for a block of code, in the current thread or task only."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from contextvars import ContextVar
from threading import RLock
from typing import Any

from vector.node import Node
from vector.op import Op


class DiffersError(RuntimeError):
    """Code asks one question of a whole batch, and the answers differ: it is to be run for each array alone."""


class Hooks:
    """What the engine calls while it computes, doing what it does by itself; `detect_anomaly`, `compile` override some.

    masks: whether a backward sweep masks messages of zero from the start, since nothing can look afterwards whether a
    gradient became NaN (see `vector.sweep.masked_product`).
    """

    masks = False

    def on_read(self, array: Any) -> Any:
        """What an operation is given in place of the numbers of one of its operands."""
        return array

    def on_assign(self, tensor: Node, new: Any) -> Any:
        """What a tensor holds after new numbers were assigned to it."""
        return new

    def on_result(self, name: str, result: Any, operands: Sequence[Any], where: str) -> None:
        """A result of an operation: its value, or a gradient that it sends back."""

    def on_record(self, op: Op, out: Any, inputs: list[Any], params: Mapping[str, Any]) -> list[Any]:
        """What a node keeps as the numbers that its operation read."""
        return inputs

    def on_vjp(self, node: Node) -> None:
        """The backward pass is about to read the numbers of a node."""

    def on_gradient(self, tensor: Node) -> None:
        """A tensor was given a gradient."""

    def on_step(self, optimizer: Any) -> AbstractContextManager[None]:
        """An optimizer is about to make its step."""
        return nullcontext()

    def on_numbers(self, supplier: Callable[[], Sequence[float]]) -> Sequence[Any]:
        """Python numbers that may change from step to step, such as learning rates."""
        return supplier()

    def on_random(self, draw: Callable[..., Any], args: tuple[Any, ...]) -> Any:
        """Random numbers."""
        return draw(*args)

    def on_check(self, check: Callable[..., None], args: tuple[Any, ...]) -> None:
        """A check of the numbers in arrays, which raises."""
        check(*args)

    def on_warning(self, look: Callable[..., None], args: tuple[Any, ...]) -> None:
        """A look at the numbers in arrays that may warn, and need not be repeated at every step."""
        with suppress(DiffersError):  # of the examples of a batch, each has another answer
            look(*args)


recording: ContextVar[bool] = ContextVar("vector.recording", default=True)
hooks: ContextVar[Hooks | None] = ContextVar("vector.hooks", default=None)
transforming: ContextVar[bool] = ContextVar("vector.transforming", default=False)
"""Whether a transform, such as `vector.grad`, evaluates the function that it is to differentiate."""
NO_HOOKS = Hooks()

shared = RLock()
"""Held while a thread changes what others may change too: a `grad`, the mark of a change, the nodes of a graph."""
latest_change = [0]
"""The creation number that was current when a tensor was last changed in place: older graphs must look for it."""
differentiating: ContextVar[str] = ContextVar("vector.differentiating", default="")
"""The `Function` whose backward is being recorded, so that it can be differentiated."""


def current_hooks() -> Hooks:
    """The hooks of this block of code."""
    return hooks.get() or NO_HOOKS


def refuse_cut(what: str) -> None:
    """Raise where the numbers of a Tensor would leave a graph that is being recorded.

    Raises RuntimeError: the backward of a `Function` is being recorded.
    """
    if name := differentiating.get():
        raise RuntimeError(
            f"{name}.backward: expected NumPy functions on the tensors, for it is itself being differentiated (second "
            f"derivatives, forward mode), got .{what}, which would cut the graph; use the tensor itself"
        )


@contextmanager
def switched(switch: ContextVar[Any], value: Any) -> Iterator[None]:
    """Give a switch a value for a block of code."""
    token = switch.set(value)
    try:
        yield
    finally:
        switch.reset(token)


@contextmanager
def no_grad() -> Iterator[None]:
    """Compute without recording: results inside the block do not require gradients.

    A leaf is changed in place here by `p -= rate * p.grad`, `p[i] = v` and their like, keeping its dtype and shape; so
    are, as in NumPy and PyTorch, the views of its memory. Elsewhere `a += b` gives the name a new tensor.

    >>> import vector
    >>> x = vector.tensor([1.0, 2.0], requires_grad=True)
    >>> with vector.no_grad():
    ...     (x * 2).requires_grad
    False
    """
    with switched(recording, False):
        yield
