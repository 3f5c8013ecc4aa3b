"""The ledger on paper: as text, LaTeX, CSV and HTML, in bar notation (w̄ = ∂output/∂w)."""

from __future__ import annotations

import csv
import html as escaping
import io
import itertools
import re
import textwrap
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from scalar import floats
from scalar.formulas import Latex, Text, derivative, enough
from scalar.names import Name, bar, written
from scalar.node import Node

if TYPE_CHECKING:
    from scalar.diagnostics.ledger import ChainRule, Reason, Step, Term

HTML_ROWS = 200  # a notebook cell with more is no longer read, and slows the page
LATEX_WIDTH = 60  # characters of a line, as far as they are seen
WIDTH = 110  # of the lines of text that are wrapped
PATHS = "Parameters, and where they are in the model:"
RULES = "Rules, each with operands x, y and a result out of its own:"


def row(step: Step, names: Mapping[Node, str], style: type[Text] = Text) -> tuple[str, str, list[Reason]]:
    """z̄·x + R̄·w, with z̄ alone where the local derivative is 1; 0.5·2 + 1·3; and the reason for each use."""
    symbols, reasons = [], []
    for term in step.terms:
        slope = derivative(term.child, term.argument, names)
        symbols.append(style.bar(names[term.child]) + ("" if slope == 1 else style.times + style().write(slope, 2)))
        reasons.append(term.explained(names, style, slope))
    return " + ".join(symbols), " + ".join(map(style.times.join, factors(step.terms, step.total, style))), reasons


def factors(terms: Iterable[Term], total: float, style: type[Text] = Text) -> list[tuple[str, str]]:
    """Upstream and local derivative of each use, negative ones in brackets, with as many digits as their sum needs."""
    pairs = [(term.upstream, term.local) for term in terms]
    form = style(digits=enough(total, lambda read: floats.total(*(read(g) * read(x) for g, x in pairs))))
    return [(form.write(g, 3), form.write(x, 3)) for g, x in pairs]


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


def text(ledger: ChainRule) -> str:
    """Per step one line in aligned columns: gradient, sum in symbols, sum in numbers, total, kind; then the reasons.

    At the end stand the rule of each operation and the paths of parameters.
    """
    rows = [(step, row(step, ledger.symbols)) for step in ledger]
    cells = [_cells(step, own[:2], ledger.symbols) for step, own in rows]
    widths = [max(map(_width, column)) for column in zip(*cells, strict=True)]
    lines, said = [], set[str]()
    for (_, (_, _, reasons)), own in zip(rows, cells, strict=True):
        padded = (cell + " " * (width - _width(cell)) for cell, width in zip(own, widths, strict=True))
        lines += ["".join(padded).rstrip(), *("    " + ", so ".join(sides) for sides in _fresh(reasons, said))]
    return "\n".join([*lines, *_below(ledger, (why for _, (_, _, reasons) in rows for why in reasons))])


def _cells(step: Step, sides: tuple[str, str], names: Mapping[Node, str]) -> tuple[str, ...]:
    sums = (f" = {side}" if side else "" for side in (*sides, written(step.total)))
    return (bar(names[step.variable]), *sums, f"   {step.kind}")


def latex(ledger: ChainRule) -> str:
    """An `align*` environment of amsmath, in lines for which a page has room; at the end the rule of each operation."""
    lines, reasons, said = [], [], set[str]()
    for step in ledger:
        symbols, numbers, own = row(step, ledger.names, Latex)
        sides = " = ".join(filter(None, [symbols, numbers, Latex().number(step.total)]))
        lines += _broken(f"{Latex.bar(ledger.names[step.variable])} &= {sides}")
        lines += [line for sides in _fresh(own, said) for side in sides for line in _broken(f"&\\quad {side}")]
        reasons += own
    for rule, slopes, sentence in _rules(reasons):
        lines += _broken("&" + ",\\quad ".join(filter(None, [rule, *slopes])))
        wrapped = textwrap.wrap(sentence, LATEX_WIDTH)
        lines += [f"&\\quad {Name(part, (part, '', '')).latex}" for part in wrapped]
    return "\\begin{align*}\n" + " \\\\\n".join(lines) + "\n\\end{align*}"


def _broken(line: str) -> list[str]:
    """The line, broken before a sign or a word outside brackets, where it is too long."""
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
    names = ledger.names
    for step in ledger:
        start = [names[step.variable], step.kind, step.total]
        for term in step.terms:
            numbers = [term.upstream, term.local, term.formula.replace("−", "-"), term.product]
            writer.writerow([*start, names[term.child], term.argument, *numbers])
        if not step.terms:
            writer.writerow([*start, "", "", "", "", "", ""])
    return out.getvalue()


def html(ledger: ChainRule) -> str:
    """A table; long ledgers show their first steps and say how many follow."""
    steps = iter(ledger)
    head = _html_row(("gradient", "chain rule", "in numbers", "total", "kind", "why"), "th")
    rows, reasons, said = [], [], set[str]()
    for step in itertools.islice(steps, HTML_ROWS):
        found = row(step, ledger.symbols)
        cells = [cell.strip().removeprefix("= ") for cell in _cells(step, found[:2], ledger.symbols)]
        rows.append(_html_row([*cells, "\n".join(map(", so ".join, _fresh(found[2], said)))]))
        reasons += found[2]
    hidden = sum(1 for _ in steps)
    rows += [f'<tr><td colspan="6">… and {hidden} more steps</td></tr>'] if hidden else []
    told = _html_row(["\n".join(map(str.strip, _below(ledger, reasons)[1:]))], 'td colspan="6"') if reasons else ""
    return f"<table><thead>{head}</thead><tbody>{''.join(rows)}</tbody><tfoot>{told}</tfoot></table>"


def _html_row(cells: Iterable[str], tag: str = "td") -> str:
    start = f'<{tag} style="text-align:left;vertical-align:top;padding:2px 1em 2px 0">'
    parts = (start + escaping.escape(cell).replace("\n", "<br>") + f"</{tag[:2]}>" for cell in cells)
    return f"<tr>{''.join(parts)}</tr>"


def _width(cell: str) -> int:
    """Columns that a cell takes in a terminal: combining marks such as the bar take none."""
    return sum(not unicodedata.combining(character) for character in cell)
