"""PyTorch's second derivatives against differences of its first ones."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from demos.verification import quotients
from demos.verification.quotients import together
from demos.verification.side import Array, Numbers
from demos.verification.torch_side import TorchSide
from demos.verification.verdicts import Row


def second_rows(side: TorchSide, numbers: Numbers, weights: Sequence[Array], column: str) -> list[Row]:
    """The gradient of Σ speed·gradient, by a second backward pass, against differences of the gradient.

    All variables move at once; only if that finds a fault, one after the other.
    """
    first = side.gradients(numbers, weights)
    names = [name for name, g in first.items() if g is not None]
    if not names:
        return []
    curvature = side.second(numbers, weights, {name: np.ones(x.shape) for name, x in numbers.items()})
    if isinstance(curvature, str):
        return [Row("second", (), (), {}, "cannot judge here", 0.0, f"PyTorch says: {curvature}")]
    finding = together(
        numbers,
        names,
        lambda moved: _first(side, moved, weights, names),
        lambda moved, speeds: _pulled(side, moved, weights, names, speeds),
    )
    if finding.verdict != "differs":
        return [Row("second", (), (), {}, finding.verdict, 0.0, finding.reason)]
    return [_row(side, numbers, weights, name, names, curvature[name], column) for name in names]


def _row(
    side: TorchSide,
    numbers: Numbers,
    weights: Sequence[Array],
    name: str,
    names: Sequence[str],
    curvature: Array | None,
    column: str,
) -> Row:
    array = np.zeros(numbers[name].shape) if curvature is None else curvature
    finding = quotients.directions(
        lambda moved: _first(side, moved, weights, names),
        lambda moved, speeds: _pulled(side, moved, weights, names, speeds),
        numbers,
        name,
    )
    index = np.unravel_index(int(np.argmax(np.abs(array))), array.shape) if array.size else ()
    place = tuple(int(i) for i in index)
    reason = "from differences of the first derivative" if finding.verdict == "differs" else finding.reason
    shown = {column: float(array[place]) if array.size else 0.0}
    return Row(f"{name}, second", array.shape, place, shown, finding.verdict, 0.0, reason)


def _first(side: TorchSide, moved: Numbers, weights: Sequence[Array], names: Sequence[str]) -> list[Array]:
    found = side.gradients(moved, weights)
    return [np.zeros(moved[name].shape) if (g := found[name]) is None else g for name in names]


def _pulled(
    side: TorchSide, moved: Numbers, weights: Sequence[Array], names: Sequence[str], speeds: Sequence[Array]
) -> dict[str, Array | None]:
    given = {key: np.zeros(x.shape) for key, x in moved.items()} | dict(zip(names, speeds, strict=True))
    found = side.second(moved, weights, given)
    if isinstance(found, str):
        raise RuntimeError(found)
    return found
