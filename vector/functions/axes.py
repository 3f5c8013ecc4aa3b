"""The axes that a function works along."""

__all__ = ["Axis"]

Axis = int | tuple[int, ...] | None
