"""What a reader is asked before a gradient is shown: the answer, hints, and the number that each known mistake gives.

All of it is computed in advance. So to judge an answer is to compare numbers, which the page's script
(`viz/assets/judge.js`) and Python (`demos.exercise.judge`) do alike.
"""

import contextlib
import itertools
import math
import unicodedata
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from viz import labels
from viz.node import Step, Term
from viz.playback.quantity import quantity

Place = tuple[int, ...]  # of an element; () for a number
Mistake = tuple[float | Place, str]  # the number or shape that it gives, and what to say about it

MOST_USES = 6  # of which any may be forgotten together; of more, the first that may
NAMED = 36  # elements of an array that a formula can name
REACH, NOISE = 1e-4, 1e-6  # of difference quotients, and what is nothing beside the largest
SIGN = "The size is right, the sign is not."


@dataclass(frozen=True, slots=True)
class Question:
    """One blank: its answer, a number or a shape; mistakes, the likeliest first; hints, the most general first."""

    ask: str
    answer: float | Place
    mistakes: tuple[Mistake, ...]
    hints: tuple[str, ...] = ()


class Use(NamedTuple):
    """One use of a number: the result, its gradient's name, the message, and the pairs upstream, local that make it.

    An element of an array may have several pairs; `own` is the one at its own place.
    """

    result: str
    bar: str
    message: float
    factors: Sequence[tuple[float, float]]
    own: tuple[float, float] | None = None


def bar(name: str, output: str) -> str:
    """The name of a gradient as text: w̄ for w, ∂L/∂ before what is no plain name."""
    plain = name[:1].isalpha() and labels.is_word(name) and "." not in name
    barred = unicodedata.normalize("NFC", f"{name[:1]}\N{COMBINING MACRON}{name[1:]}")
    return barred if plain else f"∂{output}/∂{name}"


