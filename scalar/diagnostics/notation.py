"""The ledger on paper: as text, LaTeX, CSV and HTML, in bar notation (w̄ = ∂output/∂w)."""

from __future__ import annotations

import csv
import html as escaping
import io
import itertools
import unicodedata
from collections.abc import Mapping
from typing import TYPE_CHECKING

from scalar import symbols
from scalar.names import Name, bar, bracketed, written

if TYPE_CHECKING:
    from scalar.diagnostics.ledger import ChainRule, Step, Term
    from scalar.node import Node

HTML_ROWS = 200  # a notebook cell with more is no longer read, and slows the page


def text(ledger: ChainRule) -> str:
    """One line per step in aligned columns: gradient, sum in symbols, sum in numbers, total, kind."""
    rows = [_cells(step, ledger.names) for step in ledger]
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "".join(cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def _cells(step: Step, names: Mapping[Node, str]) -> tuple[str, str, str, str, str]:
    symbols_ = " + ".join(_factor(term, step, names) for term in step.terms)
    numbers = " + ".join(f"{_number(term.upstream)}·{_number(term.local)}" for term in step.terms)
    return (
        bar(names[step.variable]),
        f" = {symbols_}" if symbols_ else "",
        f" = {numbers}" if numbers else "",
        f" = {written(step.total)}",
        f"   {step.kind}",
    )


def _factor(term: Term, step: Step, names: Mapping[Node, str]) -> str:
    """z̄·x, or z̄ alone where the local derivative is 1."""
    upstream = bar(names[term.child])
    try:
        local = symbols.local_derivative(term.child, term.argument, names)
    except ImportError:
        top, bottom = (names[node] for node in (term.child, step.variable))
        return f"{upstream}·∂{bracketed(top)}/∂{bracketed(bottom)}"
    if local == 1:
        return upstream
    formula = symbols.plain(local)
    return f"{upstream}·({formula})" if local.is_Add or formula.startswith("−") else f"{upstream}·{formula}"


def latex(ledger: ChainRule) -> str:
    """An `align*` environment of amsmath, one line per step."""
    lines = [_latex_line(step, ledger) for step in ledger]
    return "\\begin{align*}\n" + " \\\\\n".join(lines) + "\n\\end{align*}"


def _latex_line(step: Step, ledger: ChainRule) -> str:
    total = _latex_number(step.total)
    name = _latex_bar(step.variable, ledger)
    if not step.terms:
        return f"{name} &= {total}"
    in_symbols = " + ".join(_latex_factor(term, step, ledger) for term in step.terms)
    in_numbers = " + ".join(
        f"{_latex_factor_number(term.upstream)} \\cdot {_latex_factor_number(term.local)}" for term in step.terms
    )
    return f"{name} &= {in_symbols} = {in_numbers} = {total}"


def _latex_factor(term: Term, step: Step, ledger: ChainRule) -> str:
    upstream = _latex_bar(term.child, ledger)
    try:
        local = term.expression
    except ImportError:
        top, bottom = (ledger.latex_names[ledger.names[node]] for node in (term.child, step.variable))
        return f"{upstream} \\cdot \\frac{{\\partial {top}}}{{\\partial {bottom}}}"
    return upstream if local == 1 else f"{upstream} \\cdot {symbols.latex(local, ledger.latex_names)}"


def _latex_bar(variable: Node, ledger: ChainRule) -> str:
    """The variable's gradient in LaTeX: its name under a bar."""
    return f"\\overline{{{ledger.latex_names[ledger.names[variable]]}}}"


def to_csv(ledger: ChainRule) -> str:
    """One line per term; the numbers in full."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["variable", "kind", "total", "child", "argument", "upstream", "local", "formula", "product"])
    names = ledger.names
    for step in ledger:
        start = [names[step.variable], step.kind, step.total]
        for term in step.terms:
            numbers = [term.upstream, term.local, _formula(term), term.product]
            writer.writerow([*start, names[term.child], term.argument, *numbers])
        if not step.terms:
            writer.writerow([*start, "", "", "", "", "", ""])
    return out.getvalue()


def _formula(term: Term) -> str:
    try:
        return term.formula
    except ImportError:
        return ""


def html(ledger: ChainRule) -> str:
    """A table; long ledgers show their first steps and say how many follow."""
    steps = iter(ledger)
    head = "".join(
        f'<th style="text-align:left">{title}</th>'
        for title in ("gradient", "chain rule", "in numbers", "total", "kind")
    )
    rows = [_html_row(step, ledger) for step in itertools.islice(steps, HTML_ROWS)]
    hidden = sum(1 for _ in steps)
    if hidden:
        rows.append(f'<tr><td colspan="5">… and {hidden} more steps</td></tr>')
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def _html_row(step: Step, ledger: ChainRule) -> str:
    symbols_ = {node: name.symbol for node, name in ledger.names.items()}
    cells = [cell.strip().removeprefix("= ") for cell in _cells(step, symbols_)]
    return "<tr>" + "".join(f'<td style="text-align:left">{escaping.escape(cell)}</td>' for cell in cells) + "</tr>"


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
