"""Every operation of the table, compiled, against the engine itself: numbers, kinks and singular points."""

import math
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demos import scalar_compile
from demos.scalar_compile.branches import COMPARISONS, select
from demos.scalar_compile.formulas import ARRAY_FUNCTIONS, STACKED, evaluator, read
from scalar import NOT_COMPUTED, Value, rules
from scalar.op import Op
from tests.checks import SCALAR, by_scalar
from tests.judges import Verdict, agree
from tests.row import Case
from tests.table import SCALAR_ROWS

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")  # test_compile.py has the warnings

CASES = [row.scalar_case() for row in SCALAR_ROWS]
OPS = {name: op for name, op in vars(rules).items() if isinstance(op, Op)}
EXACT = {
    *("add", "subtract", "multiply", "divide", "copy", "negative", "sqrt", "relu", "leaky_relu", "absolute", "sign"),
    *("step", "_compare", "maximum", "minimum", "erf", "sum", "dot"),
}  # fmt: skip
"""What both must compute alike. erf has no stand-in."""

SPECIAL = [0.0, -0.0, 1.0, -1.0, 2.0, 0.5, -8.0, 1 / 3, 1e300, -1e300, 1e-300, 710.0, -746.0, math.inf, -math.inf]
NUMBERS = st.one_of(st.sampled_from([*SPECIAL, math.nan]), st.floats(-30, 30, allow_subnormal=False))


def points(case: Case) -> st.SearchStrategy[list[tuple[float, ...]]]:
    """Examples from the row's domains, from among its singular points, and from anywhere."""
    anywhere = st.tuples(*[NUMBERS] * len(case.row.domains))
    singular = [anywhere, st.sampled_from(list(case.row.singular))] if case.row.singular else [anywhere]
    inside = st.tuples(*[domain.strategy() for domain in case.row.domains])
    return st.lists(st.one_of(inside, *singular), min_size=1, max_size=6)


def shared_operands(case: Case) -> Callable[[Sequence[float]], Verdict]:
    """The derivatives by operands that are variables."""
    f = scalar_compile.compile(lambda x: case.f(SCALAR, *x))

    def at(point: Sequence[float]) -> Verdict:
        variables = [Value(x) for x in point]
        out = f.sum(variables)
        out.backward()
        return Verdict(np.array(out.data), [np.array(variable.grad + 0.0) for variable in variables])

    return at


def batched_operands(case: Case) -> Callable[[Sequence[float]], Verdict]:
    """The derivatives by shifts, of no size, of columns."""
    shifts = [Value(-0.0) for _ in case.row.domains]
    f = scalar_compile.compile(lambda x: case.f(SCALAR, *[a + shift for a, shift in zip(x, shifts, strict=True)]))

    def at(point: Sequence[float]) -> Verdict:
        out = f.mean([point])
        for shift in shifts:
            shift.grad = NOT_COMPUTED
        out.backward()
        return Verdict(np.array(out.data), [np.array(shift.grad + 0.0) for shift in shifts])

    return at


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=str)
def test_values_and_gradients_are_the_engines(case: Case) -> None:
    values, shared, batched = (
        scalar_compile.compile(lambda x: case.f(SCALAR, *x)),
        shared_operands(case),
        batched_operands(case),
    )

    @given(points(case))
    @settings(max_examples=40, deadline=None)
    def check(batch: list[tuple[float, ...]]) -> None:
        for point, value in zip(batch, values(batch), strict=True):
            eager = by_scalar(case.f, point)
            if case.row.name in EXACT:
                np.testing.assert_array_equal(value, eager.value)
            np.testing.assert_allclose(value, eager.value, 1e-15, 1e-17)
            for compiled in (shared, batched):
                # The same rule is read; but its functions' last digits differ, and 1 − tanh² may lose more of them.
                agree(f"{case} at {point}, compiled", compiled(point), "the engine", eager, 1e-13)

    check()


@pytest.mark.slow
@pytest.mark.parametrize("name", OPS)
@given(data=st.data())
@settings(max_examples=30)
def test_a_formula_is_the_rules_own_line(name: str, data: st.DataObject) -> None:
    """Every branch of a rule is read, and the right one chosen for each number."""
    op = OPS[name]
    rows = [case.row for case in CASES if case.row.name == name]
    assert rows, f"tests/table.py has no row for {name}"
    arity = STACKED.get(op) or len(rows[0].domains)
    given_points = [tuple(data.draw(NUMBERS) for _ in range(arity)) for _ in range(4)]
    outs = [op.forward(*point) for point in given_points]
    columns = [np.array(column) for column in np.column_stack([outs, given_points]).T]
    with np.errstate(all="ignore"):
        slopes = [np.broadcast_to(evaluator(formula)(columns), 4) for formula in read(op, arity)]
    for i, (out, point) in enumerate(zip(outs, given_points, strict=True)):
        # Two terms of the size of 1 may cancel, each of which NumPy computes within 5e-16 of the C library.
        np.testing.assert_allclose([slope[i] for slope in slopes], op.local(out, *point), 1e-14, 1e-16)


def test_an_operation_without_a_stand_in_is_computed_number_by_number() -> None:
    cube = Op("cube", lambda x: x**3, lambda out, x: (3 * x * x if x > 0 else -3 * x * x,))
    w = Value(2.0)
    f = scalar_compile.compile(lambda x: cube(w * x))
    np.testing.assert_array_equal(f([1.0, -3.0]), [8.0, -216.0])
    f.sum([1.0, -3.0]).backward()
    assert w.grad == 12.0 * 1.0 + -108.0 * -3.0


def test_a_stand_in_is_not_a_second_rule() -> None:
    assert ARRAY_FUNCTIONS.keys() <= {*OPS.values(), select, *COMPARISONS.values()}
