"""The ledger's rows typeset in MathML, which browsers draw by themselves.

A row is a list of lines, a line a list of short formulas: a browser breaks lines between formulas, never inside one.
"""

import html
from collections.abc import Iterable, Sequence

from viz import labels
from viz.playback.data import Edge, Step, Variable
from viz.playback.quantity import Quantity
from viz.playback.words import formula


def row(step: Step) -> str:
    """The step as HTML: what gets its value or gradient, and one line per way of writing it."""
    variable = step.variables[0]
    if step.told:
        given = [*_told(step)] or [*map(name, step.variables)]
    elif step.phase == "backward":
        return _lines(bar(variable), _received(variable, step.edges, more=step.uses > len(step.edges)))
    elif step.edges:
        return _lines(name(variable), _computed(variable, step))
    else:
        named = [leaf for leaf in step.variables if leaf.role != "constant"] or step.variables
        given = [*map(_given, named)]
    return f'<span class="given">{" ".join(map(math, given))}</span>'


def math(content: str) -> str:
    """A formula, as HTML."""
    return f"<math><mrow>{content}</mrow></math>"


def _told(step: Step) -> Iterable[str]:
    """The numbers of what a card stands for; and the messages that leave."""
    for variable in step.listed:
        if step.phase == "forward":
            yield _given(variable)
        elif variable.gradient:
            yield bar(variable) + _sign("=") + _written(variable.gradient)
    for edge in step.edges if step.phase == "backward" and not step.listed else ():
        if edge.message:
            yield message(edge) + _sign("=") + _written(edge.message.product)


def _computed(variable: Variable, step: Step) -> Iterable[list[str]]:
    op, edges = variable.symbol, step.edges
    if step.reading not in ("", formula(step)):
        yield [f"<mtext>{html.escape(step.reading)}</mtext>"]
    else:
        yield [_operation(op, [_word(edge.tail, op, at, len(edges)) for at, edge in enumerate(edges)])]
        if all(edge.operand.whole or edge.operand.cells for edge in edges):
            yield [_operation(op, [_written(edge.operand, op, at, len(edges)) for at, edge in enumerate(edges)])]
    yield [_written(variable.value)]


def _operation(symbol: str, operands: Sequence[str]) -> str:
    if symbol == "**":
        return f"<msup>{operands[0]}{operands[1]}</msup>"
    return labels.expression(symbol, operands, _sign)


def _received(variable: Variable, edges: Sequence[Edge], *, more: bool) -> Iterable[list[str]]:
    messages = [edge.message for edge in edges if edge.message]
    if more:  # a sum that nobody adds by hand
        yield [*map(message, edges), _sign("…")]
        messages = []
    else:
        yield [message(edge) for edge in edges] or [derivative(variable, variable)]
    numbers = [(m.upstream, m.times, m.local) for m in messages if m.local and (m.product.cells or m.product.whole)]
    if numbers and len(numbers) == len(messages):
        yield [_written(upstream, times) + _sign(times) + _written(local, times) for upstream, times, local in numbers]
    if len(messages) > 1:
        yield [_written(m.product, "+", i) for i, m in enumerate(messages)]
    if variable.gradient:
        yield [_written(variable.gradient)]


def _lines(subject: str, lines: Iterable[list[str]]) -> str:
    """The subject, then "= a + b" for each line [a, b]."""
    signed = [[math(_sign("+" if i else "=") + formula) for i, formula in enumerate(line)] for line in lines]
    written = "".join(f"<span>{' '.join(line)}</span>" for line in signed)
    return f'<span class="subject">{math(subject)}</span><span class="lines">{written}</span>'


def _given(leaf: Variable) -> str:
    return ("" if leaf.role == "constant" else name(leaf) + _sign("=")) + _written(leaf.value)


def message(edge: Edge) -> str:
    """What an edge sends back, upstream · local."""
    times = edge.message.times if edge.message else "·"
    return bar(edge.head) + _sign(times) + derivative(edge.head, edge.tail)


def derivative(result: Variable, operand: Variable) -> str:
    """The local derivative of a result by an operand."""
    top, bottom = (f"<mrow>{_sign('∂')}{_word(variable)}</mrow>" for variable in (result, operand))
    return f"<mfrac>{top}{bottom}</mfrac>"


def bar(variable: Variable) -> str:
    """The gradient of a variable."""
    return f'<mover accent="true">{name(variable)}<mo stretchy="false">‾</mo></mover>'


def name(variable: Variable) -> str:
    """The variable, with its subscript and superscript."""
    if variable.role == "constant":
        return _number(variable.name)
    stem, low, high = (f"<mi>{html.escape(part)}</mi>" if part else "" for part in variable.parts)
    raised = f"<mrow>{_sign('(')}{high}{_sign(')')}</mrow>" if high else ""
    tag = f"m{'sub' * bool(low)}{'sup' * bool(high)}"
    return f"<{tag}>{stem}{low}{raised}</{tag}>" if low or high else stem


def _word(variable: Variable, op: str = "×", place: int = 0, operands: int = 2) -> str:
    """The name as it stands in an operation."""
    word = labels.operand(variable.name, op, place, operands)
    return name(variable) if word == variable.name else f"<mi>{html.escape(word)}</mi>"


def _written(quantity: Quantity, op: str = "", place: int = 0, operands: int = 2) -> str:
    """A number as it stands in an operation; or an array, small ones as a matrix."""
    if not quantity.cells:
        signed = op and quantity.factor != quantity.short
        return _number(labels.operand(quantity.short, op, place, operands) if signed else quantity.short)
    rows = "".join(f"<mtr>{''.join(f'<mtd>{_number(x)}</mtd>' for x in row)}</mtr>" for row in quantity.cells)
    return f"<mtable>{rows}</mtable>"


def _number(text: str) -> str:
    return f"<mn>{html.escape(text)}</mn>"


def _sign(text: str) -> str:
    text = text.strip()
    if text.isidentifier():  # the name of a function
        return f"<mi>{text}</mi>"
    return f'<mo form="infix">{text}</mo>' if text in ("=", "+") else f"<mo>{html.escape(text)}</mo>"