@dataclass(frozen=True, slots=True)
class Questions:
    """The questions about a ledger's steps, under the names of its variables, by the `id` of a node.

    `order` has every node; `reasons` say why a use has its local derivative: by the `id` of the result and the number
    of the operand.
    """

    ledger: Sequence[Step]
    order: Sequence[Any]
    names: Mapping[int, str]
    reasons: Mapping[tuple[int, int], Sequence[str]]

    def of_gradient(self, step: Step) -> Iterator[Question]:
        """A number; or a shape, then two elements. Nothing about what is given, or is not finite."""
        total, name, ask = step.total, self._name(step.variable), self._bar(step.variable)
        if step.terms and (shape := _shape(total)):
            shapes = [(shape[::-1], "That is the shape of the transpose.")]
            shapes += [(_shape(x.upstream), f"That is the shape of {self._bar(x.child)}.") for x in step.terms]
            hint = f"A gradient has the shape of what it is the gradient of: here, of {name}."
            yield Question(f"shape of {ask}", shape, _finite(shapes), (hint,))
        for place in _chosen(total) if step.terms else ():
            uses, answer = [self._use(term, place) for term in step.terms], _element(total, place)
            if abs(answer) < 1e-12 * max((abs(u * v) for use in uses for u, v in use.factors), default=0):
                answer = 0.0  # where only rounding has left something
            if math.isfinite(answer):
                asked = _at(ask, place)
                found = [*_mistakes(name, answer, uses), *_elsewhere(step, name, answer, place)]
                yield Question(asked, answer, _finite(found), self._hints(step, asked, uses))

    def of_locals(self, step: Step) -> Iterator[Question]:
        """The local derivative of each use of a number."""
        for term in step.terms:
            result, own = self._name(term.child), math.nan if term.local is None else _element(term.local)
            if _shape(step.total) or not math.isfinite(own):
                continue
            twin = [x.argument for x in step.terms if x.child is term.child]
            ask = f"∂{result}/∂{self._name(step.variable)}"
            asked = ask if len(twin) == 1 else f"{ask}, use {twin.index(term.argument) + 1}"
            others = [x.local for y in self.ledger for x in y.terms if x.child is term.child and x.local is not None]
            alone = f"this asks for {ask} alone."
            found = [
                (-own, SIGN),
                (_element(term.product), f"That is the message, {self._bar(term.child)}·{ask}; {alone}"),
                (_element(term.upstream), f"That is the upstream gradient; {alone}"),
                *((_element(x), f"That is the derivative of {result} by another operand.") for x in others),
                (_element(term.child.data), f"That is the value of {result}, not its derivative."),
            ]  # fmt: skip
            hints = self._reason(term)[1:]
            yield Question(asked, own, _finite(found), hints)

    def known(self) -> Iterator[tuple[str, float, str, float | None]]:
        """What a formula may name: a number or an element, its value, and the name and the number of its gradient."""
        totals: dict[int, Any] = {id(step.variable): step.total for step in self.ledger}
        for node in self.order:
            name, total, shape = self._name(node), totals.get(id(node)), _shape(node.data)
            for place in itertools.product(*map(range, shape)) if math.prod(shape) <= NAMED else ():
                value, slope = _element(node.data, place), None if total is None else _element(total, place)
                if math.isfinite(value) and math.isfinite(slope or 0):
                    yield _at(name, place), value, "" if total is None else _at(self._bar(node), place), slope

    def _name(self, node: Any) -> str:
        return self.names[id(node)]

    def _bar(self, node: Any) -> str:
        return bar(self._name(node), self._name(self.ledger[0].variable))

    def _reason(self, term: Term) -> tuple[str, ...]:
        return tuple(self.reasons.get((id(term.child), term.argument), ()))

    def _use(self, term: Term, place: Place) -> Use:
        names, message = (self._name(term.child), self._bar(term.child)), _element(term.product, place)
        if term.local is not None:
            return Use(*names, message, [(_element(term.upstream, place), _element(term.local, place))])
        column = dict(_column(term, place))
        if not math.isclose(sum(u * v for u, v in column.values()), message, rel_tol=1e-3, abs_tol=1e-9):
            return Use(*names, message, [])  # a kink, or a result of few digits
        own = column.get(place) if len(column) > 1 and len(term.child.parents) == 1 else None
        return Use(*names, message, [*column.values()], own)

    def _hints(self, step: Step, ask: str, uses: Sequence[Use]) -> tuple[str, ...]:
        name, count, results = self._name(step.variable), len(uses), [*dict.fromkeys(use.result for use in uses)]
        upstream = [f"{self._bar(x.child)} = {labels.factor(x.upstream, 4)}" for x in step.terms]
        slopes = [
            (*self._reason(x), f"∂{self._name(x.child)}/∂{name} = {labels.factor(x.local, 4)}")[0] for x in step.terms
        ]
        products = [f"{quantity(u, 4).factor}·{quantity(v, 4).factor}" for use in uses for u, v in use.factors]
        once = f"used once, in {results[0]}: its gradient is the message from there"
        often = f"used {count} times, in {' and '.join(labels.shortened(results))}: {count} messages are added"
        hints = (
            f"{name} is {once if count == 1 else often}.",
            f"Upstream: {', '.join(labels.shortened([*dict.fromkeys(upstream)]))}.",
            f"Local: {'; '.join(labels.shortened([*dict.fromkeys(slopes)]))}.",
            f"{'The product' if len(products) == 1 else 'The sum'}: {ask} = {' + '.join(labels.shortened(products))}.",
        )
        return hints if products else hints[:-1]


