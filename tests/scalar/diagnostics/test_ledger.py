"""chain_rule(): every step of the chain rule, as data and as text."""

import functools
import itertools
import math
import operator
import random
from collections.abc import Callable, Iterable
from typing import Any

import pytest

import scalar
from scalar import NOT_COMPUTED, Step, Value
from scalar.topology import reverse_topological


def l_reg() -> tuple[Value, dict[str, Value]]:
    """½(σ(wx + b) − t)² + λ·½w², with every variable named; w takes part in the prediction and in the penalty."""
    x, w, b, t, strength = (Value(v, n) for v, n in [(1.0, "x"), (2.0, "w"), (-2.0, "b"), (1.0, "t"), (0.5, "λ")])
    z = w * x + b
    y = z.sigmoid()
    loss = (y - t) ** 2 / 2
    penalty = w**2 / 2
    out = loss + strength * penalty
    named = {"z": z, "y": y, "ℒ": loss, "R": penalty, "L_reg": out}
    for name, node in named.items():
        node.label = name
    return out, {"x": x, "w": w, "b": b, "t": t, "λ": strength, **named}


def by_label(output: Value) -> dict[str, Step]:
    return {step.variable.label: step for step in output.chain_rule() if step.variable.label}


def test_the_seed() -> None:
    x = Value(3.0)
    seed, *_ = (x * x).chain_rule()
    assert (seed.kind, seed.total, seed.terms) == ("seed", 1.0, ())


def test_kinds() -> None:
    out, _ = l_reg()
    kinds = {label: step.kind for label, step in by_label(out).items()}
    assert kinds == {
        "L_reg": "seed",
        "w": "multivariate",
        **dict.fromkeys(["ℒ", "R", "λ", "y", "t", "z", "b", "x"], "univariate"),
    }


def test_terms_of_a_variable_used_twice() -> None:
    out, _ = l_reg()
    square, product = by_label(out)["w"].terms  # the penalty was written last, so it reports first
    assert (product.child.op, product.argument, product.local) == ("×", 0, 1.0)
    assert (square.child.op, square.argument, square.local) == ("**", 0, 4.0)
    assert product.upstream == (0.5 - 1) * 0.25
    assert square.upstream == 0.5 / 2


def test_both_arguments_of_one_operation_are_two_terms() -> None:
    x = Value(3.0)
    y = x * x
    *_, step = y.chain_rule()
    assert step.kind == "multivariate"
    assert [(t.child is y, t.argument, t.upstream, t.local, t.product) for t in step.terms] == [
        (True, 0, 1.0, 3.0, 3.0),
        (True, 1, 1.0, 3.0, 3.0),
    ]


def equations(output: Value) -> list[str]:
    """The lines of the ledger's text but for the reasons, which are indented, and the rules at the end."""
    steps, _, _ = str(output.chain_rule()).partition("\n\n")
    return [line for line in steps.splitlines() if not line.startswith("    ")]


def many_uses() -> Value:
    x, y = Value(0.5), Value(-1.5)
    return sum([x * y, x / y, scalar.maximum(x, y), x]) + scalar.dot([x, y], [y, y]) * x.tanh()


def mlp() -> Value:
    model = scalar.nn.MLP(2, [3, 1], activation="tanh", generator=random.Random(0))
    return scalar.losses.squared_error(model([0.5, 1.0]), 0.25)  # type: ignore[arg-type]  # one output: a Value


def left_to_right(numbers: Iterable[float]) -> float:
    """Their sum, rounded after each: the built-in one keeps what rounding loses, from Python 3.12 on."""
    return functools.reduce(operator.add, numbers, 0.0)


OPERATIONS: list[Callable[..., Any]] = [
    *(operator.add, operator.sub, operator.mul, scalar.atan2),
    lambda x, y: (x * y).sin(),
]


def at_random(seed: int) -> Value:
    """Forty operations on what there is already, so that most variables are used several times."""
    draw = random.Random(seed)
    made = [Value(draw.uniform(-2, 2)) for _ in range(3)]
    for _ in range(40):
        made.append(draw.choice(OPERATIONS)(*draw.choices(made, k=2)))
    return scalar.sum(made)


GRAPHS: dict[str, Callable[[], Value]] = {
    "L_reg": lambda: l_reg()[0],
    "many uses": many_uses,
    "MLP": mlp,
    **{f"at random {seed}": functools.partial(at_random, seed) for seed in range(20)},
}


