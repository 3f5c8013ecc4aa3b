"""The figures of a model on some rows, by scikit-learn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from vector.functions import softmax
from vector.training import Trainer
from vector.training.objectives import Regression

Figures = dict[str, Any]

MISSING = 'more figures than these need scikit-learn: pip install "twingrad[train]"'


def class_names(names: Sequence[str] | None, width: int) -> list[str]:
    """The names of the classes that a model of this width tells apart; their numbers by default."""
    return list(names) if names is not None else [str(number) for number in range(max(width, 2))]


def probabilities(outputs: Any) -> Any:
    """(n, classes): how sure the model is of each; of a model with one output, its score orders the two classes."""
    if outputs.shape[1] == 1:
        score = outputs[:, 0].astype(np.float64)
        return np.stack([-score, score], axis=1)
    return softmax(outputs.astype(np.float64))


def figures(trainer: Trainer, outputs: Any, y: Any, base: Any, names: Sequence[str] | None) -> Figures:
    """What is measured on rows with the targets `y`, for which the model gave `outputs`.

    base: what would be said of every row without looking at it: the most frequent training class, or the training mean.
    Nothing where scikit-learn is missing: a training that is done keeps the trainer's own metrics, whose accuracy, RMSE
    and R² are the same numbers.
    """
    try:
        import sklearn.metrics  # noqa: F401
    except ImportError:
        return {}
    if isinstance(trainer.objective, Regression):
        return _of_numbers(outputs[:, 0], y.reshape(len(y), -1)[:, 0], base)
    said, sure = trainer.objective.predict(outputs), probabilities(outputs)
    return _of_classes(said, sure, y, base, class_names(names, outputs.shape[1]))


def _of_numbers(said: Any, y: Any, base: float) -> Figures:
    """In the target's unit. R² compares with the mean of these rows; it has no meaning where all targets are equal."""
    from sklearn import metrics

    y, said = y.astype(np.float64), said.astype(np.float64)
    return {
        "rmse": float(metrics.root_mean_squared_error(y, said)),
        "mae": float(metrics.mean_absolute_error(y, said)),
        "baseline": {"says": base, "rmse": float(metrics.root_mean_squared_error(y, np.full(len(y), base)))},
    } | ({"r2": float(metrics.r2_score(y, said))} if len(y) > 1 and np.ptp(y) else {})


def _of_classes(said: Any, sure: Any, y: Any, base: int, names: list[str]) -> Figures:
    """A recall of no rows, or a precision of what was never said, is None: 0 of 0."""
    from sklearn import metrics

    rows, named = (np.bincount(labels, minlength=len(names)) for labels in (y, said))
    right = np.bincount(y[y == said], minlength=len(names))
    recall, precision = (
        [float(hits / all_) if all_ else None for hits, all_ in zip(right, counted, strict=True)]
        for counted in (rows, named)
    )
    found: Figures = {
        "accuracy": float(metrics.accuracy_score(y, said)),
        "balanced_accuracy": float(np.mean([share for share in recall if share is not None])),
        "f1": float(metrics.f1_score(y, said, average="macro", zero_division=0)),
    }
    if len(names) == 2:
        found["f1_second"] = float(metrics.f1_score(y, said, zero_division=0))
    if rows.all():
        found["auc"] = _auc(y, sure)
    found["baseline"] = {"says": names[base], "accuracy": float(np.mean(y == base))}
    found["classes"] = {
        name: {"rows": int(rows[i]), "said": int(named[i]), "recall": recall[i], "precision": precision[i]}
        for i, name in enumerate(names)
    }
    return found


def _auc(y: Any, sure: Any) -> float:
    """The area below the curve of true over false alarms; of several classes the mean, each against all others."""
    from sklearn import metrics

    if sure.shape[1] == 2:
        return float(metrics.roc_auc_score(y == 1, sure[:, 1]))
    areas = [metrics.roc_auc_score(y == label, sure[:, label]) for label in range(sure.shape[1])]
    return float(np.mean(areas))
