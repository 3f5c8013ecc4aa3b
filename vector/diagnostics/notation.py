"""The ledger on paper: as text, LaTeX and CSV, in bar notation (W̄ = ∂output/∂W), each product in matrix form."""

from __future__ import annotations

import csv
import io
import json
import math
import re
import textwrap
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib import resources
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from vector.diagnostics import formula, reading
from vector.diagnostics.expression import Expression
from vector.diagnostics.formula import DIGITS
from vector.names import Name, bracketed, written
from vector.topology import reverse_topological

if TYPE_CHECKING:
    from vector.diagnostics.ledger import ChainRule, Term

MOST = 6  # rows and columns of a matrix that is written in full
SLICES = 4  # matrices of a batch that are
WIDTH = 110
REPEATED = 100  # numbers of an array that each line of CSV has in full
SHOWN = 200  # steps that a terminal or a notebook shows by itself; more are no longer read, and slow a page


def parts(
    ledger: ChainRule, symbols: Mapping[str, str] | None, steps: int | None, uses: int | None = reading.MOST
) -> Iterator[tuple[str, Any]]:
    """What every paper says: of each tensor, then of each step, its kind, and lines with why the last of them holds.

    A line that has been said is not said again, nor is a rule. Numbers say themselves. No symbols, no reasons.
    """
    said = set[str]()

    def fresh(found: Iterable[tuple[str, Any]]) -> list[Any]:
        left = {key: x for key, x in found if key not in said}
        said.update(left)
        return [*left.values()]

    def told(lines: list[Expression], term: Term | None) -> tuple[list[Expression], list[str]]:
        why = term.explained(symbols) if term and symbols is not None else None
        rule = fresh([(f"Rule {why.lines[1]}", why.lines[1])]) if why and why.lines[1] else []
        result = [why.result.partition("; ")[0] + (why.slope and f", so {why.derivative}")] if why else []
        return fresh((line.name, line) for line in lines), (result if rule or (why and why.slope) else []) + rule

    for node in islice((x for x in ledger.names if x.role != "constant" or x.size != 1), steps):
        yield "", [told(ledger.lines.of(node), None)]
    for step in islice(ledger, steps):
        yield step.kind, [told(*part) for part in reading.total(step, ledger, uses)]


def hidden(ledger: ChainRule, steps: int | None) -> int:
    """How many steps follow those."""
    return 0 if steps is None else max(0, sum(1 for _ in reverse_topological(ledger.output)) - steps)


def _more(ledger: ChainRule, steps: int | None) -> list[str]:
    more = hidden(ledger, steps)
    return [f"… and {more} more steps, which text() writes"] if more else []


def legend(ledger: ChainRule, text: str) -> list[Sequence[str]]:
    """The signs that stand in a text, and what they mean; and the paths of what is written in short."""
    signs = resources.files(__package__).joinpath("assets", "signs.txt").read_text(encoding="utf-8").splitlines()
    found = [meant for sign, *meant in (line.split("\t") for line in signs) if re.search(sign, text)]
    return [("x̄", f"∂{ledger.names[ledger.output]}/∂x, for each name x"), *found, *ledger.paths]


def sides(line: Expression) -> list[list[Any]]:
    """What stands between signs of equality after a line's name: in symbols, with numbers, and what comes out.

    A factor is an expression there where its name is to be written, and else an array.
    """
    end = Expression(line.value) if np.ndim(line.value) else Name(written(line.value, DIGITS))
    rows: Any = [formula.symbols(line) if line.function else [], formula.numbers(line), [end]]
    return [[y if isinstance(y, str) or (y.name and row is rows[0]) else y.value for y in row] for row in rows if row]


def is_small(array: Any) -> bool:
    """Whether every element is written."""
    shape = np.shape(array)
    return not np.size(array) or (max(shape[-2:], default=0) <= MOST and math.prod(shape[:-2]) <= SLICES)


def caption(array: Any) -> list[str]:
    """What stands below: the shape, and of a large array its smallest and largest element and its norm."""
    if is_small(array):
        return [f"{np.shape(array)}"]
    low, high, norm = (written(x, DIGITS) for x in (np.min(array), np.max(array), np.linalg.norm(np.ravel(array))))
    return [f"{np.shape(array)}", f"{low} … {high}, norm {norm}"]


def cells(array: Any) -> list[list[str]]:
    """The numbers of a matrix, a vector as a row; of a large one the corners."""
    matrix = np.reshape(array, (math.prod(array.shape[:-1]), *array.shape[-1:]))
    if is_small(array):
        return [[written(x, DIGITS) for x in row] for row in matrix]
    corners = matrix[:: max(1, len(matrix) - 1), :: max(1, len(matrix[0]) - 1)]
    wide = [[written(row[0], DIGITS), *(["…", written(row[-1], DIGITS)] if len(row) > 1 else [])] for row in corners]
    return [wide[0], ["⋮", "", "⋮"][: len(wide[0])], wide[-1]] if len(wide) > 1 else wide


