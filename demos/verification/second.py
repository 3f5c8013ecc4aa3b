"""PyTorch's second derivatives against differences of its first ones."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from demos.verification import quotients
from demos.verification.side import Array, Numbers
from demos.verification.torch_side import TorchSide
from demos.verification.verdicts import Row


def second_rows(side: TorchSide, numbers: Numbers, weights: Sequence[Array]) -> list[Row]:
    """For each variable: the gradient of Σ speed·gradient, by a second backward pass, against differences."""
    names = [name for name, g in side.gradients(numbers, weights).items() if g is not None]
    rows = []
    for name in names:
        found = _gradients(side, numbers, weights, name)
        if isinstance(found, str):
            return [Row("second", (), (), {}, "cannot judge here", 0.0, f"PyTorch says: {found}")]
        array = found if found is not None else np.zeros(numbers[name].shape)
        finding = quotients.directions(
            lambda moved: [g for key in names if (g := side.gradients(moved, weights)[key]) is not None],
            lambda moved, speeds: _pulled(side, moved, weights, names, speeds),
            numbers,
            name,
        )
        largest = np.unravel_index(int(np.argmax(np.abs(array))), array.shape) if array.size else ()
        index = tuple(int(i) for i in largest)
        reason = "from differences of the first derivative" if finding.verdict == "differs" else finding.reason
        shown = {"PyTorch": float(array[index]) if array.size else 0.0}
        rows.append(Row(f"{name}, second", array.shape, index, shown, finding.verdict, 0.0, reason))
    return rows


def _gradients(side: TorchSide, numbers: Numbers, weights: Sequence[Array], name: str) -> Array | str | None:
    speeds = {key: np.ones(x.shape) for key, x in numbers.items()}
    found = side.second(numbers, weights, speeds)
    return found if isinstance(found, str) else found[name]


def _pulled(
    side: TorchSide, moved: Numbers, weights: Sequence[Array], names: Sequence[str], speeds: Sequence[Array]
) -> dict[str, Array | None]:
    given = {key: np.zeros(x.shape) for key, x in moved.items()} | dict(zip(names, speeds, strict=True))
    found = side.second(moved, weights, given)
    if isinstance(found, str):
        raise RuntimeError(found)
    return found
