"""Training steps recorded once and replayed from a plan."""

from vector.compilation.compiled import Compiled, compile
from vector.compilation.tracers import CaptureError

__all__ = ["CaptureError", "Compiled", "compile"]
