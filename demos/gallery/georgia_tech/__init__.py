"""Georgia Tech, "CS 7643, gradient descent, neural networks, backpropagation": examples T1 to T8."""

from demos.gallery.georgia_tech import chains, classifiers, four_ways, graphs, penalties
from demos.gallery.georgia_tech.course import course

__all__ = ["chains", "classifiers", "course", "four_ways", "graphs", "penalties"]
