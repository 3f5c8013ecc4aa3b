"""The ledger's rows typeset in MathML, which browsers draw by themselves.

A row is a list of lines, a line a list of short formulas: a browser breaks lines between formulas, never inside one.
"""

import html
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from viz import labels
from viz.playback.data import Edge, Step, Variable
from viz.playback.words import expression, is_infix

_SUBSCRIPTED = re.compile(r"([^\W\d_₀-₉]+)_?(\d+|[₀-₉]+|(?<=_)\w+)")  # v1, w₂, L_reg
_DIGITS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")


def row(step: Step) -> str:
    """The step as HTML: what gets its value or gradient, and one line per way of writing it."""
    variable = step.variables[0]
    match step.phase:
        case "forward" if not step.edges:
            named = [leaf for leaf in step.variables if leaf.role != "constant"] or step.variables
            return f'<span class="given">{" ".join(_math(_given(leaf)) for leaf in named)}</span>'
        case "forward":
            return _lines(_name(variable), _computed(variable, step.edges))
        case "backward":
            return _lines(_bar(variable), _received(variable, step.edges))


def name(variable: Variable) -> str:
    """The variable, as HTML."""
    return _math(_name(variable))


def bar(variable: Variable) -> str:
    """Its gradient, as HTML."""
    return _math(_bar(variable))


def derivative(edge: Edge) -> str:
    """The local derivative on an edge, as HTML."""
    return _math(_derivative(edge.head, edge.tail))


def message(edge: Edge) -> str:
    """The message on an edge, upstream × local, as HTML."""
    return _math(_factors(edge))


def _computed(variable: Variable, edges: Sequence[Edge]) -> Iterable[list[str]]:
    infix = is_infix(variable.symbol, len(edges))
    yield [_operation(variable.symbol, [(_word if infix else _name)(edge.tail) for edge in edges])]
    values = [edge.tail.value for edge in edges]
    if all(value.whole for value in values):
        yield [_operation(variable.symbol, [_number(value.factor if infix else value.short) for value in values])]
    yield [_number(variable.value.short)]


def _operation(symbol: str, operands: Sequence[str]) -> str:
    if symbol == "**":
        return f"<msup>{operands[0]}{operands[1]}</msup>"
    return expression(symbol, operands, _sign)


def _received(variable: Variable, edges: Sequence[Edge]) -> Iterable[list[str]]:
    yield [_factors(edge) for edge in edges] or [_derivative(variable, variable)]
    messages = [edge.message for edge in edges if edge.message]
    numbers = [(m.upstream, m.local) for m in messages if m.local and not m.product.is_array]
    if numbers and len(numbers) == len(messages):
        yield [_number(upstream.factor) + _sign("·") + _number(local.factor) for upstream, local in numbers]
        if len(messages) > 1:
            yield [_number(m.product.factor) for m in messages]
    if variable.gradient:
        yield [_number(variable.gradient.short)]


def _lines(subject: str, lines: Iterable[list[str]]) -> str:
    """The subject, then "= a + b" for each line [a, b]."""
    signed = [[_math(_sign("+" if i else "=") + formula) for i, formula in enumerate(line)] for line in lines]
    written = "".join(f"<span>{' '.join(line)}</span>" for line in signed)
    return f'<span class="subject">{_math(subject)}</span><span class="lines">{written}</span>'


def _math(content: str) -> str:
    return f"<math><mrow>{content}</mrow></math>"


def _given(leaf: Variable) -> str:
    value = _number(leaf.value.short)
    return value if leaf.role == "constant" else _name(leaf) + _sign("=") + value


def _factors(edge: Edge) -> str:
    return _bar(edge.head) + _sign("·") + _derivative(edge.head, edge.tail)


def _derivative(result: Variable, operand: Variable) -> str:
    top, bottom = (f"<mrow>{_sign('∂')}{_word(variable)}</mrow>" for variable in (result, operand))
    return f"<mfrac>{top}{bottom}</mfrac>"


def _bar(variable: Variable) -> str:
    return f'<mover accent="true">{_name(variable)}<mo stretchy="false">‾</mo></mover>'


def _name(variable: Variable) -> str:
    if variable.role == "constant":
        return _number(variable.name)
    if not variable.literal and (match := _SUBSCRIPTED.fullmatch(variable.name)):
        return f"<msub><mi>{match[1]}</mi><mi>{match[2].translate(_DIGITS)}</mi></msub>"
    return f"<mi>{html.escape(variable.name)}</mi>"


def _word(variable: Variable) -> str:
    """The name as it stands beside a sign."""
    return _name(variable if labels.is_word(variable.name) else replace(variable, name=f"({variable.name})"))


def _number(text: str) -> str:
    return f"<mn>{html.escape(text)}</mn>"


def _sign(text: str) -> str:
    text = text.strip()
    if text.isidentifier():  # the name of a function
        return f"<mi>{text}</mi>"
    return f'<mo form="infix">{text}</mo>' if text in ("=", "+") else f"<mo>{html.escape(text)}</mo>"
