"""The judge, judged: a wrong rule or a wrong sweep in either engine must be caught, whichever and wherever it is."""

import __future__

import inspect
import sys
from collections.abc import Callable, Mapping, Sequence
from types import ModuleType
from typing import Any, cast

import numpy as np
import pytest

import scalar
import vector
from tests.checks import VECTOR, Engine, by_scalar, by_vector, check
from tests.row import Row
from tests.table import SCALAR_ROWS, VECTOR_ROWS
from tests.test_table import scalar_rules, vector_rules

ERRORS: Mapping[str, Callable[[Any], Any]] = {
    "scaled": lambda derivative: derivative * 1.001,
    "negated": lambda derivative: -1.0 * derivative,
    "dropped": lambda derivative: derivative * 0.0,
    "shifted": lambda derivative: derivative + 0.001,
}


def flat(engine: Engine, row: Row, operand: int) -> bool:
    """Whether the derivative is 0 wherever the table looks, so that only a shift changes it."""
    cases = [row.scalar_case()] if engine is by_scalar else row.cases()
    try:
        verdicts = [engine(case.f, case.sample(seed)) for case in cases for seed in range(4)]
    except AttributeError:  # an engine without the operation, of which the tests below tell
        return False
    return not any(np.any(verdict.gradients[operand]) for verdict in verdicts)


FLAT = {
    (row.name, operand)
    for engine, rows in ((by_scalar, SCALAR_ROWS), (by_vector, VECTOR_ROWS))
    for row in rows
    for operand in range(len(row.domains))
    if flat(engine, row, operand)
}
"""(operation, operand)."""


def plants(rows: list[Row]) -> list[Any]:
    """(row, operand, error) for every operand of every row and every error that changes its derivative."""
    return [
        pytest.param(row, operand, error, id=f"{row}-{operand}-{error}")
        for row in rows
        for operand in range(len(row.domains))
        for error in (["shifted"] if (row.name, operand) in FLAT else ERRORS)
    ]


def check_row(engine: Engine, row: Row) -> None:
    """The table's deterministic part: every case of the row, or several points of it on the scalar engine."""
    if engine is by_scalar:
        for seed in range(4):
            case = row.scalar_case()
            check(engine, case, case.sample(seed))
    else:
        for case in row.cases():
            operands = case.sample()
            shape = np.shape(case.f(VECTOR, *operands))
            check(engine, case, operands, np.random.default_rng(1).normal(size=shape))


def caught(engine: Engine, row: Row) -> None:
    # A planted error may also divide by 0; the verdict, not NumPy's warning, must be what fails.
    with np.errstate(all="ignore"), pytest.raises(AssertionError, match=f"{row}.* disagrees with PyTorch"):
        check_row(engine, row)


@pytest.mark.parametrize(("row", "operand", "error"), plants(SCALAR_ROWS))
def test_a_wrong_local_derivative_of_a_value_is_caught(
    monkeypatch: pytest.MonkeyPatch, row: Row, operand: int, error: str
) -> None:
    op = scalar_rules()[row.name]
    local = op.local

    def wrong(*args: Any) -> tuple[Any, ...]:
        return tuple(ERRORS[error](d) if i == operand else d for i, d in enumerate(local(*args)))

    monkeypatch.setattr(op, "local", wrong)
    caught(by_scalar, row)


class Planted:
    """The derivatives of a vector operation, one of them wrong."""

    def __init__(self, right: Sequence[Callable[..., Any]], argument: int, error: Callable[[Any], Any]) -> None:
        self.right, self.argument, self.error = right, argument, error

    def __getitem__(self, argument: int) -> Callable[..., Any]:
        derivative = self.right[argument]
        if argument != self.argument:
            return derivative
        return lambda *args, **params: self.error(derivative(*args, **params))


@pytest.mark.parametrize(("row", "operand", "error"), plants(VECTOR_ROWS))
def test_a_wrong_vjp_of_a_tensor_is_caught(monkeypatch: pytest.MonkeyPatch, row: Row, operand: int, error: str) -> None:
    op = vector_rules()[row.name]
    column = "partials" if op.partials else "vjps"
    argument = operand + 1 if row.name == "where" else operand  # after its condition, which has no derivative
    monkeypatch.setattr(op, column, Planted(getattr(op, column), argument, ERRORS[error]))
    caught(by_vector, row)


@pytest.mark.parametrize("row", SCALAR_ROWS, ids=str)
def test_a_wrong_value_is_caught_on_values(monkeypatch: pytest.MonkeyPatch, row: Row) -> None:
    op = scalar_rules()[row.name]
    forward = op.forward
    monkeypatch.setattr(op, "forward", lambda *args: 1.001 * forward(*args))
    caught(by_scalar, row)


@pytest.mark.parametrize("row", VECTOR_ROWS, ids=str)
def test_a_wrong_value_is_caught_on_tensors(monkeypatch: pytest.MonkeyPatch, row: Row) -> None:
    op = vector_rules()[row.name]
    forward = op.forward
    monkeypatch.setattr(op, "forward", lambda *args, **params: 1.001 * forward(*args, **params))
    caught(by_vector, row)


MULTIPLY = next(row for row in VECTOR_ROWS if row.name == "multiply")


def mutant(function: Callable[..., Any], right: str, wrong: str) -> Callable[..., Any]:
    """The function as it would be with another expression in the place of its one `right`."""
    source = inspect.getsource(function)
    assert source.count(right) == 1, f"{function.__module__}.{function.__name__} has changed: plant the error anew"
    code = compile(source.replace(right, wrong), "mutant", "exec", __future__.annotations.compiler_flag)
    namespace = dict(vars(sys.modules[function.__module__]))
    exec(code, namespace)  # noqa: S102  # the engine's own source, mutated
    return cast(Callable[..., Any], namespace[function.__name__])


@pytest.mark.parametrize(
    ("engine", "user", "name", "right"),
    [
        (by_scalar, scalar.value, "gradients", "get(parent, 0.0) + message"),
        (by_vector, vector.sweep, "_sweep", "known[1] + message"),
    ],
    ids=["scalar", "vector"],
)
def test_a_sweep_that_overwrites_where_it_should_add_is_caught(
    monkeypatch: pytest.MonkeyPatch, engine: Engine, user: ModuleType, name: str, right: str
) -> None:
    monkeypatch.setattr(user, name, mutant(getattr(user, name), right, "message"))
    with pytest.raises(AssertionError, match=r"multiply.*of one operand in every place.*disagrees with PyTorch"):
        check_row(engine, MULTIPLY)


def test_broadcasting_undone_by_a_mean_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    right = vector.sweep.unbroadcast
    monkeypatch.setattr(vector.sweep, "unbroadcast", lambda g, shape: right(g, shape) / g.size)
    caught(by_vector, MULTIPLY)