def _mistakes(name: str, total: float, uses: Sequence[Use]) -> Iterator[Mistake]:
    """What comes out when something is forgotten or done otherwise."""
    yield -total, SIGN
    count, locals_ = len(uses), [sum(v for _, v in use.factors) for use in uses]
    groups = itertools.chain.from_iterable(itertools.combinations(uses, missing) for missing in range(1, count))
    for left in itertools.islice(groups, 2**MOST_USES):
        words = f"{name} is used {count} times, and the message from {' and '.join(x.result for x in left)} is missing."
        yield total - sum(use.message for use in left), f"A use is forgotten: {words}"
    if count > 1:
        yield sum(locals_), "That is the sum of the local derivatives: multiply each by its upstream gradient."
        yield math.prod(use.message for use in uses), "The messages of several uses are added, not multiplied."
    for use, local in zip(uses, locals_, strict=True) if count <= MOST_USES else ():
        rest, message = total - use.message, f"the message from {use.result} is {use.bar} · local."
        yield rest - use.message, f"The message from {use.result} has the wrong sign."
        if use.factors:
            alone = "That is the local derivative alone. " * (count == 1)
            yield rest + local, f"{alone}The upstream gradient is forgotten: {message}"
        if len(use.factors) == 1:
            yield rest + use.factors[0][0], f"The local derivative is forgotten: {message}"
            yield rest + sum(use.factors[0]), "Upstream and local derivative are multiplied, not added."
        if use.own:
            only = f"each element of {use.result} depends on more than one of {name}"
            yield rest + math.prod(use.own), f"Only the element at the same place is counted: {only}."
            yield rest + use.own[1], f"That is one local derivative alone: {only}, and each counts with its upstream."
        if 1 < len(use.factors) <= MOST_USES:
            words = f"this element is used in {len(use.factors)} elements of {use.result}."
            yield from ((total - u * v, f"One product is forgotten: {words}") for u, v in use.factors)
            yield from ((rest + u * v, f"That is one product of the sum: {words}") for u, v in use.factors)


def _elsewhere(step: Step, name: str, total: float, place: Place) -> Iterator[Mistake]:
    """Numbers that are right for something else."""
    shape = _shape(step.total)
    yield _element(step.variable.data, place), f"That is the value of {_at(name, place)}, not its gradient."
    if len(shape) == 2:
        yield _element(step.total, place[::-1]), "That is the element of the transpose: row and column are swapped."
    if any(math.prod(_shape(term.child.data)) < math.prod(shape) for term in step.terms):
        yield from ((total * n, f"That is {n} times too much: is the result a mean?") for n in shape)


def _column(term: Term, place: Place) -> Iterator[tuple[Place, tuple[float, float]]]:
    """For each element of a result that depends on one of the operand: its upstream gradient, and how much."""
    child: Any = term.child
    operands, ends = [x.data for x in child.parents], []
    unable = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
    with warnings.catch_warnings(action="ignore"), contextlib.suppress(*unable):
        for way in (REACH, -REACH):
            operands[term.argument] = child.parents[term.argument].data.astype("float64")
            operands[term.argument][place] += way
            ends.append(_flat(child.evaluate(*operands)))
        slopes = [float(f"{(high - low) / (2 * REACH):.9g}") for high, low in zip(*ends, strict=True)]
        least, places = NOISE * max(map(abs, slopes)), itertools.product(*map(range, _shape(child.data)))
        for at, upstream, slope in zip(places, _flat(term.upstream), slopes, strict=True):
            if abs(slope) > least:
                yield at, (upstream, slope)


def _chosen(total: Any) -> Sequence[Place]:
    """A number, or two elements: the first that is not 0, and the largest after it."""
    numbers = [abs(x) for x in _flat(total)]
    first = next((i for i, x in enumerate(numbers) if x), 0)
    largest = max(range(first + 1, len(numbers)), key=numbers.__getitem__, default=first)
    found = [i for i in dict.fromkeys((first, largest)) if i == first or numbers[i]] if numbers else []
    return [next(itertools.islice(itertools.product(*map(range, _shape(total))), i, None)) for i in found]


def _finite(found: Iterable[Mistake]) -> tuple[Mistake, ...]:
    return tuple(one for one in found if isinstance(one[0], tuple) or math.isfinite(one[0]))


def _shape(x: Any) -> Place:
    return tuple(getattr(x, "shape", ()))


def _flat(x: Any) -> list[Any]:
    return x.ravel().tolist() if hasattr(x, "ravel") else [x]


def _element(x: Any, place: Place = ()) -> float:
    """The number at a place, or x if it is but one; NaN where there is none, or none on a line."""
    shape = _shape(x)
    inside = len(shape) == len(place) and all(i < n for i, n in zip(place, shape, strict=True))
    (number,) = _flat(x) if math.prod(shape) == 1 else _flat(x[place]) if inside else [math.nan]
    return math.nan if isinstance(number, complex) else float(number)


def _at(name: str, place: Place) -> str:
    return f"{name}[{', '.join(map(str, place))}]" if place else name
