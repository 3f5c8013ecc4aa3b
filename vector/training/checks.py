"""What is refused before a training starts."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from vector.data import DataError
from vector.nn import Module
from vector.training.objectives import check_finite, outputs_of

Array: TypeAlias = npt.NDArray[Any]


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
        raise DataError(f"{name}x: expected floating samples, such as {name}x.astype(np.float32), got dtype {x.dtype}")
    check_finite(f"{name}x", x)
    return x, y


def converted(name: str, numbers: Array, dtype: np.dtype[Any]) -> Array:
    """Finite numbers in another dtype.

    Raises:
        DataError: one is beyond its range.
    """
    with np.errstate(over="ignore"):
        result = numbers.astype(dtype, copy=False)
    if not np.isfinite(result).all():
        index = tuple(int(i) for i in np.argwhere(~np.isfinite(result))[0])
        raise DataError(f"{name}: expected numbers within the range of {dtype}, got {numbers[index]:g} at {index}")
    return result


def output_width(model: Module, x: Array) -> int:
    """How many numbers the model gives for a sample.

    Raises:
        DataError: the samples do not suit the model, or its output is not (n, width).
    """
    try:
        outputs = outputs_of(model, x[:2])
    except (ValueError, IndexError) as error:
        raise DataError(f"x: the samples do not suit the model: {error}") from None
    if outputs.ndim != 2 or len(outputs) != len(x[:2]):
        raise DataError(f"model: expected an output of shape ({len(x[:2])}, width), got {outputs.shape}")
    return outputs.shape[1]


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
