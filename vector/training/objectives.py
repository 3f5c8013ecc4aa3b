"""The losses, the metrics, and the targets that fit them."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from vector import functions, nn
from vector.arrays import Array
from vector.data import DataError
from vector.modes import no_grad
from vector.tensor import Tensor, data_of


class Objective:
    """Base of the objectives: a loss, the prediction that an output stands for, and metrics of predictions.

    y: the training targets. width: how many numbers the model gives for a sample.

    Raises DataError: targets of a wrong dtype, shape or range, or from which nothing can be learnt.
    """

    def __init__(self, y: Array, width: int) -> None:
        self.width = width
        self.check("y", y)
        if not (y != y[0]).any():
            raise DataError(f"y: expected at least two different targets to learn from, got only {y.flat[0]}")

    def check(self, name: str, y: Array) -> None:
        """Refuse targets that do not fit the model's output."""
        raise NotImplementedError

    def loss(self, outputs: Any, y: Array) -> Tensor:
        """The mean loss of a batch, a scalar Tensor."""
        raise NotImplementedError

    def predict(self, outputs: Array) -> Array:
        """(n, width) → predicted targets."""
        raise NotImplementedError

    def metrics(self, outputs: Array, y: Array) -> dict[str, float]:
        """Numbers by name."""
        return {"accuracy": float(np.mean(self.predict(outputs) == y))}


class Classification(Objective):
    """Softmax cross-entropy; targets (n,) are classes 0 to width − 1, the model gives a logit for each."""

    def check(self, name: str, y: Array) -> None:
        """Refuse all but class indices."""
        _check_labels(name, y, self.width)

    def loss(self, outputs: Any, y: Array) -> Tensor:
        """−ln p of the right class."""
        return nn.cross_entropy(outputs, y)

    def predict(self, outputs: Array) -> Array:
        """The class of the largest logit."""
        return outputs.argmax(axis=1)


class Perceptron(Classification):
    """The perceptron's criterion for several classes: how far the best score is above that of the right class.

    Its gradient moves the weights of two classes, and only where a sample is misclassified: gradient descent on it, one
    sample at a time and with η = 1, is the perceptron's rule (Rosenblatt, 1958; Duda & Hart, 1973, section 5.12).
    """

    def loss(self, outputs: Any, y: Array) -> Tensor:
        """max z − z of the right class."""
        return functions.mean(functions.max(outputs, axis=1) - outputs[np.arange(len(y)), y])


class Margin(Objective):
    """The hinge loss of one score, above 0 for class 1; targets (n,) are classes 0 and 1."""

    def check(self, name: str, y: Array) -> None:
        """Refuse all but 0 and 1."""
        if self.width != 1:
            raise DataError(f"the objective margin expected a model with 1 output, got {self.width}")
        _check_labels(name, y, 2)

    def loss(self, outputs: Any, y: Array) -> Tensor:
        """max(0, 1 − t·s) with t = ±1."""
        return nn.hinge(outputs[:, 0], 2 * y.astype(outputs.dtype) - 1)  # in the labels' dtype −1 may be 255

    def predict(self, outputs: Array) -> Array:
        """1 where the score is above 0."""
        return (outputs[:, 0] > 0).astype(np.int64)


class Regression(Objective):
    """Mean square error over the variance of the training targets, so 1 − R² there; targets (n,) or (n, width).

    The division makes the learning rate independent of the targets' unit.
    """

    def __init__(self, y: Array, width: int) -> None:
        super().__init__(y, width)
        with np.errstate(over="ignore"):
            self.variance = float(np.mean(np.var(y.reshape(len(y), -1).astype(np.float64), axis=0)))
        if not 0 < self.variance < math.inf:
            raise DataError(f"y: expected targets whose variance is a positive number, got {self.variance}")

    def check(self, name: str, y: Array) -> None:
        """Refuse all but finite numbers of the outputs' shape."""
        if y.dtype.kind not in "iuf":
            raise DataError(f"{name}: expected numbers as targets, got dtype {y.dtype}")
        if y.ndim not in (1, 2) or y.reshape(len(y), -1).shape[1] != self.width:
            raise DataError(
                f"{name}: expected targets of shape (n, {self.width}), as the model gives, got {y.shape}; "
                "for classes, give integers"
            )
        check_finite(name, y)

    def loss(self, outputs: Any, y: Array) -> Tensor:
        """(output − y)² / variance."""
        return nn.mse_loss(outputs, y.reshape(outputs.shape).astype(outputs.dtype, copy=False)) / self.variance

    def predict(self, outputs: Array) -> Array:
        """The numbers themselves."""
        return outputs

    def metrics(self, outputs: Array, y: Array) -> dict[str, float]:
        """The root of the mean square error, and R², the share of the targets' variance that is explained."""
        y = y.reshape(outputs.shape).astype(np.float64)
        errors, spread = np.square(outputs - y).sum(), np.square(y - y.mean(axis=0)).sum()
        rmse = math.sqrt(errors / y.size)
        return {"rmse": rmse, "r2": float(1 - errors / spread)} if spread else {"rmse": rmse}


OBJECTIVES: dict[str, Callable[[Array, int], Objective]] = {
    kind.__name__.lower(): kind for kind in (Classification, Margin, Perceptron, Regression)
}
"""By name, what makes the objective from the training targets and the number of the model's outputs."""


def outputs_of(model: nn.Module, x: Array, chunk: int = 4096) -> Array:
    """The model's outputs in use, not training: (n, ...) → (n, width). The mode is put back after."""
    training = [module for module in model.modules() if module.training]
    model.eval()
    try:
        with no_grad(), np.errstate(all="ignore"):  # the caller checks the numbers
            return np.concatenate([data_of(model(x[i : i + chunk])) for i in range(0, len(x), chunk)])
    finally:
        for module in training:
            module.training = True


def evaluate(
    model: nn.Module, objective: Objective, x: Array, y: Array, outputs: Callable[..., Array] = outputs_of
) -> dict[str, float]:
    """Loss and metrics of a model on samples; `outputs` computes the model's outputs."""
    computed = outputs(model, x)
    with no_grad():
        loss = objective.loss(Tensor(computed), y).item()
    return {"loss": loss, **objective.metrics(computed, y)}


def check_finite(name: str, array: Array) -> None:
    """Refuse NaN and infinity; the DataError names the first index."""
    finite = np.isfinite(array)
    if not finite.all():
        index = tuple(np.argwhere(~finite)[0].tolist())
        count = array.size - int(finite.sum())
        raise DataError(f"{name}: expected finite numbers, got {array[index]} at {index} ({count} in all)")


def _check_labels(name: str, y: Array, classes: int) -> None:
    if y.ndim != 1:
        raise DataError(f"{name}: expected labels of shape (n,), got {y.shape}")
    if y.dtype.kind not in "iu":
        raise DataError(f"{name}: expected integer labels, such as {name}.astype(int), got dtype {y.dtype}")
    wrong = np.flatnonzero((y < 0) | (y >= classes))
    if len(wrong):
        hint = "; for numbers that are to be met, give objective='regression'" if classes == 2 else ""
        raise DataError(f"{name}: expected 0 <= label < {classes} (classes), got {y[wrong[0]]} at {wrong[0]}{hint}")
