"""`verify`: every derivative of an expression, from both engines and from judges that share no code with them."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

import typer
from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from demos.console import CommandError, ResultMissedError, console, say
from demos.elementary import REAL
from demos.engines import Engine, Evaluated, run, summands
from demos.expression import Expression
from demos.inputs import read_inputs
from demos.judges import complex_step, differences, importable, pytorch, underflow, unknown
from demos.parser import parse
from demos.verification.arguments import FORMS
from demos.verification.command import verify_own
from demos.verification.loading import PLACE
from demos.verification.nodes import beside, node_table
from scalar.names import written
from viz.differences import Judgement as Verified
from viz.differences import Verdict as Quotients

TOLERANCE = 1e-9
ROUNDING = 1e-12  # of the summands of a derivative: what lies within is no mistake of a rule, and no agreement

Verdict = Literal["agrees", "cannot judge here", "convention", "mismatch"]
_STYLES: Mapping[Verdict, str] = {
    "agrees": "green", "cannot judge here": "dim", "convention": "yellow", "mismatch": "bold red"
}  # fmt: skip


_VERDICTS: Mapping[Quotients, Verdict] = {
    "agrees": "agrees", "unknown": "cannot judge here", "convention": "convention", "mismatch": "mismatch"
}  # fmt: skip


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
    reason: str = ""
    """Why the judges cannot tell."""


def verify_command(
    text: Annotated[
        str | None,
        typer.Argument(metavar="[EXPRESSION | FILE.PY:NAME]", help="What to verify: a formula, or your code."),
    ] = None,
    assignments: Annotated[
        list[str] | None,
        typer.Argument(metavar="NAME=VALUE", help=f"A value for each input: x=2; for your code {FORMS}."),
    ] = None,
    torch: Annotated[
        str | None, typer.Option(metavar="FILE.PY:NAME", help="The same in PyTorch; or, alone, what to verify.")
    ] = None,
    nodes: Annotated[bool, typer.Option("--nodes", help="Every intermediate number, side by side.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For your code: print the report as JSON.")] = False,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="For your code: draw its graph, what is wrong in red.")
    ] = None,
    dtype: Annotated[str | None, typer.Option(help="For your code: float16, float32 or float64.")] = None,
) -> None:
    """Hold every gradient of a formula, or of your own function or module, against independent judges.

    A formula goes through both engines, finite differences, the complex step and PyTorch. Your own code, FILE.PY:NAME,
    runs on every engine that it runs on, and is held against finite differences and, with --torch, the same in PyTorch.
    Its file is imported as Python does, so it runs; nothing else is ever executed.

    A verdict is "agrees"; a mismatch, "differs" or "undefined" (then the exit status is 1); "convention" at a kink or a
    tie, where the derivatives from the left (‹) and from the right (›) differ, or the rules choose one of several
    numbers; or "cannot judge here", where rounding leaves nothing to tell right from wrong.
    """
    place = (text or "").strip()
    if torch and "=" in place and not PLACE.fullmatch(place):
        place, assignments = "", [place, *(assignments or [])]
    if torch or PLACE.fullmatch(place):
        verify_own(place, torch, assignments or [], nodes=nodes, as_json=as_json, output=output, dtype=dtype)
        return
    if place.endswith(".py"):
        raise CommandError(f"expected a function in {place}, such as {place}:f")
    if not place:
        raise CommandError('expected an expression such as "x*y", or file.py:function, got neither')
    if as_json or output or dtype:
        raise CommandError("--json, --output and --dtype are for your own code, file.py:function")
    expression = parse(text or "")
    verify(expression, read_inputs(expression, assignments or []), nodes=nodes)


def verify(expression: Expression, values: Mapping[str, float], *, nodes: bool = False) -> None:
    """Print the table of `rows`, and with `nodes` first every intermediate number of both engines.

    Raises:
        ResultMissedError: a row's verdict is "mismatch".
    """
    found = list(rows(expression, values))
    say(f"{expression.source.strip()}   at {', '.join(f'{name} = {written(value)}' for name, value in values.items())}")
    if nodes:
        roots = {engine.value: run(engine, expression, values).output for engine in Engine}
        console.print(node_table(beside(roots)))
    console.print(_table(found))
    say(f"largest relative deviation, finite differences apart: {max(row.deviation for row in found):.2g}")
    if found[0].pytorch is None:
        why = "is not installed" if not importable() else f"has no {', '.join(unknown(expression))}"
        console.print(f"PyTorch {why}: its column is left out", style="dim")
    mismatches = [row.name for row in found if row.verdict == "mismatch"]
    if mismatches:
        raise ResultMissedError(f"mismatch in {', '.join(mismatches)}")


def rows(expression: Expression, values: Mapping[str, float]) -> Iterator[Row]:
    """The value's row, then one row per input."""
    scalar, vector = (run(engine, expression, values) for engine in Engine)
    torch = pytorch(expression, values)
    plain = expression.evaluate(REAL, values)
    within = sys.float_info.min + ROUNDING * sum(abs(node.data) for node in _below(scalar.output))
    verdict, deviation, reason = _judged(scalar.value, [vector.value, plain, torch and torch.value], within)
    yield Row(
        "value", scalar.value, vector.value, _number(plain), None, torch and torch.value, verdict, deviation, reason
    )
    sizes = summands(scalar)
    for name in values:
        theirs = torch and torch.gradient[name]
        exact = complex_step(expression, values, name)
        yield _row(
            name,
            scalar,
            vector.gradient(name),
            exact,
            theirs,
            differences(scalar.gradient(name), expression, values, name),
            sizes[name],
        )


