"""What the page shows: the numbers of an expression, already written out, or why there are none."""

from __future__ import annotations

import math
import sys
from typing import Any

from demos.engines import Engine, run
from demos.errors import CommandError
from demos.explorer import ledger, picture
from demos.explorer.question import Question
from demos.expression import Expression, ExpressionError
from demos.inputs import DEFAULT_INPUT, read_inputs
from demos.parser import parse
from scalar import ChainRule, Convention
from scalar.diagnostics.conventions import conventions
from scalar.diagnostics.notation import legend
from scalar.formulas import Text
from scalar.names import written

MAX_PARTS = 200  # numbers, names, operators and calls; Graphviz lays them out in under a second


def answer(question: Question) -> dict[str, Any]:
    """Everything on the page that follows the sliders, as text.

    An expression that cannot be read gives `error` and its `column`; one without a value at these inputs gives
    `inputs` and `error`.
    """
    try:
        expression, inputs = read(question)
    except ExpressionError as error:
        return {"error": error.message, "column": error.column}
    sliders = [{"name": name, "value": value} for name, value in inputs.items()]
    try:
        rule = differentiate(expression, inputs)
    except CommandError as error:
        return {"inputs": sliders, "error": f"at these inputs, {error}"}
    totals = {step.variable.label: step.total for step in rule if step.variable.role == "input"}
    return {
        "inputs": sliders,
        "output": rule.names[rule.output],
        "value": written(rule.output.data),
        "gradients": [written(totals[name]) for name in inputs],
        "picture": [*picture.numbers(rule)],
        "ledger": [*ledger.numbers(rule)],
        "reasons": [[*dict.fromkeys(term.reason.lines[0] for term in step.terms)] for step in rule],
        "rules": legend(term.reason for step in rule for term in step.terms),
        "conventions": [told(convention, rule) for convention in conventions(rule.output)],
    }


def read(question: Question) -> tuple[Expression, dict[str, float]]:
    """The expression, and a number for each of its inputs.

    Raises:
        ExpressionError: it is no expression, names no input, or has more than MAX_PARTS parts.
    """
    expression = parse(question.expression)
    parts = len(expression.steps)
    if parts > MAX_PARTS:
        message = f"the picture ends at {MAX_PARTS} numbers, names, operators and functions; these are {parts}"
        raise ExpressionError(message, question.expression)
    values = {name: question.inputs.get(name, DEFAULT_INPUT) for name in expression.names}
    return expression, read_inputs(expression, [f"{name}={value!r}" for name, value in values.items()])


def differentiate(expression: Expression, inputs: dict[str, float]) -> ChainRule:
    """The expression's ledger, its output called f.

    Raises:
        CommandError: the value or a gradient is not finite at these inputs.
    """
    output = run(Engine.scalar, expression, inputs).output
    if output.parents and "f" not in inputs:
        output.label = "f"
    rule: ChainRule = output.chain_rule()
    return rule


def told(convention: Convention, rule: ChainRule) -> str:
    """A kink or a tie in words."""
    operands = convention.node.parents
    called = [rule.names[operand].symbol for operand in operands]
    known = [
        f"{name} = {written(operand.data)}"
        for name, operand in dict(zip(called, operands, strict=True)).items()
        if operand.role != "constant"
    ]
    call, _ = Text().operation(convention.node.rule, *called)
    low, high = convention.interval
    slope = f"slope in {called[convention.argument]}"
    bounded = math.isfinite(high - low)
    choice = f"any {slope} from {written(low)} to {written(high)} fits" if bounded else f"there is no {slope}"
    return f"{call} at {' and '.join(known)}: {choice}; {written(convention.chosen)} is taken."


STEPS = 40  # of the curve, to either side


def nudge(question: Question, name: str, h: float) -> dict[str, Any]:
    """What becomes of the output when one input moves by h, beside gradient · h, and the curve around.

    An expression that has no value at these inputs, or does not read the input, gives `error`; a place without a
    value on the curve is None.
    """
    try:
        expression, inputs = read(question)
        x = inputs[name]
        rule = differentiate(expression, inputs)
    except (ExpressionError, CommandError, KeyError) as error:
        return {"error": str(error)}
    slope = next(step.total for step in rule if step.variable.label == name)
    reach = max(2 * abs(h), sys.float_info.min)
    places = [x + reach * i / STEPS for i in range(-STEPS, STEPS + 1)]
    values = [_value(expression, {**inputs, name: at}) for at in places]
    moved = _value(expression, {**inputs, name: x + h})
    return {
        "name": name, "output": rule.names[rule.output], "x": x, "value": rule.output.data, "slope": slope, "h": h,
        "moved": moved, "places": places, "values": values,
    }  # fmt: skip


def _value(expression: Expression, inputs: dict[str, float]) -> float | None:
    """The expression's number; None where it has none."""
    try:
        value = run(Engine.scalar, expression, inputs).value
    except CommandError:
        return None
    return value if math.isfinite(value) else None
