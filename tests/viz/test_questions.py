"""What the player and the sheets ask: answers, mistakes with their names, hints."""

import math
from typing import Any

import numpy as np
import pytest

import scalar
import vector
from demos.exercise.judge import is_right
from viz.options import Options
from viz.playback.page import performance
from viz.playback.questions import Question, _chosen, bar


def asked(output: Any) -> dict[str, Question]:
    asking = performance(output, Options()).asking
    return {q.ask: q for step in asking.ledger for q in (*asking.of_locals(step), *asking.of_gradient(step))}


def named(label: str, node: Any) -> Any:
    node.label = label
    return node


def told(question: Question, number: Any) -> str:
    """What is said about a number that is not the answer."""
    exact = isinstance(number, tuple)
    if number == question.answer or (not exact and is_right(number, question.answer)):  # type: ignore[arg-type]
        return ""
    return next((w for x, w in question.mistakes if (x == number if exact else is_right(number, x))), "")  # type: ignore[arg-type]


def fan_out() -> Any:
    """f = (x·y)·(x + 5) at x = 2, y = 3: a = 6, b = 7; ā = 7, b̄ = 6, x̄ = 7·3 + 6·1 = 27."""
    x, y = scalar.Value(2.0, "x"), scalar.Value(3.0, "y")
    return named("f", named("a", x * y) * named("b", x + 5))


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (-27.0, "The size is right, the sign is not."),
        (21.0, "A use is forgotten: x is used 2 times, and the message from b is missing."),
        (6.0, "A use is forgotten: x is used 2 times, and the message from a is missing."),
        (4.0, "That is the sum of the local derivatives: multiply each by its upstream gradient."),
        (9.0, "The upstream gradient is forgotten: the message from a is ā · local."),
        (22.0, "The upstream gradient is forgotten: the message from b is b̄ · local."),
        (15.0, "The message from b has the wrong sign."),
        (13.0, "The local derivative is forgotten: the message from a is ā · local."),
        (126.0, "The messages of several uses are added, not multiplied."),
        (2.0, "That is the value of x, not its gradient."),
        (27.4, ""),
        (5.0, ""),
    ],
)
def test_a_fan_out(number: float, words: str) -> None:
    question = asked(fan_out())["x̄"]
    assert question.answer == 27.0
    assert told(question, number) == words


def test_one_use() -> None:
    """ȳ = ā·x = 7·2 = 14."""
    question = asked(fan_out())["ȳ"]
    assert question.answer == 14.0
    assert told(question, 2.0) == (
        "That is the local derivative alone. The upstream gradient is forgotten: the message from a is ā · local."
    )
    assert told(question, 7.0) == "The local derivative is forgotten: the message from a is ā · local."
    assert told(question, 9.0) == "Upstream and local derivative are multiplied, not added."


def test_local_derivatives() -> None:
    question = asked(fan_out())["∂a/∂x"]
    assert question.answer == 3.0
    assert told(question, 21.0) == "That is the message, ā·∂a/∂x; this asks for ∂a/∂x alone."
    assert told(question, 7.0) == "That is the upstream gradient; this asks for ∂a/∂x alone."
    assert told(question, 2.0) == "That is the derivative of a by another operand."
    assert told(question, 6.0) == "That is the value of a, not its derivative."
    square = scalar.Value(3.0, "x")
    assert {"∂y/∂x, use 1", "∂y/∂x, use 2"} <= set(asked(named("y", square * square)))


def test_any_of_the_uses_may_be_forgotten_together() -> None:
    x = scalar.Value(2.0, "x")
    y = named("y", named("a", 3 * x) + named("b", 10 * x) + named("c", 100 * x))
    question = asked(y)["x̄"]
    assert told(question, 3.0) == "A use is forgotten: x is used 3 times, and the message from c and b is missing."
    many = named("y", sum((x * 1.1**i for i in range(40)), scalar.Value(0.0, "zero")))
    assert len(asked(many)["x̄"].mistakes) < 300


def test_hints_lead_to_the_sum() -> None:
    uses, upstream, local, total = asked(fan_out())["x̄"].hints
    assert uses == "x is used 2 times, in b and a: 2 messages are added."
    assert upstream == "Upstream: b̄ = 6, ā = 7."
    assert local == "Local: b = x + 5 = 2 + 5 = 7, so ∂b/∂x = 1; a = x·y = 2·3 = 6, so ∂a/∂x = y = 3."
    assert total == "The sum: x̄ = 6·1 + 7·3."


def softmax() -> Any:
    z = vector.tensor(np.log([1.0, 2.0, 1.0]), requires_grad=True, label="z")
    c = vector.tensor([4.0, -2.0, 8.0], label="c")
    return named("L", np.sum(named("s", named("p", vector.softmax(z)) * c)))


def test_a_softmax() -> None:
    """p = ¼, ½, ¼; c·p = 2; z̄₀ = p₀·(c₀ − 2) = ½, and with the place itself alone 4·¼·¾ = ¾."""
    questions = asked(softmax())
    shape, question = questions["shape of z̄"], questions["z̄[0]"]
    assert shape.answer == (3,)
    assert question.answer == pytest.approx(0.5)
    only = "each element of p depends on more than one of z"
    assert told(question, 0.75) == f"Only the element at the same place is counted: {only}."
    assert told(question, 0.1875).startswith(f"That is one local derivative alone: {only}")
    assert told(question, -0.5) == "The size is right, the sign is not."
    assert told(question, 0.25) == "One product is forgotten: this element is used in 3 elements of p."
    assert question.hints[-1] == "The sum: z̄[0] = 4·0.1875 + (−2)·(−0.125) + 8·(−0.0625)."


