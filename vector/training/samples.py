"""The data of a training, checked, converted and split before the first step."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from vector.arrays import Array
from vector.data import DataError
from vector.nn import Embedding, Module
from vector.tensor import Tensor
from vector.training.config import Config
from vector.training.feed import SPLIT, stream
from vector.training.objectives import OBJECTIVES, Custom, Objective, check_finite, outputs_of

Pair: TypeAlias = tuple[npt.ArrayLike, npt.ArrayLike]

_FEWEST_STEPS = 256  # of a dtype's spacing, from a column's smallest to its largest number: rounding of 0.4 % at most


@dataclass(frozen=True)
class Samples:
    """Training samples and targets, the objective, and the pairs (x, y) that are only measured.

    weight, validation_weight: how much each sample counts in the loss, (n,), on average 1; None where all are alike.
    """

    x: Array
    y: Array
    objective: Objective
    validation: tuple[Array, Array] | None
    test: tuple[Array, Array] | None
    weight: Array | None = None
    validation_weight: Array | None = None

    def with_weight(self) -> Array:
        """The targets that a minibatch is drawn from, with the weights as a last column where there are such."""
        return self.y if self.weight is None else np.column_stack([self.y, self.weight])

    def loss(self) -> Callable[[Any, Array], Tensor]:
        """The loss of a minibatch, whose targets are of `with_weight`."""
        loss, shape, dtype = self.objective.loss, self.y.shape[1:], self.y.dtype
        if self.weight is None:
            return loss
        return lambda outputs, y: loss(outputs, y[:, :-1].reshape(-1, *shape).astype(dtype), y[:, -1])


def prepare(
    model: Module, x: npt.ArrayLike, y: npt.ArrayLike, config: Config, validation: Pair | None, test: Pair | None,
    sample_weight: npt.ArrayLike | None = None,
) -> Samples:  # fmt: skip
    """Check, convert and split the data; see `Trainer` for the arguments and errors."""
    if config.patience is not None and validation is None and not config.validation:
        raise ValueError("patience needs validation samples: give validation=0.1, say")
    x, y = _checked("", x, y)
    dtype = _input_dtype(model, x)
    x = _converted("x", x, dtype)
    outputs = _sample_outputs(model, x[:2])
    width = outputs.shape[1]
    suggested = "regression" if y.dtype.kind not in "iu" else "margin" if width == 1 else "classification"
    name = config.objective or suggested
    if not callable(name) and name not in OBJECTIVES:
        raise ValueError(f"expected objective in {sorted(OBJECTIVES)}, got {name!r}; or give a loss(outputs, y)")
    if name == "regression":
        _check_steps("y", y, outputs.dtype)
    _objective(name, suggested, y, width)  # the error gives a bad target's index in y before the split
    _converted("y", y, outputs.dtype)
    share = config.validation if validation is None else 0
    weights = (None, None) if sample_weight is None else _weights(sample_weight, len(x), share, config.seed)
    if share:
        x, y, validation = split(x, y, share, config.seed)
    try:
        objective = _objective(name, suggested, y, width)
    except DataError as error:
        raise DataError(f"{error}, without the samples that are held out; take another seed or share") from None

    def measured(kind: str, pair: Pair | None) -> tuple[Array, Array] | None:
        if pair is None:
            return None
        other_x, other_y = _checked(f"{kind} ", *pair)
        if other_x.shape[1:] != x.shape[1:]:
            raise DataError(f"{kind} x: expected samples of shape {x.shape[1:]}, got {other_x.shape[1:]}")
        objective.check(f"{kind} y", other_y)
        return _converted(f"{kind} x", other_x, dtype), other_y

    return Samples(x, y, objective, measured("validation", validation), measured("test", test), *weights)


def _objective(name: Any, suggested: str, y: Array, width: int) -> Objective:
    if not callable(name):
        return OBJECTIVES[name](y, width)
    with suppress(DataError):  # such as several labels a sample: the loss alone is measured
        return Custom(name, OBJECTIVES[suggested](y, width))
    return Custom(name, Objective(y, width))


def _weights(given: npt.ArrayLike, count: int, share: float, seed: int) -> tuple[Array, Array | None]:
    """The weights of the training samples and of those that are held out, over the mean of the former."""
    kept, held = _array("sample_weight", given).astype(np.float64), None
    check_finite("sample_weight", kept)
    if kept.shape != (count,) or kept.min() < 0:
        got = f"shape {kept.shape}" if kept.shape != (count,) else f"{kept.min():g}"
        raise DataError(f"sample_weight: expected {count} numbers >= 0, one for each sample, got {got}")
    if share:
        _, kept, (_, held) = split(kept, kept, share, seed)
    if not kept.any():
        raise DataError("sample_weight: expected a sample that counts, got only zeros")
    return kept / kept.mean(), None if held is None else held / kept.mean()


def _input_dtype(model: Module, x: Array) -> np.dtype[Any]:
    """The dtype of the samples: the model's `input_dtype`, or that of its parameters; of indices (Embedding) int64."""
    if not isinstance(model, Module):
        raise TypeError(f"model: expected a Module, such as nn.MLP(2, [16, 2]), got {type(model).__name__}")
    if not (parameters := model.parameters()):
        raise DataError("model: expected parameters to train, got a model without")
    indices = x.dtype.kind in "iu" and any(isinstance(module, Embedding) for module in model.modules())
    return np.dtype(getattr(model, "input_dtype", np.int64 if indices else parameters[0].dtype))


