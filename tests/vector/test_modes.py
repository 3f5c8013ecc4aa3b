"""no_grad: what it switches off, for whom, and for how long."""

from functools import partial

import numpy as np
import pytest

import vector
from tests.waiting import another_thread_in, in_threads
from vector import tensor


def records() -> bool:
    return bool((tensor([1.0], requires_grad=True) * 2).requires_grad)


def test_inside_nothing_is_recorded() -> None:
    x = tensor([1.0, 2.0], requires_grad=True)
    with vector.no_grad():
        y = x * 2
    assert (y.op, y.parents, y.requires_grad) == ("", (), False)
    np.testing.assert_array_equal(y.data, [2.0, 4.0])
    assert x.requires_grad


def test_a_leaf_made_inside_can_be_differentiated_outside() -> None:
    with vector.no_grad():
        x = tensor([3.0], requires_grad=True)
    (x * x).backward()
    np.testing.assert_array_equal(x.grad, [6.0])


def test_recording_is_restored_after_an_exception() -> None:
    with pytest.raises(KeyError), vector.no_grad():
        raise KeyError
    assert records()


def test_nested_blocks() -> None:
    with vector.no_grad():
        with vector.no_grad():
            pass
        assert not records()
    assert records()


def test_what_was_recorded_before_is_differentiated_inside() -> None:
    x = tensor([3.0], requires_grad=True)
    y = x * x
    with vector.no_grad():
        y.backward()
    np.testing.assert_array_equal(x.grad, [6.0])


def test_the_mode_of_one_thread_is_not_anothers() -> None:
    with another_thread_in(vector.no_grad()):
        assert records()


def test_two_threads_train_at_once_and_each_gets_its_own_gradients() -> None:
    gradients: dict[int, list[float]] = {}

    def train(k: int) -> None:
        x = tensor([float(k)], requires_grad=True)
        for _ in range(300):
            x.grad = None
            y = x
            for _ in range(10):
                y = y + x * x
            y.backward()
        assert x.grad is not None
        gradients[k] = x.grad.tolist()

    in_threads(*(partial(train, k) for k in (1, 2)))
    assert gradients == {1: [1 + 20.0], 2: [1 + 40.0]}
