"""The results as a picture: steps relative to the bare products, the price of an operation, growth."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

COLOURS = {
    "vector": "#56b4e9", "vector compiled": "#0072b2", "vector compiled, numba": "#003f63", "scalar": "#009e73",
    "scalar compiled": "#00583f", "torch": "#f0b27a", "torch fused": "#e69f00", "torch.compile": "#d55e00",
    "jax": "#cc79a7", "autograd": "#f0e442", "mygrad": "#b5a642", "micrograd": "#999999", "floor": "#000000",
    "numpy": "#cccccc",
}  # fmt: skip
"""Colours that the colour-blind can tell apart, the same for a contestant in every panel."""


def draw(record: Mapping[str, Any], path: Path) -> None:
    """Write the picture; the same record gives the same bytes."""
    import matplotlib as mpl

    mpl.use("agg")
    from matplotlib import pyplot as plt

    panels = [(suite, unit) for suite in record["suites"].values() for unit in _units(suite)]
    heights = [max(1.2, 0.45 + 0.19 * _bars(*panel)) for panel in panels]
    with mpl.rc_context({"svg.hashsalt": "twingrad", "svg.fonttype": "none", "font.size": 8}):
        figure, axes = plt.subplots(
            len(panels), 1, figsize=(7.5, sum(heights) + 0.5 * len(panels)), height_ratios=heights, squeeze=False,
            layout="constrained",
        )  # fmt: skip
        for panel, ax in zip(panels, axes[:, 0], strict=True):
            _lines(*panel, ax) if len(panel[0]["cases"]) > 1 and "ops" in panel[0]["cases"][0]["case"] else _barred(*panel, ax)
            ax.spines[["top", "right"]].set_visible(False)
        figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)
        plt.close(figure)


def _units(suite: Mapping[str, Any]) -> list[str]:
    return list(dict.fromkeys(unit for case in suite["cases"] for unit in case["figures"]))


def _bars(suite: Mapping[str, Any], unit: str) -> int:
    return sum(len(case["figures"].get(unit, ())) + 1 for case in suite["cases"])


def _barred(suite: Mapping[str, Any], unit: str, ax: Any) -> None:
    """A group of bars for each case, with the quartiles as a whisker."""
    place, ticks, names = 0, [], []
    for case in suite["cases"]:
        found = case["figures"].get(unit, {})
        start = place
        for name, one in found.items():
            ax.barh(place, one["median"], xerr=one["spread"], color=COLOURS.get(name, "#666666"), height=0.9)
            ax.annotate(f" {name} {one['median']:.3g}", (one["median"] + one["spread"], place), va="center", fontsize=6.5)
            place += 1
        ticks.append((start + place - 1) / 2)
        names.append(case["case"].replace(", ", "\n"))
        place += 1
    ax.set_yticks(ticks, names)
    ax.invert_yaxis()
    ax.set_xlim(0, ax.get_xlim()[1] * 1.15)
    ax.set_title(f"{suite['title']}: {unit}, shorter is better", loc="left")


def _lines(suite: Mapping[str, Any], unit: str, ax: Any) -> None:
    """A line for each contestant over cases that are sizes."""
    for name in suite["contestants"]:
        points = [
            (int(case["case"].split()[0].replace(",", "")), case["figures"][unit][name]["median"])
            for case in suite["cases"]
            if name in case["figures"].get(unit, {})
        ]
        ax.plot(*zip(*points, strict=True), "o-", color=COLOURS.get(name, "#666666"), label=name)
    ax.set_xscale("log")
    ax.set_ylim(bottom=0)
    ax.legend(frameon=False)
    ax.set_xlabel("operations")
    ax.set_title(f"{suite['title']}: {unit}, lower is better", loc="left")
