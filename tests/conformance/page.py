"""docs/conformance.md, made by `make conformance`: how each parameter of each function fares."""

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from tests.conformance.cases import Call, all_calls
from tests.conformance.judge import Verdict, judged
from tests.conformance.signatures import signatures

PAGE = Path(__file__).parents[2] / "docs" / "conformance.md"
MAY_BE_REFUSED = frozenset({"out", "casting", "subok", "signature", "device", "overwrite_input"})
"""Arguments that speak of memory or of NumPy's own machinery; their default is taken."""
HEAD = """\
# NumPy's every argument

A cell is a function and one parameter that NumPy's own signature of it names: {cells} of {functions} functions, methods
of ufuncs and methods of arrays, as NumPy {numpy} has them. {calls} calls cover them: by position and by keyword; axes
None, positive, negative, several and none; every dtype; 0-d, size 1, empty, transposed, strided, reversed, read-only;
NaN, ±∞, −0, subnormal and huge numbers; arrays, lists and numbers beside a Tensor; masks and indices as Tensors.
A cell is

- *right* (✓) if in every call of it value, shape and dtype are NumPy's, the gradients in reverse and in forward mode
  are each other's adjoints, of their operands' shapes and dtypes, and those of central differences;
- *refused* (r) if a call of it raises, before anything is computed, an error of one line that names the function and
  the argument;
- *wrong* (✗) if anything else happens.

| | right | refused | wrong |
|---|---|---|---|
| all cells | {right} | {refused} | {wrong} |
| without `out`, `casting`, `subok`, `signature`, `device`, `overwrite_input` | {right_} | {refused_} | {wrong_} |

Calls that NumPy itself refuses are not counted; {silent} cells have no other. This page is made by `make conformance`.
"""


class Cell(NamedTuple):
    """How one parameter of one function fares."""

    function: str
    parameter: str
    kind: str
    why: str
    call: str
    """The first call that failed."""


def cells(calls: Iterable[Call]) -> tuple[list[Cell], int]:
    """The cells of these calls, and how many calls there were."""
    found: dict[tuple[str, str], Counter[str]] = {}
    first: dict[tuple[str, str, str], tuple[str, str]] = {}
    count = 0
    for call in calls:
        verdict: Verdict = judged(call)
        key = call.function, call.parameter
        found.setdefault(key, Counter())[verdict.kind] += 1
        first.setdefault((*key, verdict.kind), (verdict.why, str(call)))
        count += 1
    out = []
    for (function, parameter), kinds in found.items():
        kind = next((kind for kind in ("wrong", "refused", "right") if kinds[kind]), "undefined")
        out.append(Cell(function, parameter, kind, *first[function, parameter, kind]))
    return out, count


def page() -> str:
    """The text of docs/conformance.md, from a full run."""
    all_cells, calls = cells(all_calls())
    counts = Counter(cell.kind for cell in all_cells)
    strict = Counter(cell.kind for cell in all_cells if cell.parameter not in MAY_BE_REFUSED)
    head = HEAD.format(
        cells=len(all_cells), functions=len(signatures()), numpy=np.__version__, calls=calls,
        silent=counts["undefined"],
        **{kind: counts[kind] for kind in ("right", "refused", "wrong")},
        **{f"{kind}_": strict[kind] for kind in ("right", "refused", "wrong")},
    )  # fmt: skip
    groups: dict[str, list[Cell]] = {}
    for cell in all_cells:
        groups.setdefault(_module(cell.function), []).append(cell)
    parts = [head]
    for title, group in groups.items():
        parts.append("\n".join([f"## {title}\n", *_table(group), ""]))
    parts.append("\n".join(["## Refused, and why\n", *_reasons(all_cells, "refused"), ""]))
    parts.append("\n".join(["## Wrong\n", *_reasons(all_cells, "wrong")]))
    return "\n".join(parts).rstrip("\n") + "\n"


def _module(function: str) -> str:
    thing = getattr(np, function.split(".")[1], None)
    if isinstance(thing, np.ufunc):
        return "Universal functions"
    return {"linalg": "numpy.linalg", "fft": "numpy.fft", "ndarray": "Methods of an array"}.get(
        function.split(".")[1], "numpy"
    )


def _table(group: list[Cell]) -> Iterator[str]:
    yield "| function | ✓ | r | ✗ |"
    yield "|---|---|---|---|"
    functions: dict[str, list[Cell]] = {}
    for cell in group:
        functions.setdefault(cell.function, []).append(cell)
    for function, own in functions.items():
        columns = [
            " ".join(cell.parameter for cell in own if cell.kind == kind) for kind in ("right", "refused", "wrong")
        ]
        yield f"| `{function}` | {' | '.join(columns)} |"


def _reasons(all_cells: list[Cell], kind: str) -> Iterator[str]:
    """One line for each message, with the cells that gave it."""
    by_reason: dict[str, list[Cell]] = {}
    for cell in all_cells:
        if cell.kind == kind:
            by_reason.setdefault(_general(cell), []).append(cell)
    if not by_reason:
        yield "None."
        return
    yield "| cells | argument | the first call | what it says |"
    yield "|---|---|---|---|"
    for alike in sorted(by_reason.values(), key=len, reverse=True):
        cell = alike[0]
        yield f"| {len(alike)} | `{cell.parameter}` | `{_cut(cell.call)}` | {_cut(cell.why)} |"


def _general(cell: Cell) -> str:
    """The message without the names that differ from function to function."""
    name = cell.function.removeprefix("np.")
    return f"{cell.parameter}: {cell.why.replace(name, '…').replace(name.rpartition('.')[2], '…')}"


def _cut(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")[:200]
