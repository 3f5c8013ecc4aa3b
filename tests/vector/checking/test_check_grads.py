"""check_grads: right derivatives pass, each kind of wrong one is found, and kinks are told from errors."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import vector
from tests.checks import VECTOR
from tests.row import Row
from tests.table import FUNCTION_ROWS, POINTWISE, VECTOR_ROWS
from tests.test_planted_errors import FLAT, Planted
from tests.test_table import vector_rules
from vector import Function, GradientError, check_grads

X = np.array([0.5, -1.25, 2.0])
CASES = [next(iter(row.cases())) for row in VECTOR_ROWS + FUNCTION_ROWS if not row.name.startswith("nan")]


def operation(f: Callable[..., Any], vjp: Callable[..., Any]) -> Callable[..., Any]:
    """An operation of one operand with the vector-Jacobian product (g, x), right or wrong."""

    class Planted(Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x)
            return f(x)

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return vjp(g, *ctx.saved_tensors)

    return Planted.apply


def softmax(x: Any) -> Any:
    p = np.exp(x)
    return p / np.sum(p)


def cut(x: Any) -> Any:
    return getattr(x, "_array", x)


@pytest.mark.parametrize("case", CASES[::12], ids=str)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_what_is_right_passes(case: Any, dtype: Any) -> None:
    report = check_grads(lambda *xs: case.f(VECTOR, *xs), *(x.astype(dtype) for x in case.sample()))
    assert {row.verdict for row in report} <= {"agrees", "convention", "empty"}


WRONG: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    "scaled": (np.sin, lambda g, x: g * np.cos(x) * 1.001),
    "shifted": (np.sin, lambda g, x: g * (np.cos(x) + 0.001)),
    "in one component": (np.sin, lambda g, x: g * np.cos(x) * np.where(np.arange(3) == 1, 1.001, 1)),
    "zero": (np.sin, lambda g, x: g * 0),
    "unseen by ones, scaled": (softmax, lambda g, x: 2 * softmax(x) * (g - np.sum(g * softmax(x)))),
    "unseen by ones, zero": (softmax, lambda g, x: g * 0),
    "transposed": (np.cumsum, lambda g, x: np.cumsum(g)),
}


@pytest.mark.parametrize("mode", ["reverse", "forward"])
@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_rule_is_found_in_either_mode(name: str, mode: str) -> None:
    with pytest.raises(GradientError, match=rf"argument 0, {mode} mode, order 1: analytic .*, numerical .*; expected"):
        check_grads(operation(*WRONG[name]), X, modes=[mode], order=1)


def test_an_upstream_gradient_of_ones_would_not_have_seen_it() -> None:
    wrong = operation(*WRONG["unseen by ones, scaled"])
    with pytest.warns(UserWarning, match="cannot judge 2 of 2 .*: rounding hides the derivative"):
        assert check_grads(lambda x: wrong(x).sum(), X, order=1).ok


@pytest.mark.parametrize("mode", ["reverse", "forward"])
def test_what_is_wrong_in_the_second_derivative_only_is_found(mode: str) -> None:
    f = operation(np.exp, lambda g, x: g * np.exp(cut(x)))
    assert check_grads(f, X, order=1, modes=[mode]).ok
    report = check_grads(f, X, modes=[mode], raises=False)
    assert [(row.order, row.verdict) for row in report] == [(1, "agrees"), (2, "mismatch")]
    with pytest.raises(GradientError, match=rf"{mode} over {mode} mode, order 2"):
        check_grads(f, X, modes=[mode])


def test_the_third_derivative() -> None:
    report = check_grads(lambda x: x**4, X, order=3, modes=["reverse"], directions=1)
    assert [(row.mode, row.order) for row in report][-1] == ("reverse over reverse over reverse", 3)


def test_one_wrong_component_among_many() -> None:
    x = np.random.default_rng(1).normal(size=1000)
    wrong = operation(np.sin, lambda g, x: g * np.cos(x) * np.where(np.arange(1000) == 617, 1.001, 1))
    assert not check_grads(wrong, x, order=1, raises=False).ok


def test_the_wrong_argument_is_named() -> None:
    wrong = operation(*WRONG["scaled"])

    def f(p: Any, scale: Any) -> Any:
        return {"y": (p["w"] * scale, [wrong(p["b"][0])])}

    report = check_grads(f, {"w": X, "b": (X,)}, 2, raises=False)
    assert {row.argument for row in report} == {"p['w']", "p['b'][0]", "scale"}
    assert {row.argument for row in report.wrong if row.order == 1} == {"p['b'][0]"}


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_every_floating_dtype_is_judged_by_its_own_rounding(dtype: Any) -> None:
    x = X.astype(dtype)
    seen = []

    def f(x: Any) -> Any:
        seen.append(x.dtype)
        return np.tanh(x) * x

    assert check_grads(f, x).ok
    assert set(seen) == {np.dtype(dtype)}
    assert not check_grads(operation(np.sin, lambda g, x: g * np.cos(x) * 2), x, order=1, raises=False).ok


@pytest.mark.parametrize("scale", [1e-6, 1e6])
def test_arguments_of_any_size(scale: float) -> None:
    assert check_grads(lambda x: np.log(x) * x, np.abs(X) * scale).ok


KINKS: dict[str, tuple[Callable[..., Any], Any]] = {
    "relu": (vector.relu, np.array([0.0, 1.0, -1.0])),
    "difference": (lambda x: vector.relu(x[0]) - vector.relu(x[1]), np.zeros(2)),
    "max": (np.max, np.array([1.0, 1.0, 0.0])),
    "abs": (np.abs, np.zeros(3)),
    "unreported": (operation(lambda x: np.maximum(x, 0), lambda g, x: g * (x > 0)), np.array([0.0, 1.0, -1.0])),
}


@pytest.mark.parametrize("name", KINKS)
def test_a_kink_is_a_convention(name: str) -> None:
    f, x = KINKS[name]
    report = check_grads(f, x)
    assert {row.verdict for row in report} <= {"agrees", "convention"}
    if name not in ("abs", "max"):  # there the slopes' mean, which differences say, is the choice
        assert "convention" in {row.verdict for row in report if row.order == 1}


def test_near_a_kink_a_smaller_step_is_tried() -> None:
    assert {row.verdict for row in check_grads(lambda x: x.relu(), np.array([1e-6, -1e-6, 3.0]), order=1)} == {"agrees"}


def test_a_choice_that_is_no_slope_is_a_mismatch() -> None:
    wrong = operation(lambda x: np.maximum(x, 0), lambda g, x: g * ((x > 0) + 7.0 * (x == 0)))
    assert not check_grads(wrong, np.zeros(1), order=1, raises=False).ok


def test_a_reported_choice_that_is_no_slope_is_a_mismatch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vector.rules.relu, "partials", [lambda out, x: (x > 0) + 7.0 * (x == 0)])
    assert not check_grads(vector.relu, np.zeros(1), order=1, raises=False).ok


def test_a_kink_hides_no_error_elsewhere() -> None:
    wrong = operation(*WRONG["scaled"])
    report = check_grads(lambda x: vector.relu(x) + wrong(x), np.array([0.0, 1.0, -1.0]), order=1, raises=False)
    assert {row.verdict for row in report} == {"mismatch"}


def test_a_pole_of_the_derivative_is_undefined() -> None:
    report = check_grads(lambda x: x.sqrt(), np.zeros(1), order=1, modes=["reverse"], raises=False)
    assert [row.verdict for row in report] == ["undefined"]
    with pytest.raises(GradientError, match="check at a point where f and its derivative are finite on all sides"):
        check_grads(lambda x: x.sqrt(), np.zeros(1), order=1)


def test_integers_are_held_fixed_and_whole_numbers_are_floats() -> None:
    report = check_grads(lambda x, i, n: x[i] * n, X, np.array([2, 0]), 3, order=1)
    assert {row.argument for row in report} == {"x", "n"}


def test_empty_arrays() -> None:
    report = check_grads(lambda x, y: x.sum() + y.sum(), np.zeros((0, 3)), X, order=1)
    assert [(row.argument, row.verdict) for row in report] == [
        ("x", "empty"), ("x", "empty"), ("y", "agrees"), ("y", "agrees")
    ]  # fmt: skip


def test_results_that_are_no_tensors() -> None:
    assert check_grads(lambda x: {"y": x * x, "index": np.argmax(x), "constant": 2.0}, X).ok
    with pytest.raises(GradientError, match=r"analytic 0, numerical -?[0-9.]+"):
        check_grads(lambda x: np.exp(x.data), X, order=1)  # cut: no Tensor comes back


def test_tensors_as_arguments_are_left_alone() -> None:
    w = vector.tensor(X, requires_grad=True)
    assert check_grads(lambda w: w * w, w).ok
    assert w.grad is None


def test_a_generator_and_the_default_give_the_same_table_each_time() -> None:
    tables = [str(check_grads(np.tanh, X)) for _ in range(2)]
    assert tables[0] == tables[1]
    seeded = [str(check_grads(np.tanh, X, generator=np.random.default_rng(7))) for _ in range(2)]
    assert seeded[0] == seeded[1] != tables[0]


def test_the_table() -> None:
    report = check_grads(lambda x, bias: np.tanh(x) + bias, X, 1.0, order=1)
    head, *lines = str(report).splitlines()
    assert head.split() == ["argument", "mode", "order", "analytic", "numerical", "error", "verdict"]
    assert [line.split()[0] for line in lines] == ["x", "x", "bias", "bias"]
    assert {line.index("agrees") for line in lines} == {head.index("verdict")}
    assert repr(report) == "<GradientReport: 4 derivatives, 0 wrong>"
    assert len(report) == 4


def test_the_error_has_the_report() -> None:
    with pytest.raises(GradientError) as caught:
        check_grads(operation(*WRONG["scaled"]), X)
    assert str(caught.value.report) in str(caught.value)
    assert isinstance(caught.value, AssertionError)


ERRORS: dict[str, tuple[Callable[[], Any], type[Exception], str]] = {
    "only integers": (
        lambda: check_grads(lambda i: i, np.arange(3)), TypeError, "expected floating-point numbers|with floating",
    ),
    "words": (lambda: check_grads(lambda s: s, "x"), TypeError, "expected real numbers as arguments, got str 'x'"),
    "NaN": (lambda: check_grads(lambda p: p[1], [X, np.array([np.nan])]), ValueError, r"infinity in argument p\[1\]"),
    "infinite f": (lambda: check_grads(lambda x: 1 / x, np.zeros(1)), ValueError, "f to be finite.*in output 0"),
    "no number": (lambda: check_grads(lambda x: "x", X), TypeError, "expected f to give real numbers, got str"),
    "nothing": (lambda: check_grads(lambda x: None, X), TypeError, "expected f to give real numbers, got NoneType"),
    "no float": (lambda: check_grads(lambda x: x > 0, X), TypeError, "f to give floating-point numbers, got none"),
    "an empty tree": (lambda: check_grads(lambda x: [], X), TypeError, "f to give floating-point numbers, got none"),
    "mode": (lambda: check_grads(np.sin, X, modes=["backward"]), ValueError, r"expected modes from .*, got \['back"),
    "a mode alone": (lambda: check_grads(np.sin, X, modes="reverse"), ValueError, "in a list or tuple"),
    "order": (lambda: check_grads(np.sin, X, order=0), ValueError, "expected order >= 1 and directions >= 1, got 0"),
}  # fmt: skip


@pytest.mark.parametrize("name", ERRORS)
@pytest.mark.filterwarnings("ignore:divide by zero")
def test_errors(name: str) -> None:
    call, kind, message = ERRORS[name]
    with pytest.raises(kind, match=message):
        call()


def test_a_function_of_chance_is_refused() -> None:
    generator = np.random.default_rng(0)
    with pytest.raises(ValueError, match="expected the same value from the same arguments"):
        check_grads(lambda x: x * generator.normal(size=3), X)


# ---------------------------------------------------------------- what a judge cannot tell, and what it must


def test_differences_that_straddle_the_waves_judge_nothing() -> None:
    assert check_grads(np.sin, 1e4).ok
    for x in (1e6, 1e8, 1e300):
        report = check_grads(np.sin, x, order=1, raises=False)
        assert {row.verdict for row in report} == {"cannot judge"}
        assert {row.reason for row in report} <= {
            "the differences depend on the step", "a staircase of f would lie below the last digit"
        }  # fmt: skip
    with pytest.warns(UserWarning, match=r"cannot judge 6 of 6 .*, first argument 0, reverse mode, order 1: the"):
        assert check_grads(np.sin, 1e8).ok


def test_a_wrong_rule_is_accused_where_its_differences_are_rough() -> None:
    wrong = operation(np.sin, lambda g, x: 2 * g * np.cos(x))
    assert {row.verdict for row in check_grads(wrong, 1e6, order=1, raises=False)} == {"mismatch"}


@pytest.mark.parametrize("name", ["cholesky", "eigvalsh", "sum"])
def test_a_symmetric_matrix_that_is_half_read(name: str) -> None:
    f = getattr(np.linalg, name, lambda x: np.linalg.cholesky(x) + x)
    x = np.array([[4, 1, 0.5], [1, 3, 0.2], [0.5, 0.2, 2]])
    report = check_grads(f, x, raises=False)
    assert {row.verdict for row in report} <= {"agrees", "cannot judge"}
    assert any("the argument is symmetric" in row.reason for row in report)
    assert not check_grads(lambda x: operation(*WRONG["scaled"])(f(x)), x, order=1, raises=False).ok


@pytest.mark.parametrize("scale", [1, 1e-10, 1e-100, 1e10])
def test_rounding_that_hides_a_derivative_is_no_agreement(scale: float) -> None:
    def f(x: Any) -> Any:
        return (1 + 1e-14 * np.sin(x)) * scale

    assert {row.verdict for row in check_grads(f, 1.0, order=1, raises=False)} == {"cannot judge"}
    assert "rounding hides the derivative" in str(check_grads(f, 1.0, order=1, raises=False))


CANCELLED: dict[str, tuple[Callable[[Any], Any], Any]] = {
    "x − sin x": (lambda x: x - np.sin(x), 1e-6),
    "(1 − cos x)/x²": (lambda x: (1 - np.cos(x)) / x**2, 1e-6),
    "(1 + x) − 1": (lambda x: (1 + x) - 1, 1e-10),
    "softmax": (vector.softmax, [100.0, 0.0, -100.0]),
    "eigvalsh": (np.linalg.eigvalsh, np.eye(3)),
}  # fmt: skip


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", CANCELLED)
def test_what_cancels_on_the_way_accuses_no_rule(name: str, dtype: Any) -> None:
    f, x = CANCELLED[name]
    report = check_grads(f, np.array(x, dtype), raises=False)
    assert not [row for row in report if row.verdict == "mismatch"]
    assert report.unjudged or dtype is np.float32
    wrong = operation(np.sin, lambda g, x: 2 * g * np.cos(x))
    assert not check_grads(lambda x: wrong(x) - x / 2, 0.3, order=1, raises=False).ok


POINTS = [1e-300, 1e-8, 1 - 1e-9, 1 + 1e-9, 27.2, -745.0, 1e6, -1e8, 1e30, 1e300]


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("x", POINTS)
def test_no_right_rule_is_accused_anywhere(x: float, dtype: Any) -> None:
    accused = []
    for row in (row for row in POINTWISE if not row.shapes):
        with np.errstate(all="ignore"):
            operands = [np.array(dtype(y)) for y in (x, 0.75, 0.5)][: len(row.domains)]
            if not np.isfinite(operands[0]) or not np.isfinite(row.f(VECTOR, *map(vector.tensor, operands)).data).all():
                continue
            report = check_grads(lambda *xs, f=row.f: f(VECTOR, *xs), *operands, order=1, directions=1, raises=False)
        accused += [(str(row), found) for found in report.wrong if found.verdict == "mismatch"]
    assert accused == []


PLANTS: list[Callable[[Any], Any]] = [lambda d: d * 2, lambda d: d * -1.0, lambda d: d * 1.001, lambda d: d * 0.0]
PLANTED_ROWS = {row.name: row for row in reversed(VECTOR_ROWS) if row.name != "astype"}  # that one computes in float32


@pytest.mark.parametrize("row", PLANTED_ROWS.values(), ids=str)
def test_a_planted_error_of_any_scale_is_accused(row: Row, monkeypatch: pytest.MonkeyPatch) -> None:
    op, case = vector_rules()[row.name], next(iter(row.cases()))
    column = "partials" if op.partials else "vjps"
    right = getattr(op, column)
    for operand in (i for i in range(len(row.domains)) if (row.name, i) not in FLAT):
        for number, scale in enumerate([1, 1e-10, 1e-100, 1e10]):
            plant = PLANTS[(operand + number) % len(PLANTS)]
            monkeypatch.setattr(op, column, Planted(right, operand + (row.name == "where"), plant))
            scaled = operation(lambda x, scale=scale: x * scale, lambda g, x, scale=scale: g * scale)
            report = check_grads(
                lambda *xs, scaled=scaled: scaled(case.f(VECTOR, *xs)),
                *case.sample(), order=1, modes=["reverse"], raises=False,
            )  # fmt: skip
            found = report.rows[operand]
            assert found.verdict == "mismatch" or found.numerical == 0 == found.analytic, (row, operand, scale, found)
