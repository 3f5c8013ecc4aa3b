"""The page of results: tables, verdicts and the machine, made from the record alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from demos.markdown import table

MADE = "This page is made by `make bench`; every number on it stands in [results.json](results.json)."
BESIDE = (
    " [Where the time of a step goes](profile.md) is measured by the same command; [what was tried](notes.md) is "
    "written down."
)
QUIET = 0.5
"""The load of a machine that has nothing else to do."""
READING = """\
Each contestant works in a process of its own, and they take turns, A B A B …, so that a drifting machine slows all.
A figure is the median of the rounds ± half the distance between the quartiles. A ratio is taken round by round, and the
median of these is shown; quote ratios, for times vary with the machine. A case whose contestants do not agree on the
result counts for nothing, and `make bench` fails. The machine's fastest kernels and all its cores are for everyone: the
contestants' processes do not inherit {unset}."""


def page(record: Mapping[str, Any]) -> str:
    """The whole page, in Markdown."""
    parts = [
        "# Side by side with the peers",
        MADE + (BESIDE if "mnist" in record["suites"] else ""),
        *about(record["machine"]),
    ]
    parts += ["## How to read it", READING.format(unset=", ".join(f"`{name}`" for name in record["unset"]))]
    for name, suite in record["suites"].items():
        heading, *rest = section(suite)
        parts += [heading, f"![{suite['title']}]({name}.svg)", *rest]
    return "\n\n".join(parts) + f"\n\nMeasured on {record['date']}, in {record['minutes']:.0f} minutes.\n"


def about(machine: Mapping[str, Any]) -> Iterator[str]:
    """The machine and the versions."""
    yield "## The machine"
    versions = ", ".join(f"{name} {number}" for name, number in machine["versions"].items())
    yield (
        f"{machine['processor']}, {machine['cores']} cores, {machine['system']}; {machine['sgemm']:.0f} GFLOP/s at "
        f"best in a float32 matrix product by NumPy ({machine['blas']}). Python {machine['python']}, {versions}."
    )
    if machine["load"] is not None and machine["load"] > QUIET:
        yield f"**The machine was busy**: {machine['load']:.1f} programs wanted to run before the first turn."


def section(suite: Mapping[str, Any]) -> Iterator[str]:
    """A suite: figures and ratios by unit, who was left out, verdicts."""
    yield f"## {suite['title']}"
    yield f"{suite['about']} Rounds: {suite['rounds']}."
    units = dict.fromkeys(unit for case in suite["cases"] for unit in case["figures"])
    for unit in units:
        names = [
            name
            for name in suite["contestants"]
            if any(name in case["figures"].get(unit, {}) for case in suite["cases"])
        ]
        if any("best" in case for case in suite["cases"]):
            rows = [[*figures(case, names, unit), best(case, unit)] for case in suite["cases"]]
            yield table([unit, *names, "our better ÷ best peer"], rows)
            continue
        yield table([unit, *names], [figures(case, names, unit) for case in suite["cases"]])
        yield table(["ratio", *(f"÷ {name}" for name in names)], list(ratios(suite, names, unit)))
    for case in suite["cases"]:
        if not case["agreed"]:
            yield f"**The results differ**: {case['case']}: {case['outcomes']}"
    reasons: dict[str, list[str]] = {}
    for case in suite["cases"]:
        for name, why in case["skipped"].items():
            reasons.setdefault(f"{name} ({why})", []).append(case["case"])
    if reasons:
        yield "Left out: " + "; ".join(f"{who} in {', '.join(cases)}" for who, cases in reasons.items()) + "."
    verdicts = suite["targets"]
    if verdicts and any("best" in case for case in suite["cases"]):  # too many to list those that are met
        yield f"Targets met: {sum(one['met'] is True for one in verdicts)} of {len(verdicts)}. The others:"
        verdicts = [one for one in verdicts if not one["met"]]
    if verdicts:
        yield table(["target", "case", "at most", "measured", ""], [verdict(one) for one in verdicts])


def figures(case: Mapping[str, Any], contestants: Sequence[str], unit: str) -> list[str]:
    """A line of a table of figures."""
    found = case["figures"].get(unit, {})
    cells = [f"{number(found[x]['median'])} ± {number(found[x]['spread'])}" if x in found else "–" for x in contestants]
    return [case["case"], *cells]


def best(case: Mapping[str, Any], unit: str) -> str:
    """The best of ours over the best of the peers, and who they are."""
    found = case["best"].get(unit)
    return f"{number(found['ratio'])} ({found['ours']} ÷ {found['peer']})" if found else "–"


def ratios(suite: Mapping[str, Any], contestants: Sequence[str], unit: str) -> Iterator[list[str]]:
    """The lines of a table of ratios: one of ours over each of the others."""
    for case in suite["cases"]:
        for name, found in case["ratios"].get(unit, {}).items():
            yield [f"{name}: {case['case']}", *(number(found[x]) if x in found else "" for x in contestants)]


def verdict(one: Mapping[str, Any]) -> list[str]:
    """A line of the table of targets."""
    word = {True: "met", False: "**missed**", None: "not measured"}[one["met"]]
    measured = "–" if one["measured"] is None else number(one["measured"])
    return [one["what"], one["case"], number(one["limit"]), measured, word]


def number(x: float) -> str:
    """Three significant digits, without an exponent."""
    return f"{x:,.0f}" if abs(x) >= 100 else f"{x:.3g}" if abs(x) >= 1e-3 else f"{x:.4f}" if x else "0"
