"""One rule, four readings: every row of the rule table with floats, with Values, with tangents and with symbols.

The judges are PyTorch's float64 autograd, nested; mpmath, which differentiates the function itself with a hundred
digits; and sympy's own `diff`.
"""

import operator
from collections.abc import Callable
from functools import partial
from types import SimpleNamespace
from typing import Any

import mpmath
import pytest
import sympy
import torch
from sympy.core.function import AppliedUndef

from scalar import Value, derivative, grad, hessian, jvp
from tests.checks import SCALAR
from tests.judges import TORCH
from tests.row import Case
from tests.table import SCALAR_ROWS
from tests.test_table import scalar_rules

CASES = [Case(row, ((),) * len(row.domains), {}) for row in SCALAR_ROWS]
SEEDS = range(5)


def definitions(m: Any, **more: Any) -> SimpleNamespace:
    """The rows' functions in the mathematics of m, some written out as they are defined."""
    own = "acos asin atan atan2 cos cosh erf exp log sign sin sinh sqrt tan tanh"
    return SimpleNamespace(
        **{
            **{name: getattr(m, name) for name in own.split()},
            "expm1": lambda x: m.exp(x) - 1,
            "log1p": lambda x: m.log(1 + x),
            "log2": lambda x: m.log(x) / m.log(2),
            "log10": lambda x: m.log(x) / m.log(10),
            "hypot": lambda x, y: m.sqrt(x * x + y * y),
            "sigmoid": lambda x: 1 / (1 + m.exp(-x)),
            "logsigmoid": lambda x: -m.log(1 + m.exp(-x)),
            "softplus": lambda x: m.log(1 + m.exp(x)),
            "compare": lambda x, y: m.sign(x - y),
            "step": lambda x: (1 + m.sign(x)) / 2,
            "relu": lambda x: x * (1 + m.sign(x)) / 2,
            "leaky_relu": lambda x, k: x * (1 + m.sign(x)) / 2 + k * x * (1 - m.sign(x)) / 2,
            "elu": lambda x, a: x * (1 + m.sign(x)) / 2 + a * (m.exp(x) - 1) * (1 - m.sign(x)) / 2,
            "maximum": lambda x, y: (x + y + (x - y) * m.sign(x - y)) / 2,
            "minimum": lambda x, y: (x + y - (x - y) * m.sign(x - y)) / 2,
            **more,
        }
    )


MPMATH = definitions(mpmath, absolute=abs)
SYMPY = definitions(sympy, absolute=sympy.Abs)


def point_and_direction(case: Case, seed: int) -> tuple[list[float], list[float]]:
    point = [float(x) for x in case.sample(seed)]
    return point, [(-1) ** i * (0.5 + 0.25 * i) for i in range(len(point))]


def along(case: Case, f: Callable[..., Any], m: Any, seed: int) -> Callable[[Any], Any]:
    """f on a line through a point: its derivatives, of any order, mix all partial derivatives of f."""
    point, direction = point_and_direction(case, seed)
    return lambda t: f(m, *[x + v * t for x, v in zip(point, direction, strict=True)])


def by_pytorch(case: Case, seed: int, order: int) -> Any:
    t = torch.zeros((), dtype=torch.float64, requires_grad=True)
    y = along(case, case.judge, TORCH, seed)(t)
    for _ in range(order):
        if not y.requires_grad:  # its derivative is 0, and PyTorch has no graph for it
            return 0.0
        (y,) = torch.autograd.grad(y, t, create_graph=True, allow_unused=True, materialize_grads=True)
    return y.item()


def by_mpmath(case: Case, seed: int, order: int) -> float:
    with mpmath.workdps(100):
        return float(mpmath.diff(along(case, case.judge, MPMATH, seed), 0, order))


def test_every_rule_is_read() -> None:
    assert {case.row.name for case in CASES} == scalar_rules().keys()


