"""detect_anomaly() on the way back, and inside the transforms; test_trouble.py is about the way forward."""

import math
import re
import sys
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import scalar
from scalar import AnomalyError, Value, derivative, grad, hessian, jvp
from tests.waiting import in_threads

DOMAIN_ERRORS: dict[str, Callable[[], Any]] = {
    "log": lambda: Value(-1.0).log(),
    "log2": lambda: Value(-1.0).log2(),
    "log10": lambda: Value(-1.0).log10(),
    "log1p": lambda: Value(-2.0).log1p(),
    "sqrt": lambda: Value(-1.0).sqrt(),
    "asin": lambda: Value(2.0).asin(),
    "acos": lambda: Value(-2.0).acos(),
    "**": lambda: Value(-8.0) ** (1 / 3),
    "÷": lambda: Value(0.0) / Value(0.0),
}


@pytest.mark.parametrize("name", DOMAIN_ERRORS)
def test_outside_the_domain_there_is_nan_and_a_warning_but_never_a_complex_number(name: str) -> None:
    with pytest.warns(RuntimeWarning, match=rf"^{re.escape(name)}\(.*\) is nan$"):
        out = DOMAIN_ERRORS[name]()
    assert type(out.data) is float
    assert math.isnan(out.data)
    with scalar.detect_anomaly(), pytest.raises(AnomalyError, match=rf"^{re.escape(name)}\(.*\) is nan"):
        DOMAIN_ERRORS[name]()


BACKWARD: dict[str, tuple[Callable[[Value], Value], float, str]] = {
    "a vertical tangent": (
        lambda x: x.sqrt(),
        0.0,
        "backward of sqrt(0.0): upstream 1 · local inf is inf for operand 0",
    ),
    "zero times infinity": (
        lambda x: x.sqrt() * 0,
        0.0,
        "backward of sqrt(0.0): upstream 0 · local inf is nan for operand 0",
    ),
    "overflow": (
        lambda x: x * 1e200 * 1e200,
        0.0,
        "backward of ×(0.0, 1e+200): upstream 1e+200 · local 1e+200 is inf for operand 0",
    ),
    "a power": (lambda x: x**0.5, 0.0, "backward of **(0.0, 0.5): upstream 1 · local inf is inf for operand 0"),
    "another operand": (
        lambda x: 1 / (x * x * 1e-200 + 1e-160),
        1.0,
        "backward of ÷(1.0, 1e-160): upstream 1 · local -inf",
    ),
}


@pytest.mark.parametrize("name", BACKWARD)
def test_the_way_back_names_the_operation_its_operands_and_both_factors(name: str) -> None:
    f, point, message = BACKWARD[name]
    with scalar.detect_anomaly():
        out = f(Value(point))  # the way forward is fine
        assert math.isfinite(out.data)
        with pytest.raises(AnomalyError, match="^" + re.escape(message)):
            out.backward()


@pytest.mark.parametrize("name", BACKWARD)
def test_a_sweep_that_fails_leaves_no_gradient_half_written(name: str) -> None:
    f, point, _ = BACKWARD[name]
    x = Value(point)
    out = f(x)
    with scalar.detect_anomaly(), pytest.raises(AnomalyError):
        out.backward()
    assert x.grad is scalar.NOT_COMPUTED
    assert out.grad is scalar.NOT_COMPUTED


SUMS: dict[str, Callable[[], Any]] = {
    "backward": lambda: used_twice(Value(0.5)).backward(),
    "grad": lambda: grad(used_twice)(0.5),
    "jvp": lambda: jvp(used_twice, (0.5,), (1.0,)),
}


def used_twice(x: Value) -> Value:
    return x * 1e308 + x * 1e308


@pytest.mark.parametrize("name", SUMS)
def test_a_sum_of_finite_messages_that_overflows(name: str) -> None:
    """Each message was looked at, but not their sum."""
    what = r"upstream 1 · local 1e\+308 is 1e\+308" if name != "jvp" else r"tangent 1e\+308 · local 1 is 1e\+308"
    with (
        scalar.detect_anomaly(),
        pytest.raises(AnomalyError, match=rf"{what} for operand [01], where the sum of such products becomes inf"),
    ):
        SUMS[name]()


def test_a_sum_of_finite_messages_that_overflows_where_the_derivative_is_recorded() -> None:
    with scalar.detect_anomaly(), pytest.raises(AnomalyError, match=r"^\+\(1\.5e\+308, 5e\+307\) is inf"):
        derivative(lambda x: used_twice(x) * x, order=2)(0.5)


def test_without_it_the_gradient_is_infinite_or_nan_and_says_so() -> None:
    x = Value(0.0)
    x.sqrt().backward()
    assert x.grad == math.inf
    (x.sqrt() * 0).backward()
    assert math.isnan(x.grad)


def test_a_constant_operand_is_sent_nothing_and_troubles_nobody() -> None:
    with scalar.detect_anomaly():
        x = Value(-2.0)
        (x**3).backward()  # ∂/∂3 would be −8·ln(−2)
        assert x.grad == 12.0


def test_inside_transforms() -> None:
    with scalar.detect_anomaly():
        assert derivative(lambda x: x**3, order=3)(-2.0) == 6.0
        with pytest.raises(AnomalyError, match=r"backward of sqrt\(0\.0\)"):
            grad(scalar.sqrt)(0.0)
        with pytest.raises(AnomalyError, match=r"^log\(-1\.0\) is nan"):
            hessian(lambda v: scalar.log(v[0]))([-1.0])
        with pytest.raises(AnomalyError, match=r"^log\(0\.0\) is -inf"):
            jvp(scalar.log, (0.0,), (1.0,))
        with pytest.raises(AnomalyError, match=r"forward of sqrt\(0\.0\): tangent 2 · local inf is inf for operand 0"):
            jvp(scalar.sqrt, (0.0,), (2.0,))
        with pytest.raises(AnomalyError, match=r"backward of sqrt\(0\.0\): upstream 1 · local inf is inf"):
            derivative(scalar.sqrt, order=2)(0.0)


def test_transforms_do_not_warn_of_derivatives_that_nobody_asked_for() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert derivative(lambda x: x**3, order=2)(-2.0) == -12.0  # ln(−2) stands in the exponent's derivative alone


@pytest.fixture
def busy_switching() -> Iterator[None]:
    """Threads change places a thousand times more often than usual."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(5e-6)
    yield
    sys.setswitchinterval(interval)


@pytest.mark.usefixtures("busy_switching")
def test_two_threads_compute_side_by_side() -> None:
    """Creation numbers come from one counter: each thread's graph must stay sorted, its transforms unconfused."""

    def train() -> None:
        for _ in range(20):
            x = y = Value(1.0)
            for _ in range(50):
                y = y + y * 0.5 + x * 0.0
            y.backward()
            assert x.grad == pytest.approx(1.5**50)

    def differentiate() -> None:
        for _ in range(100):
            assert grad(lambda x: x * grad(lambda y: x + y)(x))(5.0) == 1.0
            assert derivative(lambda x: x**4, order=3)(2.0) == 48.0

    in_threads(train, train, differentiate, differentiate)


@pytest.mark.usefixtures("busy_switching")
def test_anomaly_mode_in_one_thread_is_not_the_others() -> None:
    def detecting() -> None:
        for _ in range(100):
            with scalar.detect_anomaly(), pytest.raises(AnomalyError):
                Value(0.0).sqrt().backward()

    def not_detecting() -> None:
        for _ in range(100):
            x = Value(0.0)
            x.sqrt().backward()
            assert x.grad == math.inf

    in_threads(detecting, not_detecting)
