"""The examples of Grosse's course: the numbers that the lecture shows, and every derivative by its judges."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import scalar
import vector
import viz
from demos.gallery.example import Example, Result
from demos.gallery.fields import course
from demos.gallery.fields.chain_rule import composition_over_time, multivariate_chain_rule, univariate_chain_rule
from demos.gallery.fields.classification import logistic_cross_entropy, softmax_regression
from demos.gallery.fields.cost import cost_of_backpropagation
from demos.gallery.fields.features import first_layer_features
from demos.gallery.fields.networks import index_and_matrix_form, multiclass_graph
from demos.gallery.fields.record import record
from demos.gallery.fields.regression import linear_regression, polynomial_features
from demos.gallery.fields.units import activations, threshold_units
from demos.gallery.judgement import as_array, judge
from scalar import Step, Value
from tests.demos.gallery.common import NEEDS_MNIST, require_agreement, require_pictures
from vector.rules import product

SMALL: dict[str, dict[str, Any]] = {
    "G12": {"depths": (1, 2, 4), "widths": (8, 16, 32), "timed_width": 16},
    "G13": {"units": 12, "epochs": 1, "images": 2_000},
}
EXAMPLES = [
    pytest.param(example, id=id, marks=[NEEDS_MNIST] if "mnist" in example.needs else [])
    for id, example in course.examples.items()
]
RECORD = "The record between the named variables"


def small(example: Example) -> Result:
    return example.function(**SMALL.get(example.id, {}))


def steps(output: Value) -> dict[str, Step]:
    """The ledger's steps of the variables that have a name."""
    return {step.variable.label: step for step in output.chain_rule() if step.variable.label}


def test_the_course_has_its_thirteen_examples() -> None:
    assert set(course.examples) == {f"G{i}" for i in range(1, 14)}
    assert course.letter == "G"
    assert "Grosse" in course.name
    both = {id for id, example in course.examples.items() if example.engines == ("scalar", "vector")}
    assert both == {"G3", "G4", "G5", "G11"}


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_judge_agrees(example: Example) -> None:
    require_agreement(small(example))


@pytest.mark.parametrize("example", EXAMPLES)
def test_graphs_and_plots_can_be_drawn(example: Example) -> None:
    require_pictures(small(example))


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_docstring_states_the_example_in_one_sentence_and_cites_the_course(example: Example) -> None:
    assert example.statement.endswith(".")
    assert "R. Grosse, Fields Machine Learning Course, lecture 1" in (example.function.__doc__ or "")


def test_g1_descends_to_the_least_squares_solution() -> None:
    result = linear_regression()
    arrived = result.comparisons[0]
    assert np.abs(np.array(arrived.engine) - arrived.closed_form).max() < 1e-6
    assert result.numbers["cost at the end"] < result.numbers["cost at the start"] / 10


def test_g1_too_few_steps_do_not_arrive() -> None:
    assert not judge(linear_regression(steps=5).comparisons)[0].agrees


def test_g2_training_cost_falls_while_validation_cost_turns() -> None:
    numbers = polynomial_features().numbers
    train, valid = (list(numbers[name].values()) for name in ("training cost", "validation cost"))
    assert list(numbers["training cost"]) == [f"degree {M}" for M in (0, 1, 3, 9)]
    assert train == sorted(train, reverse=True)
    assert train[-1] < 1e-20  # ten weights go through ten points
    assert valid[0] > valid[1] > valid[2]  # underfitting
    assert valid[3] > 3 * valid[2]  # overfitting
    assert 2 < numbers["degree of the least validation cost"] < 9


@pytest.mark.parametrize("t", [0, 1])
def test_g3_cross_entropy_is_finite_and_exact(t: int) -> None:
    result = logistic_cross_entropy()
    assert result.numbers["z"][0] == -1000
    assert result.numbers["z"][-1] == 1000
    losses, slopes = result.numbers[f"L for t = {t}"], result.numbers[f"dL/dz for t = {t}"]
    assert (losses[0], losses[-1]) == ((0.0, 1000.0), (1000.0, 0.0))[t]
    assert (slopes[0], slopes[-1]) == ((0.0, 1.0), (-1.0, 0.0))[t]
    for comparison in result.comparisons:  # to the last digits also where the answer is small
        engine = as_array(comparison.engine)
        assert engine == pytest.approx(comparison.closed_form, rel=4e-16, abs=0), comparison.name


def test_g3_grows_linearly_and_in_steps_it_fails() -> None:
    numbers = logistic_cross_entropy().numbers
    excess = numbers["L − z for t = 0 at z = 10, 20, 40"]
    assert excess == pytest.approx([math.exp(-10), math.exp(-20), 0.0], rel=1e-4, abs=1e-15)
    assert "log(0.0) is -inf" in numbers["log(1 − σ(1000)) in steps"]