@pytest.mark.parametrize("case", CASES, ids=str)
@pytest.mark.parametrize("order", [0, 1, 2, 3])
def test_floats_and_values(case: Case, order: int) -> None:
    """The value and the first derivative are read with floats, the derivatives of a derivative with Values."""
    for seed in SEEDS:
        ours = derivative(along(case, case.f, SCALAR, seed), order)(0.0)
        for judge in (by_pytorch, by_mpmath):
            assert ours == pytest.approx(judge(case, seed, order), rel=1e-12, abs=1e-13), (judge.__name__, seed)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_second_derivatives_are_pytorchs_one_by_one(case: Case) -> None:
    point, _ = point_and_direction(case, seed=0)
    rows = hessian(lambda x: case.f(SCALAR, *x))(point)
    judge = torch.autograd.functional.hessian(
        lambda x: case.judge(TORCH, *x) + 0 * x.sum(), torch.tensor(point, dtype=torch.float64)
    )
    assert rows == [pytest.approx(row, rel=1e-12, abs=1e-13) for row in judge.tolist()]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_tangents(case: Case) -> None:
    """Forward mode reads the rule with floats, and with Values when the tangents are to be differentiated."""
    for seed in SEEDS:
        point, direction = point_and_direction(case, seed)
        f = partial(case.f, SCALAR)
        value, moved = jvp(f, point, direction)
        gradient = grad(f, tuple(range(len(point))))(*point)
        assert value == f(*point)
        assert moved == pytest.approx(sum(map(operator.mul, gradient, direction)), rel=1e-14, abs=1e-14)

        line = along(case, case.f, SCALAR, seed)
        assert derivative(lambda t: jvp(line, [t], [1.0])[1])(0.0) == pytest.approx(  # noqa: B023  # called at once
            by_pytorch(case, seed, 2), rel=1e-12, abs=1e-13
        )
        assert jvp(derivative(line), [0.0], [1.0])[1] == pytest.approx(by_pytorch(case, seed, 2), rel=1e-12, abs=1e-13)


def spelt_out(formula: Any) -> Any:
    """The formula with the definitions of the rows that it calls by name, because sympy has none of that name."""
    while opaque := formula.atoms(AppliedUndef):
        for call in opaque:
            name = {"max": "maximum", "min": "minimum"}.get(call.func.__name__, call.func.__name__)
            formula = formula.subs(call, getattr(SYMPY, name)(*call.args))
    return formula


@pytest.mark.parametrize("case", CASES, ids=str)
def test_symbols(case: Case) -> None:
    """The formula of each term, once `out` and such names are spelt out, is what sympy gets from the definition."""
    point, _ = point_and_direction(case, seed=0)
    symbols = sympy.symbols(f"x:{len(point)}", real=True)
    definition = case.judge(SYMPY, *symbols)
    out = case.f(SCALAR, *[Value(x, symbol.name) for x, symbol in zip(point, symbols, strict=True)])
    out.label = "out"
    terms = {term.argument: term for step in out.chain_rule() for term in step.terms}
    assert len(terms) == len(symbols)
    for argument, symbol in enumerate(symbols):
        formula = spelt_out(terms[argument].expression.subs(sympy.Symbol("out", real=True), definition))
        assert formula.free_symbols <= set(symbols)
        difference = formula - sympy.diff(definition, symbol)
        for seed in SEEDS:
            there = dict(zip(symbols, point_and_direction(case, seed)[0], strict=True))
            scale = 1 + abs(sympy.N(formula.subs(there)))
            assert abs(sympy.N(difference.subs(there))) <= 1e-13 * scale, f"{case}: ∂/∂{symbol} at {there}"


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_formula_is_the_number_beside_it(case: Case) -> None:
    point, _ = point_and_direction(case, seed=1)
    x = [Value(number, f"x{i}") for i, number in enumerate(point)]
    out = case.f(SCALAR, *x)
    out.label = "out"
    numbers = {sympy.Symbol(v.label, real=True): v.data for v in [*x, out]}
    for step in out.chain_rule():
        for term in step.terms:
            assert float(spelt_out(term.expression).subs(numbers)) == pytest.approx(term.local, rel=1e-14, abs=1e-15), (
                term.formula
            )
