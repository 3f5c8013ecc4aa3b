"""A comparison judged: the engine's answer beside the closed form and PyTorch's, and how far apart they are."""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from demos import pytorch
from demos.gallery.example import Comparison
from demos.gallery.outcome import in_one_line
from scalar import Value
from vector import Tensor

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Judgement:
    """The answers as arrays, None from a judge that was not asked; `error` where PyTorch's answer failed."""

    comparison: Comparison
    engine: Array
    closed_form: Array | None
    torch: Array | None
    error: str = ""

    @property
    def torch_is_missing(self) -> bool:
        """Whether PyTorch would be a judge, and is not installed."""
        return self.comparison.torch is not None and self.torch is None and not self.error

    @property
    def difference(self) -> float | None:
        """The largest |engine − judge| / |judge| of all judges; None when there was none."""
        return max((distance(self.engine, answer) for answer in self.answers), default=None)

    @property
    def answers(self) -> list[Array]:
        """What the judges say."""
        return [answer for answer in (self.closed_form, self.torch) if answer is not None]

    @property
    def agrees(self) -> bool:
        """Whether every judge that was asked has answered, and within the tolerance."""
        return not self.error and (self.difference is None or self.difference <= self.comparison.tolerance)


def judge(comparisons: Iterable[Comparison]) -> list[Judgement]:
    """Each comparison judged, by PyTorch where it is installed."""
    has_torch = pytorch.installed()
    return [_judged(comparison, has_torch=has_torch) for comparison in comparisons]


def _judged(comparison: Comparison, *, has_torch: bool) -> Judgement:
    engine = as_array(comparison.engine)
    closed_form = None if comparison.closed_form is None else as_array(comparison.closed_form)
    if comparison.torch is None or not has_torch:
        return Judgement(comparison, engine, closed_form, None)
    try:
        torch = as_array(comparison.torch(importlib.import_module("torch")))
    except Exception as error:  # whatever PyTorch says, it stands in the table, and the example counts as failed
        return Judgement(comparison, engine, closed_form, None, in_one_line(error))
    return Judgement(comparison, engine, closed_form, torch)


def distance(answer: Array, expected: Array) -> float:
    """The largest |answer − expected| / |expected|, counted in float64; ∞ where the shapes differ.

    Where 0 is expected it is |answer|; and what rounding makes of a sum as large as the largest number is none of it.
    What is no number counts as equal or not, as do NaN and the infinities.

    >>> distance(np.array([1.0, np.inf]), np.array([1.5, np.inf]))
    0.3333333333333333
    >>> distance(np.array("12x³"), np.array("12x²"))
    inf
    """
    if answer.size == expected.size == 1:
        answer, expected = answer.reshape(()), expected.reshape(())
    if answer.shape != expected.shape:
        return float("inf")
    if not all(np.issubdtype(array.dtype, np.number) or array.dtype == bool for array in (answer, expected)):
        return 0.0 if np.array_equal(answer, expected) else float("inf")
    wide = [array.astype(np.result_type(array.dtype, np.float64)) for array in (answer, expected)]
    largest = np.abs(wide[1][np.isfinite(wide[1])]).max(initial=0.0)
    eps = max((np.finfo(array.dtype).eps for array in (answer, expected) if array.dtype.kind in "fc"), default=0.0)
    with np.errstate(invalid="ignore"):
        apart = np.abs(wide[0] - wide[1])
        apart = np.where(apart <= 8 * eps * largest, 0.0, apart) / np.where(wide[1] == 0, 1.0, np.abs(wide[1]))
    alike = (wide[0] == wide[1]) | (np.isnan(wide[0]) & np.isnan(wide[1]))
    apart = np.where(alike, 0.0, np.where(np.isnan(apart), np.inf, apart))
    return float(apart.max(initial=0.0))


def as_array(answer: Any) -> Array:
    """A number, a node of either engine, PyTorch's tensor, or nested lists of these, as one array.

    Parts of different shapes are laid one behind the other.

    >>> as_array([[1.0, 2.0], 3.0])
    array([1., 2., 3.])
    """
    if isinstance(answer, Value | Tensor):
        return np.asarray(answer.data)
    if hasattr(answer, "detach"):
        return np.asarray(answer.detach().cpu())
    if isinstance(answer, list | tuple):
        parts = [as_array(part) for part in answer]
        alike = len({part.shape for part in parts}) <= 1
        return np.stack(parts) if parts and alike else np.concatenate([part.ravel() for part in parts] or [np.empty(0)])
    return np.asarray(answer)
