"""What every plot shares: colours, an empty figure, and how it is written. No global state of matplotlib is touched."""

import io
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Okabe and Ito's colour-blind-safe hues, the first two for what is compared most, and greys.
BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY = "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"
COLOURS = (BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY)
GREY, INK = "#6e7781", "#1b1f24"
WITHOUT_DATE = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}}  # two identical runs write identical files


def blank(width: float, height: float) -> "Figure":
    """An empty figure, in inches.

    Raises:
        ImportError: matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ImportError('plots need matplotlib; install it with: pip install "twingrad[pictures]"') from error

    class Shown(Figure):
        """A figure that a notebook shows by itself, also without `%matplotlib inline`."""

        def _repr_png_(self) -> bytes:
            written = io.BytesIO()
            self.savefig(written, format="png", bbox_inches="tight", pad_inches=0.12, dpi=100)
            return written.getvalue()

    return Shown(figsize=(width, height), dpi=160, layout="constrained")


def finish(axes: "Axes", xlabel: str = "", ylabel: str = "") -> None:
    """The look of a plot of curves."""
    axes.set(xlabel=xlabel, ylabel=ylabel)
    axes.grid(color="#d0d7de", linewidth=0.6)
    axes.spines[["top", "right"]].set_visible(False)
    axes.margins(x=0.02)


def save(figure: "Figure", path: str | Path) -> Path:
    """Write a figure as .png, .svg or .pdf; two identical figures give identical files."""
    import matplotlib

    path = Path(path)
    with matplotlib.rc_context({"svg.hashsalt": "twingrad"}):  # else the ids inside an SVG file are random
        figure.savefig(path, bbox_inches="tight", pad_inches=0.12, metadata=WITHOUT_DATE.get(path.suffix.lower()))
    return path
