"""An independent check of every derivative in a graph: the engine's claims against difference quotients.

Nothing of an engine is trusted but its forward pass, which a node repeats for other operands by `evaluate`.
"""

import warnings
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from viz import labels
from viz.differences import Function, Judgement, Verdict, judge
from viz.graph import Stamp
from viz.ledger import Use
from viz.node import Node, Term

MAX_WORK = 5_000_000  # operands read, in some ten seconds
_TOLERANCES = {2: 3e-2, 4: 3e-4}  # relative, by the bytes of a floating dtype; arrays are evaluated in float64
_TOLERANCE = 1e-6


@dataclass(frozen=True, slots=True)
class Stamps:
    """The verdicts on local derivatives, by edge, and on gradients, by the `id` of the node."""

    locals: Mapping[Use, Stamp] = field(default_factory=dict)
    gradients: Mapping[int, Stamp] = field(default_factory=dict)


def verify(
    order: Sequence[Node], shown: Sequence[Node], output: Node, terms: Mapping[Use, Term], precision: int | str
) -> Stamps:
    """Check the local derivatives of `terms`, and the gradients that the nodes hold.

    A local derivative is compared with quotients of its operation alone; a gradient with quotients of the output, for
    which all that depends on the variable is evaluated again. Of an array one direction is checked, drawn at random,
    the same each time. What the quotients cannot tell has no stamp.

    Args:
        order: all nodes behind the output, in topological order.
        shown: those to check.
        output: one number, or an array of one element.
        terms: the ledger of the output, as far as it is to be checked.
        precision: of the numbers in the stamps.

    Raises:
        TypeError: an operation offers no `evaluate()`.
        ValueError: the output has several elements, or the graph is too large to be evaluated so often.
    """
    checker = _Checker(order, output)
    with warnings.catch_warnings():  # on the way out of an operation's domain
        warnings.simplefilter("ignore")
        locals_ = {use: checker.local(term) for use, term in terms.items()}
        gradients = {id(node): checker.gradient(node) for node in shown if labels.has_gradient(node)}
    # What comes through a wrong derivative is wrong; through a convention, and differs, it is no mistake of any rule.
    wrong, doubtful = _behind(order, locals_, "mismatch"), _behind(order, locals_, "convention")
    cause: dict[int, Verdict] = {node: "mismatch" if node in wrong else "convention" for node in wrong | doubtful}
    return Stamps(
        {use: _stamp(judgement, precision) for use, judgement in locals_.items() if judgement},
        {node: _stamp(judgement, precision, cause.get(node)) for node, judgement in gradients.items() if judgement},
    )


def _behind(order: Sequence[Node], locals_: Mapping[Use, Judgement | None], verdict: Verdict) -> set[int]:
    """The `id`s of the nodes whose gradients come through a local derivative of this verdict."""
    behind: set[int] = set()
    for node in reversed(order):
        for argument, parent in enumerate(node.parents):
            judgement = locals_.get((id(node), argument))
            if id(node) in behind or (judgement and judgement.verdict == verdict):
                behind.add(id(parent))
    return behind


def _stamp(judgement: Judgement, precision: int | str, cause: Verdict | None = None) -> Stamp:
    if judgement.verdict == "agrees":
        return Stamp("agrees")
    if judgement.limits is None:
        return Stamp(cause or "convention", "measured no limit")
    left, right = (labels.number(limit, precision) for limit in judgement.limits)
    measured = f"measured {right}" if judgement.smooth else f"measured {left} … {right}"
    return Stamp(cause or judgement.verdict, measured)


class _Checker:
    def __init__(self, order: Sequence[Node], output: Node) -> None:
        for node in order:
            if node.parents and not hasattr(node, "evaluate"):
                kind = type(node).__name__
                raise TypeError(f"verify=True needs nodes with evaluate(), which {kind} does not have; draw without it")
        if getattr(output.data, "size", 1) != 1:
            raise ValueError(f"verify=True needs an output of one element; got shape {labels.shape(output.data)}")
        self.output = output
        self.data = {id(node): _exact(node.data) for node in order}
        self.tolerance = max(_tolerance(node.data) for node in order)
        self.position = {id(node): position for position, node in enumerate(order)}
        self.users: dict[int, list[Node]] = defaultdict(list)
        for node in order:
            for parent in node.parents:
                self.users[id(parent)].append(node)
        self.work = 0

    def local(self, term: Term) -> Judgement | None:
        """The verdict on what one operand of an operation is said to do to the result."""
        operands = [self.data[id(parent)] for parent in term.child.parents]
        x = operands[term.argument]
        way = _direction(x)
        if term.local is None:  # a Jacobian: what is sent back, for what came
            weight, claimed = term.upstream, term.product * way
        else:
            weight = _direction(self.data[id(term.child)])
            claimed = weight * term.local * way

        def moved(step: float) -> float:
            operands[term.argument] = x + step * way
            return _sum(weight * self._evaluate(term.child, operands))

        return self._judge(claimed, moved, x)

    def gradient(self, node: Node) -> Judgement | None:
        """The verdict on what a variable is said to do to the output."""
        x, above = self.data[id(node)], self._above(node)
        way = _direction(x)

        def moved(step: float) -> float:
            data = {id(node): x + step * way}
            for later in above:
                operands = [data.get(id(parent), self.data[id(parent)]) for parent in later.parents]
                data[id(later)] = self._evaluate(later, operands)
            return _sum(data[id(self.output)])

        return self._judge(node.grad * way, moved, x)

    def _above(self, node: Node) -> list[Node]:
        """What depends on a node, in topological order."""
        found: dict[int, Node] = {}
        stack = [node]
        while stack:
            for user in self.users[id(stack.pop())]:
                if id(user) not in found:
                    found[id(user)] = user
                    stack.append(user)
        return sorted(found.values(), key=lambda later: self.position[id(later)])

    def _evaluate(self, node: Any, operands: Sequence[Any]) -> Any:
        self.work += len(operands)
        if self.work > MAX_WORK:
            raise ValueError(
                f"verify=True would read more than {MAX_WORK:,} operands to check this graph; check less with depth=5"
            )
        try:
            return node.evaluate(*operands)
        except ArithmeticError:
            return float("nan")

    def _judge(self, claimed: Any, moved: Function, x: Any) -> Judgement | None:
        array = labels.is_array(x)
        around = float(abs(x).max()) if array and x.size else abs(x)
        size = _sum(abs(claimed))
        judgement = judge(_sum(claimed), moved, around=around, tolerance=self.tolerance, size=size)
        if judgement and array and not judgement.smooth:
            # Each of several kinks has a choice of its own, and the sum of them is not bounded by the two limits.
            return Judgement("convention", None, smooth=False)
        return judgement


def _exact(data: Any) -> Any:
    return data.astype("float64") if labels.is_array(data) and data.dtype.kind == "f" else data


def _tolerance(data: Any) -> float:
    narrow = labels.is_array(data) and data.dtype.kind == "f"
    return _TOLERANCES.get(data.dtype.itemsize, _TOLERANCE) if narrow else _TOLERANCE


def _direction(data: Any) -> Any:
    if not labels.is_array(data):
        return 1.0
    import numpy as np  # where there are arrays, it is loaded

    return np.random.default_rng(0).standard_normal(data.shape)


def _sum(data: Any) -> float:
    return float(data.sum()) if labels.is_array(data) else float(data)