def test_g4_softmax_regression() -> None:
    result = softmax_regression()
    y = np.exp([1.0, -0.5, 2.0]) / np.exp([1.0, -0.5, 2.0]).sum()
    assert result.numbers["∂L/∂z"] == pytest.approx(y - [0, 1, 0], abs=1e-15)
    assert result.numbers["right after training"] > 0.95
    two = {comparison.name: comparison for comparison in result.comparisons}["K = 2: ∂L/∂z"]
    error = 1 / (1 + math.exp(-1.8)) - 1
    assert two.engine == pytest.approx([error, -error], abs=1e-15)


def test_g5_six_activations_on_both_engines() -> None:
    result = activations()
    names = ["linear", "ReLU", "softplus", "hard threshold", "logistic", "tanh"]
    assert [comparison.name for comparison in result.comparisons] == [
        f"{name}, {engine}" for name in names for engine in ("scalar", "vector")
    ]
    assert result.numbers["hard threshold"] == [0, 0, 1]
    assert result.numbers["its derivative hard threshold′"] == [0, 0, 0]
    assert result.numbers["its derivative ReLU′"] == [0, 0, 1]
    assert result.numbers["its derivative logistic′"][1] == 0.25
    assert result.numbers["its derivative tanh′"][1] == 1.0


def test_g6_xor_and_all_256_boolean_functions() -> None:
    numbers = threshold_units().numbers
    assert [numbers[f"{a} xor {b}"] for a in (0, 1) for b in (0, 1)] == [0, 1, 1, 0]
    assert numbers["hidden units for D = 3"] == 2**3
    assert numbers["each fires for its line alone"] is True
    assert numbers["Boolean functions of 3 inputs"] == numbers["computed rightly"] == 256


def test_g6_the_logistic_approaches_the_threshold() -> None:
    errors = list(threshold_units().numbers["|σ(kx) − step(x)| for |x| ≥ 0.1 is at most"].values())
    assert errors == sorted(errors, reverse=True)
    assert errors[-1] < 1e-4


def test_g7_the_record_reads_as_in_the_lecture() -> None:
    result = univariate_chain_rule()
    lines = dict(line.split(" = ") for line in result.notes[RECORD].splitlines())
    lecture = {"L̄": "1", "ȳ": "L̄·(y − t)", "z̄": "ȳ·y·(1 − y)", "w̄": "z̄·x", "b̄": "z̄"}
    assert {name: lines[name] for name in lecture} == lecture


def test_g7_every_step_of_the_ledger() -> None:
    (L,) = univariate_chain_rule().graphs.values()
    by_name = steps(L)
    x, y, t = (by_name[name].variable.data for name in "xyt")
    assert (by_name["L"].kind, by_name["L"].total, by_name["L"].terms) == ("seed", 1.0, ())
    assert {name: by_name[name].kind for name in "yzwb"} == dict.fromkeys("yzwb", "univariate")
    assert by_name["y"].total == pytest.approx(y - t, abs=1e-15)
    (to_z,) = by_name["z"].terms
    assert (to_z.formula, to_z.child.label, to_z.upstream) == ("y·(1 − y)", "y", by_name["y"].total)
    assert to_z.local == pytest.approx(y * (1 - y), abs=1e-15)
    (to_w,), (to_b,) = by_name["w"].terms, by_name["b"].terms
    assert (to_w.formula, to_w.local, to_w.upstream) == ("x", x, by_name["z"].total)
    assert (to_b.formula, to_b.local, to_b.upstream) == ("1", 1.0, by_name["z"].total)


def test_g8_the_record_reads_as_in_the_lecture() -> None:
    result = multivariate_chain_rule()
    lines = dict(line.split(" = ") for line in result.notes[RECORD].splitlines())
    lecture = {"L̄_reg": "1", "R̄": "L̄_reg·λ", "L̄": "L̄_reg", "ȳ": "L̄·(y − t)", "z̄": "ȳ·y·(1 − y)"}
    lecture |= {"w̄": "z̄·x + R̄·w", "b̄": "z̄"}
    assert {name: lines[name] for name in lecture} == lecture


def test_g8_the_weight_is_used_twice() -> None:
    (L_reg,) = multivariate_chain_rule().graphs.values()
    by_name = steps(L_reg)
    kinds = {name: step.kind for name, step in by_name.items()}
    assert kinds == {"L_reg": "seed", "w": "multivariate"} | dict.fromkeys("LRyzxbtλ", "univariate")
    penalty, prediction = by_name["w"].terms  # what was written last reports first
    assert (prediction.formula, penalty.formula) == ("x", "2·w")
    w, x = (by_name[name].variable.data for name in "wx")
    assert prediction.product == pytest.approx(by_name["z"].total * x, abs=1e-15)
    assert penalty.product == pytest.approx(by_name["R"].total * w, abs=1e-15)
    assert by_name["w"].total == prediction.product + penalty.product


