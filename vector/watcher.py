"""What somebody who looks on while the engine computes is told, and may answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vector.op import Op
    from vector.optim.optimizer import Optimizer
    from vector.tensor import Tensor


class Watcher:
    """The engine as it is when nobody looks on; `detect_anomaly` and `compile` each change some of its answers.

    Attributes:
        careful: whether a backward sweep must stop messages of zero from the start, because nobody will look whether
            a gradient became NaN (see `vector.sweep.stopping`).
    """

    careful = False

    def read(self, array: Any) -> Any:
        """What an operation is given in place of the numbers of one of its operands."""
        return array

    def written(self, tensor: Tensor, new: Any) -> Any:
        """What a tensor holds after new numbers were assigned to it."""
        return new

    def saw(self, name: str, result: Any, operands: Sequence[Any], where: str) -> None:
        """A result of an operation: its value, or a gradient that it sent back."""

    def recorded(self, op: Op, out: Any, inputs: list[Any], params: Mapping[str, Any]) -> list[Any]:
        """What a node keeps as the numbers that its operation read."""
        return inputs

    def reads(self, node: Tensor) -> None:
        """A node whose numbers the backward pass is about to read."""

    def kept(self, tensor: Tensor) -> None:
        """A tensor that was given a gradient."""

    def stepping(self, optimizer: Optimizer) -> AbstractContextManager[None]:
        """An optimizer is about to make its step."""
        return nullcontext()

    def numbers(self, supplier: Callable[[], Sequence[float]]) -> Sequence[Any]:
        """Python numbers that may change from step to step."""
        return supplier()

    def drawn(self, draw: Callable[..., Any], args: tuple[Any, ...]) -> Any:
        """Random numbers."""
        return draw(*args)

    def checked(self, check: Callable[..., None], args: tuple[Any, ...]) -> None:
        """A check of the numbers in arrays, which raises."""
        check(*args)

    def noticed(self, look: Callable[..., None], args: tuple[Any, ...]) -> None:
        """A look at the numbers in arrays that may warn, and need not be repeated at every step."""
        look(*args)
