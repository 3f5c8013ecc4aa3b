"""The last lines of a training: its figures, the rows on which they were measured, and what these decided."""

from __future__ import annotations

from demos.console import ResultMissedError, say
from demos.report.parts import ROLES
from demos.report.results import Results, reached

_SHOWN = {"r2": "R²", "rmse": "RMSE", "mae": "MAE"}


def judge(title: str, results: Results, goal: float) -> None:
    """Say how well it does: in the plane on all points, of images on the part that counts most, of a table on each.

    Raises:
        ResultMissedError: the accuracy is below the goal.
    """
    there = [name for name in ROLES if name in results]
    share = reached(results)
    stated = f"; stated: at least {goal:.1%}" if goal else ""
    if results["unit"] == "points":
        learnt, rows = results["training"]["rows"], sum(results[name]["rows"] for name in there)
        told = "all" if learnt == rows else f"{learnt:,}"
        say(f"{title}: {share:.2%} of the {rows:,} points right (it learnt from {told} of them){stated}")
    else:
        for part in there if results["unit"] == "rows" else there[-1:]:
            say(f"{title}: {_told(results, part)}{stated}")
    if share is not None and share < goal:
        raise ResultMissedError(f"{title}: accuracy {share:.2%} is below the stated {goal:.1%}")


def _told(results: Results, part: str) -> str:
    measured = results[part]
    rows = f"the {measured['rows']:,} {part} {results['unit']}"
    if "accuracy" in measured:
        return f"{measured['accuracy']:.2%} of {rows} right (they {ROLES[part]})"
    shown = ", ".join(f"{name} {measured[key]:.4g}" for key, name in _SHOWN.items() if key in measured)
    return f"{shown} on {rows} (they {ROLES[part]})"
