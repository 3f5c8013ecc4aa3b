"""The chain rule as a table, typeset in MathML with a place for each number, which the page then fills in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from markupsafe import Markup, escape

from scalar import ChainRule, Step, Term
from scalar.diagnostics.reasons import factors
from scalar.formulas import Text
from scalar.names import Name, written

_PLACE = Markup('<mn class="place"></mn>')


class Row(NamedTuple):
    """One step: a variable, its gradient's terms in symbols and in numbers, and how often the variable is used."""

    variable: str
    gradient: Markup
    symbols: Sequence[Markup]
    numbers: Sequence[Markup]
    total: Markup
    uses: str


def numbers(steps: Iterable[Step]) -> Iterator[str]:
    """The numbers in the order of the places."""
    for step in steps:
        for pair in factors(step.terms, step.total):
            yield from pair
        yield written(step.total)


class MathML(Text):
    """Formulas in MathML."""

    sign = staticmethod(lambda sign: f"<mo>{escape(sign)}</mo>")
    words = staticmethod(lambda words: f"<mtext>{words.replace(' ', chr(0xA0))}</mtext>")
    times, half = "<mo>·</mo>", "<mfrac><mn>1</mn><mn>2</mn></mfrac>"
    brackets = "<mrow><mo>(</mo>{}<mo>)</mo></mrow>"
    fraction, fraction_holds = "<mfrac><mrow>{2}</mrow><mrow>{3}</mrow></mfrac>", 4
    power = staticmethod(lambda base, exponent, _: f"<msup><mrow>{base}</mrow><mrow>{exponent}</mrow></msup>")

    def number(self, x: float) -> str:
        """A number."""
        return f"<mn>{written(x, self.digits)}</mn>"

    @staticmethod
    def name(name: Name) -> str:
        """A name, with its subscript and superscript."""
        stem, low, high = (f"<mi>{escape(part)}</mi>" if part else "" for part in name.parts)
        if not low and not high:
            return stem
        tag = f"m{'sub' * bool(low)}{'sup' * bool(high)}"
        raised = f"<mrow><mo>(</mo>{high}<mo>)</mo></mrow>" if high else ""
        return f"<{tag}>{stem}{low}{raised}</{tag}>"

    @staticmethod
    def call(name: str, operands: str) -> str:
        """A function of operands."""
        if name == "sqrt":
            return f"<msqrt>{operands}</msqrt>"
        opening, closing = ("|", "|") if name == "abs" else ("(", ")")
        named = "" if name == "abs" else f"<mi>{name}</mi>"
        return f"<mrow>{named}<mo>{opening}</mo>{operands}<mo>{closing}</mo></mrow>"


def rows(rule: ChainRule, steps: Iterable[Step] | None = None) -> Iterator[Row]:
    """The table: w̄ = z̄·x + R̄·w | = 1·2 + 1·3 | = 5 | 2 uses, summed; of some of the rule's steps, or of all."""
    for step in rule if steps is None else steps:
        symbols = [_bar(rule.names[term.child]) + _local(term) for term in step.terms]
        factors = [_PLACE + Markup(MathML.times) + _PLACE for _ in step.terms]
        name = rule.names[step.variable]
        yield Row(name.symbol, _math(_bar(name)), _sum(symbols), _sum(factors), _sum([_PLACE])[0], _uses(step))


_ROW = Markup(
    '<tr><th scope="row"><span class="spoken">gradient of {}</span>{}</th>'
    "<td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>"
    '<tr class="reasons"><td></td><td class="why" colspan="4"></td></tr>'
)


def table(rule: ChainRule, steps: Iterable[Step] | None = None) -> Markup:
    """The rows as one table, those of some steps or all."""
    space = Markup(" ")
    lines = [
        _ROW.format(row.variable, row.gradient, space.join(row.symbols), space.join(row.numbers), row.total, row.uses)
        for row in rows(rule, steps)
    ]
    return Markup("<table><tbody>{}</tbody></table>").format(Markup().join(lines))


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


def _local(term: Term) -> Markup:
    """·x, or nothing where the local derivative is 1."""
    local: Any = term.ledger.reasons(full=True).slope(term)
    return Markup() if local == 1 else Markup(MathML.times + MathML().write(local, 2))


def _bar(name: Name) -> Markup:
    return Markup('<mover accent="true">{}<mo stretchy="false">‾</mo></mover>').format(Markup(MathML.name(name)))


def _math(content: Markup) -> Markup:
    return Markup("<math>{}</math>").format(content)
