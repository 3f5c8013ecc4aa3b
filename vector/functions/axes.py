"""The axes that a function works along."""

Axis = int | tuple[int, ...] | None
