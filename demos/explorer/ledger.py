"""The chain rule as a table, typeset in MathML with a place for each number, which the page then fills in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import sympy
from markupsafe import Markup

from scalar import ChainRule, Step, Term

DIGITS = 6  # of a decimal number in a formula

_AS_WRITTEN = "\ue000"
_TIMES = Markup("<mo>·</mo>")
_PLACE = Markup('<mn class="place"></mn>')


class Row(NamedTuple):
    """One step: a variable, its gradient's terms in symbols and in numbers, and how often the variable is used."""

    variable: str
    gradient: Markup
    symbols: Sequence[Markup]
    numbers: Sequence[Markup]
    total: Markup
    uses: str


def numbers(rule: ChainRule) -> Iterator[tuple[float, bool]]:
    """The numbers in the order of the places, and whether each is a factor of a product."""
    for step in rule:
        for term in step.terms:
            yield from ((term.upstream, True), (term.local, True))
        yield step.total, False


def rows(rule: ChainRule) -> Iterator[Row]:
    """The table: w̄ = z̄·x + R̄·w | = 1·2 + 1·3 | = 5 | 2 uses, summed."""
    variables = [name for node, name in rule.names.items() if node.role != "constant"]
    # Names such as w1 and w_1, or α and alpha, which would become one, stand as they are written.
    literal = len({_mathml(sympy.Symbol(name)) for name in variables}) < len(variables)
    names = {node: Markup(_mathml(sympy.Symbol(name), literal)) for node, name in rule.names.items()}
    for step in rule:
        symbols = [_bar(names[term.child]) + _local(term, literal) for term in step.terms]
        factors = [_PLACE + _TIMES + _PLACE for _ in step.terms]
        gradient = _math(_bar(names[step.variable]))
        yield Row(
            rule.names[step.variable].symbol, gradient, _sum(symbols), _sum(factors), _sum([_PLACE])[0], _uses(step)
        )


def _uses(step: Step) -> str:
    match step.kind:
        case "seed":
            return "seed"
        case "univariate":
            return "1 use"
        case "multivariate":
            return f"{len(step.terms)} uses, summed"


def _sum(terms: Sequence[Markup]) -> list[Markup]:
    """Each term as a formula of its own with the sign before it: lines are broken between formulas, never in one."""
    return [_math(Markup('<mo form="infix">{}</mo>').format("+" if i else "=") + term) for i, term in enumerate(terms)]


def _local(term: Term, literal: bool) -> Markup:
    """·x, or nothing where the local derivative is 1."""
    local = term.expression
    if local == 1:
        return Markup()
    formula = Markup(_mathml(local, literal))
    if local.is_Add or local.could_extract_minus_sign():
        formula = Markup("<mrow><mo>(</mo>{}<mo>)</mo></mrow>").format(formula)
    return _TIMES + formula


@lru_cache(maxsize=4096)  # the same names and derivatives come with every key that is typed
def _mathml(expression: Any, literal: bool = False) -> str:
    decimals = {number: sympy.Float(number, DIGITS) for number in expression.atoms(sympy.Float)}
    # Behind a letter that stands in no name, "alpha" is not taken for α.
    written = {name: sympy.Symbol(_AS_WRITTEN + name.name) for name in expression.atoms(sympy.Symbol) if literal}
    settings = {"printer": "presentation", "mul_symbol": "dot", "disable_split_super_sub": literal}
    text = str(sympy.mathml(expression.xreplace(decimals | written), **settings))
    return text.replace(">-", ">−").replace(f"&#{ord(_AS_WRITTEN)};", "")  # a hyphen is no minus sign


def _bar(name: Markup) -> Markup:
    return Markup('<mover accent="true">{}<mo stretchy="false">‾</mo></mover>').format(name)


def _math(content: Markup) -> Markup:
    return Markup("<math>{}</math>").format(content)
