"""Roger Grosse, "Fields Machine Learning Course, Lecture 1": examples G1 to G13."""

from demos.gallery.fields import chain_rule, classification, cost, features, networks, regression, units
from demos.gallery.fields.course import course

__all__ = ["chain_rule", "classification", "cost", "course", "features", "networks", "regression", "units"]
