"""Plots of training, of classifiers and of calculus, by matplotlib: functions that give a `Figure`, and `save`.

Read `figure` (what all share) first; the other files are one for each kind of plot.
"""

from viz.plots.calculus import activation, difference_error
from viz.plots.classes import confusion_matrix, features, mistakes, predictions
from viz.plots.figure import save
from viz.plots.plane import decision_boundary, descent_paths
from viz.plots.training import accuracy_curves, error_curves, loss_curve

__all__ = [
    "accuracy_curves", "activation", "confusion_matrix", "decision_boundary", "descent_paths", "difference_error",
    "error_curves", "features", "loss_curve", "mistakes", "predictions", "save",
]  # fmt: skip
