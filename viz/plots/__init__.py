"""Plots of training and of classifiers, by matplotlib: functions that give a `Figure`, and `save`.

Read `figure` (what all share) first; the other files are one for each kind of plot.
"""

from viz.plots.features import features
from viz.plots.figure import save
from viz.plots.plane import decision_boundary, descent_paths
from viz.plots.training import accuracy_curves, loss_curve

__all__ = ["accuracy_curves", "decision_boundary", "descent_paths", "features", "loss_curve", "save"]
