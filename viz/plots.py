"""Plots of training, by matplotlib: figures are made and written here, and no global state of matplotlib is touched."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Okabe and Ito's colour-blind-safe blue and vermillion, and greys.
BLUE, VERMILLION, GREY, INK = "#0072b2", "#d55e00", "#6e7781", "#1b1f24"
SMOOTHED_FROM = 50  # losses; a curve with more points is drawn faintly under its running mean
LOGARITHMIC_FROM = 100.0  # ratio of the largest loss to the smallest
WITHOUT_DATE = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}}  # two identical runs write identical files


def loss_curve(losses: Sequence[float], *, accuracies: Sequence[float] | None = None, path: str | Path) -> Path:
    """Plot the loss of each training step, and below it, when given, the accuracy.

    Args:
        losses: one per step, at least one.
        accuracies: in [0, 1], evenly spread over the same steps (one per epoch, say), the last after the last step.
        path: a .png, .svg or .pdf file.

    Raises:
        ValueError: `losses` is empty.
        ImportError: matplotlib is not installed.
    """
    if not losses:
        raise ValueError("expected at least one loss to plot; got an empty sequence")
    steps = range(1, len(losses) + 1)
    figure = _figure(7.0, 5.6 if accuracies else 3.6)
    top, *below = figure.subplots(2 if accuracies else 1, 1, sharex=True, squeeze=False)[:, 0]
    smooth = len(losses) > SMOOTHED_FROM
    top.plot(steps, losses, color=BLUE, linewidth=1.0 if smooth else 1.8, alpha=0.3 if smooth else 1.0)
    if smooth:
        window = len(losses) // 25
        centres = [step + (window - 1) / 2 for step in steps[: len(steps) - window + 1]]
        top.plot(centres, _running_mean(losses, window), color=BLUE, linewidth=1.8)
        top.set_title(f"running mean over {window} steps", loc="right", fontsize=8, color=GREY)
    if 0.0 < min(losses) * LOGARITHMIC_FROM < max(losses):
        top.set_yscale("log")
    _finish(top, "loss")
    if accuracies:
        spacing = len(losses) / len(accuracies)
        percent = [100.0 * accuracy for accuracy in accuracies]
        positions = [spacing * (index + 1) for index in range(len(percent))]
        below[0].plot(positions, percent, color=VERMILLION, linewidth=1.8, marker="o", markersize=4)
        below[0].annotate(
            f"{percent[-1]:.2f} %", (positions[-1], percent[-1]), (0, -14), textcoords="offset points", ha="right"
        )
        _finish(below[0], "accuracy (%)")
    figure.axes[-1].set_xlabel("step")
    return _save(figure, path)


def decision_boundary(
    predict: Callable[[Any], Any],
    points: Any,
    labels: Any,
    *,
    threshold: float = 0.0,
    resolution: int = 60,
    path: str | Path,
) -> Path:
    """Plot two classes of points in the plane, and where a classifier draws the line.

    Args:
        predict: from an (n, 2) array of points to n scores; above `threshold` means the class with the larger label.
        points: (n, 2), the data.
        labels: (n,), two distinct values.
        threshold: the score at the boundary: 0 for margins and logits, 0.5 for probabilities.
        resolution: the scores are asked on a grid of resolution × resolution points.
        path: a .png, .svg or .pdf file.

    Raises:
        ValueError: the shapes or the number of classes are not those above.
        ImportError: matplotlib is not installed.
    """
    figure = _figure(5.6, 5.0)  # before NumPy, so that a missing matplotlib is what the error names
    import numpy as np

    points, labels = np.asarray(points, dtype=float), np.asarray(labels).reshape(-1)
    if points.ndim != 2 or points.shape[1] != 2 or len(points) != len(labels):
        raise ValueError(f"expected points (n, 2) and labels (n,); got {points.shape} and {labels.shape}")
    classes = np.unique(labels)
    if len(classes) != 2:
        raise ValueError(f"expected labels of 2 classes; got {len(classes)}: {classes}")

    margin = 0.12 * np.ptp(points, axis=0).max()
    lowest, highest = points.min(axis=0) - margin, points.max(axis=0) + margin
    x, y = np.meshgrid(*(np.linspace(a, b, resolution) for a, b in zip(lowest, highest, strict=True)))
    grid = np.column_stack([x.reshape(-1), y.reshape(-1)])
    scores = np.asarray(predict(grid), dtype=float).reshape(-1)
    if len(scores) != len(grid):
        raise ValueError(f"expected predict to give {len(grid)} scores for {len(grid)} points; got {len(scores)}")
    axes = figure.subplots()
    _regions(axes, x, y, scores.reshape(x.shape) - threshold)
    for value, colour, marker in zip(classes, (BLUE, VERMILLION), ("o", "s"), strict=True):
        a, b = points[labels == value].T
        axes.scatter(a, b, s=26, c=colour, marker=marker, edgecolors="white", linewidths=0.8, label=f"class {value}")
    axes.set(xlabel="$x_1$", ylabel="$x_2$", aspect="equal")
    axes.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=2, frameon=False)
    return _save(figure, path)


def _regions(axes: "Axes", x: Any, y: Any, margins: Any) -> None:
    from matplotlib.colors import LinearSegmentedColormap

    colours = LinearSegmentedColormap.from_list("margins", [BLUE, "#ffffff", VERMILLION])
    reach = max(float(abs(margins).max()), 1e-12)
    levels = [reach * step / 12 for step in range(-12, 13)]
    axes.contourf(x, y, margins, levels=levels, cmap=colours, alpha=0.45)
    if margins.min() < 0.0 < margins.max():
        axes.contour(x, y, margins, levels=[0.0], colors=INK, linewidths=1.6)


def _running_mean(values: Sequence[float], window: int) -> list[float]:
    total = sum(values[:window])
    means = [total / window]
    for leaving, entering in zip(values, values[window:], strict=False):
        total += entering - leaving
        means.append(total / window)
    return means


def _figure(width: float, height: float) -> "Figure":
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ImportError('plots need matplotlib; install it with: pip install "twingrad[demos]"') from error
    return Figure(figsize=(width, height), dpi=160, layout="constrained")


def _finish(axes: "Axes", label: str) -> None:
    axes.set_ylabel(label)
    axes.grid(color="#d0d7de", linewidth=0.6)
    axes.spines[["top", "right"]].set_visible(False)
    axes.margins(x=0.02)


def _save(figure: "Figure", path: str | Path) -> Path:
    import matplotlib

    path = Path(path)
    with matplotlib.rc_context({"svg.hashsalt": "twingrad"}):  # else the ids inside an SVG file are random
        figure.savefig(path, bbox_inches="tight", pad_inches=0.12, metadata=WITHOUT_DATE.get(path.suffix.lower()))
    return path
