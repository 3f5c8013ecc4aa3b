"""Kokkinos, "Introduction to Machine Learning, Week 5": examples O1 to O5."""

from demos.gallery.kokkinos import bricks, bumps, compositions, starts
from demos.gallery.kokkinos.course import course

__all__ = ["bricks", "bumps", "compositions", "course", "starts"]