Block = list[str]
"""Lines of text of one width, an odd number of them; the middle one stands on the line of its neighbours."""


def text(ledger: ChainRule, steps: int | None = None, uses: int | None = reading.MOST) -> str:
    """The numbers of the forward pass, then the gradients; each in symbols, in numbers, and what comes out.

    steps: how many tensors and steps are written; None writes all. `str` writes 200.
    uses: how many parts a gradient's sum may have that is written whole; of a longer one the first are, with the number
    of the others and their sum. None writes all.
    """
    passes: dict[bool, list[str]] = {False: ["Forward\n"], True: ["\nBackward\n"]}
    shown, known = ledger.symbols, dict[int, tuple[Any, Block]]()
    for kind, found in parts(ledger, shown, steps, uses):
        for lines, why in found:
            passes[bool(kind)] += [row for line in lines for row in _rows(line, shown, known)]
            wrapped = (textwrap.indent(textwrap.fill(line, WIDTH - 4), "    ") for line in why)
            passes[bool(kind)] += ["\n".join(["", *wrapped, ""])] * bool(why)
    written_out = "\n".join([*passes[False], *passes[True], *_more(ledger, steps)])
    signs = [f"{start}: {meaning}" for start, meaning in legend(ledger, written_out)]
    return re.sub("\n{3,}", "\n\n", "\n".join([written_out, "\nSigns\n", *signs]))


def _rows(line: Expression, shown: Mapping[str, str], known: dict[int, tuple[Any, Block]]) -> Iterator[str]:
    """Side by side while there is room, with blank lines around what is high."""
    name = shown.get(line.name, line.name)
    start = _block(bracketed(name) if isinstance(line.name, Name) else name, shown, known)
    rows, indent = [[start]], _width(start)
    room = WIDTH - indent
    for side in sides(line):
        part = [_block(piece, shown, known) for piece in (" = ", *side)]
        width = sum(map(_width, part))
        if width > room and len(rows[-1]) > 1:
            rows.append([[" " * indent]])
            room = WIDTH - indent
        rows[-1] += part
        room -= width
    for row in map(_beside, rows):
        written_out = "\n".join(filter(None, map(str.rstrip, row)))
        yield f"\n{written_out}\n" if len(row) > 1 else written_out


def _block(piece: Any, shown: Mapping[str, str], known: dict[int, tuple[Any, Block]]) -> Block:
    """What is written of a piece; of an array, which stands in the lines of its neighbours too, once."""
    if isinstance(piece, (str, Expression)):
        written_out = piece if isinstance(piece, str) else bracketed(shown.get(piece.name, piece.name))
        return [formula.plain(written_out).replace("\n", " ")]
    if np.ndim(piece) == 0:
        return [written(piece, DIGITS)]
    if id(piece) not in known:
        lines = _matrices(piece)
        rows = [*(line.ljust(max(map(len, lines))) for line in lines), *caption(piece)]
        above = len(rows) - 1 - (len(lines) - 1) // 2 * 2  # so that the middle of the numbers is in the middle
        known[id(piece)] = piece, [row.center(max(map(len, rows))) for row in [""] * above + rows]
    return known[id(piece)][1]


