"""Why a derivative is what it is: every row of the rule table says so, and what it says is right."""

import copy
import math
import random
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

import scalar
from scalar import Term, Value
from scalar.diagnostics.reasons import Reason
from scalar.op import Op
from tests.by_hand import ROWS, read, work_out
from tests.checks import SCALAR
from tests.row import Case
from tests.table import SCALAR_ROWS

CASES = [row.scalar_case() for row in SCALAR_ROWS]


def terms(case: Case, seed: int) -> Iterator[Term]:
    operands = [Value(float(x), name) for x, name in zip(case.sample(seed), "abcd", strict=False)]
    out = case.f(SCALAR, *operands)
    return (term for step in out.chain_rule() for term in step.terms)


def number(formula: str, numbers: Mapping[str, float]) -> float:
    """What a formula that is written for people says, for these numbers."""
    formula = re.sub(r"^\((.* else .*)\)$", r"\1", formula)
    *choices, last = re.split(r", (?![^()]*\))", formula) if ", else " in formula else [formula]
    tie = re.search(r"if (.*?) [<>] (.*?)(, |$)", formula)
    for choice in choices:
        then, _, when = choice.partition(" if ")
        if choice.endswith(" at a tie") and tie:
            then, when = choice.removesuffix(" at a tie"), f"{tie[1]} == {tie[2]}"
        if read(when, numbers):
            return read(then, numbers)
    return read(last.removeprefix("else "), numbers)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_every_row_says_why(case: Case) -> None:
    for seed in range(3):
        for term in terms(case, seed):
            found, names = term.reason, term.ledger.names
            child, operand = term.child, term.child.parents[term.argument]
            numbers: dict[str, float] = {names[node]: node.data for node in (child, *child.parents)}
            assert found.intuition.endswith("."), "no sentence"
            derivative, _, told = found.derivative.partition(", as ")
            head, *written = derivative.split(" = ")
            assert head == f"∂{names[child]}/∂{names[operand]}"
            assert written[-1] == scalar.names.written(term.local), "the number on record comes last"
            for text in {*written, term.formula}:
                assert number(text, numbers) == pytest.approx(term.local, rel=1e-3, abs=1e-9), text
            assert all(read(part.replace("≤", "<=").replace("≥", ">="), {}) for part in told.split(" and ") if told)
            assert found.result.startswith(f"{names[child]} = ")
            assert found.result.endswith(f" = {scalar.names.written(child.data)}")
            work_out(found.result)
            if found.slope:
                general = found.slope.partition(" = ")[2]
                operands = dict(zip(op_of(child).operands, [x.data for x in child.parents], strict=True))
                assert number(general, {"out": child.data, **operands}) == pytest.approx(term.local, rel=1e-3, abs=1e-9)


def test_every_public_row_has_an_intuition() -> None:
    assert len(ROWS) > 40
    assert [name for name, op in ROWS.items() if len(op.intuition) < 10] == []


def op_of(node: Any) -> Op:
    assert isinstance(node.rule, Op)
    return node.rule


def reason(out: Value, argument: int = 0) -> Reason:
    (term,) = [t for step in out.chain_rule() for t in step.terms if (t.child, t.argument) == (out, argument)]
    return term.reason