@pytest.mark.parametrize("graph", GRAPHS)
def test_totals_are_the_gradients_and_the_sums_of_their_terms(graph: str) -> None:
    out = GRAPHS[graph]()
    steps = list(out.chain_rule())
    assert all(step.variable.grad is NOT_COMPUTED for step in steps), "reading the ledger computes no gradient"
    out.backward()
    for step in steps:
        assert step.total == step.variable.grad  # bit for bit, on Python 3.12 and later too
        if step.kind != "seed":
            assert step.total == left_to_right(term.product for term in step.terms)
        for term in step.terms:
            assert term.product == term.upstream * term.local
            assert term.child.parents[term.argument] is step.variable
            assert term.local == term.child.locals[term.argument]
            assert term.upstream == term.child.grad


def test_totals_that_keep_what_rounding_loses_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: the exact sum. On Python 3.12 and later the built-in one would be seen as well."""
    monkeypatch.setattr("scalar.floats.total", lambda *x: math.fsum(x))
    seen = [out for out in map(at_random, range(20)) if any(s.total != s.variable.grad for s in swept(out))]
    assert len(seen) > 5


def swept(out: Value) -> list[Step]:
    out.backward()
    return list(out.chain_rule())


@pytest.mark.parametrize("graph", GRAPHS)
def test_one_step_for_each_variable_in_reverse_topological_order(graph: str) -> None:
    out = GRAPHS[graph]()
    place = {step.variable: i for i, step in enumerate(out.chain_rule())}
    assert place.keys() == {node for node in reverse_topological(out) if node.role != "constant"}
    for node, i in place.items():
        assert all(place[parent] > i for parent in node.parents if parent.role != "constant")


def test_it_can_be_read_again_and_does_not_depend_on_grad() -> None:
    out, nodes = l_reg()
    rule = out.chain_rule()
    once = list(rule)
    out.backward()
    out.backward()
    nodes["w"].grad = 1e9
    assert list(rule) == once


def test_data_changed_afterwards_does_not_change_the_ledger() -> None:
    x = Value(3.0)
    y = x * x
    x.data = 100.0
    assert [step.total for step in y.chain_rule()] == [1.0, 6.0]


def test_the_text_of_l_reg() -> None:
    out, _ = l_reg()
    assert equations(out) == [
        "L̄_reg                                       = 1        seed",
        "v̄5    = L̄_reg         = 1·1                 = 1        univariate",
        "R̄     = v̄5·λ          = 1·0.5               = 0.5      univariate",
        "v̄4    = R̄·1/2         = 0.5·0.5             = 0.25     univariate",
        "ℒ̄     = L̄_reg         = 1·1                 = 1        univariate",
        "v̄3    = ℒ̄·1/2         = 1·0.5               = 0.5      univariate",
        "v̄2    = v̄3·2·v2       = 0.5·(−1)            = −0.5     univariate",
        "ȳ     = v̄2            = (−0.5)·1            = −0.5     univariate",
        "z̄     = ȳ·y·(1 − y)   = (−0.5)·0.25         = −0.125   univariate",
        "v̄1    = z̄             = (−0.125)·1          = −0.125   univariate",
        "λ̄     = v̄5·R          = 1·2                 = 2        univariate",
        "t̄     = v̄2·(−1)       = (−0.5)·(−1)         = 0.5      univariate",
        "b̄     = z̄             = (−0.125)·1          = −0.125   univariate",
        "w̄     = v̄4·2·w + v̄1·x = 0.25·4 + (−0.125)·1 = 0.875    multivariate",
        "x̄     = v̄1·w          = (−0.125)·2          = −0.25    univariate",
    ]


def test_a_leaf_alone() -> None:
    assert str(Value(2.0, "x").chain_rule()) == "x̄ = 1   seed"


def test_text_aligns_columns_under_combining_bars_and_brackets_negative_factors() -> None:
    x, y = Value(-2.0, "x"), Value(3.0, "y")
    out = x * y
    out.label = "out"
    assert equations(out) == [
        "ōut                  = 1    seed",
        "ȳ   = ōut·x = 1·(−2) = −2   univariate",
        "x̄   = ōut·y = 1·3    = 3    univariate",
    ]


class Counting(Value):
    """A Value that counts how often somebody asks for its operands."""

    __slots__ = ("_parents",)
    asked = 0

    @property
    def parents(self) -> tuple[Value, ...]:
        Counting.asked += 1
        return self._parents

    @parents.setter
    def parents(self, parents: tuple[Value, ...]) -> None:
        self._parents = parents


def test_the_first_steps_of_a_large_graph_visit_few_nodes() -> None:
    y = Counting(1.0)
    for _ in range(100_000):
        x, y = y, Counting(1.0)
        y.parents, y.locals, y.role = (x, x), (1.0, 0.5), "operation"
    Counting.asked = 0
    steps = list(itertools.islice(y.chain_rule(), 10))
    assert [step.total for step in steps] == [1.5**i for i in range(10)]
    assert Counting.asked <= 2 * len(steps)  # once by the walk and once by the ledger
