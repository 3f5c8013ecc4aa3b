"""What the first layer of a trained model looks for."""

import math
from typing import TYPE_CHECKING, Any

from demos.plots.figure import BLUE, VERMILLION, blank

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def features(
    weights: Any, *, shape: tuple[int, int], columns: int = 8, count: int = 64, scale: bool = False
) -> "Figure":
    """Each first-layer unit's weights as an image: grey is 0, white positive, black negative, each to its own scale.

    With `scale`, white is 0, red positive, blue negative, all to one scale, which a bar beside them tells.

    Args:
        weights: (units, pixels), as the first layer's `weight.data`.
        shape: height and width of the images, pixels = height · width.
        columns: images in a row.
        count: of units to show, at most; the first.
        scale: one scale for all, and the bar; its ends are the size that 99.5 % of the weights stay below.

    Raises:
        ValueError: the shapes do not fit.
        ImportError: matplotlib is not installed.
    """
    figure = blank(1.0, 1.0)
    import numpy as np

    weights = np.asarray(weights, dtype=float)
    if weights.ndim != 2 or weights.shape[1] != math.prod(shape):
        raise ValueError(f"expected weights (units, {shape[0]} · {shape[1]}); got shape {weights.shape}")
    shown = weights[:count]
    if scale:
        _to_one_scale(figure, shown.reshape(len(shown), *shape), min(len(shown), columns))
        return figure
    for axes, unit in zip(images_of(figure, len(shown), columns), shown, strict=True):
        largest = abs(unit).max() or 1.0
        axes.imshow(unit.reshape(shape), cmap="gray", vmin=-largest, vmax=largest)
    return figure


def _to_one_scale(figure: "Figure", images: Any, columns: int) -> None:
    """All images as one, with gaps of no number, and the bar."""
    import numpy as np
    from matplotlib.colors import LinearSegmentedColormap

    rows, (height, width) = -(-len(images) // columns), images.shape[1:]
    gap = max(1, min(height, width) // 12)
    whole = np.full((rows * (height + gap) - gap, columns * (width + gap) - gap), np.nan)
    for index, image in enumerate(images):
        top, left = index // columns * (height + gap), index % columns * (width + gap)
        whole[top : top + height, left : left + width] = image
    colours = LinearSegmentedColormap.from_list("weights", [BLUE, "#ffffff", VERMILLION])
    end = float(np.quantile(abs(images), 0.995)) or 1.0
    figure.set_size_inches(max(0.95 * columns, 2.4) + 0.9, max(0.95 * rows * height / width, 1.6))
    axes = figure.subplots()
    drawn = axes.imshow(whole, cmap=colours, vmin=-end, vmax=end, interpolation="nearest")
    axes.set_axis_off()
    beyond = "both" if abs(images).max() > end else "neither"
    figure.colorbar(drawn, ax=axes, label="weight", extend=beyond, fraction=0.05, pad=0.02, aspect=30)


def images_of(figure: "Figure", count: int, columns: int, height: float = 1.0) -> "list[Axes]":
    """Axes without ticks for `count` images, and a figure of their size."""
    rows = -(-count // columns)
    columns = min(count, columns)
    figure.set_size_inches(0.95 * columns, 0.95 * height * rows)
    grid = [axes for row in figure.subplots(rows, columns, squeeze=False) for axes in row]
    for axes in grid:
        axes.set_axis_off()
    return grid[:count]