def matmul() -> Any:
    """Z = X·W, L = Σ Z ⊙ C: W̄ = Xᵀ·C = [[1·1 + 2·4, 1·5 + 2·2], [3·1 − 1·4, 3·5 − 1·2]]."""
    X = vector.tensor([[1.0, 3.0], [2.0, -1.0]], requires_grad=True, label="X")
    W = vector.tensor([[10.0, 20.0], [30.0, 40.0]], requires_grad=True, label="W")
    C = vector.tensor([[1.0, 5.0], [4.0, 2.0]], label="C")
    return named("L", np.sum(named("S", named("Z", X @ W) * C)))


def test_a_matrix_product() -> None:
    questions = asked(matmul())
    question = questions["W̄[0, 0]"]
    assert question.answer == 9.0
    assert told(question, 3.0).startswith("That is the local derivative alone. The upstream gradient is forgotten")
    assert told(question, 1.0) == "One product is forgotten: this element is used in 2 elements of Z."
    assert question.hints == (
        "W is used once, in Z: its gradient is the message from there.",
        "Upstream: Z̄ = [[1, 5], [4, 2]].",
        "Local: Z = X·W, so W̄ = Xᵀ·Z̄.",
        "The sum: W̄[0, 0] = 1·1 + 4·2.",
    )
    assert questions["W̄[1, 1]"].answer == 13.0
    other = questions["X̄[0, 1]"]
    assert other.answer == 1 * 30 + 5 * 40
    assert told(other, 4 * 10 + 2 * 20) == "That is the element of the transpose: row and column are swapped."


@pytest.mark.parametrize(
    ("gradient", "places"),
    [
        ([[0.0, 0.5, -3.0], [4.0, 1.0, 0.0]], [(0, 1), (1, 0)]),
        ([[0.0, 0.0], [0.0, 0.0]], [(0, 0)]),
        ([[7.0]], [(0, 0)]),
        ([1.0, 1.0], [(0,), (1,)]),
        ([[[0.0, 1.0], [0.0, 0.0], [-2.0, 0.0]]], [(0, 0, 1), (0, 2, 0)]),
        ([], []),
        (5.0, [()]),
    ],
)
def test_two_elements_are_asked_for(gradient: Any, places: Any) -> None:
    assert _chosen(np.array(gradient) if isinstance(gradient, list) else gradient) == places


def test_shapes_of_something_else_have_names() -> None:
    x = vector.tensor(np.ones((4, 3)), requires_grad=True, label="x")
    w = vector.tensor(np.arange(6.0).reshape(3, 2), requires_grad=True, label="w")
    question = asked(named("L", named("z", x @ w).mean()))["shape of w̄"]
    assert question.answer == (3, 2)
    assert told(question, (2, 3)) == "That is the shape of the transpose."
    assert told(question, (4, 2)) == "That is the shape of z̄."


def test_a_mean_that_is_taken_for_a_sum() -> None:
    x = vector.tensor([1.0, 2.0, 6.0], requires_grad=True, label="x")
    question = asked(named("L", np.mean(x * x)))["v̄1[0]"]
    assert question.answer == pytest.approx(1 / 3)
    assert told(question, 1.0) == "The local derivative is forgotten: the message from L is L̄ · local."
    z = vector.tensor([[1.0, 2.0, 4.0], [0.5, -1.0, 0.0]], requires_grad=True, label="z")
    question = asked(named("L", vector.nn.cross_entropy(z, [0, 1])))["z̄[0, 0]"]
    assert told(question, 2 * question.answer) == "That is 2 times too much: is the result a mean?"


def test_what_is_no_mistake_is_none() -> None:
    """Each has a sentence and a number, which JSON can hold."""
    for question in [*asked(fan_out()).values(), *asked(softmax()).values(), *asked(matmul()).values()]:
        for number, words in question.mistakes:
            assert words.endswith((".", "?"))
            assert isinstance(number, tuple) or math.isfinite(number)


def test_nothing_is_asked_where_there_is_no_number() -> None:
    x = scalar.Value(math.inf, "x")
    questions = asked(named("y", x * x))
    assert not [q for q in questions.values() if isinstance(q.answer, float) and not math.isfinite(q.answer)]


@pytest.mark.parametrize(
    ("number", "answer", "right"),
    [
        (0.047, 0.04679, True),
        (0.05, 0.04679, False),
        (12.4, 12.0, True),
        (12.6, 12.0, False),
        (-12.0, 12.0, False),
        (0.0, 0.0, True),
        (1e-12, 0.0, False),
        (3.04, 3.0, True),
        (3.06, 3.0, False),
    ],
)
def test_two_significant_digits(number: float, answer: float, right: bool) -> None:
    assert is_right(number, answer) is right


def test_names_of_gradients() -> None:
    assert [bar(x, "L") for x in ("w", "v12", "w₁₁⁽¹⁾", "layers.0.w", "a + b")] == [
        "w̄", "v̄12", "w̄₁₁⁽¹⁾", "∂L/∂layers.0.w", "∂L/∂a + b",
    ]  # fmt: skip


def test_a_formula_may_name_numbers_and_the_elements_of_small_arrays() -> None:
    output = matmul()
    known = [*performance(output, Options()).asking.known()]
    assert ("X[1, 0]", 2.0, "X̄[1, 0]", 1 * 0 + 4 * 10 + 2 * 20) in known
    assert ("C[0, 1]", 5.0, "", None) in known
    large = vector.tensor(np.ones((7, 7)), requires_grad=True, label="x").sum()
    assert len([*performance(large, Options()).asking.known()]) == 1