def test_g9_the_derivative_sums_over_both_ways() -> None:
    result = composition_over_time()
    (f,) = result.graphs.values()
    assert steps(f)["t"].kind == "multivariate"
    x, y = math.cos(0.8), 0.8**2
    expected = y * math.exp(x * y) * -math.sin(0.8) + (1 + x * math.exp(x * y)) * 2 * 0.8
    assert result.numbers["df/dt"] == pytest.approx(expected, rel=1e-14)
    assert result.notes[RECORD].splitlines()[-1] == "t̄ = x̄·(−sin(t)) + ȳ·2·t"


def test_g10_the_graph_shows_fan_out() -> None:
    result = multiclass_graph()
    (L,) = result.graphs.values()
    uses = {name: len(step.terms) for name, step in steps(L).items()}
    assert uses["x₁"] == uses["x₂"] == uses["s"] == 3
    assert uses["e₁"] == uses["e₂"] == uses["e₃"] == 2
    assert uses["w₂₁"] == uses["b₂"] == 1
    assert {name for name in uses if name[0] in "zy"} == {"z₁", "z₂", "z₃", "y₁", "y₂", "y₃"}
    drawn = viz.draw(L, messages=True)
    assert {"x₁", "w₃₂", "z₂", "y₃", "L"} <= {card.name for card in drawn.graph.cards}
    assert result.numbers["z̄"] == pytest.approx(np.array(result.numbers["y"]) - [0, 1, 0], abs=1e-15)


def test_g11_both_forms_give_the_same_numbers() -> None:
    result = index_and_matrix_form()
    assert {comparison.tolerance for comparison in result.comparisons} == {1e-12}
    names = {comparison.name for comparison in result.comparisons}
    assert {"z, both forms", "L, both forms", "W̄, index form", "W̄, matrix form", "ȳ, index form"} <= names
    assert np.shape(result.numbers["y"]) == (2,)


@pytest.fixture(scope="module")
def cost() -> Result:
    return cost_of_backpropagation(timed_width=16)


def test_g12_one_multiply_add_forward_and_two_backward(cost: Result) -> None:
    assert cost.numbers["multiply-adds per weight and example, forward"] == 1
    assert cost.numbers["multiply-adds per weight and example, backward"] == 2
    assert cost.numbers["backward where the input's bar is not asked for"] == 2 - 1 / 16


def test_g12_linear_in_depth_and_quadratic_in_width(cost: Result) -> None:
    assert cost.numbers["depth to the power (forward, backward)"] == pytest.approx([1, 1], abs=1e-9)
    assert cost.numbers["width to the power (forward, backward)"] == pytest.approx([2, 2], abs=1e-9)
    measured = [claim.measured for claim in cost.claims]
    assert measured[0] == "1 and 2, counted"
    assert "×" in measured[1]


def test_g12_the_plain_passes_make_the_same_products(monkeypatch: pytest.MonkeyPatch) -> None:
    made = {"forward": 0, "backward": 0}

    def counting(pass_: str) -> Callable[[Any, Any], Any]:
        def matmul(x: Any, y: Any) -> Any:
            out = np.matmul(x, y)
            made[pass_] += out.size * x.shape[-1]
            return out

        return matmul

    class CountingNumPy:
        matmul = staticmethod(counting("backward"))

        def __getattr__(self, name: str) -> Any:
            return getattr(np, name)

    x = vector.tensor(np.ones((3, 5)), requires_grad=True)
    weights = [vector.tensor(np.ones((5, 5)), requires_grad=True) for _ in range(4)]
    monkeypatch.setattr(product.matmul, "forward", counting("forward"))
    monkeypatch.setattr(product, "np", CountingNumPy())
    h: Any = x
    for W in weights:
        h = np.tanh(h @ W.T)
    (h**2).sum().backward()
    assert made == {"forward": 3 * 4 * 5 * 5, "backward": 2 * 3 * 4 * 5 * 5}


@NEEDS_MNIST
def test_g13_features_of_mnist() -> None:
    result = first_layer_features(units=12, epochs=2, images=20_000)
    assert result.numbers["weights of a unit"] == 784
    assert result.numbers["test error"] < 0.25
    trained = result.plots["The features"]()
    assert sum(bool(axes.images) for axes in trained.axes) == 12
    picture = trained.axes[0].images[0]
    assert picture.get_array().shape == (28, 28)
    black, white = picture.get_clim()
    assert black == -white
    assert picture.cmap(picture.norm(0.0))[0] == pytest.approx(0.5, abs=0.01)


def test_a_record_multiplies_out_what_has_no_name() -> None:
    x = Value(2.0, "x")
    assert record(scalar.exp(-x) * x - 3 / x) == "v̄5 = 1\nx̄ = v̄5·(exp(−x) + 3/x² − x·exp(−x))"


def test_a_record_adds_up_the_uses() -> None:
    a, b = Value(2.0, "a"), Value(3.0, "b")
    L = scalar.sum([a * b, scalar.dot([a, b], [b, 2]), a / b, -a])
    L.label = "L"
    assert record(L).splitlines() == ["L̄ = 1", "b̄ = L̄·(2·a + 2 − a/b²)", "ā = L̄·(2·b + 1/b − 1)"]
