"""paths(): every way from a variable to the output, its product, and how many there are."""

import itertools
import math

import pytest

import scalar
from scalar import Path, Value


def test_the_two_paths_of_a_shared_weight() -> None:
    """w takes part in the prediction and in the penalty: ∂L/∂w is the sum over the two."""
    w, x = Value(2.0, "w"), Value(3.0, "x")
    prediction, penalty = w * x, w**2
    loss = prediction + 0.5 * penalty
    first, second = loss.paths(w)
    assert [*map(id, first.nodes)] == [id(w), id(prediction), id(loss)]
    assert (first.locals, first.product) == ((3.0, 1.0), 3.0)
    assert [node.op for node in second.nodes] == ["", "**", "×", "+"]
    assert (second.locals, second.product) == ((4.0, 0.5, 1.0), 2.0)
    assert loss.count_paths(w) == 2
    loss.backward()
    assert w.grad == first.product + second.product


def test_an_operand_used_twice_is_two_paths() -> None:
    x = Value(3.0)
    y = x * x
    assert [path.product for path in y.paths(x)] == [3.0, 3.0]
    assert y.count_paths(x) == 2


def test_the_path_from_a_variable_to_itself_is_one_of_no_edges() -> None:
    x = Value(3.0)
    assert list(x.paths(x)) == [Path((x,), ())]
    assert (x.count_paths(x), next(x.paths(x)).product) == (1, 1)


def test_no_path_to_a_variable_that_takes_no_part() -> None:
    x, other = Value(3.0), Value(4.0)
    y = x * x
    above = y * other
    for stranger in (other, above):
        assert list(y.paths(stranger)) == []
        assert y.count_paths(stranger) == 0


def test_paths_start_at_any_node_and_at_constants_too() -> None:
    x = Value(3.0)
    inside = x * 5
    y = inside * inside
    assert [path.product for path in y.paths(inside)] == [15.0, 15.0]
    assert [path.product for path in y.paths(inside.parents[1])] == [45.0, 45.0]


def doublings(number: int, start: float = 1.0) -> tuple[Value, Value]:
    x = y = Value(start)
    for _ in range(number):
        y = y + y
    return x, y


def test_a_hundred_doublings_are_counted_at_once() -> None:
    x, y = doublings(100)
    assert y.count_paths(x) == 2**100


def test_a_list_too_long_is_refused_before_it_is_begun() -> None:
    x, y = doublings(100)
    with pytest.raises(
        ValueError, match=r"paths: expected at most 10000 paths, got about 10\^30\.1; use count_paths, chain_rule"
    ):
        next(y.paths(x))
    x, y = doublings(3)
    with pytest.raises(ValueError, match="expected at most 7 paths, got 8"):
        next(y.paths(x, limit=7))
    assert len(list(y.paths(x, limit=8))) == 8


def test_a_count_too_large_for_a_float_can_still_be_told() -> None:
    x, y = doublings(2_000, start=0.0)
    assert y.count_paths(x) == 2**2000
    with pytest.raises(ValueError, match=r"expected at most 10000 paths, got about 10\^602\.1"):
        next(y.paths(x))


def test_the_first_path_of_many_does_not_walk_the_others() -> None:
    x, y = doublings(20)
    start = list(itertools.islice(y.paths(x, limit=2**20), 3))
    assert [len(path.nodes) for path in start] == [21, 21, 21]


def test_dead_ends_are_not_entered() -> None:
    """y has 2¹⁰⁰ paths to `other` and one to x."""
    other, many = doublings(100)
    x = Value(2.0)
    y = many * x
    assert [path.locals for path in y.paths(x)] == [(2.0**100,)]
    assert y.count_paths(other) == 2**100


def test_the_product_of_the_one_path_is_the_gradient_bit_for_bit() -> None:
    x = y = Value(0.3)
    for _ in range(5):
        y = scalar.tanh(y * 1.7)
    (path,) = y.paths(x)
    y.backward()
    assert path.product == x.grad
    assert path.product == next(step.total for step in y.chain_rule() if step.variable is x)


def test_a_path_as_long_as_a_deep_graph() -> None:
    x = y = Value(1.0)
    for _ in range(100_000):
        y = -y
    (path,) = y.paths(x)
    assert (len(path.nodes), path.product) == (100_001, 1.0)


def test_the_products_add_up_to_the_derivative() -> None:
    x, w = Value(0.5), [Value(0.1 * i - 0.3) for i in range(6)]
    hidden = [scalar.tanh(x * w[i] + 0.1) for i in range(3)]
    y = scalar.dot(hidden, w[3:]) + scalar.maximum(hidden[0], x) * x
    y.backward()
    for variable in (x, *w):
        products = [path.product for path in y.paths(variable)]
        assert len(products) == y.count_paths(variable)
        assert math.fsum(products) == pytest.approx(variable.grad, rel=1e-14)
