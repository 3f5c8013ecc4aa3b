"""What went wrong in a program, in plain words, with the program's own line."""

from __future__ import annotations

import builtins
import math
import re
import traceback
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from types import TracebackType
from typing import Any, NamedTuple

import scalar
from demos.playground.inside.guard import OutOfTimeError

FILE = "<your code>"

ABSENT: Mapping[str, str] = {
    "numpy": "NumPy is not here: this page has the scalar engine alone, which works on numbers, lists and scalar.nn. "
    "Write lists for arrays, and scalar.exp(x) for np.exp(x) of a Value; or install twingrad and its vector engine",
    "torch": "PyTorch is not here: scalar.nn, scalar.losses and scalar.optim have its names for single numbers",
    "micrograd": "micrograd's names are scalar's: write from scalar import Value, nn",
    "matplotlib": "matplotlib is not here: print the numbers, and the page draws the graph",
    "vector": "the vector engine needs NumPy, which is not here: pip install twingrad has it",
    "js": "a program has no way out of its worker: no js, no network, no storage",
    "pyodide": "a program has no way out of its worker: no pyodide, no network, no storage",
}
_ABSENT_TOO = {"graphviz": "viz.draw(...) draws without it", "micropip": "nothing can be installed here"}
_USUAL = {name for name in vars(math) if not name.startswith("_")}


class Mistake(NamedTuple):
    """A line of the program, counted from 1, or 0 for none; and what is wrong there, in a sentence or two."""

    line: int
    message: str

    def as_json(self) -> dict[str, Any]:
        """For the page."""
        return {"line": self.line or None, "message": self.message}


def mistake(error: BaseException, seconds: float = 0.0, names: Mapping[str, Any] | None = None) -> Mistake:
    """What to say about an exception that ended a program.

    Args:
        error: the exception.
        seconds: the time that the program had.
        names: the program's own names, among which a misspelt one is looked for.
    """
    if isinstance(error, SyntaxError) and error.filename == FILE:
        return Mistake(error.lineno or 0, _syntax(error))
    return Mistake(_line(error.__traceback__), _words(error, seconds, names or {}))


def _line(trace: TracebackType | None) -> int:
    """The last line of the program that was on the way to the error."""
    lines = [frame.lineno for frame in traceback.extract_tb(trace, limit=-300) if frame.filename == FILE]
    return lines[-1] or 0 if lines else 0


def _syntax(error: SyntaxError) -> str:
    told = (error.msg or "this is not Python").replace("(<your code>, line", "(line")
    told = re.sub(r" \(\S*, line \d+\)$", "", told)
    if told == "invalid syntax":
        told = "Python cannot read this line"
    return f"{told[:1].upper()}{told[1:]}."


_PLAIN: Sequence[tuple[type[BaseException], str]] = (
    (RecursionError, "A function calls itself again and again, and does not come to an end."),
    (MemoryError, "This needs more memory than a page should take, and was stopped."),
    (OverflowError, "This number, or this list, is too large."),
    (KeyboardInterrupt, "Stopped."),
    (
        ZeroDivisionError,
        "Division by zero: of Values, x / 0 is infinite, as in IEEE 754; of Python's own numbers it is an error.",
    ),
)


def _words(error: BaseException, seconds: float, names: Mapping[str, Any]) -> str:
    match error:
        case OutOfTimeError():
            more = "Ctrl+Enter gives it more time"
            return f"Stopped here after {seconds:g} s: a loop that does not end, or one that takes long; {more}."
        case ModuleNotFoundError() if error.name:
            return _absent(error.name)
        case NameError() if error.name:
            return _unknown(error.name, names)
        case AssertionError() if not str(error):
            return "What this line asserts is not so."
        case KeyError():
            return f"There is no {error} in it."
    plain = next((words for kind, words in _PLAIN if isinstance(error, kind)), "")
    return plain or _sentence(_told(error)) or f"{type(error).__name__}."


def _told(error: BaseException) -> str:
    """The exception's own words, with Python's suggestion where it has one."""
    lines = [*traceback.TracebackException.from_exception(error).format_exception_only()]
    return lines[-1].strip().removeprefix(f"{type(error).__name__}: ") if lines else str(error)


def _sentence(text: str) -> str:
    text = text.strip()
    return text if not text or text[-1] in ".?!" else f"{text}."


def _absent(module: str) -> str:
    top = module.partition(".")[0]
    if told := {**ABSENT, **_ABSENT_TOO}.get(top):
        return _sentence(told[:1].upper() + told[1:])
    return (
        f"There is no module {module} here: the page has Python's standard library, scalar and viz. "
        "Nothing else can be installed."
    )


def _unknown(name: str, names: Mapping[str, Any]) -> str:
    nothing = f"{name} has no meaning yet"
    if hasattr(scalar, name) and not name.startswith("_"):
        return f"{nothing}: write from scalar import {name} above."
    if name in ("scalar", "viz", "math", "random"):
        return f"{nothing}: write import {name} above."
    if name in _USUAL:
        return f"{nothing}: of a number, write import math above; of a Value, look for it in scalar."
    known = [x for x in (*names, *dir(builtins), *dir(scalar)) if not x.startswith("_")]
    own = [x for x in names if not x.startswith("_")]
    near = get_close_matches(name, own, n=1, cutoff=0.7) or get_close_matches(name, known, n=1, cutoff=0.7)
    return f"{nothing}; did you mean {near[0]}?" if near else f"{nothing}: nothing above gives it one."
