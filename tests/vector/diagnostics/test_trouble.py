"""NaN and infinity: NumPy's warning, or an error that names the operation, under detect_anomaly."""

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import vector
from tests.waiting import another_thread_in
from vector import AnomalyError, Tensor, tensor

FORWARD: dict[str, tuple[Callable[[], Tensor], str]] = {
    "log": (lambda: tensor([1.0, -2.0]).log(), r"log made nan at index \(1,\) in its value; its operands there: -2.0"),
    "exp": (lambda: tensor([[0.0, 1e4]]).exp(), r"exp made inf at index \(0, 1\) in its value; .* there: 10000.0"),
    "÷": (lambda: tensor([1.0, 2.0]) / [1.0, 0.0], r"÷ made inf at index \(1,\) in its value; .* there: 2.0, 0.0"),
    "0-d": (lambda: tensor(-1.0).sqrt(), r"sqrt made nan in its value; its operands there: -1.0"),
    "broadcast": (lambda: tensor([[1.0], [0.0]]) ** [-1.0, 1.0], r"\*\* made inf at index \(1, 0\) .*: 0.0, -1.0"),
    "@": (lambda: tensor([[1e200]]) @ tensor([[1e200]]), r"@ made inf at index \(0, 0\)"),
}  # fmt: skip


@pytest.mark.parametrize("name", FORWARD)
def test_numpy_warns(name: str) -> None:
    with pytest.warns(RuntimeWarning, match="encountered in"):
        out = FORWARD[name][0]()
    assert not np.isfinite(out.data).all()


@pytest.mark.parametrize("name", FORWARD)
def test_under_detect_anomaly_it_is_an_error_that_names_the_operation_the_place_and_the_operands(name: str) -> None:
    make, message = FORWARD[name]
    with vector.detect_anomaly(), pytest.raises(AnomalyError, match=message) as caught:
        make()
    assert isinstance(caught.value, ArithmeticError)


def test_a_gradient_is_watched_too() -> None:
    x = tensor([1.0, 0.0], requires_grad=True)
    with vector.detect_anomaly():
        y = x.sqrt().sum()
        with pytest.raises(
            AnomalyError, match=r"sqrt made inf at index \(1,\) in its gradient; its operands there: 1.0, 0.0"
        ):
            y.backward()
    assert x.grad is None


def test_the_first_operation_of_the_backward_pass_is_named() -> None:
    x = tensor([0.0], requires_grad=True)
    y = x.sqrt() * 3
    with vector.detect_anomaly(), pytest.raises(AnomalyError, match=r"^sqrt made inf"):
        (y + 1).backward()


def used_twice(x: Any) -> Any:
    return (x * x * 1e308 + x * x * 1e308).sum()


def backward(x: Any) -> Any:
    leaf = tensor(x, requires_grad=True)
    (leaf * 1e308 + leaf * 1e308).sum().backward()


OVERFLOWING: dict[str, tuple[Callable[[Any], Any], str]] = {
    "backward": (backward, "the sum of what was sent to one operand made inf at index (0,) in its gradient"),
    "grad": (vector.grad(used_twice), "the sum of what was sent to one operand made inf at index (0,) in its gradient"),
    "jvp": (lambda x: vector.jvp(used_twice, (x,), (np.ones(2),)), "+ made inf at index (0,) in its tangent"),
    "hvp": (lambda x: vector.hvp(used_twice, (x / 8,), (np.ones(2),)), "+ made inf at index (0,) in its tangent"),
    "one slope": (lambda x: vector.jvp(np.sqrt, (x * 0,), (x,)), "sqrt made inf at index (0,) in its tangent"),
}


@pytest.mark.parametrize("name", OVERFLOWING)
def test_a_sum_of_finite_gradients_that_overflows(name: str) -> None:
    """What was sent was looked at, but not the sum, and in forward mode neither."""
    f, message = OVERFLOWING[name]
    with vector.detect_anomaly(), pytest.raises(AnomalyError, match="^" + re.escape(message)):
        f(np.array([0.6, 0.1]))


def test_nothing_is_said_while_all_is_finite() -> None:
    x = tensor([1.0, 2.0], requires_grad=True)
    with vector.detect_anomaly():
        (x.log() / x).sum().backward()
    assert x.grad is not None


FINITE: dict[str, Callable[[Any], Any]] = {
    "nanmax": lambda x: np.nanmax(x, axis=0),
    "nanmin": np.nanmin,
    "nanvar": lambda x: np.nanvar(x, axis=1),
    "nanstd": np.nanstd,
    "nansum": np.nansum,
    "nanmean": np.nanmean,
    "max": lambda x: np.max(x, where=~np.isnan(x), initial=-5),
    "max from no least number": lambda x: np.max(x, 1, where=~np.isnan(x), initial=-np.inf),
    "min": lambda x: np.min(x, where=~np.isnan(x), initial=np.inf),
    "modf": lambda x: np.modf(np.nan_to_num(x))[0],
}


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16])
@pytest.mark.parametrize("name", FINITE)
def test_what_is_finite_is_computed_without_nan_and_infinity(name: str, dtype: Any) -> None:
    """nanmax filled the gaps with −∞, nanvar took the mean from NaN: AnomalyError, though the result was finite."""
    x = Tensor(np.array([[1.0, np.nan, 4.0], [-2.0, 3.0, np.nan]], dtype), requires_grad=True)
    with vector.detect_anomaly():
        out = FINITE[name](x)
        (out * out).sum().backward()
    np.testing.assert_allclose(out.data, FINITE[name](x.data), 1e-3)
    assert out.dtype == dtype
    assert x.grad is not None
    assert np.isfinite(x.grad).all()


GIVEN: dict[str, Callable[[Tensor], Any]] = {
    "where": lambda x: vector.softmax(np.where([True, False], x, -np.inf)),
    "+": lambda x: vector.softmax(x + np.array([[0.0, -np.inf]])),
    "−": lambda x: vector.softmax(x - np.array([0.0, np.inf])),
    "maximum": lambda x: np.maximum(x, -np.inf),
    "max": lambda x: np.max(x, where=[[True, False]], initial=0),
    "min": lambda x: np.min(x, axis=1, where=[[True, False]], initial=9),
}  # fmt: skip


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", GIVEN)
def test_an_infinity_that_was_given_is_handed_on_not_made(name: str, dtype: Any) -> None:
    x = tensor(np.array([[1.0, 2.0], [3.0, 4.0]], dtype), requires_grad=True)
    with vector.detect_anomaly():
        np.sum(GIVEN[name](x)).backward()
        with pytest.raises(AnomalyError, match="made nan"):
            np.exp(x * 0.0 * np.inf if name == "where" else (x + np.inf) - np.inf)


def test_integers_and_booleans_are_finite() -> None:
    with vector.detect_anomaly():
        np.testing.assert_array_equal((tensor([1, 2]) + 1).data, [2, 3])


def test_the_mode_and_numpys_warnings_are_restored_after_an_exception() -> None:
    with pytest.raises(KeyError), vector.detect_anomaly():
        raise KeyError
    with pytest.warns(RuntimeWarning):
        tensor([-1.0]).log()


def test_nested_blocks() -> None:
    with vector.detect_anomaly():
        with vector.detect_anomaly():
            pass
        with pytest.raises(AnomalyError):
            tensor([-1.0]).log()


def test_the_mode_of_one_thread_is_not_anothers() -> None:
    with another_thread_in(vector.detect_anomaly()), pytest.warns(RuntimeWarning):
        tensor([-1.0]).log()
