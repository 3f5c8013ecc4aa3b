"""backward(): accumulation, sharing, and what it leaves alone."""

import math

import pytest

import scalar
from scalar import NOT_COMPUTED, Value


def test_micrograds_readme_example() -> None:
    a, b = Value(-4.0), Value(2.0)
    c = a + b
    d = a * b + b**3
    c += c + 1
    c += 1 + c + (-a)
    d += d * 2 + (b + a).relu()
    d += 3 * d + (b - a).relu()
    e = c - d
    f = e**2
    g = f / 2.0
    g += 10.0 / f
    assert f"{g.data:.4f}" == "24.7041"
    g.backward()
    assert f"{a.grad:.4f}" == "138.8338"
    assert f"{b.grad:.4f}" == "645.5773"


def test_the_gradient_is_not_computed_before_a_backward() -> None:
    x = Value(2.0)
    y = x * 3
    for node in (x, y, y.parents[1]):
        assert node.grad is NOT_COMPUTED
        assert (str(node.grad), f"{node.grad:.4f}") == ("not computed", "not computed")
    assert x.grad + 1.5 == 1.5


def test_a_gradient_is_a_plain_float_afterwards() -> None:
    x = Value(2.0)
    (x * 0).backward()
    assert type(x.grad) is float
    assert str(x.grad) == "0.0"


def test_constants_stay_not_computed() -> None:
    x = Value(2.0)
    y = x * 3
    y.backward()
    assert y.parents[1].grad is NOT_COMPUTED


def test_nodes_that_the_output_does_not_depend_on_are_left_alone() -> None:
    x, other = Value(2.0), Value(3.0)
    above = x * other
    (x * x).backward()
    assert other.grad is NOT_COMPUTED
    assert above.grad is NOT_COMPUTED


def test_a_second_backward_adds_exactly_the_same_again() -> None:
    x = Value(3.0)
    y = x * x  # 12 = 2 · 6: an engine that keeps its sums in `grad` counts y's twice and gives 18
    z = y + y
    z.backward()
    assert (x.grad, y.grad, z.grad) == (12.0, 2.0, 1.0)
    z.backward()
    assert (x.grad, y.grad, z.grad) == (24.0, 4.0, 2.0)


def test_two_outputs_that_share_a_node_add_up() -> None:
    x = Value(3.0)
    shared = x * x
    a, b = shared * 2, shared * 5
    a.backward()
    b.backward()
    assert shared.grad == 2 + 5
    assert x.grad == (2 + 5) * 6


def test_backward_through_a_node_inside_then_the_whole() -> None:
    x = Value(3.0)
    inside = x * x
    outside = inside * 10
    inside.backward()
    outside.backward()
    assert (inside.grad, x.grad) == (1 + 10, 6 + 60)


def test_a_variable_added_to_itself() -> None:
    x = Value(3.0)
    (x + x).backward()
    assert x.grad == 2.0


def test_a_ladder_of_diamonds() -> None:
    """2¹⁰⁰ paths: only a sweep that visits each node once ends, and each node must wait for both of its uses."""
    x = y = Value(1.0)
    for _ in range(100):
        y = y + y
    y.backward()
    assert x.grad == 2.0**100


def test_an_operand_made_late_and_used_early_in_the_expression() -> None:
    x = Value(2.0)
    early = x * 3
    late = Value(5.0)
    ((late * early) * late + x).backward()
    assert (late.grad, x.grad) == (60.0, 76.0)


def test_changing_data_after_the_forward_pass_does_not_change_what_was_recorded() -> None:
    x = Value(3.0)
    y = x * x
    x.data = 100.0
    y.backward()
    assert y.data == 9.0
    assert x.grad == 6.0


def test_backward_of_a_leaf_is_one() -> None:
    x = Value(3.0)
    x.backward()
    assert x.grad == 1.0


def test_a_hand_made_cycle_is_refused() -> None:
    x = Value(1.0)
    y = x + 1
    x.parents, x.locals = (y,), (1.0,)
    with pytest.raises(ValueError, match="expected a graph without cycles"):
        y.backward()
    x.parents = (x,)
    with pytest.raises(ValueError, match="expected a graph without cycles"):
        x.backward()
    assert x.grad is NOT_COMPUTED


def test_an_infinite_local_derivative_is_passed_on() -> None:
    x = Value(0.0)
    scalar.sqrt(x).backward()
    assert x.grad == math.inf
