"""The picture: speed-up over ranks."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.scaling import measure
from benchmarks.scaling.page import MODEL, modelled, networks

COLOURS = ("#0072b2", "#e69f00", "#cc79a7")


def draw(figures: Mapping[str, Any], path: Path) -> None:
    """Write it; the same figures give the same bytes."""
    import matplotlib as mpl

    mpl.use("agg")
    from matplotlib import pyplot as plt

    titles = {
        measure.WEAK: f"{measure.BATCH} samples on each rank",
        measure.STRONG: f"{measure.TOTAL:,} samples in all",
    }
    with mpl.rc_context({"svg.hashsalt": "twingrad", "svg.fonttype": "none", "font.size": 8}):
        figure, axes = plt.subplots(1, 2, figsize=(8, 3.2), layout="constrained")
        for ax, (way, title) in zip(axes, titles.items(), strict=True):
            for colour, (name, network) in zip(COLOURS, networks(figures).items(), strict=True):
                points = modelled(figures, network)[way]
                ax.plot(
                    [p.ranks for p in points],
                    [p.speedup for p in points],
                    "--",
                    color=colour,
                    label=f"modelled: {name}",
                )
            speedups = [measure.speedup(figures, way, MODEL, ranks) for ranks in measure.RANKS]
            ax.plot(measure.RANKS, speedups, "o-", color="black", label="measured on this machine")
            ax.plot([1, 1024], [1, 1024], ":", color="#999999", label="every rank as fast as one alone")
            ax.set_xscale("log", base=2)
            ax.set_yscale("log", base=2)
            ax.set_title(title, loc="left", fontsize=8)
            ax.set_xlabel("ranks")
            ax.spines[["top", "right"]].set_visible(False)
        axes[0].set_ylabel("samples a second, over one rank's")
        axes[0].legend(frameon=False, fontsize=6)
        figure.savefig(path, metadata={"Date": None})
        plt.close(figure)
