"""The part of `np.fft` that stays among real numbers; the transforms give complex ones, which have no gradient here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from vector import rules
from vector.functions.operand import operand


def fftshift(x: Any, axes: int | Sequence[int] | None = None) -> Any:
    """Turned along the given axes, all by default, so that the frequency 0 is in the middle."""
    return _turned(x, axes, lambda n: n // 2)


def ifftshift(x: Any, axes: int | Sequence[int] | None = None) -> Any:
    """What undoes `fftshift`."""
    return _turned(x, axes, lambda n: -(n // 2))


def _turned(x: Any, axes: int | Sequence[int] | None, places: Any) -> Any:
    x = operand(x)
    named = tuple(range(x.ndim)) if axes is None else (axes,) if hasattr(axes, "__index__") else tuple(axes)
    return rules.roll(x, shift=tuple(places(x.shape[axis]) for axis in named), axis=named)


__all__ = ["fftshift", "ifftshift"]
