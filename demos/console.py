"""What the commands say and where: results on stdout, one clear line per mistake on stderr."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from demos.errors import CommandError as CommandError
from demos.errors import ResultMissedError as ResultMissedError
from demos.expression import ExpressionError
from demos.legible import readable

# A pipe or a file has no width of its own; tables come out whole in this one.
console = Console(highlight=False, width=None if sys.stdout.isatty() else 120)
_errors = Console(stderr=True, highlight=False)

_BEFORE, _AFTER = 50, 20  # how much of a long expression is shown around the caret


def say(text: str) -> None:
    """Print plain text as it is: no markup, and no line broken to the terminal's width.

    Raises:
        CommandError: it cannot be written, as on a full disk.
    """
    with _written():
        console.print(Text(readable(text, console.encoding)), soft_wrap=True)


def pour(text: str) -> None:
    """Write text to stdout as it is, for another program.

    Raises:
        CommandError: it cannot be written, as into a pipe whose reader has gone.
    """
    with _written():
        sys.stdout.write(text)
        sys.stdout.flush()


@contextmanager
def _written() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python would try once more at its end
        raise CommandError(f"cannot write the output: {error.strerror or error}") from None


def mute() -> None:
    """Print nothing from now on: another process prints the same."""
    console.quiet = _errors.quiet = True


def remark(text: str) -> None:
    """Print a plain line on stderr, beside a result that stdout holds."""
    _errors.print(Text(readable(text, _errors.encoding)), soft_wrap=True)


def complain(message: str) -> None:
    """Print one line on stderr."""
    _errors.print(Text.assemble(("error: ", "bold red"), _printable(message)), soft_wrap=True)


def point_at(error: ExpressionError) -> None:
    """Print the error and, below it, its source with a caret under the place."""
    complain(error.message)
    if not error.source.strip():
        return
    start = max(0, error.column - _BEFORE)
    before = ("…" if start else "") + _printable(error.source[start : error.column])
    after = _printable(error.source[error.column : error.column + _AFTER])
    cut = "…" if error.column + _AFTER < len(error.source) else ""
    _errors.print(Text(f"  {before}{after}{cut}"), soft_wrap=True)
    _errors.print(Text(f"  {' ' * cell_len(before)}^", "bold red"), soft_wrap=True)


def _printable(text: str) -> str:
    """One cell-safe line: whatever would move the cursor, or cannot be written, becomes U+FFFD or a space."""
    return "".join(c if c.isprintable() else " " if c.isspace() else "\N{REPLACEMENT CHARACTER}" for c in text)


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn a failure to write `path` into a CommandError."""
    try:
        yield
    except OSError as error:
        raise CommandError(f"cannot write {path}: {error.strerror or error}") from None
