"""A model of a table that standardises the columns itself, so it takes them as they stand in the file."""

from typing import Any

import numpy as np
import numpy.typing as npt

from vector.data import DataError
from vector.nn import Module
from vector.training.samples import spread_and_size


class Tabular(Module):
    """(x − mean) / deviation → body → times the targets' deviation plus their mean, for regression.

    The means and deviations are buffers, saved with the weights.

    Args:
        body: the model in between, (n, columns) → (n, width), of any dtype; the rest is in float64.
        x: (n, columns), the training samples, whose mean and deviation are taken; a column that is constant, to
            rounding, keeps deviation 1. Columns of 0 and 1 stay as they are: a word that few rows have would become a
            number far out.
        y: the training targets of a regression, (n,) or (n, width); None leaves the outputs as they are.

    Raises:
        DataError: the numbers of a column are so large that their squares are infinite.
    """

    buffer_names = ("mean", "deviation", "target_mean", "target_deviation")
    input_dtype = np.float64  # a column such as a year or a time would lose its digits in float32 before it is centred,
    # and so would the buffers, which `to` leaves as they are

    def __init__(self, body: Module, x: npt.NDArray[Any], y: npt.NDArray[Any] | None = None) -> None:
        x = np.asarray(x)
        self.mean, self.deviation = _mean_and_deviation("x", x)
        binary = ((x == 0) | (x == 1)).all(axis=0)
        self.mean[binary], self.deviation[binary] = 0.0, 1.0
        targets: Any = (None, None) if y is None else _mean_and_deviation("y", np.asarray(y).reshape(len(y), -1))
        self.target_mean, self.target_deviation = targets
        self.body = body

    def __call__(self, x: Any) -> Any:
        """The outputs, in the targets' unit."""
        out = self.body(((x - self.mean) / self.deviation).astype(self.body.parameters()[0].dtype))
        if self.target_mean is None:
            return out
        return out * self.target_deviation + self.target_mean


def _mean_and_deviation(name: str, x: npt.NDArray[Any]) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    with np.errstate(over="ignore", invalid="ignore"):
        mean, deviation = x.mean(axis=0, dtype=np.float64), x.std(axis=0, dtype=np.float64)
    if not np.isfinite(deviation).all():
        index = int(np.flatnonzero(~np.isfinite(deviation))[0])
        raise DataError(f"{name}: expected columns with a finite deviation, got {deviation[index]} in column {index}")
    spread, size = spread_and_size(x)
    rounding = 16 * np.finfo(x.dtype if x.dtype.kind == "f" else np.float64).eps * size
    return mean, np.where(spread > rounding, deviation, 1.0)
