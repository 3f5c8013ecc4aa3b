"""The Georgia Tech examples: the numbers that the lecture shows, and every derivative by closed form and by PyTorch."""

import math
import re

import numpy as np
import pytest

import viz
from demos.gallery.example import Example
from demos.gallery.georgia_tech import course
from demos.gallery.georgia_tech.chains import reverse_and_forward, sum_times_number
from demos.gallery.georgia_tech.classifiers import logistic_loss_in_bricks, sigmoid_perceptron, softmax_classifier
from demos.gallery.georgia_tech.four_ways import four_ways
from demos.gallery.georgia_tech.graphs import directed_acyclic_graphs
from demos.gallery.georgia_tech.penalties import l1_and_l2
from tests.demos.gallery.common import require_agreement, require_pictures

EXAMPLES = list(course.examples.values())
ids = [example.id for example in EXAMPLES]


def test_the_course_has_its_eight_examples() -> None:
    assert sorted(ids) == [f"T{i}" for i in range(1, 9)]
    assert course.letter == "T"
    assert "CS 7643" in course.name


@pytest.mark.parametrize("example", EXAMPLES, ids=ids)
def test_every_judge_agrees(example: Example) -> None:
    require_agreement(example.function())


@pytest.mark.parametrize("example", EXAMPLES, ids=ids)
def test_graphs_and_plots_can_be_drawn(example: Example) -> None:
    result = example.function()
    assert result.graphs
    require_pictures(result)


@pytest.mark.parametrize("example", EXAMPLES, ids=ids)
def test_the_docstring_states_the_example_and_cites_the_course(example: Example) -> None:
    assert example.statement.endswith(".")
    assert "Georgia Tech, CS 7643" in (example.function.__doc__ or "")


def test_t1_scores_exponentials_probabilities_and_loss() -> None:
    numbers = softmax_classifier().numbers
    assert numbers["scores"] == [3.2, 5.1, -1.7]
    assert [f"{e:.2f}" for e in numbers["exponentials"]] == ["24.53", "164.02", "0.18"]
    assert [f"{p:.2f}" for p in numbers["probabilities"]] == ["0.13", "0.87", "0.00"]
    assert numbers["loss of class 0"] == pytest.approx(-math.log(numbers["probabilities"][0]), abs=1e-15)
    assert numbers["loss of class 0"] == pytest.approx(-math.log(0.13), abs=1e-3)
    assert numbers["loss of class 0, as one operation"] == pytest.approx(numbers["loss of class 0"], abs=1e-15)


def test_t2_gradient_and_the_messages_on_every_edge() -> None:
    result = sum_times_number()
    assert result.numbers == {"q": 3.0, "f": -12.0, "∂f/∂q": -4.0, "∂f/∂x": -4.0, "∂f/∂y": -4.0, "∂f/∂z": 3.0}
    told = result.notes["What is sent back along each edge"].splitlines()
    assert sorted(told) == [
        "f → q: upstream 1 · local −4 = −4",
        "f → z: upstream 1 · local 3 = 3",
        "q → x: upstream −4 · local 1 = −4",
        "q → y: upstream −4 · local 1 = −4",
    ]
    picture = viz.draw(result.graphs["f = (x + y)·z"], messages=True).source
    edges = [edge.translate(str.maketrans("", "", "() ")) for edge in re.findall(r"->.*label=<(.*?)<BR/>", picture)]
    assert sorted(edges) == ["1·3", "1·−4", "−4·1", "−4·1"]


def test_t3_one_reverse_sweep_and_two_forward_sweeps() -> None:
    result = reverse_and_forward()
    assert result.numbers["f"] == pytest.approx(math.log(2) + 10 - math.sin(5), abs=1e-14)
    assert result.numbers["∂f/∂x₁"] == 5.5
    assert result.numbers["∂f/∂x₂"] == pytest.approx(2 - math.cos(5), abs=1e-14)
    table = result.notes["What each mode carries"].splitlines()
    assert len(table) == 6
    assert table[-1].split()[-4:] == ["11.6521", "5.5000", "1.7163", "1.0000"]


