"""Gradient descent."""

import pytest

from scalar import NOT_COMPUTED, Value
from scalar.optim import SGD


def test_a_step_moves_against_the_gradient() -> None:
    x, y = Value(3.0), Value(1.0)
    (x * x + 2 * y).backward()
    SGD([x, y], lr=0.1).step()
    assert (x.data, y.data) == (3.0 - 0.1 * 6.0, 1.0 - 0.1 * 2.0)
    assert (x.grad, y.grad) == (6.0, 2.0)


def test_zero_grad_forgets_and_the_next_backward_starts_anew() -> None:
    x = Value(3.0)
    sgd = SGD([x], lr=0.5)
    for expected in (0.0, 0.0):
        sgd.zero_grad()
        assert x.grad is NOT_COMPUTED
        (x * x).backward()
        sgd.step()
        assert x.data == expected


def test_a_parameter_without_a_gradient_stays() -> None:
    x = Value(3.0)
    SGD([x], lr=0.5).step()
    assert x.data == 3.0


def test_the_learning_rate_may_change_between_steps() -> None:
    x = Value(1.0)
    (x * 1).backward()
    sgd = SGD([x], lr=0.5)
    sgd.step()
    sgd.lr = 0.25
    sgd.step()
    assert x.data == 0.25


def test_it_descends() -> None:
    x, y = Value(-2.0), Value(3.0)
    sgd = SGD([x, y], lr=0.1)
    for _ in range(100):
        sgd.zero_grad()
        ((x - 1) ** 2 + (y + 0.5) ** 2).backward()
        sgd.step()
    assert x.data == pytest.approx(1.0)
    assert y.data == pytest.approx(-0.5)


@pytest.mark.parametrize("lr", [0.0, -0.1, float("nan")])
def test_a_learning_rate_that_is_not_positive(lr: float) -> None:
    with pytest.raises(ValueError, match="SGD: expected lr > 0, got"):
        SGD([Value(1.0)], lr)


def test_no_parameters() -> None:
    with pytest.raises(ValueError, match="SGD: expected at least one parameter, got none"):
        SGD([], lr=0.1)
