"""`verify`: every derivative of an expression, from both engines and from judges that share no code with them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from demos.console import ResultMissedError, console, say
from demos.elementary import REAL
from demos.engines import Engine, run
from demos.expression import Expression
from demos.inputs import read_inputs
from demos.judges import complex_step, differences, pytorch
from demos.options import Assignments, ExpressionText
from demos.parser import parse

TOLERANCE = 1e-9
DIFFERENCES_TOLERANCE = 1e-5  # what differences can promise where no exact judge speaks

Verdict = Literal["agrees", "convention", "mismatch"]
_STYLES: Mapping[Verdict, str] = {"agrees": "green", "convention": "yellow", "mismatch": "bold red"}


class Row(NamedTuple):
    """What each judge says about one derivative (or about the value), and how far they lie apart."""

    name: str
    scalar: float
    vector: float
    differences: str
    complex_step: float | None
    pytorch: float | None
    verdict: Verdict
    deviation: float


def verify_command(text: ExpressionText, assignments: Assignments = None) -> None:
    """Compare the gradients of both engines with finite differences, the complex step and PyTorch.

    A row's verdict is "agrees", "mismatch" (then the exit status is 1), or "convention" at a kink or a tie, where the
    derivatives from the left (‹) and from the right (›) differ, or the rules choose one of several numbers.
    """
    expression = parse(text)
    verify(expression, read_inputs(expression, assignments or []))


def verify(expression: Expression, values: Mapping[str, float]) -> None:
    """Print the table of `rows`.

    Raises:
        ResultMissedError: a row's verdict is "mismatch".
    """
    found = list(rows(expression, values))
    say(f"{expression.source.strip()}   at {', '.join(f'{name} = {value:g}' for name, value in values.items())}")
    console.print(_table(found))
    say(f"largest relative deviation, finite differences apart: {max(row.deviation for row in found):.2g}")
    if found[0].pytorch is None:
        console.print("PyTorch not installed: its column is left out", style="dim")
    mismatches = [row.name for row in found if row.verdict == "mismatch"]
    if mismatches:
        raise ResultMissedError(f"mismatch in {', '.join(mismatches)}")


def rows(expression: Expression, values: Mapping[str, float]) -> Iterator[Row]:
    """The value's row, then one row per input."""
    scalar, vector = (run(engine, expression, values) for engine in Engine)
    torch = pytorch(expression, values)
    plain = expression.evaluate(REAL, values)
    deviation = _deviation(scalar.value, [vector.value, plain, torch and torch.value])
    verdict: Verdict = "agrees" if deviation <= TOLERANCE else "mismatch"
    yield Row("value", scalar.value, vector.value, _number(plain), None, torch and torch.value, verdict, deviation)
    for name in values:
        yield _row(
            name,
            scalar.gradient(name),
            vector.gradient(name),
            torch and torch.gradient[name],
            expression,
            values,
        )


def _row(
    name: str, scalar: float, vector: float, torch: float | None, expression: Expression, values: Mapping[str, float]
) -> Row:
    """One derivative before its judges."""
    exact = complex_step(expression, values, name)
    slopes = differences(expression, values, name)
    near = not slopes.kink and _deviation(scalar, [slopes.central]) <= DIFFERENCES_TOLERANCE
    deviation = _deviation(scalar, [vector, exact, torch])
    if not deviation <= TOLERANCE:
        verdict: Verdict = "mismatch"
    else:
        verdict = "agrees" if exact is not None or near else "convention"
    two_sided = f"‹ {slopes.backward:.4g} › {slopes.forward:.4g}"
    shown = two_sided if exact is None and slopes.kink else _number(slopes.central)
    return Row(name, scalar, vector, shown, exact, torch, verdict, deviation)


def _deviation(number: float, others: Sequence[float | None]) -> float:
    """The largest distance to those of `others` that speak, relative to `number` where that is above 1."""
    distances = [abs(other - number) / max(1.0, abs(number)) for other in others if other is not None]
    return math.nan if any(map(math.isnan, distances)) else max(distances, default=0.0)


def _table(found: Sequence[Row]) -> Table:
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column("", no_wrap=True)
    for judge in ("scalar", "vector", "finite differences", "complex step", "PyTorch"):
        if judge != "PyTorch" or found[0].pytorch is not None:
            table.add_column(judge, justify="right", overflow="fold")
    table.add_column("verdict")
    for row in found:
        numbers = [_number(row.scalar), _number(row.vector), row.differences, _number(row.complex_step)]
        torch = [] if row.pytorch is None else [_number(row.pytorch)]
        table.add_row(row.name, *numbers, *torch, Text(row.verdict, _STYLES[row.verdict]))
    return table


def _number(x: float | None) -> str:
    return "–" if x is None else f"{x:.7g}"
