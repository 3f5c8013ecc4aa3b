"""One training step of an MLP, forward, backward and update, as each contestant writes it; a module each."""

from __future__ import annotations

from collections.abc import Callable

Step = Callable[[], float]
"""Takes the step and tells the loss."""
