"""`show`: the page of a run, or several runs side by side."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from demos.console import CommandError, console, say, writing
from demos.play import open_page
from demos.report.compare import compare_page, compared
from demos.report.page import duration, lead, number, resume, run_page
from demos.report.run import PAGE, Run, read_run
from vector.training import CheckpointError
from vector.training.checkpoints.files import write_whole

_IN_THE_TERMINAL = ("accuracy", "f1", "r2", "rmse", "loss")


def show_command(
    runs: Annotated[list[Path], typer.Argument(help="Folders of runs, such as runs/digits or runs/*.", metavar="RUN…")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The page that compares runs; default: compare.html.")
    ] = None,
    no_open: Annotated[bool, typer.Option("--no-open", "--no-browser", help="Open no browser.")] = False,
) -> None:
    """Tell how a training run went and open its page; or compare several runs of one problem.

    A run's page is report.html in its folder; where it is missing, it is made anew from the other files.
    """
    folders = list(dict.fromkeys(runs))
    try:
        if len(folders) == 1:
            if output is not None:
                raise CommandError("-o names the page of a comparison: give it with several runs")
            page = _one(read_run(folders[0]))
        else:
            page = _several([read_run(folder) for folder in folders], output or Path("compare.html"))
    except (ImportError, CheckpointError) as error:
        raise CommandError(str(error)) from None
    open_page(page, no_browser=no_open)


def _one(run: Run) -> Path:
    """Say in a few lines how it went; the path of its page."""
    state, data = run.state, run.state["data"]
    rows = ", ".join(f"{part['rows']:,} {part['name']}" for part in data["parts"])
    say(f"{run.title}: {state['state']}, step {state['step']:,} of {state['steps']:,}, {duration(state['seconds'])}")
    say(f"{' '.join(state['model']['text'].split())}, {number(state['model']['parameters'])} parameters")
    say(f"{data['unit']}: {rows}")
    if told := lead(run):
        say(told)
    if state["state"] == "failed":
        say(state["said"])
    if command := resume(run):
        say(f"to go on: {command}")
    path = run.folder / PAGE
    if not path.exists():
        _write(path, run_page(run))
    return path


def _several(runs: Sequence[Run], path: Path) -> Path:
    found = compared(runs)
    if found["differing"]:
        say("what differs:")
        console.print(_table(found["names"], found["differing"]))
    for part in found["parts"]:
        rows = " or ".join(f"{count:,}" for count in part["rows"])
        say(f"{part['name']}: {rows} {runs[0].state['data']['unit']}, which {part['role']}"
            + ("" if part["same"] else "; not the same in all runs, so none is marked as the best"))  # fmt: skip
        shown = [i for i, key in enumerate(part["keys"]) if key in _IN_THE_TERMINAL]
        columns = [
            {
                "name": part["heads"][i],
                "cells": [f"{cells[i][0]}{' ★' if cells[i][1] else ''}" for cells in part["cells"]],
            }
            for i in shown
        ]
        console.print(_table(found["names"], columns))
    for name, told in found["undone"]:
        say(f"{name}: {told}")
    _write(path, compare_page(runs))
    return path


def _table(names: Sequence[str], columns: Sequence[dict[str, Any]]) -> Table:
    """A row for each run; Text, for names are not markup."""
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column(Text("run"))
    for column in columns:
        table.add_column(Text(column["name"]), justify="right")
    for i, name in enumerate(names):
        table.add_row(Text(name), *(Text(column["cells"][i]) for column in columns))
    return table


def _write(path: Path, page: str) -> None:
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, page.encode())
    say(f"wrote {path}")
