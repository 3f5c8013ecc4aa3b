"""The page of results: tables, verdicts and the machine, made from the record alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from benchmarks.figures import ratio

MADE = "This page is made by `make bench`; every number on it stands in [results.json](results.json)."
READING = """\
Each contestant works in a process of its own and they take turns, A B A B …, so that a drifting machine slows all alike.
A figure is the median of the rounds ± half the distance between the quartiles. A ratio is taken round by round, and its
median is shown: quote ratios, for times vary with the machine. The contestants' processes do without these variables, if
they are set: the machine's fastest kernels and all its cores are for everyone. A case whose contestants do not agree on
the result counts for nothing, and `make bench` fails."""


def page(record: Mapping[str, Any]) -> str:
    """The whole page, in Markdown."""
    parts = ["# Side by side with the peers", MADE, "![the results as bars and lines](results.svg)", *about(record["machine"])]
    parts += ["## How to read it", f"{READING} ({', '.join(f'`{x}`' for x in record['unset'])})"]
    for suite in record["suites"].values():
        parts += section(suite)
    return "\n\n".join(parts) + f"\n\nMeasured on {record['date']}, in {record['minutes']:.0f} minutes.\n"


def about(machine: Mapping[str, Any]) -> Iterator[str]:
    """The machine and the versions."""
    yield "## The machine"
    yield (
        f"{machine['processor']}, {machine['cores']} cores, {machine['system']}; {machine['sgemm']:.0f} GFLOP/s in a large "
        f"float32 matrix product by NumPy ({machine['blas']}). Python {machine['python']}, "
        + ", ".join(f"{name} {number}" for name, number in machine["versions"].items())
        + "."
    )


def section(suite: Mapping[str, Any]) -> Iterator[str]:
    """A suite: tables by unit, ratios to the first contestant, who was left out, verdicts."""
    yield f"## {suite['title']}"
    yield f"{suite['about']} Rounds: {suite['rounds']}."
    units = dict.fromkeys(unit for case in suite["cases"] for unit in case["figures"])
    for unit in units:
        yield table(["", *suite["contestants"]], [figures(case, suite["contestants"], unit) for case in suite["cases"]], unit)
    differing = [case["case"] for case in suite["cases"] if not case["agreed"]]
    if differing:
        yield f"**The results differ** in {'; '.join(differing)}: {[c['outcomes'] for c in suite['cases'] if not c['agreed']]}"
    left_out = list(dict.fromkeys(f"{name}: {why}" for case in suite["cases"] for name, why in case["skipped"].items()))
    if left_out:
        yield "Left out: " + "; ".join(left_out) + "."
    if suite["targets"]:
        yield table(["target", "case", "at most", "measured", ""], [verdict(one) for one in suite["targets"]])


def figures(case: Mapping[str, Any], contestants: Sequence[str], unit: str) -> list[str]:
    """A line of a table; beside each figure, how many times the best one it is."""
    found = case["figures"].get(unit, {})
    best = min(found, key=lambda name: found[name]["median"], default="")
    cells = [case["case"]]
    for name in contestants:
        if name not in found:
            cells.append("–")
            continue
        one = found[name]
        times = ratio(one["rounds"], found[best]["rounds"])
        cells.append(f"{number(one['median'])} ± {number(one['spread'])} (×{times:.2f})")
    return cells


def verdict(one: Mapping[str, Any]) -> list[str]:
    """A line of the table of targets."""
    word = {True: "met", False: "**missed**", None: "not measured"}[one["met"]]
    measured = "–" if one["measured"] is None else f"{one['measured']:.2f}"
    return [one["what"], one["case"], f"{one['limit']:.2f}", measured, word]


def table(head: Sequence[str], rows: Sequence[Sequence[str]], corner: str = "") -> str:
    """A Markdown table whose columns are aligned in plain text too."""
    lines = [[head[0] or corner, *head[1:]], *rows]
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    lines.insert(1, ["-" * width for width in widths])
    return "\n".join(
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |" for line in lines
    )


def number(x: float) -> str:
    """Three significant digits, without an exponent."""
    return f"{x:,.0f}" if abs(x) >= 100 else f"{x:.3g}" if abs(x) >= 1e-3 else f"{x:.4f}"
