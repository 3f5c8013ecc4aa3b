"""`exercise`: a sheet with a fresh graph, and what a class has answered."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

import viz
from demos.console import CommandError, complain, console, say, writing
from demos.exercise.check import Answered, read_answers, read_sheet, title_of
from demos.exercise.levels import LEVELS, drawn
from demos.legible import readable
from demos.play import open_page

_LEVELS = ", ".join(f"{level} {name}" for level, (name, _) in LEVELS.items())


def exercise_command(
    files: Annotated[list[Path] | None, typer.Argument(metavar="ANSWERS", help="For --check: saved answers.")] = None,
    level: Annotated[int, typer.Option(min=1, max=len(LEVELS), help=f"What the graph is like: {_LEVELS}.")] = 1,
    seed: Annotated[int | None, typer.Option(min=0, help="The same seed draws the same graph; default: any.")] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The page; default exercise-LEVEL-SEED.html.")
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Judge files of answers, and print a table.")] = False,
    sheets: Annotated[
        list[Path] | None, typer.Option("--sheet", help="For --check: a sheet of your own, from viz.exercise.")
    ] = None,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Write the page, and open no browser.")] = False,
) -> None:
    """Draw a graph by chance and write its exercise sheet; with --check, judge the answers of a class.

    The sheet prints as a handout, and with its solutions; answers may be typed in, checked and saved on the page.
    """
    if check:
        _check(files or [], sheets or [])
        return
    if files:
        raise CommandError(f"{files[0]}: answers are judged with --check")
    seed = random.SystemRandom().randrange(10_000) if seed is None else seed
    path = output or Path(f"exercise-{level}-{seed}.html")
    try:
        with writing(path):
            viz.exercise(drawn(level, seed), path, title=title_of(level, seed), source={"level": level, "seed": seed})
    except (ValueError, viz.RenderError) as error:
        raise CommandError(str(error)) from None
    say(f"wrote {path}: level {level} ({LEVELS[level][0]}), seed {seed}")
    open_page(path, no_browser=no_browser)


def _check(files: list[Path], sheets: list[Path]) -> None:
    """Every file that can be judged; the others are told, one line each.

    Raises:
        CommandError: there are no files.
        typer.Exit: there were some that could not be judged.
    """
    if not files:
        raise CommandError("--check needs files of answers: python -m demos exercise --check answers/*.json")
    given = {sheet["key"]: sheet for sheet in map(read_sheet, sheets)}
    answered, refused = [], 0
    for path in files:
        try:
            answered.append(read_answers(path, given))
        except CommandError as error:
            complain(str(error))
            refused += 1
    if answered:
        console.print(_table(answered))
    if refused:
        raise typer.Exit(2)


def _table(answered: list[Answered]) -> Table:
    table = Table("name", "blank", "answer", "verdict", box=None, pad_edge=False)
    for one in answered:
        table.add_row(*_cells(one.name, one.title, "", f"{one.right} of {len(one.blanks)} right"), style="bold")
        for ask, typed, verdict in one.blanks:
            table.add_row(*_cells("", ask, typed or "–", "right" if verdict.right else verdict.words))
    return table


def _cells(*texts: str) -> list[Text]:
    """Plain text: a name is no markup."""
    return [Text(readable("".join(x if x.isprintable() else " " for x in text), console.encoding)) for text in texts]
