"""The ledger on paper: as text, LaTeX, CSV and HTML, in bar notation (w̄ = ∂output/∂w)."""

from __future__ import annotations

import csv
import html as escaping
import io
import itertools
import unicodedata
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from scalar.diagnostics.reasons import reason
from scalar.formulas import Latex, Text, derivative
from scalar.names import Name, bar, written

if TYPE_CHECKING:
    from scalar.diagnostics.ledger import ChainRule, Step, Term
    from scalar.node import Node

HTML_ROWS = 200  # a notebook cell with more is no longer read, and slows the page


def text(ledger: ChainRule) -> str:
    """Per step one line in aligned columns: gradient, sum in symbols, sum in numbers, total, kind; then the reasons."""
    steps = list(ledger)
    rows = [_cells(step, ledger.names) for step in steps]
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    lines = []
    for step, row in zip(steps, rows, strict=True):
        padded = (cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True))
        lines.append("".join(padded).rstrip())
        lines += ["    " + line for line in _reasons(step, ledger.names) if line]
    return "\n".join(lines)


def _reasons(step: Step, names: Mapping[Node, str]) -> Iterator[str]:
    """Two lines for each use: what was computed, and why its derivative is what it is."""
    for term in step.terms:
        yield from reason(term.child, term.argument, names, Text()).lines


def _cells(step: Step, names: Mapping[Node, str]) -> tuple[str, str, str, str, str]:
    symbols = " + ".join(_factor(bar(names[term.child]), term, names, Text()) for term in step.terms)
    numbers = " + ".join(f"{_number(term.upstream)}·{_number(term.local)}" for term in step.terms)
    return (
        bar(names[step.variable]),
        f" = {symbols}" if symbols else "",
        f" = {numbers}" if numbers else "",
        f" = {written(step.total)}",
        f"   {step.kind}",
    )


def _factor(upstream: str, term: Term, names: Mapping[Node, str], style: Text) -> str:
    """z̄·x, or z̄ alone where the local derivative is 1."""
    local = derivative(term.child, term.argument, names)
    return upstream if local == 1 else f"{upstream}{style.times}{style.write(local, 2)}"


def latex(ledger: ChainRule) -> str:
    """An `align*` environment of amsmath, one equation per step, and a line for the reason of each use."""
    lines = [line for step in ledger for line in _latex_lines(step, ledger)]
    return "\\begin{align*}\n" + " \\\\\n".join(lines) + "\n\\end{align*}"


def _latex_lines(step: Step, ledger: ChainRule) -> Iterator[str]:
    total = _latex_number(step.total)
    name = _latex_bar(step.variable, ledger)
    if not step.terms:
        yield f"{name} &= {total}"
        return
    in_symbols = " + ".join(_factor(_latex_bar(term.child, ledger), term, ledger.names, Latex()) for term in step.terms)
    in_numbers = " + ".join(
        f"{_latex_factor_number(term.upstream)} \\cdot {_latex_factor_number(term.local)}" for term in step.terms
    )
    yield f"{name} &= {in_symbols} = {in_numbers} = {total}"
    for term in step.terms:
        found = reason(term.child, term.argument, ledger.names, Latex())
        sentence = Name(found.intuition, (found.intuition, "", "")).latex if found.intuition else ""
        yield "&\\quad " + ",\\quad ".join(filter(None, [found.result, found.derivative, found.rule, sentence]))


def _latex_bar(variable: Node, ledger: ChainRule) -> str:
    """The variable's gradient in LaTeX: its name under a bar."""
    return f"\\overline{{{ledger.names[variable].latex}}}"


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
    head = "".join(
        f'<th style="text-align:left">{title}</th>'
        for title in ("gradient", "chain rule", "in numbers", "total", "kind", "why")
    )
    rows = [_html_row(step, ledger) for step in itertools.islice(steps, HTML_ROWS)]
    hidden = sum(1 for _ in steps)
    if hidden:
        rows.append(f'<tr><td colspan="6">… and {hidden} more steps</td></tr>')
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def _html_row(step: Step, ledger: ChainRule) -> str:
    cells = [escaping.escape(cell.strip().removeprefix("= ")) for cell in _cells(step, ledger.symbols)]
    cells.append("<br>".join(map(escaping.escape, _reasons(step, ledger.symbols))))
    return "<tr>" + "".join(f'<td style="text-align:left">{cell}</td>' for cell in cells) + "</tr>"


def _number(x: float) -> str:
    """A factor as it stands in a product: negative ones in brackets."""
    return f"({written(x)})" if written(x).startswith("−") else written(x)


def _latex_number(x: float) -> str:
    r"""A number in LaTeX: 1.5 \cdot 10^{-7} rather than 1.5e-07."""
    return Name(written(x)).latex


def _latex_factor_number(x: float) -> str:
    number = _latex_number(x)
    return f"({number})" if number.startswith("-") or "cdot" in number else number


def _width(cell: str) -> int:
    """Columns that a cell takes in a terminal: combining marks such as the bar take none."""
    return sum(not unicodedata.combining(character) for character in cell)