def _beside(blocks: Sequence[Block]) -> Block:
    """One block, its parts side by side with their middle lines in one."""
    most = max(map(len, blocks))
    blanks = [[" " * _width(block)] * ((most - len(block)) // 2) if len(block) < most else [] for block in blocks]
    columns = (blank + block + blank for blank, block in zip(blanks, blocks, strict=True))
    return ["".join(row) for row in zip(*columns, strict=True)]


def _width(block: Block) -> int:
    """Columns in a terminal, where combining marks such as the bar take none."""
    return len(block[0]) - (not block[0].isascii() and sum(map(bool, map(unicodedata.combining, block[0]))))


def _matrices(array: Any) -> list[str]:
    """The rows of a matrix in columns that align, and of a small batch of them below one another."""
    if array.ndim > 2 and is_small(array):
        below = []
        for at in np.ndindex(array.shape[:-2]):
            first, *rest = _matrices(array[at])
            below += [f"{list(at)} {first}", *(" " * len(f"{list(at)} ") + row for row in rest)]
        return below
    columns = []
    for column in zip(*cells(array), strict=True):
        parts = [(whole, point + decimals) for whole, point, decimals in (cell.partition(".") for cell in column)]
        left, right = (max(map(len, side)) for side in zip(*parts, strict=True))
        columns.append([whole.rjust(left) + decimals.ljust(right) for whole, decimals in parts])
    return [f"[ {'  '.join(row)} ]" for row in zip(*columns, strict=True)] or ["[ ]"]


_SIGNS = {
    "⊙": "\\odot ", "·": "\\cdot ", "ᵀ": "^{\\top}", "√": "\\surd ", "Σ": "\\textstyle\\sum ",
    "−": "-", "≥": "\\ge ", "≤": "\\le ", "≠": "\\ne ", "→": "\\to ", "…": "\\dots ", "⋮": "\\vdots ",
    **{high: f"^{{{digit}}}" for digit, high in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")},
}  # fmt: skip


def latex(ledger: ChainRule, steps: int | None = None, uses: int | None = reading.MOST) -> str:
    """An `align*` environment of amsmath: the numbers, then the gradients, line by line.

    steps: how many tensors and steps are written; None writes all. Jupyter shows the first 200.
    uses: how many parts a gradient's sum may have that is written whole; None writes all.
    """
    found = (line for _, many in parts(ledger, None, steps, uses) for lines, _ in many for line in lines)
    known: dict[int, tuple[Any, str]] = {}
    lines = [
        f"{_symbol(x.name, ledger)} &= " + " = ".join("".join(_latex(y, ledger, known) for y in z) for z in sides(x))
        for x in found
    ]
    where = [("\\overline{x}", f"\\partial {ledger.names[ledger.output].latex}/\\partial x")]
    where += [(x.latex, Name(y, (y, "", "")).latex) for x, y in ledger.paths]
    lines = [*(f"{short} &= {whole}" for short, whole in where), *lines]
    lines += [f"&\\text{{{line}}}" for line in _more(ledger, steps)]
    return "\\begin{align*}\n" + " \\\\\n".join(lines) + "\n\\end{align*}"


def _latex(piece: Any, ledger: ChainRule, known: dict[int, tuple[Any, str]]) -> str:
    if isinstance(piece, Expression | Name):
        return _symbol(piece if isinstance(piece, Name) else piece.name, ledger)
    if isinstance(piece, str):
        words = re.sub(
            r"[^\W\d]\w+( ?)", lambda word: f"\\mathrm{{{word[0]}}}".replace("_", "\\_").replace(" ", "\\ "), piece
        )
        return "".join(_SIGNS.get(sign, sign) for sign in re.sub(r"\^[)}]", "}", words.replace("^(", "^{")))
    if np.ndim(piece) == 0:
        number = written(piece, DIGITS)
        return f"({Name(number).latex})" if "e" in number else Name(number).latex
    if id(piece) not in known:
        below = ", ".join(caption(piece)).replace("−", "$-$").replace("…", "to")
        known[id(piece)] = piece, f"\\underset{{\\text{{{below}}}}}{{{_latex_matrix(piece)}}}"
    return known[id(piece)][1]


def _symbol(name: str, ledger: ChainRule) -> str:
    """A name in LaTeX; a gradient's is the variable's under a bar."""
    if isinstance(name, Name):
        return f"{{{name.latex}}}"
    whole, _, child = name.partition("[via ")
    letters = unicodedata.normalize("NFD", whole)
    plain = letters.replace("\N{COMBINING MACRON}", "")
    latex = ledger.bars.get(whole, Name(unicodedata.normalize("NFC", plain))).latex
    latex = f"\\overline{{{latex}}}" if whole in ledger.bars or plain != letters else latex
    return f"{{{latex}}}" + (f"_{{\\text{{via }}{Name(child.removesuffix(']')).latex}}}" if child else "")


def _latex_matrix(array: Any) -> str:
    if is_small(array) and array.ndim > 2:
        rows = " \\\\ ".join(_latex_matrix(array[at]) for at in np.ndindex(array.shape[:-2]))
        return f"\\begin{{matrix}} {rows} \\end{{matrix}}"
    rows = " \\\\ ".join(" & ".join(_SIGNS.get(x) or Name(x).latex for x in row) for row in cells(array))
    return f"\\begin{{bmatrix}} {rows} \\end{{bmatrix}}"


def to_csv(ledger: ChainRule) -> str:
    """One line per term, with its tensor's total; arrays as JSON, the numbers in full; the seed has no term.

    An array of more than a hundred numbers stands there once: as its tensor's total, on the first line of its step.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["variable", "kind", "total", "child", "argument", "upstream", "local", "reading", "product"])
    for step in ledger:
        start = [ledger.names[step.variable], step.kind, _json(step.total)]
        for term in step.terms:
            child = ledger.names[term.child]
            sent = _json(term.upstream) if np.size(term.upstream) <= REPEATED else f"total of {child}"
            writer.writerow([*start, child, term.argument, sent, _json(term.local), term.reading, _json(term.product)])
            start[2] = start[2] if np.size(step.total) <= REPEATED else "as above"
        if not step.terms:
            writer.writerow([*start, "", "", "", "", "", ""])
    return out.getvalue()


def _json(array: Any) -> str:
    return "" if array is None else json.dumps(np.asarray(array).tolist())
