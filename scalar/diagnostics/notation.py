"""The ledger on paper: as text, LaTeX, CSV and HTML, in bar notation (w̄ = ∂output/∂w)."""

from __future__ import annotations

import csv
import html as escaping
import io
import itertools
import re
import textwrap
import unicodedata
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from scalar.diagnostics.reasons import MOST, Reason, Reasons
from scalar.formulas import Latex
from scalar.names import Name, bar, written

if TYPE_CHECKING:
    from scalar.diagnostics.ledger import ChainRule, Step

SHOWN = 200  # steps that a terminal or a notebook shows by itself; more are no longer read, and slow a page
LATEX_WIDTH = 60  # characters of a line, as far as they are seen
WIDTH = 110  # of the lines of text that are wrapped
COLUMN = 160  # characters of a cell with which others align; a column as wide as the widest would be all blanks
PATHS = "Parameters, and where they are in the model:"
RULES = "Rules, each with operands x, y and a result out of its own:"


def _rules(reasons: Iterable[Reason]) -> Iterator[tuple[str, list[str], str]]:
    """The row of each operation once, those of its derivatives that are used, and what it does to a gradient."""
    found: dict[tuple[str, str], dict[str, None]] = {}
    for why in reasons:
        found.setdefault((why.rule, why.intuition), {})[why.slope] = None
    return ((rule, sorted(slopes), sentence) for (rule, sentence), slopes in found.items() if sentence)


def legend(reasons: Iterable[Reason]) -> list[str]:
    """The rule of each operation, with its sentence."""
    found = ((", so ".join(filter(None, (rule, " and ".join(slopes)))), told) for rule, slopes, told in _rules(reasons))
    return [f"{rule}. {sentence}" for rule, sentence in found]


def _fresh(reasons: Iterable[Reason], said: set[str]) -> Iterator[list[str]]:
    """Why each local derivative is what it is; what has been said is not said again."""
    for why in reasons:
        if sides := [side for side in (why.result, why.derivative) if side not in said]:
            said.update(sides)
            yield sides


def _below(ledger: ChainRule, reasons: Iterable[Reason]) -> list[str]:
    """What stands below the steps: the rules, and the paths of parameters that are written in short."""
    paths = ", ".join(f"{name.symbol}\0=\0{name}" for name in ledger.names.values() if name.symbol != name)
    parts = ((RULES, legend(reasons)), (PATHS, textwrap.wrap(paths, WIDTH)))
    below = [line for title, lines in parts if lines for line in ("", title, *("    " + line for line in lines))]
    return [line.replace("\0", " ") for line in below]  # an equation is not broken


def text(ledger: ChainRule, steps: int | None = None, uses: int | None = MOST) -> str:
    """Per step one line in aligned columns: gradient, sum in symbols, sum in numbers, total, kind; then the reasons.

    At the end stand the rule of each operation and the paths of parameters. `str` writes the first 200 steps.

    steps: how many steps are written; None writes all.
    uses: how many parts a sum may have that is written whole; of a longer one the first are, with the number of the
    others and their sum. None writes all.
    """
    writing = ledger.reasons(most=uses)
    rows = [(_cells(step, writing), _why(step, writing)) for step in itertools.islice(ledger, steps)]
    widths = [
        max((w for w in map(_width, column) if w <= COLUMN), default=0)
        for column in zip(*[x for x, _ in rows], strict=True)
    ]
    lines, said = [], set[str]()
    for own, reasons in rows:
        padded = (cell + " " * (width - _width(cell)) for cell, width in zip(own, widths, strict=True))
        lines += ["".join(padded).rstrip(), *("    " + ", so ".join(sides) for sides in _fresh(reasons, said))]
    hidden = _hidden(ledger, steps)
    return "\n".join([*lines, *hidden, *_below(ledger, (why for _, reasons in rows for why in reasons))])


def _cells(step: Step, writing: Reasons) -> tuple[str, ...]:
    sums = (f" = {side}" if side else "" for side in (*writing.sides(step), written(step.total)))
    return (bar(writing.names[step.variable]), *sums, f"   {step.kind}")


def _why(step: Step, writing: Reasons) -> list[Reason]:
    return [writing.reason(term) for term in writing.shown(step)]


def _hidden(ledger: ChainRule, steps: int | None) -> list[str]:
    """That there are more steps than those."""
    more = 0 if steps is None else sum(1 for node in ledger.names if node.role != "constant") - steps
    return [f"… and {more} more steps, which text() writes"] if more > 0 else []


