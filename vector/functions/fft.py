"""The part of `np.fft` that stays among real numbers; the transforms give complex ones, which have no gradient here."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from vector import rules
from vector.arrays import operand


def fftshift(x: Any, axes: int | Sequence[int] | None = None) -> Any:
    """Turned along the given axes, all by default, so that the frequency 0 is in the middle."""
    return _turned(x, axes, lambda n: n // 2)


def ifftshift(x: Any, axes: int | Sequence[int] | None = None) -> Any:
    """What undoes `fftshift`."""
    return _turned(x, axes, lambda n: -(n // 2))


def _turned(x: Any, axes: int | Sequence[int] | None, places: Any) -> Any:
    x = operand(x)
    turned = tuple(range(x.ndim)) if axes is None else tuple(np.atleast_1d(axes).tolist())
    return rules.roll(x, shift=tuple(places(x.shape[axis]) for axis in turned), axis=turned)


__all__ = ["fftshift", "ifftshift"]
