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
        """Refuse targets that do not fit the model's output; here none."""

    def loss(self, outputs: Any, y: Array, weight: Array | None = None) -> Tensor:
        """The mean loss of a batch, a scalar Tensor; weight: (n,), how much each sample counts."""
        if weight is None:
            return self.losses(outputs, y)
        losses = self.losses(outputs, y, reduction="none").reshape(len(y), -1)
        return functions.mean(losses * weight[:, None].astype(outputs.dtype))

    def losses(self, outputs: Any, y: Array, reduction: str = "mean") -> Tensor:
        """The loss of each sample, or their mean."""
        raise NotImplementedError

    def predict(self, outputs: Array) -> Array:
        """(n, width) → predicted targets; here the outputs themselves."""
        return outputs

    def metrics(self, outputs: Array, y: Array) -> dict[str, float]:
        """Numbers by name."""
        return {}


class Classification(Objective):
    """Softmax cross-entropy; targets (n,) are classes 0 to width − 1, the model gives a logit for each."""

    def check(self, name: str, y: Array) -> None:
        """Refuse all but class indices."""
        _check_labels(name, y, self.width)

    def losses(self, outputs: Any, y: Array, reduction: str = "mean") -> Tensor:
        """−ln p of the right class."""
        return nn.cross_entropy(outputs, y, reduction=reduction)

    def predict(self, outputs: Array) -> Array:
        """The class of the largest logit."""
        return outputs.argmax(axis=1)

    def metrics(self, outputs: Array, y: Array) -> dict[str, float]:
        """The share of the samples whose class is right."""
        return {"accuracy": float(np.mean(self.predict(outputs) == y))}


class Margin(Classification):
    """The hinge loss of one score, above 0 for class 1; targets (n,) are classes 0 and 1."""

    def check(self, name: str, y: Array) -> None:
        """Refuse all but 0 and 1."""
        if self.width != 1:
            raise DataError(f"the objective margin expected a model with 1 output, got {self.width}")
        _check_labels(name, y, 2)

    def losses(self, outputs: Any, y: Array, reduction: str = "mean") -> Tensor:
        """max(0, 1 − t·s) with t = ±1."""
        signs = 2 * y.astype(outputs.dtype) - 1  # in the labels' dtype −1 may be 255
        return nn.hinge(outputs[:, 0], signs, reduction=reduction)

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

    def losses(self, outputs: Any, y: Array, reduction: str = "mean") -> Tensor:
        """(output − y)² / variance."""
        y = y.reshape(outputs.shape).astype(outputs.dtype, copy=False)
        return nn.mse_loss(outputs, y, reduction=reduction) / self.variance

    def metrics(self, outputs: Array, y: Array) -> dict[str, float]:
        """The root of the mean square error, and R², the share of the targets' variance that is explained."""
        y = y.reshape(outputs.shape).astype(np.float64)
        errors, spread = np.square(outputs - y).sum(), np.square(y - y.mean(axis=0)).sum()
        rmse = math.sqrt(errors / y.size)
        return {"rmse": rmse, "r2": float(1 - errors / spread)} if spread else {"rmse": rmse}


class Custom(Objective):
    """A loss of the user's own, (outputs, y) → a scalar Tensor; `measure` has the predictions and metrics."""

    def __init__(self, given: Callable[[Any, Array], Any], measure: Objective) -> None:
        self.given, self.width = given, measure.width
        self.check, self.predict, self.metrics = measure.check, measure.predict, measure.metrics  # type: ignore[method-assign]

    def losses(self, outputs: Any, y: Array, reduction: str = "mean") -> Tensor:
        """What the function gives."""
        loss = None if reduction == "none" else self.given(outputs, y)
        if not isinstance(loss, Tensor) or loss.size != 1:
            got = f"{loss!r:.60}" if reduction == "mean" else "sample_weight, which it does not know"
            raise DataError(f"objective: expected a loss(outputs, y) that gives a Tensor of one element, got {got}")
        return loss


OBJECTIVES: dict[str, Callable[[Array, int], Objective]] = {
    kind.__name__.lower(): kind for kind in (Classification, Margin, Regression)
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
    model: nn.Module, objective: Objective, x: Array, y: Array, outputs: Callable[..., Array] = outputs_of,
    weight: Array | None = None,
) -> dict[str, float]:  # fmt: skip
    """Loss, in which the weights count, and metrics of a model on samples; `outputs` computes the model's outputs."""
    computed = outputs(model, x)
    with no_grad():
        loss = objective.loss(Tensor(computed), y, *([] if weight is None else [weight])).item()
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
