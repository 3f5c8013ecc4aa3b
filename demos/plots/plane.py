"""Functions of two variables: where a classifier draws the line, and how descents run over the landscape of a loss."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from demos.plots.figure import BLUE, COLOURS, GREY, INK, VERMILLION, blank

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Point = tuple[float, float]


def decision_boundary(
    predict: Callable[[Any], Any], points: Any, labels: Any, *, threshold: float = 0.0, resolution: int = 60
) -> "Figure":
    """Two classes of points in the plane, and where a classifier draws the line.

    Args:
        predict: from an (n, 2) array of points to n scores; above `threshold` means the class with the larger label.
        points: (n, 2), the data.
        labels: (n,), two distinct values.
        threshold: the score at the boundary: 0 for margins and logits, 0.5 for probabilities.
        resolution: the scores are asked on a grid of resolution × resolution points.

    Raises:
        ValueError: the shapes or the number of classes are not those above.
        ImportError: matplotlib is not installed.
    """
    figure = blank(5.6, 5.0)  # before NumPy, so that a missing matplotlib is what the error names
    import numpy as np
    from matplotlib.colors import LinearSegmentedColormap

    points, labels = np.asarray(points, dtype=float), np.asarray(labels).reshape(-1)
    if points.ndim != 2 or points.shape[1] != 2 or len(points) != len(labels):
        raise ValueError(f"expected points (n, 2) and labels (n,); got {points.shape} and {labels.shape}")
    classes = np.unique(labels)
    if len(classes) != 2:
        raise ValueError(f"expected labels of 2 classes; got {len(classes)}: {classes}")

    x, y = _grid(points, resolution, margin=0.12)
    grid = np.column_stack([x.reshape(-1), y.reshape(-1)])
    scores = np.asarray(predict(grid), dtype=float).reshape(-1)
    if len(scores) != len(grid):
        raise ValueError(f"expected predict to give {len(grid)} scores for {len(grid)} points; got {len(scores)}")
    axes = figure.subplots()
    margins = scores.reshape(x.shape) - threshold
    reach = max(float(abs(margins).max()), 1e-12)
    levels = [reach * step / 12 for step in range(-12, 13)]
    colours = LinearSegmentedColormap.from_list("margins", [BLUE, "#ffffff", VERMILLION])
    axes.contourf(x, y, margins, levels=levels, cmap=colours, alpha=0.45)
    if margins.min() < 0.0 < margins.max():
        axes.contour(x, y, margins, levels=[0.0], colors=INK, linewidths=1.6)
    for value, colour, marker in zip(classes, (BLUE, VERMILLION), ("o", "s"), strict=True):
        a, b = points[labels == value].T
        axes.scatter(a, b, s=26, c=colour, marker=marker, edgecolors="white", linewidths=0.8, label=f"class {value}")
    axes.set(xlabel="$x_1$", ylabel="$x_2$", aspect="equal")
    axes.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=2, frameon=False)
    return figure


def _grid(points: Any, resolution: int, margin: float) -> Any:
    """Two (resolution, resolution) arrays of coordinates around the points."""
    import numpy as np

    space = margin * np.ptp(points, axis=0).max()
    lowest, highest = points.min(axis=0) - space, points.max(axis=0) + space
    return np.meshgrid(*(np.linspace(a, b, resolution) for a, b in zip(lowest, highest, strict=True)))


def descent_paths(
    function: Callable[[float, float], float], paths: Mapping[str, Sequence[Point]], *, resolution: int = 80
) -> "Figure":
    """The ways that descents took over the contours of the function that they minimise.

    Contours lie closer where the function is small, so that the floor of a valley shows.

    Args:
        function: of two numbers.
        paths: by name (of the optimizer, say), the points in order, at least one; the first is where they start.
        resolution: the function is asked on a grid of resolution × resolution points.

    Raises:
        ValueError: there is no path, or one without points.
        ImportError: matplotlib is not installed.
    """
    if not paths or not all(map(len, paths.values())):
        raise ValueError(f"expected at least one point for each path; got {dict(paths)}")
    figure = blank(6.4, 5.0)
    import numpy as np

    points = np.array([point for path in paths.values() for point in path if all(map(math.isfinite, point))], float)
    x, y = _grid(points, resolution, margin=0.15)
    heights = np.array([[function(a, b) for a, b in zip(*row, strict=True)] for row in zip(x, y, strict=True)], float)
    axes = figure.subplots()
    lowest, highest = float(heights.min()), float(heights.max())
    levels = [lowest + (highest - lowest) * (step / 18) ** 2.5 for step in range(1, 19)]
    axes.contour(x, y, heights, levels=levels, colors=GREY, linewidths=0.6, alpha=0.7)
    for index, (name, path) in enumerate(paths.items()):
        colour = COLOURS[index % len(COLOURS)]
        a, b = zip(*path, strict=True)
        axes.plot(a, b, color=colour, linewidth=1.6, marker="o", markersize=2.5, label=f"{name}, {len(path) - 1} steps")
        axes.plot(*path[-1], color=colour, marker="*", markersize=11, markeredgecolor="white")
    axes.plot(*points[0], color=INK, marker="o", markersize=6, fillstyle="none")
    axes.set(xlabel="$x$", ylabel="$y$", xlim=(x.min(), x.max()), ylim=(y.min(), y.max()))
    axes.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=3, frameon=False, fontsize=8)
    return figure
