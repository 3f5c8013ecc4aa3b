"""Several runs side by side: what differs, the figures, the curves. Nothing is called best but on the same rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from demos.console import CommandError
from demos.report.page import FIGURES, SMALLER_IS_BETTER, by_epoch, ends, figure, number, options, rendered, templates
from demos.report.parts import ROLES
from demos.report.run import Run

_HUES, _DASHES = 6, 4
_FIGURES = [key for key in FIGURES if key != "f1_second"]
_ELSEWHERE = ("recipe", "columns", "classes", "schema", "table")
_WIDE, _HIGH = 640.0, 310.0


def compared(runs: Sequence[Run]) -> dict[str, Any]:
    """What a page or a table shows of the runs: names, what differs, and for each part of the data the figures.

    Raises:
        CommandError: they learn different things.
    """
    kinds = {_learnt(run): run for run in runs}
    if len(kinds) > 1:
        first, second, *_ = kinds.values()
        raise CommandError(
            f"expected runs of one problem, got {first.title} in {first.folder} and {second.title} in {second.folder}"
            + (", with other classes or another target" if first.title == second.title else "")
        )
    names = _names(runs)
    return {
        "names": names,
        "differing": _differing(runs),
        "parts": list(_parts(runs)),
        "undone": [(name, _undone(run)) for name, run in zip(names, runs, strict=True) if not run.done],
    }


def compare_page(runs: Sequence[Run]) -> str:
    """The page of the comparison.

    Raises:
        CommandError: they learn different things. ImportError: Jinja is not installed.
    """
    templates()  # its absence is reported, not that of what it brings
    found = compared(runs)
    return rendered("compare.html", title=runs[0].title, runs=runs, charts=list(_charts(runs, found["names"])), **found)


def _learnt(run: Run) -> tuple[Any, ...]:
    """What is the same in all trainings of one problem."""
    data, config = run.state["data"], run.state["config"]
    names = tuple(sorted(one["name"] for one in data["classes"]))
    return config.get("problem"), config.get("target"), data["task"], data["unit"], names


def _names(runs: Sequence[Run]) -> list[str]:
    """The folders' names or, where two have one name, their paths."""
    names = [run.folder.name for run in runs]
    return [name if names.count(name) == 1 and name else str(run.folder) for name, run in zip(names, runs, strict=True)]


def _undone(run: Run) -> str:
    state = run.state
    return f"{state['state']} at step {state['step']:,} of {state['steps']:,}, and not measured"


def _differing(runs: Sequence[Run]) -> list[dict[str, Any]]:
    """The options, data and surroundings that are not the same in all: a name, and a cell for each run."""
    every = [_told(run) for run in runs]
    keys = dict.fromkeys(key for told in every for key in told)
    rows = [{"name": key, "cells": [told.get(key, "–") for told in every]} for key in keys]
    return [row for row in rows if len(set(row["cells"])) > 1]


def _told(run: Run) -> dict[str, str]:
    state = run.state
    config = state["config"]
    source = {key: str(value) for key, value in config.items() if key not in _ELSEWHERE}
    if "table" in config:
        source["contents"] = f"SHA-256 {config['table']['sha256'][:12]}…"
    rows = {f"{part['name']} {state['data']['unit']}": number(part["rows"]) for part in state["data"]["parts"]}
    around = {key: str(value) for key, value in state["environment"].items()}
    inputs = {"inputs": number(state["data"]["inputs"])}
    return source | rows | inputs | dict(options(run)) | around | {"parameters": number(state["model"]["parameters"])}


def _parts(runs: Sequence[Run]) -> Iterator[dict[str, Any]]:
    for part in reversed(ROLES):
        measured = [run.results[part] if run.done and run.results and part in run.results else None for run in runs]
        there = [found for found in measured if found is not None]
        if not there:
            continue
        same = len({found["mark"] for found in there}) == 1
        keys = [key for key in _FIGURES if any(key in found for found in there)]
        best = _best(runs, measured, keys) if same and len(there) > 1 else {}
        yield {
            "name": part,
            "role": ROLES[part],
            "rows": sorted({found["rows"] for found in there}),
            "same": same,
            "starred": bool(best),
            "heads": [FIGURES[key][0] for key in keys],
            "keys": keys,
            "cells": [
                [(figure(key, found.get(key)) if found else "–", i in best.get(key, ())) for key in keys]
                for i, found in enumerate(measured)
            ],
        }


def _best(
    runs: Sequence[Run], measured: Sequence[Mapping[str, Any] | None], keys: Sequence[str]
) -> dict[str, set[int]]:
    """By figure the places of the best runs; of losses, only where all made the same one small.

    A regression's loss is in units of the training targets' variance, so their rows must be the same, too.
    """
    results = [(run, run.results) for run in runs if run.done and run.results]
    units = [found["training"]["mark"] if run.regression else None for run, found in results]
    one_loss = len({(found["objective"], unit) for (_, found), unit in zip(results, units, strict=True)}) == 1
    best = {}
    for key in keys:
        values = {i: found[key] for i, found in enumerate(measured) if found is not None and key in found}
        if len(values) < 2 or (key == "loss" and not one_loss) or len(set(values.values())) == 1:
            continue
        end = min(values.values()) if key in SMALLER_IS_BETTER else max(values.values())
        best[key] = {i for i, value in values.items() if value == end}
    return best


def _charts(runs: Sequence[Run], names: Sequence[str]) -> Iterator[dict[str, Any]]:
    """All runs in one picture: the measure and the loss on the part that counts most of those that all have."""
    from demos.report.charts import thinned  # which needs markupsafe

    part = next((part for part in ("test", "validation") if all(_has(run, f"{part}_loss") for run in runs)), None)
    if part is not None:
        key, title = ("rmse", "RMSE") if runs[0].regression else ("accuracy", "accuracy")
        if all(_has(run, f"{part}_{key}") for run in runs):
            yield _chart(f"{title} on the {part} {runs[0].state['data']['unit']}", [
                by_epoch(run, f"{part}_{key}") for run in runs
            ], names, title, percent=key == "accuracy")  # fmt: skip
        yield _chart(f"Loss on the {part} {runs[0].state['data']['unit']}", [
            by_epoch(run, f"{part}_loss") for run in runs
        ], names, "loss", log=True)  # fmt: skip
    lines = [thinned(range(1, len(run.losses) + 1), run.losses, most=120)[:2] for run in runs]
    if any(x for x, _ in lines):
        yield _chart("Loss on the minibatches", lines, names, "loss", log=True)


def _has(run: Run, key: str) -> bool:
    return any(key in line for line in run.epochs)


def _chart(title: str, lines: Sequence[Any], names: Sequence[str], y: str, **options: Any) -> dict[str, Any]:
    from demos.report.charts import Curve, curves

    drawn = [
        Curve(name, line[0], line[1], style=(i % _HUES, i // _HUES % _DASHES))
        for i, (name, line) in enumerate(zip(names, lines, strict=True))
        if line[0]
    ]
    told = f"{title[0].upper()}{title[1:]}"
    label = f"{told} by step: {ends(drawn)}"
    chart = curves(drawn, label=label, y=y, ends=True, size=(_WIDE, _HIGH), **options)
    return {"title": told, "lines": drawn, "chart": chart}