def _below(output: Any) -> Iterator[Any]:
    return (step.variable for step in output.chain_rule())


def _row(
    name: str, engine: Evaluated, vector: float, exact: float | None, torch: float | None, slopes: Verified, size: float
) -> Row:
    """One derivative before its judges."""
    scalar = engine.gradient(name)
    rounding = ROUNDING * size + (underflow(engine.inputs[name].data) if exact == 0 else sys.float_info.min)
    verdict, deviation, reason = _judged(scalar, [vector, exact, torch], rounding)
    if verdict == "agrees" and exact is None:
        # The engines and PyTorch choose alike at kinks, so only differences are left.
        chosen = slopes.verdict == "mismatch" and engine.output.conventions()
        verdict, reason = _VERDICTS["convention" if chosen else slopes.verdict], slopes.reason
    limits = slopes.limits or (math.nan, math.nan)
    shown = _number(limits[1]) if slopes.smooth else f"‹ {written(limits[0], 4)} › {written(limits[1], 4)}"
    return Row(name, scalar, vector, shown if slopes.limits else "–", exact, torch, verdict, deviation, reason)


def _judged(number: float, others: Sequence[float | None], rounding: float) -> tuple[Verdict, float, str]:
    """The verdict on a number before those of `others` that speak, the largest relative deviation, and a reason."""
    known = [other for other in others if other is not None and other != number]
    apart = max((abs(other - number) / max(abs(other), abs(number)) for other in known), default=0.0)
    if apart <= TOLERANCE:
        return "agrees", apart, ""
    if all(abs(other - number) <= rounding for other in known):
        return "cannot judge here", apart, "rounding hides it"
    return "mismatch", apart, ""


def _table(found: Sequence[Row]) -> Table:
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column("", no_wrap=True)
    for judge in ("scalar", "vector", "finite differences", "complex step", "PyTorch"):
        if judge != "PyTorch" or found[0].pytorch is not None:
            table.add_column(judge, justify="right", overflow="fold")
    table.add_column("verdict")
    for row in found:
        numbers = [_number(row.scalar), _number(row.vector), row.differences, _number(row.complex_step)]
        verdict = f"{row.verdict}: {row.reason}" if row.verdict == "cannot judge here" else row.verdict
        torch = [] if row.pytorch is None else [_number(row.pytorch)]
        table.add_row(row.name, *numbers, *torch, Text(verdict, _STYLES[row.verdict]))
    return table


def _number(x: float | None) -> str:
    return "–" if x is None else written(x, 7)
