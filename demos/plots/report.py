"""What a trained model says beside what is true, and how long trainings compare."""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from demos.plots.features import images_of
from demos.plots.figure import BLUE, COLOURS, GREY, INK, VERMILLION, blank, finish
from demos.plots.training import for_curves

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def mistakes(
    images: Any, truth: Any, probabilities: Any, *, shape: tuple[int, int], columns: int = 6, count: int = 18
) -> "Figure":
    """The images that a classifier got wrong, the surest mistakes first: what it is → what was said, how surely.

    Args:
        images: (n, pixels).
        truth: (n,), the right classes.
        probabilities: (n, classes), what the classifier gives to each class.
        shape: height and width of the images, pixels = height · width.
        columns: images in a row.
        count: of images to show, at most.

    Raises:
        ValueError: the shapes do not fit, or nothing is wrong.
        ImportError: matplotlib is not installed.
    """
    figure = blank(1.0, 1.0)
    import numpy as np

    images, truth, probabilities = np.asarray(images), np.asarray(truth), np.asarray(probabilities)
    if not len(images) == len(truth) == len(probabilities) or images[:1].size != math.prod(shape):
        raise ValueError(
            f"expected images (n, {shape[0]} · {shape[1]}), truth (n,) and probabilities (n, classes); "
            f"got {images.shape}, {truth.shape} and {probabilities.shape}"
        )
    said = probabilities.argmax(axis=1)
    wrong = np.flatnonzero(said != truth)
    if not len(wrong):
        raise ValueError("expected at least one mistake to show; every image is classified right")
    worst = wrong[np.argsort(-probabilities[wrong, said[wrong]], kind="stable")][:count]
    for axes, index in zip(images_of(figure, len(worst), columns, height=1.25), worst, strict=True):
        axes.imshow(images[index].reshape(shape), cmap="gray_r")
        sure = 100 * probabilities[index, said[index]]
        axes.set_title(f"{truth[index]} → {said[index]}  {sure:.0f} %", fontsize=8, color=INK, pad=3)
    return figure


_LONGEST_NAME = 24  # letters of a class's name that are shown
_ROOM = 50  # letters beside one another below the matrix


def confusion_matrix(truth: Any, said: Any, *, names: Sequence[str] | None = None) -> "Figure":
    """How often each class was taken for which: rows are what it was, columns what was said, colours the row's share.

    Args:
        truth, said: (n,), classes counted from 0.
        names: of the classes; their numbers by default.

    Raises:
        ValueError: the shapes differ, there is nothing to count, or there are fewer names than classes.
        ImportError: matplotlib is not installed.
    """
    figure = blank(1.0, 1.0)
    import numpy as np
    from matplotlib.colors import LinearSegmentedColormap

    truth, said = _vectors(truth, said)
    for labels in (truth, said):
        if labels.dtype.kind not in "biu" or labels.min() < 0:
            raise ValueError(f"expected classes as integers from 0; got {labels.dtype}, from {labels.min()}")
    truth, said = truth.astype(int), said.astype(int)  # an index of booleans would be a mask
    classes = 1 + int(max(truth.max(), said.max()))
    names = [str(index) for index in range(classes)] if names is None else names
    if len(names) < classes:
        raise ValueError(f"expected a name for each of {classes} classes; got {len(names)}")
    counts = np.zeros((len(names), len(names)), int)
    np.add.at(counts, (truth, said), 1)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    # Blue on the diagonal, red beside it; a share of 10 % is a strong red, for mistakes are rare.
    right = np.eye(len(names), dtype=bool)
    levels = np.where(right, shares, -np.minimum(10 * shares, 1.0))
    names = [_short(name) for name in names]
    side = max(5.4, 0.34 * len(names))
    figure.set_size_inches(side + 0.07 * max(map(len, names)), side)
    axes = figure.subplots()
    colours = LinearSegmentedColormap.from_list("shares", [VERMILLION, "#ffffff", BLUE])
    axes.imshow(levels, cmap=colours, vmin=-1.3, vmax=1.3)
    for (row, column), count in np.ndenumerate(counts):
        if count:
            axes.text(column, row, count, ha="center", va="center", fontsize=8, color=INK)
    axes.set_xticks(range(len(names)), names, parse_math=False)  # a $ in a name is a dollar
    axes.set_yticks(range(len(names)), names, parse_math=False)
    axes.set(xlabel="said", ylabel="true")
    if max(map(len, names)) * len(names) > _ROOM:
        axes.tick_params(axis="x", rotation=90)
    axes.set_title(f"{100 * (truth == said).mean():.2f} % of {len(truth):,} right", loc="right", fontsize=9, color=GREY)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    return figure


def _short(name: str) -> str:
    """A class's name on one line, cut where it is long."""
    name = " ".join(name.split())
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"


def predictions(truth: Any, said: Any, *, name: str = "") -> "Figure":
    """A point for each sample; on the line, what was said is true.

    Args:
        truth, said: (n,), numbers.
        name: of what is predicted.

    Raises:
        ValueError: the shapes differ, or there is nothing to show.
        ImportError: matplotlib is not installed.
    """
    figure = blank(5.0, 5.0)
    import numpy as np

    truth, said = _vectors(truth, said, float)
    axes = figure.subplots()
    axes.axline((truth[0], truth[0]), slope=1.0, color=GREY, linewidth=1.0)
    axes.plot(truth, said, "o", color=BLUE, markersize=4, alpha=0.6, markeredgewidth=0)
    finish(axes)
    axes.set_xlabel(f"true {name}".rstrip(), parse_math=False)  # a $ in a name is a dollar
    axes.set_ylabel(f"predicted {name}".rstrip(), parse_math=False)
    rmse = np.sqrt(np.mean((said - truth) ** 2))
    axes.set_title(f"root mean square error {rmse:.4g} over {len(truth):,}", loc="right", fontsize=9, color=GREY)
    return figure


def _vectors(truth: Any, said: Any, dtype: Any = None) -> "tuple[Any, Any]":
    import numpy as np

    truth, said = np.asarray(truth, dtype), np.asarray(said, dtype)
    if truth.shape != said.shape or truth.ndim != 1 or not len(truth):
        raise ValueError(f"expected truth (n,) and said (n,) with n >= 1; got {truth.shape} and {said.shape}")
    return truth, said


def error_curves(errors: Mapping[str, Sequence[float]]) -> "Figure":
    """Errors by epoch on logarithmic axes, one curve for each name: trainings of very different lengths side by side.

    Args:
        errors: by name, shares in (0, 1], one per epoch.

    Raises:
        ValueError: there is no curve, or one without values.
        ImportError: matplotlib is not installed.
    """
    figure = for_curves(errors, 4.4)
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    axes = figure.subplots()
    for index, (name, values) in enumerate(errors.items()):
        epochs, percent = range(1, len(values) + 1), [100.0 * value for value in values]
        axes.loglog(epochs, percent, color=COLOURS[index % len(COLOURS)], linewidth=1.8, label=name)
    finish(axes, "epoch", "error (%)")
    axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axis.set_minor_formatter(NullFormatter())
    axes.legend(loc="upper right", frameon=False)
    return figure
