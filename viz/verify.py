"""An independent check of every derivative in a graph: the engine's claims against difference quotients.

The check trusts an engine's forward pass alone, which a node repeats for other operands by `evaluate`. A judge may give
a second opinion: see `viz.judge`.
"""

import sys
import warnings
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple, get_args

from viz import labels
from viz.differences import Function, Judgement, Verdict, judge
from viz.graph import Stamp
from viz.judge import Judge, agree, second_opinion
from viz.node import Node, Term, Use

MAX_WORK = 5_000_000  # operands read, in some ten seconds

# By dtype: the relative tolerance, the last digit of 1, and the number below which digits are lost. Arrays are
# evaluated in float64; plain numbers are Python's, and whole ones are computed with as such.
_NARROW = {"float16": (3e-2, 2.0**-10, 2.0**-14), "float32": (3e-4, 2.0**-23, 2.0**-126)}
_WIDE = (1e-6, sys.float_info.epsilon, 0.0)
_PLAIN = (1e-6, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Stamps:
    """The verdicts on local derivatives, by edge, and on gradients, by the `id` of the node."""

    locals: Mapping[Use, Stamp] = field(default_factory=dict)
    gradients: Mapping[int, Stamp] = field(default_factory=dict)
    second: str = ""  # who gave a second opinion


class Finding(NamedTuple):
    """What the judges say together, what the quotients say, and the other one's number where it contradicts."""

    verdict: Verdict
    quotients: Judgement
    contradiction: float | None = None


def verify(
    order: Sequence[Node], shown: Sequence[Node], terms: Mapping[Use, Term], precision: int | str, judge: Judge | None
) -> Stamps:
    """Check the local derivatives of `terms`, and the gradients that the nodes hold.

    A local derivative is compared with quotients of its operation alone; a gradient with quotients of the output, for
    which all that depends on the variable is evaluated again; and either with what `judge` says, where it says
    something. Of an array one direction is checked, drawn at random, the same each time. What cannot be told is
    stamped "?", with the reason.

    Args:
        order: all nodes behind the output, in topological order, and the output, of one element, itself.
        shown: those to check.
        terms: the ledger of the output, as far as it is to be checked.
        precision: of the numbers in the stamps.
        judge: gives a second opinion.

    Raises TypeError: an operation offers no `evaluate()`; ValueError: the output has several elements, or the graph is
    too large to be evaluated so often.
    """
    checker = _Checker(order, terms, judge)
    with warnings.catch_warnings():  # on the way out of an operation's domain
        warnings.simplefilter("ignore")
        locals_ = {use: checker.local(term) for use, term in terms.items()}
        gradients = {id(node): checker.gradient(node) for node in shown if labels.has_gradient(node)}
    # What comes through a wrong derivative is wrong; through a convention, and differs, it is no mistake of any rule.
    worst: dict[int, Verdict] = defaultdict(lambda: "agrees")  # of the local derivatives that a gradient comes through
    for node in reversed(order):
        for argument, parent in enumerate(node.parents):
            finding = locals_.get((id(node), argument))
            met = worst[id(node)], worst[id(parent)], finding.verdict if finding else "agrees"
            worst[id(parent)] = max(met, key=get_args(Verdict).index)
    name = judge.name if judge and checker.consulted else ""
    return Stamps(
        {use: _stamp(finding, precision, name, "agrees") for use, finding in locals_.items()},
        {node: _stamp(finding, precision, name, worst[node]) for node, finding in gradients.items()},
        name,
    )


def _stamp(finding: Finding, precision: int | str, name: str, cause: Verdict) -> Stamp:
    if finding.verdict == "agrees":
        return Stamp("agrees")
    if finding.verdict == "unknown" or (finding.verdict == "mismatch" and cause == "unknown"):
        return Stamp("unknown", finding.quotients.reason or "through what cannot be judged")
    notes = []
    if finding.quotients.verdict in ("convention", "mismatch"):
        limits = [labels.number(limit, precision) for limit in finding.quotients.limits or ()]
        smooth = finding.quotients.smooth
        notes.append(f"measured {limits[-1] if smooth else ' … '.join(limits) or 'no limit'}")
    if finding.contradiction is not None:
        notes.append(f"{name} {labels.number(finding.contradiction, precision)}")
    return Stamp(cause if cause in ("convention", "mismatch") else finding.verdict, ", ".join(notes))


class _Checker:
    def __init__(self, order: Sequence[Node], terms: Mapping[Use, Term], judge: Judge | None) -> None:
        for node in order:
            if node.parents and not hasattr(node, "evaluate"):
                kind = type(node).__name__
                raise TypeError(f"verify=True needs nodes with evaluate(), which {kind} does not have; draw without it")
        self.order, self.output = order, order[-1]
        if getattr(self.output.data, "size", 1) != 1:
            raise ValueError(f"verify=True needs an output of one element; got shape {labels.shape(self.output.data)}")
        self.data = {id(node): _exact(node.data) for node in order}
        self.tolerance, self.epsilon, self.tiny = max(_digits(node.data) for node in order)
        self.users: dict[int, list[int]] = defaultdict(list)  # by `id`, the positions in the order
        for position, node in enumerate(order):
            for parent in node.parents:
                self.users[id(parent)].append(position)
        self.computed = sys.float_info.epsilon
        self.sizes = _sizes(order, terms)
        self.work = 0
        self.judge, self.consulted = judge, False
        self.answers: dict[tuple[int, bool], Sequence[Any] | None] = {}  # each question is asked once
        self.swept = second_opinion(judge, order, self.data[id(self.output)] * 0 + 1.0) if judge else {}

    def local(self, term: Term) -> Finding:
        """The verdict on what one operand of an operation is said to do to the result."""
        operands = [self.data[id(parent)] for parent in term.child.parents]
        x = operands[term.argument]
        weight: Any = term.upstream if term.local is None else _direction(self.data[id(term.child)])
        # Of a Jacobian: what is sent back, for what came.
        claimed = term.product if term.local is None else weight * term.local

        def moved(way: Any, step: float, shake: float = 0.0) -> float:
            operands[term.argument] = x + shake * way * x + step * way
            return _sum((weight + shake * _direction(weight) * weight) * self._evaluate(term.child, operands))

        question = id(term.child), term.local is None  # where the upstream gradient is not the ledger's, it is made up
        if self.judge and question not in self.answers:
            self.answers[question] = self.judge(term.child, weight)
        answer = self.answers.get(question)
        return self._find(claimed, moved, x, None if answer is None else answer[term.argument])

    def gradient(self, node: Node) -> Finding:
        """The verdict on what a variable is said to do to the output."""
        x, above = self.data[id(node)], self._above(node)

        def moved(way: Any, step: float, shake: float = 0.0) -> float:
            data = {id(node): x + shake * way * x + step * way}
            for later in above:
                operands = [data.get(id(parent), self.data[id(parent)]) for parent in later.parents]
                data[id(later)] = self._evaluate(later, operands)
            return _sum(data[id(self.output)])

        return self._find(node.grad, moved, x, self.swept.get(id(node)), self.sizes.get(id(node), 0.0))

    def _above(self, node: Node) -> list[Node]:
        """What depends on a node, in topological order."""
        found: set[int] = set()
        stack = [*self.users[id(node)]]
        while stack:
            position = stack.pop()
            if position not in found:
                found.add(position)
                stack += self.users[id(self.order[position])]
        return [self.order[position] for position in sorted(found)]

    def _evaluate(self, node: Any, operands: Sequence[Any]) -> Any:
        self.work += len(operands)
        if self.work > MAX_WORK:
            raise ValueError(
                f"verify=True would read more than {MAX_WORK:,} operands to check this graph; check less with depth=5"
            )
        try:
            result = node.evaluate(*operands)
        except ArithmeticError:
            return float("nan")
        self.computed = max(self.computed, _digits(result)[1])
        return result

    def _find(self, claimed: Any, moved: Callable[..., float], x: Any, answer: Any, summed: float = 0.0) -> Finding:
        """What both judges say; `answer` is the second one's, None where it says nothing."""
        way = _direction(x)
        quotients = self._judge(claimed * way, partial(moved, way), x)
        slack = self._slack(moved(way, 0.0), x)
        if quotients.verdict == "mismatch" and self._shaken(_sum(claimed * way), quotients, partial(moved, way), slack):
            quotients = Judgement("unknown", reason="lost in rounding")
        elif quotients.verdict == "mismatch" and _symmetric(x):
            way = (way + way.swapaxes(-1, -2)) / 2
            if self._judge(claimed * way, partial(moved, way), x).verdict == "agrees":  # it may read one half of it
                quotients = Judgement("unknown", reason="symmetric, and so it agrees")
        if answer is None:
            return Finding(quotients.verdict, quotients)
        self.consulted = True
        ours, second, size = _sum(claimed * way), _sum(answer * way), _sum(abs(claimed * way))
        same = agree(ours, second, tolerance=self.tolerance, size=size, rounding=1e-13 * summed)
        if not same and abs(ours - second) <= slack:
            return Finding("unknown", Judgement("unknown", reason="lost in rounding"))
        verdict: Verdict = "agrees" if same else "mismatch"
        if quotients.verdict in ("convention", "mismatch"):  # at a kink another choice is no mistake
            verdict = quotients.verdict
        return Finding(verdict, quotients, None if same else second)

    def _slack(self, result: float, x: Any) -> float:
        """What the last digit of a result in a narrow dtype makes of a derivative read from it: tanh′ = 1 − out²."""
        return max(self.tiny, 30 * self.epsilon * abs(result) / max(_around(x), 1)) if self.tiny else 0.0

    def _shaken(self, claimed: float, found: Judgement, moved: Callable[..., float], slack: float) -> bool:
        """Whether the last digits of what was computed with, in its own dtype, account for a mismatch."""
        if not self.epsilon or not found.limits:
            return False
        apart = abs(claimed - sum(found.limits) / 2)
        if apart <= slack:
            return True
        shaken = partial(moved, shake=4 * self.epsilon)
        again = judge(claimed, shaken, around=1.0, tolerance=self.tolerance, epsilon=self.computed)
        return again.limits is None or apart <= 30 * abs(sum(again.limits) - sum(found.limits)) / 2

    def _judge(self, claimed: Any, moved: Function, x: Any) -> Judgement:
        array, around = labels.is_array(x), _around(x)
        size, self.computed = _sum(abs(claimed)), sys.float_info.epsilon
        moved(0.0)  # which tells what is rounded on the way
        precision = {"tolerance": self.tolerance, "size": size, "epsilon": self.computed}
        judgement = judge(_sum(claimed), moved, around=around, **precision)
        if array and not judgement.smooth and judgement.verdict != "unknown":
            # Each of several kinks has a choice of its own, and the sum of them is not bounded by the two limits.
            return Judgement("convention")
        return judgement


def _sizes(order: Sequence[Node], terms: Mapping[Use, Term]) -> dict[int, float]:
    """By the `id` of a node, how large the summands of its gradient are, as far as all of them are numbers."""
    sizes: dict[int, float] = defaultdict(float, {id(order[-1]): 1.0})
    for node in reversed(order):
        for argument, parent in enumerate(node.parents):
            term = terms.get((id(node), argument))
            if term and not labels.is_array(node.data) and isinstance(term.local, float):
                sizes[id(parent)] += sizes[id(node)] * abs(term.local)
    return sizes


def _around(x: Any) -> float:
    """The size of a variable."""
    return float(abs(x).max()) if labels.is_array(x) and x.size else abs(x)


def _symmetric(x: Any) -> bool:
    """Whether it is a matrix, or a stack of them, that is its own transpose."""
    return labels.is_array(x) and x.ndim > 1 and x.shape[-1] == x.shape[-2] and bool((x == x.swapaxes(-1, -2)).all())


def _exact(data: Any) -> Any:
    return data.astype("float64") if labels.is_array(data) and data.dtype.kind == "f" else data


def _digits(data: Any) -> tuple[float, float, float]:
    """How finely a number or an array is kept: see `_NARROW`."""
    return _NARROW.get(data.dtype.name, _WIDE) if labels.is_array(data) else _PLAIN


def _direction(data: Any) -> Any:
    if not labels.is_array(data):
        return 1.0
    import numpy as np  # where there are arrays, it is loaded

    return np.random.default_rng(0).standard_normal(data.shape)


def _sum(data: Any) -> float:
    return float(data.sum()) if labels.is_array(data) else float(data)
