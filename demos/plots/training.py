"""How training went: losses and accuracies."""

import itertools
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from demos.plots.figure import BLUE, COLOURS, GREY, VERMILLION, blank, finish

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SMOOTHED_FROM = 50  # losses; a curve with more points is drawn faintly under its running mean
LOGARITHMIC_FROM = 100.0  # ratio of the largest loss to the smallest
_HEIGHT, _LINE = 215.0, 12.0  # points: of the axes of accuracies, about, and of a line of text


def loss_curve(
    losses: Sequence[float],
    *,
    accuracies: Sequence[float] | None = None,
    measured: Mapping[str, Sequence[float]] | None = None,
) -> "Figure":
    """The loss of each training step, and below it, when given, the accuracy.

    Args:
        losses: one per step, at least one.
        accuracies: in [0, 1], evenly spread over the same steps (one per epoch, say), the last after the last step.
        measured: by name, such as "validation", losses that are spread like the accuracies.

    Raises:
        ValueError: `losses` is empty.
        ImportError: matplotlib is not installed.
    """
    if not len(losses):
        raise ValueError("expected at least one loss to plot; got an empty sequence")
    losses, accuracies = [float(x) for x in losses], None if accuracies is None else [float(x) for x in accuracies]
    figure = blank(7.0, 5.6 if accuracies else 3.6)
    top, *below = figure.subplots(2 if accuracies else 1, 1, sharex=True, squeeze=False)[:, 0]
    _losses(top, losses)
    for (name, values), colour in zip((measured or {}).items(), itertools.cycle(COLOURS[1:]), strict=False):
        top.plot(_spread(len(losses), len(values)), values, color=colour, linewidth=1.8, label=name)
    if measured:
        top.legend(loc="upper right", frameon=False)
    if accuracies:
        _accuracy(below[0], _spread(len(losses), len(accuracies)), accuracies, VERMILLION)
        finish(below[0], ylabel="accuracy (%)")
    figure.axes[-1].set_xlabel("step")
    return figure


def _spread(steps: int, count: int) -> list[float]:
    """`count` places, evenly spread over the steps, the last at the last."""
    return [steps / count * (index + 1) for index in range(count)]


def _losses(axes: "Axes", losses: Sequence[float]) -> None:
    steps = range(1, len(losses) + 1)
    smooth = len(losses) > SMOOTHED_FROM
    axes.plot(steps, losses, color=BLUE, linewidth=1.0 if smooth else 1.8, alpha=0.3 if smooth else 1.0)
    if smooth:
        window = len(losses) // 25
        sums = list(itertools.accumulate(losses, initial=0.0))
        means = [(end - start) / window for start, end in zip(sums, sums[window:], strict=False)]
        axes.plot([step + (window - 1) / 2 for step in steps[: len(means)]], means, color=BLUE, linewidth=1.8)
        axes.set_title(f"running mean over {window} steps", loc="right", fontsize=8, color=GREY)
    if 0.0 < min(losses) * LOGARITHMIC_FROM < max(losses):
        axes.set_yscale("log")
    finish(axes, ylabel="loss")


def accuracy_curves(accuracies: Mapping[str, Sequence[float]]) -> "Figure":
    """Accuracies by epoch, one curve for each name, such as "train" and "test".

    Args:
        accuracies: by name, values in [0, 1], one per epoch.

    Raises:
        ValueError: there is no curve, or one without values.
        ImportError: matplotlib is not installed.
    """
    figure = for_curves(accuracies, 3.8)
    from matplotlib.ticker import MaxNLocator

    axes = figure.subplots()
    for index, (name, values) in enumerate(accuracies.items()):
        _accuracy(axes, range(1, len(values) + 1), values, COLOURS[index % len(COLOURS)], name)
    finish(axes, "epoch", "accuracy (%)")
    _part(axes)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.legend(loc="lower right", frameon=False)
    return figure


def for_curves(curves: Mapping[str, Sequence[float]], height: float) -> "Figure":
    """An empty figure for curves that have values."""
    if not curves or not all(map(len, curves.values())):
        raise ValueError(f"expected at least one value for each curve; got {dict(curves)}")
    return blank(7.0, height)


def _accuracy(
    axes: "Axes", positions: Sequence[float], values: Sequence[float], colour: str, name: str | None = None
) -> None:
    percent = [100.0 * value for value in values]
    axes.plot(positions, percent, color=colour, linewidth=1.8, marker="o", markersize=4, label=name)
    end, said = (positions[-1], percent[-1]), f"{percent[-1]:.2f} %"
    axes.annotate(said, end, (7, -3), textcoords="offset points", color=colour, annotation_clip=False)


def _part(axes: "Axes") -> None:
    """Move the labels at the ends of curves up until none stands on another."""
    low, high = axes.get_ylim()
    floor = float("-inf")
    for label in sorted(axes.texts, key=lambda label: label.xy[1]):  # type: ignore[attr-defined]
        height = (label.xy[1] - low) / (high - low) * _HEIGHT  # type: ignore[attr-defined]
        up = max(0.0, floor - height)
        label.set_position((7, up - 3))
        floor = height + up + _LINE