def test_t4_the_bricks_overflow_where_the_one_does_not() -> None:
    numbers = logistic_loss_in_bricks().numbers
    assert numbers["L in bricks"] == pytest.approx(numbers["L as one"], abs=1e-15)
    assert numbers["L as one"] == pytest.approx(-math.log(numbers["p = σ(w·x)"]), abs=1e-15)
    assert numbers["at w·x = −800, L in bricks"] == math.inf
    assert all(map(math.isnan, numbers["at w·x = −800, ∂L/∂w in bricks"]))
    assert numbers["at w·x = −800, the engine's warning"] == "exp(800.0) is inf"
    assert numbers["at w·x = −800, L as one"] == 800.0
    assert numbers["at w·x = −800, ∂L/∂w as one"] == [1.0, 2.0, -1.0]


def test_t5_exact_long_inexact_and_exact_again() -> None:
    numbers = four_ways().numbers
    # With x = sin²θ the map doubles the angle: l₄ = sin²(8θ).
    theta = math.asin(math.sqrt(0.2))
    assert numbers["by hand, in fractions"] == pytest.approx(8 * math.sin(16 * theta) / math.sin(2 * theta), rel=1e-13)
    assert numbers["symbolic"] == pytest.approx(numbers["by hand, in fractions"], rel=1e-14)
    assert numbers["automatic, its error"] < 1e-14
    assert 1e-9 < numbers["numerical, least error of the forward difference"] < 1e-5
    assert 1e-12 < numbers["numerical, least error of the central difference"] < 1e-8
    assert numbers["… its error at h = 1e−15"] > 1e-3
    assert 1e-10 <= numbers["… at h"] <= 1e-6


def test_t5_the_expression_swells_and_the_sweep_does_not() -> None:
    rows = four_ways().notes["Symbolic: the swell of the expression"].splitlines()[1:]
    n, of_l, of_slope, recorded = zip(*(map(int, row.split()) for row in rows), strict=True)
    assert n == tuple(range(1, 9))
    assert recorded == tuple(4 * (i - 1) for i in n)
    assert of_slope[-1] > 10 * of_l[-1] > 100 * recorded[-1]


def test_t6_the_rule_is_the_gradient_and_learns_or() -> None:
    numbers = sigmoid_perceptron().numbers
    np.testing.assert_allclose(numbers["first change by the rule, η = 1"], numbers["first −∂L/∂w"], rtol=1e-14)
    assert [round(p) for p in numbers["σ(w·x) for 00, 01, 10, 11"]] == [0, 1, 1, 1]
    first, last = numbers["cost, first and last"]
    assert last < first / 50


def test_t7_l1_makes_zeros_and_l2_shrinks() -> None:
    result = l1_and_l2()
    zeros, norms = result.numbers["weights that are exactly 0"], result.numbers["‖w‖₂"]
    assert zeros == {"no penalty": 0, "L2": 0, "L1, gradient": 0, "L1, proximal": 15}
    assert norms["L2"] < norms["no penalty"]
    assert set(result.numbers["inputs that matter"]) <= set(result.numbers["inputs that L1 kept"])
    assert result.numbers["largest slope of the cost where L1 has set 0, at most λ"] <= 0.1
    assert "15 of 20 under the proximal step, 0 under plain" in result.claims[0].measured


def test_t8_orders_and_a_refused_cycle() -> None:
    numbers = directed_acyclic_graphs().numbers
    assert (numbers["topological orders"], numbers["of all orders"]) == (4, 720)
    assert numbers["∇f by each of them"] == [[51.0, 71.0]] * 4
    assert numbers["∇f where s passes on too early"] != [51.0, 71.0]
    assert numbers["the engine's own order is topological"] is True
    assert numbers["each operand is older than its result"] is True
    assert numbers["total = total + 1 is a new node"] is True
    assert "expected a graph without cycles" in numbers["x·y made an operand of itself, backward"]
