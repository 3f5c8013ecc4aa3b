"""What a regression says beside what is true."""

from typing import TYPE_CHECKING, Any

from viz.plots.figure import BLUE, GREY, blank, finish

if TYPE_CHECKING:
    from matplotlib.figure import Figure


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

    truth, said = np.asarray(truth, float), np.asarray(said, float)
    if truth.shape != said.shape or truth.ndim != 1 or not len(truth):
        raise ValueError(f"expected truth (n,) and said (n,) with n >= 1; got {truth.shape} and {said.shape}")
    axes = figure.subplots()
    axes.axline((truth[0], truth[0]), slope=1.0, color=GREY, linewidth=1.0)
    axes.plot(truth, said, "o", color=BLUE, markersize=4, alpha=0.6, markeredgewidth=0)
    finish(axes)
    axes.set_xlabel(f"true {name}".rstrip(), parse_math=False)  # a $ in a name is a dollar
    axes.set_ylabel(f"predicted {name}".rstrip(), parse_math=False)
    rmse = np.sqrt(np.mean((said - truth) ** 2))
    axes.set_title(f"root mean square error {rmse:.4g} over {len(truth):,}", loc="right", fontsize=9, color=GREY)
    return figure