def _sample_outputs(model: Module, x: Array) -> Array:
    try:
        outputs = outputs_of(model, x)
    except (ValueError, IndexError) as error:
        raise DataError(f"x: the samples do not suit the model: {error}") from None
    if outputs.ndim != 2 or len(outputs) != len(x):
        raise DataError(f"model: expected an output of shape ({len(x)}, width), got {outputs.shape}")
    return outputs


def split(x: Array, y: Array, share: float, seed: int) -> tuple[Array, Array, tuple[Array, Array]]:
    """(training samples, their targets, (held out samples, their targets)), drawn by the seed; neither is empty."""
    count = round(len(x) * share)
    if not 0 < count < len(x):
        raise DataError(f"x: {len(x)} samples cannot be split with a validation share of {share}")
    order = stream(seed, SPLIT).permutation(len(x))
    held, kept = np.sort(order[:count]), np.sort(order[count:])
    return x[kept], y[kept], (x[held], y[held])


def _checked(name: str, x: Any, y: Any) -> tuple[Array, Array]:
    """Samples and targets as arrays of finite numbers: x of at least two axes, y of the same length."""
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
    check_finite(f"{name}x", x)
    return x, y


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


def _converted(name: str, numbers: Array, dtype: np.dtype[Any]) -> Array:
    """Finite numbers in another dtype; refused where they leave its range, or where `_check_steps` refuses them."""
    if numbers.dtype.kind == "f" and dtype.kind in "iu":
        raise DataError(f"{name}: expected indices, as in x, got dtype {numbers.dtype}")
    with np.errstate(over="ignore"):
        result = numbers.astype(dtype, copy=False)
    if not np.isfinite(result).all():
        index = tuple(np.argwhere(~np.isfinite(result))[0].tolist())
        raise DataError(f"{name}: expected numbers within the range of {dtype}, got {numbers[index]:g} at {index}")
    if not np.can_cast(numbers.dtype, dtype):
        _check_steps(name, numbers, dtype, rounded=result)
    return result


def _check_steps(name: str, numbers: Array, dtype: np.dtype[Any], rounded: Array | None = None) -> None:
    """Refuse a column whose range is only a few of the dtype's steps at that size, unless `rounded` equals it."""
    spread, size = spread_and_size(numbers)
    step = np.finfo(dtype).eps * size
    coarse = (spread > 0) & (spread < _FEWEST_STEPS * step)
    if coarse.any() and rounded is not None:
        coarse &= (rounded != numbers).any(axis=0)
    if coarse.any():
        column = tuple(np.argwhere(coarse)[0].tolist())
        raise DataError(
            f"{name}: expected numbers that {dtype} tells apart, got numbers about {float(size[column]):g} of a range "
            f"of {float(spread[column]):g}, where it knows steps of {float(step[column]):.2g}"
            + (f", in column {', '.join(map(str, column))}" if column else "")
            + "; subtract their smallest or their mean first, in float64 or integers, as demos.tabular.Tabular does"
        )


def spread_and_size(numbers: Array) -> tuple[Array, Array]:
    """Of each column, largest − smallest, and the largest absolute value."""
    low, high = numbers.min(axis=0), numbers.max(axis=0)
    with np.errstate(over="ignore", invalid="ignore"):
        spread = np.subtract(high, low, dtype=np.longdouble)  # which holds whole numbers of 64 bits
    return spread, np.maximum(np.abs(low, dtype=np.longdouble), np.abs(high, dtype=np.longdouble))
