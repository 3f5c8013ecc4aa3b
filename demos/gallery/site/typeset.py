"""The chain rule of an output as rows of a table in MathML, which browsers typeset by themselves."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any, NamedTuple

from markupsafe import Markup

from demos.explorer import ledger as symbolic
from demos.gallery.drawings import has_ledger, size
from scalar import Value
from viz.playback import mathml
from viz.playback.stage import playback

MOST_ROWS = 40
MOST_NODES = 2000  # a larger ledger takes longer to compute than anyone looks at it


class Row(NamedTuple):
    """One step: w̄ | = z̄·x + R̄·w | = 1·2 + 1·3 | = 5 | kind."""

    name: str
    gradient: Markup
    symbols: Markup
    numbers: Markup
    total: Markup
    kind: str


class Ledger(NamedTuple):
    """The first steps, how many follow, and whether they are of arrays."""

    rows: list[Row]
    hidden: int
    arrays: bool


def typeset(output: Any) -> Ledger | None:
    """The ledger of the output; None for a graph that is too large, and for an output that has none."""
    if size(output) > MOST_NODES or not has_ledger(output):
        return None
    is_scalar = isinstance(output, Value)
    rows = _scalar_rows(output) if is_scalar else _array_rows(output)
    shown = list(itertools.islice(rows, MOST_ROWS))
    return Ledger(shown, sum(1 for _ in output.chain_rule()) - len(shown), arrays=not is_scalar)


def _scalar_rows(output: Value) -> Iterator[Row]:
    """The explorer's rows, with the numbers in their places."""
    rule = output.chain_rule()
    numbers = symbolic.numbers(rule)
    for row, step in zip(symbolic.rows(rule), rule, strict=True):
        in_numbers = Markup(" ").join(_fill(cell, numbers) for cell in row.numbers)
        yield Row(
            row.variable, row.gradient, Markup(" ").join(row.symbols), in_numbers, _fill(row.total, numbers), step.kind
        )


def _fill(cell: Markup, numbers: Iterator[str]) -> Markup:
    """Put the next numbers into the cell's places."""
    place = '<mn class="place"></mn>'
    parts = str(cell).split(place)
    filled = parts[0] + "".join(f"<mn>{next(numbers)}</mn>{part}" for part in parts[1:])
    return Markup(filled)


def _array_rows(output: Any) -> Iterator[Row]:
    """The viz player's own rows; a Jacobian is named, and never written out."""
    rule = output.chain_rule()
    kinds = [step.kind for step in rule]
    played = playback(output, rule, title="", precision=4)
    backward = [step for step in played.steps if step.phase == "backward"]
    for step, kind in zip(backward, kinds, strict=True):
        subject, _, lines = mathml.row(step).partition('<span class="lines">')
        yield Row(
            step.variables[0].name,
            Markup(subject),
            Markup(f'<span class="lines">{lines}'),
            Markup(""),
            Markup(""),
            kind,
        )
