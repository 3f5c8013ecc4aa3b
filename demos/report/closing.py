"""The last line of a training: its figures, the rows on which they were measured, and what these decided."""

from __future__ import annotations

from demos.console import ResultMissedError, say
from demos.problems import Task
from demos.report.parts import ROLES
from demos.report.results import Results

_SHOWN = {"r2": "R²", "rmse": "RMSE", "mae": "MAE"}


def judge(title: str, task: Task, results: Results, goal: float) -> None:
    """Say how well it does on the part that counts most; in the plane, on all points.

    Raises:
        ResultMissedError: the accuracy is below the goal.
    """
    part = results["details"]
    measured, unit = results[part], results["unit"]
    rows, told = measured["rows"], f"they {ROLES[part]}"
    if "accuracy" not in measured:
        shown = ", ".join(f"{name} {measured[key]:.4g}" for key, name in _SHOWN.items() if key in measured)
        say(f"{title}: {shown} on the {rows:,} {part} {unit} ({told})")
        return
    reached, where = measured["accuracy"], f"{part} {unit}"
    if task.plane:
        there = [results[name] for name in ROLES if name in results]
        rows, where = sum(each["rows"] for each in there), unit
        reached = sum(each["accuracy"] * each["rows"] for each in there) / rows
        told = f"it learnt from {results['training']['rows'] if len(there) > 1 else 'all'} of them"
    stated = f"; stated: at least {goal:.1%}" if goal else ""
    say(f"{title}: {reached:.2%} of the {rows:,} {where} right ({told}){stated}")
    if reached < goal:
        raise ResultMissedError(f"{title}: accuracy {reached:.2%} is below the stated {goal:.1%}")
