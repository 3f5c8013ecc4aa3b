"""Plots by matplotlib for reports and the gallery: functions that give a `Figure`, and `save`.

Read `figure` (what all share) and `scheme` (light and dark) first; the other files are one for each kind of plot.
"""

from demos.plots.calculus import activation, difference_error
from demos.plots.features import features
from demos.plots.figure import save
from demos.plots.plane import decision_boundary, descent_paths
from demos.plots.report import confusion_matrix, error_curves, mistakes, predictions
from demos.plots.training import accuracy_curves, loss_curve

__all__ = [
    "accuracy_curves", "activation", "confusion_matrix", "decision_boundary", "descent_paths", "difference_error",
    "error_curves", "features", "loss_curve", "mistakes", "predictions", "save",
]  # fmt: skip
