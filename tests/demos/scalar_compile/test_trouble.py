"""scalar_compile.compile: wrong use, NaN and infinity, and no NumPy."""

import math
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import scalar
from demos import scalar_compile
from scalar import AnomalyError, Value, losses
from scalar.modes import UnknownNumber

Function = Callable[..., Any]

ASKING: dict[str, Function] = {
    "if": lambda x: x if x > 0 else -x,
    "equality": lambda x: x if x == 0 else -x,
    "truth": lambda x: x and 1.0,
    "float": lambda x: x * float(x),
    "math": lambda x: Value(math.exp(x)),
    "data": lambda x: x * x.data,
    "round": round,
    "a class": lambda x: losses.softmax_cross_entropy([x, 2 * x], 0),
}


@pytest.mark.parametrize("f", ASKING.values(), ids=ASKING.keys())
def test_a_number_that_is_not_known_yet(f: Function) -> None:
    with pytest.raises(
        UnknownNumber, match=r"^compile: expected f to use its arguments through operations only, but .*"
    ):
        scalar_compile.compile(f)([1.0, 2.0])


def test_what_is_no_function() -> None:
    with pytest.raises(TypeError, match=r"^compile: expected a function of Values, got 3$"):
        scalar_compile.compile(3)  # type: ignore[arg-type]


def test_what_is_printed_of_an_argument(capsys: pytest.CaptureFixture[str]) -> None:
    def f(x: Any) -> Any:
        sys.stdout.write(f"{x!r} {x + 1!r}\n")
        return x

    scalar_compile.compile(f)([1.0])
    assert set(capsys.readouterr().out.splitlines()) == {"Tracer(argument) Tracer(+)"}


@pytest.mark.parametrize("wrong", ["moons", None, [[1, 2], [3]], ["a", "b"], [1 + 2j], len, {"a": ["b"]}], ids=repr)
def test_an_argument_that_is_no_number(wrong: Any) -> None:
    with pytest.raises(TypeError, match=r"^f: argument 1.*: expected a number or Values, .* nested lists of numbers"):
        scalar_compile.compile(lambda x, y: x)([1.0], wrong)


def test_columns_of_different_lengths() -> None:
    with pytest.raises(ValueError, match=r"^f: expected as many examples in each argument, got 2 and 3$"):
        scalar_compile.compile(lambda x, y: x)([1.0, 2.0], [1.0, 2.0, 3.0])


def test_the_mean_of_nothing() -> None:
    for reduce in (scalar_compile.compile(scalar.exp).mean, scalar_compile.compile(scalar.exp).sum):
        with pytest.raises(ValueError, match=r"^exp\.(mean|sum): expected at least one example, got none$"):
            reduce([])


def test_the_mean_of_several_numbers() -> None:
    with pytest.raises(TypeError, match=r"^f\.mean: expected f to give one number, got list; call f\(…\) for all"):
        scalar_compile.compile(lambda x: [x, x]).mean([1.0])


def test_a_result_that_is_no_number() -> None:
    with pytest.raises(TypeError, match=r"^compile: expected f to give Values or numbers, in lists, .* got NoneType$"):
        scalar_compile.compile(lambda x: None)([1.0])


def test_the_second_derivative_of_a_compiled_function() -> None:
    f = scalar_compile.compile(lambda w, x: w * w * x)
    with pytest.raises(
        TypeError, match=r"^f\.sum: its derivative is known as a number only; .*compile\(scalar\.grad\(f"
    ):
        scalar.hessian(lambda w: f.sum(w, [1.0, 2.0]))(3.0)


# ---------------------------------------------------------------- NaN and infinity


def test_a_nan_is_reported_by_the_operation_that_made_it() -> None:
    f = scalar_compile.compile(lambda x: scalar.log(x) * 2)
    with pytest.warns(RuntimeWarning, match=r"log\(-3\.0\) is nan") as caught:
        out = f([1.0, -3.0])
    assert (caught[0].filename, caught[0].lineno) == (__file__, f.f.__code__.co_firstlineno)
    np.testing.assert_array_equal(out, [0.0, math.nan])
    with scalar.detect_anomaly(), pytest.raises(AnomalyError, match=r"log\(-3\.0\) is nan"):
        f([1.0, -3.0])


def test_a_nan_given_is_no_news() -> None:
    np.testing.assert_array_equal(scalar_compile.compile(lambda x: x + 1)([math.nan, 1.0]), [math.nan, 2.0])


def test_a_derivative_that_is_infinite_is_reported_under_detect_anomaly() -> None:
    w = Value(1.0)
    f = scalar_compile.compile(lambda x: scalar.sqrt(w * x))
    assert math.isnan(f.mean([1.0, 0.0]).locals[0])
    with scalar.detect_anomaly(), pytest.raises(AnomalyError, match=r"backward of sqrt\(0\.0\)"):
        f.mean([1.0, 0.0])


def test_the_scalar_engine_itself_loads_no_numpy() -> None:
    code = "import sys, scalar; assert 'numpy' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_former_name_is_told() -> None:
    with pytest.raises(AttributeError, match=r"no attribute 'compile'; it is demos\.scalar_compile\.compile now$"):
        _ = scalar.compile


def test_no_other_name_is_made_up() -> None:
    with pytest.raises(AttributeError, match=r"^module 'scalar' has no attribute 'compyle'$"):
        _ = scalar.compyle
