"""Plots that a report of a training, or the gallery, shows beside those of `viz.plots`.

Read `report` (a model beside the truth) and `calculus` (a function beside its derivative).
"""

from demos.plots.calculus import activation, difference_error
from demos.plots.report import confusion_matrix, error_curves, mistakes, predictions

__all__ = ["activation", "confusion_matrix", "difference_error", "error_curves", "mistakes", "predictions"]
