"""What the first layer of a trained model looks for."""

import math
from typing import TYPE_CHECKING, Any

from demos.plots.figure import blank

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def features(weights: Any, *, shape: tuple[int, int], columns: int = 8, count: int = 64) -> "Figure":
    """Each first-layer unit's weights as an image: grey is 0, white positive, black negative, each to its own scale.

    Args:
        weights: (units, pixels), as the first layer's `weight.data`.
        shape: height and width of the images, pixels = height · width.
        columns: images in a row.
        count: of units to show, at most; the first.

    Raises:
        ValueError: the shapes do not fit.
        ImportError: matplotlib is not installed.
    """
    figure = blank(1.0, 1.0)
    import numpy as np

    weights = np.asarray(weights, dtype=float)
    if weights.ndim != 2 or weights.shape[1] != math.prod(shape):
        raise ValueError(f"expected weights (units, {shape[0]} · {shape[1]}); got shape {weights.shape}")
    for axes, unit in zip(images_of(figure, min(len(weights), count), columns), weights, strict=False):
        largest = abs(unit).max() or 1.0
        axes.imshow(unit.reshape(shape), cmap="gray", vmin=-largest, vmax=largest)
    return figure


def images_of(figure: "Figure", count: int, columns: int, height: float = 1.0) -> "list[Axes]":
    """Axes without ticks for `count` images, and a figure of their size."""
    rows = -(-count // columns)
    columns = min(count, columns)
    figure.set_size_inches(0.95 * columns, 0.95 * height * rows)
    grid = [axes for row in figure.subplots(rows, columns, squeeze=False) for axes in row]
    for axes in grid:
        axes.set_axis_off()
    return grid[:count]