WRITTEN: Mapping[str, tuple[Callable[[Value, Value], Value], str, str]] = {
    "÷2": (lambda x, y: x / 2, "v1 = x/2 = 1.5/2 = 0.75", "∂v1/∂x = 1/2 = 0.5"),
    "a square": (lambda x, y: x**2, "v1 = x² = 1.5² = 2.25", "∂v1/∂x = 2·x = 2·1.5 = 3"),
    "neg": (lambda x, y: -x, "v1 = −x = −1.5", "∂v1/∂x = −1"),
    "max": (scalar.maximum, "v1 = max(x, y) = max(1.5, −0.5) = 1.5",
            "∂v1/∂x = (1 if x > y, ½ at a tie, else 0) = 1, as 1.5 > −0.5"),
    "a tie": (lambda x, y: scalar.maximum(x, 1.5), "v1 = max(x, 1.5) = max(1.5, 1.5) = 1.5",
              "∂v1/∂x = (1 if x > 1.5, ½ at a tie, else 0) = 1/2 = 0.5, as 1.5 = 1.5"),
    "a product": (lambda x, y: x * y, "v1 = x·y = 1.5·(−0.5) = −0.75", "∂v1/∂x = y = −0.5"),
    "a difference": (lambda x, y: x - y, "v1 = x − y = 1.5 − (−0.5) = 2", "∂v1/∂x = 1"),
    "tanh": (lambda x, y: scalar.tanh(x), "v1 = tanh(x) = tanh(1.5) = 0.9051",
             "∂v1/∂x = 1 − v1² = 1 − 0.90515² = 0.1807"),
    "an inner product": (lambda x, y: scalar.dot([x, y], [y, 2.0]), "v1 = x·y + y·2 = 1.5·(−0.5) + (−0.5)·2 = −1.75",
                         "∂v1/∂x = y = −0.5"),
    "flat": (lambda x, y: scalar.step(x), "v1 = step(x) = step(1.5) = 1", "∂v1/∂x = 0"),
    "hardtanh": (lambda x, y: scalar.hardtanh(x), "v1 = hardtanh(x, −1, 1) = hardtanh(1.5, −1, 1) = 1",
                 "∂v1/∂x = (1 if x > −1 and x < 1, else 0) = 0, as 1.5 > −1 and 1.5 ≥ 1"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRITTEN)
def test_as_a_reader_writes_it(name: str) -> None:
    f, result, derivative = WRITTEN[name]
    x, y = Value(1.5, "x"), Value(-0.5, "y")
    found = reason(f(x, y))
    assert (found.result, found.derivative) == (result, derivative)


def test_nan_and_infinity_have_reasons_too() -> None:
    for x in (math.nan, math.inf, -math.inf, 0.0, 1e300, -1e-300):
        for name, op in ROWS.items():
            if len(op.operands) == 1:
                with scalar.diagnostics.anomaly.ignored():
                    out = op(Value(x, "x"))
                assert "∂v1/∂x = " in reason(out).derivative, (name, x)


def test_reasons_leave_the_graph_as_it_is() -> None:
    x = Value(2.0, "x")
    y = x * x
    before = copy.copy(y.parents), y.grad, x.grad
    str(y.chain_rule())
    assert (y.parents, y.grad, x.grad) == before


def test_a_deep_network_says_why_in_time() -> None:
    model = scalar.nn.MLP(3, [8, 8, 1], generator=random.Random(1))
    out: Any = model([0.5, -1.0, 2.0])
    told, legend, paths = str(out.chain_rule()).split("\n\n")
    steps = list(out.chain_rule())
    reasons = [term.reason for step in steps for term in step.terms]
    assert len(told.splitlines()) == len(steps) + len({why.derivative for why in reasons})
    assert told.count(", so ∂") == len({why.result for why in reasons})  # each once
    assert len(legend.splitlines()) == 1 + len({why.intuition for why in reasons})
    named = paths.replace("\n    ", " ").split("model: ")[1].split(", ")
    assert sorted(named) == sorted(f"{x.symbol} = {x}" for x in out.name_all(out).values() if x.symbol != x)
    assert "layers" not in told


def test_rules_tell_what_each_function_is() -> None:
    x, y = Value(2.0, "x"), Value(2.0, "y")
    out = scalar.sigmoid(x) + scalar.maximum(x, y) * scalar.relu(y) - abs(x)
    rules = str(out.chain_rule()).split("\n\n")[1].splitlines()[1:]
    told = {line.split(" = ")[1].split("(")[0]: line for line in rules if "(" in line.split(", so ")[0]}
    assert {*told} == {"sigmoid", "max", "relu"}
    assert "sigmoid: σ(x) = 1 / (1 + e⁻ˣ)" in told["sigmoid"]
    assert "max: The larger of x and y. Routes the gradient to it" in told["max"]
    assert "relu: max(0, x)" in told["relu"]
    inner = str(scalar.nn.Neuron(2, generator=random.Random(0))([1.0, 2.0]).chain_rule())
    assert "out = x₁·y₁ + … + xₙ·yₙ, so ∂out/∂xᵢ = yᵢ and ∂out/∂yᵢ = xᵢ. Swaps" in inner
