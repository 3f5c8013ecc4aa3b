"""What a class has answered: each file judged by the sheet that it names, blank by blank."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from demos.console import CommandError
from demos.exercise.judge import Verdict, judge, names_for
from demos.exercise.levels import drawn
from viz.options import Options
from viz.playback.exercise import sheet
from viz.playback.page import performance

LARGEST = 1_000_000  # bytes of a file of answers


class Answered(NamedTuple):
    """Who answered which sheet: for each blank, what was typed and the verdict."""

    name: str
    title: str
    blanks: list[tuple[str, str, Verdict]]

    @property
    def right(self) -> int:
        """How many are right."""
        return sum(verdict.right for _, _, verdict in self.blanks)


def title_of(level: int, seed: int) -> str:
    """What a drawn sheet is called, which is a part of it."""
    return f"Exercise {level}.{seed}"


def drawn_sheet(level: int, seed: int) -> dict[str, Any]:
    """The sheet of a level and a seed, as data."""
    return sheet(performance(drawn(level, seed), Options(title=title_of(level, seed))))


def read_sheet(path: Path) -> dict[str, Any]:
    """The data in a sheet's page.

    Raises:
        CommandError: it cannot be read, or is no sheet.
    """
    try:
        text = path.read_text(encoding="utf-8")
        data = text.partition('<script id="data" type="application/json">')[2].partition("</script>")[0]
        found: dict[str, Any] = json.loads(data)
        if isinstance(found["questions"], list) and isinstance(found["key"], str):
            return found
    except (OSError, UnicodeError) as error:
        raise CommandError(f"cannot read {path}: {getattr(error, 'strerror', error)}") from None
    except (ValueError, KeyError, TypeError):
        pass
    raise CommandError(f"{path} is no sheet: expected a page that viz.exercise has written")


def read_answers(path: Path, given: Mapping[str, dict[str, Any]]) -> Answered:
    """One file, judged by the sheet that it names.

    Args:
        path: what "Save my answers" has written.
        given: sheets by their key; others are drawn again by the level and seed that the file names.

    Raises:
        CommandError: the file is none, or its sheet is not known; the message names the file.
    """
    try:
        if path.stat().st_size > LARGEST:
            raise CommandError(f"{path}: too long for a file of answers")
        found = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CommandError(f"cannot read {path}: {error.strerror or error}") from None
    except (ValueError, RecursionError):
        raise CommandError(f"{path}: no file of answers, expected JSON") from None
    match found:
        case {"sheet": str() as key, "name": str() as name, "answers": dict() as answers}:
            about = given.get(key) or _drawn_again(path, key, found.get("source"))
        case _:
            raise CommandError(f'{path}: no file of answers, expected what "Save my answers" writes')
    blanks = []
    for question in about["questions"]:
        text = answers.get(question["ask"], "")
        typed = text.strip() if isinstance(text, str) else ""
        verdict = judge(question, typed, names_for(question, about)) if typed else Verdict(False, "Empty.")
        blanks.append((question["ask"], typed, verdict))
    return Answered(name.strip() or path.stem, about["title"], blanks)


def _drawn_again(path: Path, key: str, source: object) -> dict[str, Any]:
    match source:
        case {"level": int() as level, "seed": int() as seed} if 1 <= level <= 6:
            again = drawn_sheet(level, seed)
            if again["key"] == key:
                return again
            raise CommandError(f"{path}: answers to another sheet than level {level}, seed {seed} has now")
    raise CommandError(f"{path}: answers to a sheet that is not known here: give it with --sheet")
