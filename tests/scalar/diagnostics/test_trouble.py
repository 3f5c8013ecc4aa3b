"""NaN and infinity: a warning, as in NumPy, or an error that names the operation, under detect_anomaly."""

import math
import warnings
from collections.abc import Callable

import pytest

import scalar
from scalar import AnomalyError, Value
from tests.waiting import another_thread_in

MAKES_NAN: dict[str, Callable[[], Value]] = {
    "log(-1.0)": lambda: Value(-1.0).log(),
    "sqrt(-1.0)": lambda: Value(-1.0).sqrt(),
    "**(-8.0, 0.3333333333333333)": lambda: Value(-8.0) ** (1 / 3),
    "log(-2.0)": lambda: scalar.log(Value(-2.0)),
    "÷(0.0, 0.0)": lambda: Value(0.0) / 0,
}
MAKES_INFINITY: dict[str, Callable[[], Value]] = {
    "exp(1000.0)": lambda: Value(1000.0).exp(),
    "log(0.0)": lambda: Value(0.0).log(),
    "÷(1.0, 0.0)": lambda: 1 / Value(0.0),
    "**(0.0, -1.0)": lambda: Value(0.0) ** -1,
    "**(10.0, 400.0)": lambda: Value(10.0) ** 400,
    "**(-10.0, 401.0)": lambda: Value(-10.0) ** 401,
    "×(1e+200, 1e+200)": lambda: Value(1e200) * 1e200,
    "+(1e+308, 1e+308)": lambda: Value(1e308) + 1e308,
}
TROUBLE = MAKES_NAN | MAKES_INFINITY


@pytest.mark.parametrize("call", TROUBLE)
def test_it_warns_and_goes_on(call: str) -> None:
    with pytest.warns(RuntimeWarning) as caught:
        out = TROUBLE[call]()
    assert type(out.data) is float  # never a complex number
    assert math.isnan(out.data) if call in MAKES_NAN else math.isinf(out.data)
    assert [str(warning.message) for warning in caught] == [f"{call} is {out.data}"]
    assert caught[0].filename == __file__, "the warning should point at the line that made the trouble"


@pytest.mark.parametrize("call", TROUBLE)
def test_under_detect_anomaly_it_is_an_error_that_names_the_operation_and_its_operands(call: str) -> None:
    with scalar.detect_anomaly(), pytest.raises(AnomalyError) as caught:
        TROUBLE[call]()
    assert str(caught.value).startswith(f"{call} is ")
    assert isinstance(caught.value, ArithmeticError)


def test_only_the_first_operation_is_named() -> None:
    with pytest.warns(RuntimeWarning) as caught:
        out = Value(-1.0).log() * 2 + 1
    assert math.isnan(out.data)
    assert len(caught) == 1


def test_an_operand_that_was_nan_already_is_no_news() -> None:
    with scalar.detect_anomaly():
        assert math.isnan((Value(math.nan) + 1).data)
        assert (Value(math.inf) * 2).data == math.inf


def test_plain_numbers_are_not_recorded_and_do_not_warn() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert math.isnan(scalar.log(-1.0))
        assert scalar.exp(1000) == math.inf


def test_nested_blocks() -> None:
    with scalar.detect_anomaly():
        with scalar.detect_anomaly():
            pass
        with pytest.raises(AnomalyError):
            Value(0.0).log()
    with pytest.warns(RuntimeWarning):
        Value(0.0).log()


def test_the_mode_ends_with_an_exception() -> None:
    with pytest.raises(KeyError), scalar.detect_anomaly():
        raise KeyError
    with pytest.warns(RuntimeWarning):
        Value(0.0).log()


def test_the_mode_of_one_thread_is_not_anothers() -> None:
    with another_thread_in(scalar.detect_anomaly()), pytest.warns(RuntimeWarning):
        assert Value(0.0).log().data == -math.inf


@pytest.mark.parametrize(
    "name", ["exp", "log", "sqrt", "sin", "cos", "tan", "tanh", "sigmoid", "softplus", "relu", "step", "sign"]
)
def test_nan_in_nan_out(name: str) -> None:
    assert math.isnan(getattr(scalar, name)(math.nan))


def test_nan_in_nan_out_of_max_and_min() -> None:
    for f in (scalar.max, scalar.min):
        assert math.isnan(f(math.nan, 1.0))
        assert math.isnan(f(1.0, math.nan))
