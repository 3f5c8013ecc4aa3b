"""The last line of a training: its figures, the rows on which they were measured, and what these decided."""

from __future__ import annotations

from demos.console import ResultMissedError, say
from demos.report.parts import ROLES
from demos.report.results import Results, reached

_SHOWN = {"r2": "R²", "rmse": "RMSE", "mae": "MAE"}


def judge(title: str, results: Results, goal: float) -> None:
    """Say how well it does on the part that counts most; in the plane, on all points.

    Raises:
        ResultMissedError: the accuracy is below the goal.
    """
    part = results["details"]
    measured, unit = results[part], results["unit"]
    rows, told = measured["rows"], f"they {ROLES[part]}"
    if (share := reached(results)) is None:
        shown = ", ".join(f"{name} {measured[key]:.4g}" for key, name in _SHOWN.items() if key in measured)
        say(f"{title}: {shown} on the {rows:,} {part} {unit} ({told})")
        return
    where = f"{part} {unit}"
    if unit == "points":
        learnt, rows = rows_of(results, "training"), sum(rows_of(results, name) for name in ROLES)
        where, told = unit, f"it learnt from {'all' if learnt == rows else f'{learnt:,}'} of them"
    stated = f"; stated: at least {goal:.1%}" if goal else ""
    say(f"{title}: {share:.2%} of the {rows:,} {where} right ({told}){stated}")
    if share < goal:
        raise ResultMissedError(f"{title}: accuracy {share:.2%} is below the stated {goal:.1%}")


def rows_of(results: Results, part: str) -> int:
    """How many rows a part has; 0 where there is none."""
    return int(results.get(part, {}).get("rows", 0))