def latex(ledger: ChainRule, steps: int | None = None, uses: int | None = MOST) -> str:
    """An `align*` environment of amsmath, in lines for which a page has room; at the end the rule of each operation.

    steps: how many steps are written; None writes all. Jupyter shows the first 200.
    uses: how many parts a sum may have that is written whole; None writes all.
    """
    writing = ledger.reasons(Latex, full=True, most=uses)
    lines, reasons, said = [], [], set[str]()
    for step in itertools.islice(ledger, steps):
        sides = " = ".join(filter(None, [*writing.sides(step), Latex().number(step.total)]))
        own = _why(step, writing)
        lines += _broken(f"{Latex.bar(writing.names[step.variable])} &= {sides}")
        lines += [line for sides in _fresh(own, said) for side in sides for line in _broken(f"&\\quad {side}")]
        reasons += own
    lines += [f"&\\quad {Latex.words(part)}" for part in _hidden(ledger, steps)]
    for rule, slopes, sentence in _rules(reasons):
        lines += _broken("&" + ",\\quad ".join(filter(None, [rule, *slopes])))
        lines += [f"&\\quad {Name(part, (part, '', '')).latex}" for part in textwrap.wrap(sentence, LATEX_WIDTH)]
    return "\\begin{align*}\n" + " \\\\\n".join(lines) + "\n\\end{align*}"


def _broken(line: str) -> list[str]:
    """The line, broken before a sign or a word outside brackets, where it is too long."""
    if _seen(line) <= LATEX_WIDTH:
        return [line]
    lines = [""]
    for piece in re.split(r"(?= (?:[=+-]|\\neq) |\\mathrm\{,|\\quad \\frac)", line):
        whole = all(lines[-1].count(a) == lines[-1].count(b) for a, b in (("\\left", "\\right"), ("{", "}")))
        if lines[-1] and whole and _seen(lines[-1] + piece) > LATEX_WIDTH:
            lines.append("&\\qquad {}")
        lines[-1] += piece
    return lines


def _seen(line: str) -> int:
    """How many characters of a line of LaTeX are seen, at most."""
    bare = re.sub(r"\\(left|right|mathrm|overline|operatorname|frac)|[{}_^&]", "", line)
    return len(re.sub(r"\\([a-zA-Z]+ ?|.)", "x", bare))


def to_csv(ledger: ChainRule) -> str:
    """One line per term; the numbers in full."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["variable", "kind", "total", "child", "argument", "upstream", "local", "formula", "product"])
    names, formulas = ledger.names, ledger.reasons(full=True)
    for step in ledger:
        start = [names[step.variable], step.kind, step.total]
        for term in step.terms:
            numbers = [term.upstream, term.local, formulas.formula(term).replace("−", "-"), term.product]
            writer.writerow([*start, names[term.child], term.argument, *numbers])
        if not step.terms:
            writer.writerow([*start, "", "", "", "", "", ""])
    return out.getvalue()


def html(ledger: ChainRule) -> str:
    """A table; long ledgers show their first steps and say how many follow."""
    head = _html_row(("gradient", "chain rule", "in numbers", "total", "kind", "why"), "th")
    writing = ledger.reasons()
    rows, reasons, said = [], [], set[str]()
    for step in itertools.islice(ledger, SHOWN):
        own = _why(step, writing)
        cells = [cell.strip().removeprefix("= ") for cell in _cells(step, writing)]
        rows.append(_html_row([*cells, "\n".join(map(", so ".join, _fresh(own, said)))]))
        reasons += own
    rows += [_html_row([line], 'td colspan="6"') for line in _hidden(ledger, SHOWN)]
    told = _html_row(["\n".join(map(str.strip, _below(ledger, reasons)[1:]))], 'td colspan="6"') if reasons else ""
    return f"<table><thead>{head}</thead><tbody>{''.join(rows)}</tbody><tfoot>{told}</tfoot></table>"


def _html_row(cells: Iterable[str], tag: str = "td") -> str:
    start = f'<{tag} style="text-align:left;vertical-align:top;padding:2px 1em 2px 0">'
    parts = (start + escaping.escape(cell).replace("\n", "<br>") + f"</{tag[:2]}>" for cell in cells)
    return f"<tr>{''.join(parts)}</tr>"


def _width(cell: str) -> int:
    """Columns that a cell takes in a terminal: combining marks such as the bar take none."""
    return len(cell) - sum(map(bool, map(unicodedata.combining, cell)))
