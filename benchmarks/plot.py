"""A suite's results as a picture: bars for each case, lines where the cases are sizes, or one ratio for each case."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.page import number

COLOURS = {
    "vector": "#56b4e9", "vector fused": "#2a93ce", "vector compiled": "#0072b2", "vector compiled, numba": "#003f63",
    "scalar": "#009e73", "scalar compiled": "#00583f", "torch": "#f0b27a", "torch fused": "#e69f00",
    "torch.compile": "#d55e00", "jax": "#cc79a7", "autograd": "#f0e442", "mygrad": "#b5a642", "micrograd": "#999999",
    "floor": "#000000", "peak sgemm": "#555555", "numpy": "#cccccc",
}  # fmt: skip
"""Colours that the colour-blind can tell apart, the same for a contestant in every panel."""


def draw(suite: Mapping[str, Any], path: Path) -> None:
    """Write the picture; the same results give the same bytes."""
    import matplotlib as mpl

    mpl.use("agg")
    from matplotlib import pyplot as plt

    units = list(dict.fromkeys(unit for case in suite["cases"] for unit in case["figures"]))
    panels = [(unit, [case]) for case in suite["cases"] for unit in units]
    compared = any("best" in case for case in suite["cases"])
    if compared or suite["sizes"]:
        panels = [(unit, suite["cases"]) for unit in units]
    rows, columns = -(-len(panels) // 2), min(len(panels), 2)
    height = 2.4 if suite["sizes"] else 0.5 + 0.2 * len(suite["cases" if compared else "contestants"])
    with mpl.rc_context({"svg.hashsalt": "twingrad", "svg.fonttype": "none", "font.size": 8}):
        figure, axes = plt.subplots(
            rows,
            columns,
            figsize=((8 if compared else 4) * columns, height * rows),
            squeeze=False,
            layout="constrained",
        )
        for (unit, cases), ax in zip(panels, axes.flat, strict=False):
            (_ratios if compared else _lines if suite["sizes"] else _bars)(suite, unit, cases, ax)
            ax.spines[["top", "right"]].set_visible(False)
        for ax in axes.flat[len(panels) :]:
            ax.set_visible(False)
        figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)
        plt.close(figure)


def _ratios(suite: Mapping[str, Any], unit: str, cases: list[Any], ax: Any) -> None:
    """A dot for each case: our better over the best peer, with a line where they are equal."""
    found = {case["case"]: case["best"][unit] for case in cases if unit in case["best"]}
    for place, one in enumerate(found.values()):
        ax.plot(one["ratio"], place, "o", color=COLOURS.get(one["ours"], "#666666"))
    ax.axvline(1, color="#999999", linewidth=0.8)
    ax.set_xscale("log")
    ax.set_yticks(range(len(found)), list(found))
    ax.invert_yaxis()
    ax.set_title(f"{unit}: our better ÷ best peer", loc="left", fontsize=8)


def _bars(suite: Mapping[str, Any], unit: str, cases: list[Any], ax: Any) -> None:
    """A bar for each contestant, with half the distance of the quartiles as a whisker."""
    found = cases[0]["figures"].get(unit, {})
    for place, (name, one) in enumerate(found.items()):
        ax.barh(place, one["median"], xerr=one["spread"], color=COLOURS.get(name, "#666666"))
        ax.annotate(f" {number(one['median'])}", (one["median"] + one["spread"], place), va="center")
    ax.set_yticks(range(len(found)), list(found))
    ax.invert_yaxis()
    ax.set_xlim(0, ax.get_xlim()[1] * 1.15)
    ax.set_title(f"{cases[0]['case']}: {unit}", loc="left", fontsize=8)


def _lines(suite: Mapping[str, Any], unit: str, cases: list[Any], ax: Any) -> None:
    """A line for each contestant over the sizes of the cases."""
    for name in suite["contestants"]:
        points = [
            (size, case["figures"][unit][name]["median"])
            for size, case in zip(suite["sizes"], cases, strict=True)
            if name in case["figures"].get(unit, {})
        ]
        if points:
            ax.plot(*zip(*points, strict=True), "o-", color=COLOURS.get(name, "#666666"), label=name)
    ax.set_xscale("log")
    ax.set_ylim(bottom=0)
    ax.legend(frameon=False)
    ax.set_xlabel("operations")
    ax.set_title(unit, loc="left", fontsize=8)
