"""What is refused before a training starts."""

from __future__ import annotations

from typing import Any

import numpy as np

from vector.arrays import Array
from vector.data import DataError
from vector.nn import Module
from vector.training.objectives import check_finite, outputs_of

_FEWEST_STEPS = 256  # of a dtype between the smallest and the largest number of a column: a rounding of 0.4 % at most


def checked_samples(name: str, x: Any, y: Any) -> tuple[Array, Array]:
    """Samples and targets as arrays.

    Raises:
        DataError: no array of numbers, no samples, lengths that differ, integers as x, or a number that is not finite.
    """
    x, y = _array(f"{name}x", x), _array(f"{name}y", y)
    if y.dtype == bool:
        y = y.astype(np.int64)  # classes 0 and 1
    if x.ndim < 2:
        raise DataError(f"{name}x: expected samples of shape (n, features), got {x.shape}")
    if y.ndim < 1:
        raise DataError(f"{name}y: expected a target for each sample, got a single number")
    if len(x) != len(y):
        raise DataError(f"{name}x and {name}y: expected as many samples as targets, got {len(x)} and {len(y)}")
    if not x.size:
        raise DataError(f"{name}x: expected at least one sample, got shape {x.shape}")
    if x.dtype.kind != "f":
        raise DataError(f"{name}x: expected floating samples, such as {name}x.astype(np.float64), got dtype {x.dtype}")
    check_finite(f"{name}x", x)
    return x, y


def converted(name: str, numbers: Array, dtype: np.dtype[Any]) -> Array:
    """Finite numbers in another dtype.

    Raises:
        DataError: one is beyond its range, or it rounds the numbers of a column to a few steps.
    """
    with np.errstate(over="ignore"):
        result = numbers.astype(dtype, copy=False)
    if not np.isfinite(result).all():
        index = tuple(int(i) for i in np.argwhere(~np.isfinite(result))[0])
        raise DataError(f"{name}: expected numbers within the range of {dtype}, got {numbers[index]:g} at {index}")
    if not np.can_cast(numbers.dtype, dtype):
        check_steps(name, numbers, dtype, rounded=result)
    return result


def check_steps(name: str, numbers: Array, dtype: np.dtype[Any], rounded: Array | None = None) -> None:
    """Refuse columns whose numbers lie so near to each other, beside their size, that a dtype hardly tells them apart.

    rounded: the numbers in the dtype, where it does not matter if they are the same.

    Raises:
        DataError: there is one.
    """
    spread, size = spread_and_size(numbers)
    step = np.finfo(dtype).eps * size
    coarse = (spread > 0) & (spread < _FEWEST_STEPS * step)
    if coarse.any() and rounded is not None:
        coarse &= (rounded != numbers).any(axis=0)
    if coarse.any():
        column = tuple(int(i) for i in np.argwhere(coarse)[0])
        raise DataError(
            f"{name}: expected numbers that {dtype} tells apart, got numbers about {float(size[column]):g} of a range "
            f"of {float(spread[column]):g}, where it knows steps of {float(step[column]):.2g}"
            + (f", in column {', '.join(map(str, column))}" if column else "")
            + "; subtract their smallest or their mean first, in float64 or integers, as training.Tabular does"
        )


def spread_and_size(numbers: Array) -> tuple[Array, Array]:
    """Of each column, the largest number less the smallest, and the larger of their sizes."""
    low, high = numbers.min(axis=0), numbers.max(axis=0)
    with np.errstate(over="ignore", invalid="ignore"):
        spread = np.subtract(high, low, dtype=np.longdouble)  # which holds whole numbers of 64 bits
    return spread, np.maximum(np.abs(low, dtype=np.longdouble), np.abs(high, dtype=np.longdouble))


def output_of_two(model: Module, x: Array) -> Array:
    """What the model says of two samples.

    Raises:
        DataError: the samples do not suit the model, or its output is not (n, width).
    """
    try:
        outputs = outputs_of(model, x[:2])
    except (ValueError, IndexError) as error:
        raise DataError(f"x: the samples do not suit the model: {error}") from None
    if outputs.ndim != 2 or len(outputs) != len(x[:2]):
        raise DataError(f"model: expected an output of shape ({len(x[:2])}, width), got {outputs.shape}")
    return outputs


def input_dtype(model: Module) -> np.dtype[Any]:
    """What samples are converted to: the dtype of the parameters, unless the model names its own as `input_dtype`.

    Raises:
        TypeError: the model is no `Module`.
        DataError: it has no parameters.
    """
    if not isinstance(model, Module):
        raise TypeError(f"model: expected a Module, such as nn.MLP(2, [16, 2]), got {type(model).__name__}")
    parameters = model.parameters()
    if not parameters:
        raise DataError("model: expected parameters to train, got a model without")
    return np.dtype(getattr(model, "input_dtype", parameters[0].dtype))


def _array(name: str, values: Any) -> Array:
    if np.ma.isMaskedArray(values):
        raise DataError(f"{name}: expected an array without a mask, such as {name}.filled(0), got a masked one")
    try:
        array = np.asarray(values)
    except ValueError:  # rows of different lengths
        raise DataError(f"{name}: expected an array, got rows of different lengths") from None
    if array.dtype.kind not in "iufb":
        raise DataError(f"{name}: expected real numbers, got dtype {array.dtype}")
    return array
