"""Courty, "Introduction to Deep Learning, Lecture 2": examples C1 to C8."""

from demos.gallery.courty import derivatives, descent, discriminant, network, perceptron, thresholds
from demos.gallery.courty.course import course

__all__ = ["course", "derivatives", "descent", "discriminant", "network", "perceptron", "thresholds"]
