"""Kording, "CIS 522, Lecture 2R": examples K1 to K8."""

from demos.gallery.kording import derivatives, digits, linear, losses, operations
from demos.gallery.kording.course import course

__all__ = ["course", "derivatives", "digits", "linear", "losses", "operations"]
