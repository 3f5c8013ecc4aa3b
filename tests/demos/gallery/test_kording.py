"""The Kording examples: what the lecture claims, and every derivative by closed form and by PyTorch."""

import math

import numpy as np
import pytest

from demos.gallery.example import Example
from demos.gallery.judgement import judge
from demos.gallery.kording import course
from demos.gallery.kording.derivatives import step_does_not_learn, twice_differentiable
from demos.gallery.kording.digits import activation_table, linear_models
from demos.gallery.kording.linear import deep_linear_network
from demos.gallery.kording.losses import losses, one_hot_and_indices
from demos.gallery.kording.operations import own_operations
from tests.demos.gallery.common import NEEDS_MNIST, require_agreement, require_pictures

EXAMPLES = list(course.examples.values())
QUICK = [example for example in EXAMPLES if "mnist" not in example.needs]
every_quick_example = pytest.mark.parametrize("example", QUICK, ids=[example.id for example in QUICK])


def test_the_course_has_its_eight_examples() -> None:
    assert sorted(course.examples) == [f"K{i}" for i in range(1, 9)]
    assert course.letter == "K"
    assert "CIS 522" in course.name


@every_quick_example
def test_every_judge_agrees(example: Example) -> None:
    require_agreement(example.function())


@every_quick_example
def test_graphs_and_plots_can_be_drawn(example: Example) -> None:
    result = example.function()
    assert result.graphs
    require_pictures(result)


@pytest.mark.parametrize("example", EXAMPLES, ids=list(course.examples))
def test_the_docstring_states_the_example_and_cites_the_course(example: Example) -> None:
    assert example.statement.endswith(".")
    assert "Kording, CIS 522" in (example.function.__doc__ or "")


def test_k1_the_users_operations_are_on_the_record() -> None:
    numbers = own_operations().numbers
    assert numbers["L"] == pytest.approx(numbers["L by the engine's own operations"], abs=1e-15)
    assert numbers["operations on the record"].count("MatMul") == 2
    assert numbers["operations on the record"].count("ReLU") == 1


@NEEDS_MNIST
@pytest.mark.slow
def test_k2_a_linear_model_reaches_about_93_percent() -> None:
    result = linear_models(epochs=3)
    assert result.numbers["training images"] == 60_000
    accuracy = result.numbers["softmax regression, test accuracy after each epoch"][-1]
    assert accuracy == pytest.approx(0.93, abs=0.015)
    assert 0.8 < result.numbers["perceptrons, test accuracy after each epoch"][-1] < accuracy
    (claim,) = result.claims
    assert claim.claimed == "about 93 %"
    assert claim.measured.startswith(f"{100 * accuracy:.2f} % by softmax regression")
    assert all(judgement.agrees for judgement in judge(result.comparisons))
    for plot in result.plots.values():
        assert plot().axes


@NEEDS_MNIST
@pytest.mark.slow
def test_k3_the_table_has_a_row_for_each_activation() -> None:
    result = activation_table(epochs=2, images=3000)
    errors = result.numbers["test error"]
    assert list(errors) == [
        "none",
        "sigmoid",
        "tanh",
        "ReLU",
        "centred softplus",
        "leaky ReLU, 0.01",
        "very leaky ReLU, 1/3",
        "randomised leaky ReLU, 0.1–0.5",
        "parametric ReLU",
        "ELU",
        "maxout, 2 maps",
        "APL, 2 hinges",
    ]
    assert all(0 < error < 0.25 for name, error in errors.items() if name != "sigmoid"), errors  # slow to start
    table = result.notes["The activation table"].splitlines()
    assert len(table) == 13
    weights = {line[:32].strip(): int(line.split()[-3]) for line in table[1:]}
    assert weights["none"] == 784 * 128 + 128 + 128 * 64 + 64 + 64 * 10 + 10
    assert weights["parametric ReLU"] == weights["none"] + 2
    assert weights["APL, 2 hinges"] == weights["none"] + 2 * 2 * (128 + 64)
    assert all(judgement.agrees for judgement in judge(result.comparisons))
    for plot in result.plots.values():
        assert plot().axes


def test_k4_newton_arrives_where_gradient_descent_still_walks() -> None:
    numbers = twice_differentiable().numbers
    np.testing.assert_allclose(numbers["Newton's steps"][-1], [1, 1], atol=1e-5)
    (still,) = (value for name, value in numbers.items() if name.startswith("gradient descent after"))
    assert np.abs(still - 1).max() > 0.1
    at_0, at_first, at_learnt = numbers["F at rates 0, 0.005 and the learnt one"]
    assert at_learnt < at_first < at_0


def test_k5_training_does_not_move_and_the_ledger_shows_why() -> None:
    result = step_does_not_learn(steps=100)
    places, costs = result.numbers["w and b after 100 steps"], result.numbers["cost, first and last"]
    for engine in ("scalar", "vector"):
        assert places[f"step, {engine}"] == result.numbers["w and b at first"]
        assert costs[f"step, {engine}"] == [0.5, 0.5]
        first, last = costs[f"sigmoid, {engine}"]
        assert last < first / 10
    np.testing.assert_allclose(places["sigmoid, scalar"], places["sigmoid, vector"], rtol=1e-12)
    assert (result.numbers["∂L/∂y"], result.numbers["∂L/∂z"]) == (-1.0, 0.0)
    assert "z̄  = ȳ·0" in result.notes["The chain rule breaks at the step"]
    assert "chosen 0" in result.numbers["at the jump itself"]


def test_k6_linear_in_float64_and_a_staircase_in_float32() -> None:
    numbers = deep_linear_network().numbers
    assert numbers["network(X) = XW, bit for bit"] is True
    assert numbers["network(2X) = 2·network(X)"] is True
    assert numbers["network(X + Y) = network(X) + network(Y)"] is True
    assert numbers["in float32, f(0.8u) / u"] == 1.0 != 2 * numbers["in float32, f(0.4u) / u"]
    assert numbers["in float64, f(0.4u) / u"] == 0.4
    assert numbers["in float32, different values of f on 401 numbers in [−4u, 4u]"] == 9
    assert numbers["in float32, the chain rule's f′(0.4u)"] == 1.0


def test_k7_losses_and_the_warning() -> None:
    numbers = losses().numbers
    np.testing.assert_allclose(numbers["a vector and itself, its double, its opposite"], [1, 1, -1], atol=1e-15)
    assert numbers["cross-entropy of the right logits"] == pytest.approx(0, abs=1e-15)
    # A softmax of (1, 0, 0, 0) gives the right class no more than e / (e + 3).
    assert numbers["cross-entropy of their softmax"] == pytest.approx(math.log(1 + 3 / math.e), abs=1e-12)
    assert "as after a softmax" in numbers["… and the engine's warning"]


def test_k8_the_same_loss_and_gradient() -> None:
    numbers = one_hot_and_indices().numbers
    assert numbers["difference"] < 1e-15
    np.testing.assert_allclose(numbers["gradient by indices"], numbers["gradient by one-hot rows"], atol=1e-15)
    np.testing.assert_array_equal(np.argmax(numbers["one-hot rows"], axis=1), numbers["indices"])
