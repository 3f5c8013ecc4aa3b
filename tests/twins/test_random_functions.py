"""A random function of the table on operands of any dtype, layout and form, against NumPy and PyTorch."""

from typing import Any, NamedTuple

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import vector
from tests.checks import VECTOR
from tests.dtypes import APART, as_dtype, numpys, quiet, rounding, same
from tests.judges import Array, by_pytorch
from tests.row import Case, Row
from tests.shapes import cases, taken
from tests.table import FUNCTION_ROWS, VECTOR_ROWS
from vector import Tensor

MORE = settings().max_examples * 4
FLOATING = ["float32", "float64"]
DTYPES = [*FLOATING, *FLOATING, "bool", "int8", "uint8", "int32", "int64"]

# LAPACK's errors grow with the condition of a matrix, which for random whole numbers may be infinite.
CONDITIONED = 1e-10
# A list beside blocks is a level of its own, and NumPy's split counts a list along its first axis, whichever is asked.
NO_LISTS = {"array_split", "block", "dsplit", "hsplit", "split", "vsplit"}
MARGIN = {np.dtype("float32"): 2e-3, np.dtype("float64"): 1e-8}


class Operand(NamedTuple):
    """What one operand is drawn as."""

    dtype: str
    layout: str
    form: str

    def array(self, x: Array) -> Array:
        """The numbers, in this dtype, as they are laid out in memory."""
        x = as_dtype(x, np.dtype(self.dtype))
        if self.layout == "transposed":
            return np.array(x.T, order="C").T
        if self.layout == "reversed":
            return np.flip(np.flip(x).copy())
        if self.layout == "strided" and x.ndim:
            return np.repeat(x, 2, axis=-1)[..., ::2]
        return x

    def given(self, x: Array) -> Any:
        """What the engine is given."""
        if self.form == "a list":
            return x.tolist()
        return x if self.form == "an array" else Tensor(x, requires_grad=self.differentiable)

    @property
    def differentiable(self) -> bool:
        return self.form == "a Tensor" and self.dtype in FLOATING


class Call(NamedTuple):
    """A function with its operands."""

    case: Case
    operands: tuple[Operand, ...]
    seed: int

    def arrays(self) -> list[Array]:
        """The operands' numbers."""
        return [operand.array(x) for operand, x in zip(self.operands, self.case.sample(self.seed), strict=True)]

    def plain(self) -> list[Any]:
        """What NumPy is given: a list where the engine is given one."""
        pairs = zip(self.operands, self.arrays(), strict=True)
        return [x.tolist() if operand.form == "a list" else x for operand, x in pairs]


@st.composite
def calls(draw: st.DrawFn) -> Call:
    """At least one operand is a Tensor."""
    row: Row = draw(st.sampled_from(VECTOR_ROWS + FUNCTION_ROWS))
    case = draw(_over_other_axes(draw(cases(row))))
    delicate = row.tolerance > CONDITIONED
    dtypes = st.sampled_from(["float64"] if delicate else DTYPES)
    layouts = st.sampled_from(["plain", "transposed", "reversed", "strided"])
    forms = st.sampled_from(["a Tensor", "a Tensor", "an array", "a list"])
    operands = [Operand(draw(dtypes), draw(layouts), draw(forms)) for _ in row.domains]
    one = draw(st.integers(0, len(operands) - 1))
    operands[one] = operands[one]._replace(form="a Tensor")
    for i, (operand, shape) in enumerate(zip(operands, case.shapes, strict=True)):
        if operand.form == "a list" and (row.name in NO_LISTS or 0 in shape):  # a list of nothing has no shape
            operands[i] = operand._replace(form="an array")
    return Call(case, tuple(operands), 0 if delicate else draw(st.integers(0, 999)))


@st.composite
def _over_other_axes(draw: st.DrawFn, case: Case) -> Case:
    """The case with another axis, or several, kept or not, where its row has such parameters and NumPy takes them."""
    known = {name for params in case.row.params for name in params}
    ndim = len(case.shapes[0])
    if "axis" not in known or not ndim or draw(st.booleans()):
        return case
    axes = st.integers(-ndim, ndim - 1)
    several = any(isinstance(params.get("axis"), tuple) for params in case.row.params)
    params = {**case.params, "axis": draw(axes | st.lists(axes, unique_by=lambda i: i % ndim).map(tuple))}
    if not several and isinstance(params["axis"], tuple):
        params["axis"] = draw(axes)
    if "keepdims" in known:
        params["keepdims"] = draw(st.booleans())
    other = case._replace(params=params)
    return other if taken(other) else case


def answer(call: Call) -> tuple[Any, list[Any]]:
    """What the engine gives, and what it was given; a draw that ours refuse, as they say, is given up."""
    given = [operand.given(x) for operand, x in zip(call.operands, call.arrays(), strict=True)]
    try:
        with quiet():
            return call.case.f(VECTOR, *given), given
    except (TypeError, ValueError):
        assume(call.case.row.name not in APART and not _refused(call))
        raise


@settings(max_examples=MORE)
@given(calls())
def test_numbers_and_dtype_are_numpys(call: Call) -> None:
    arrays = call.arrays()
    want = numpys(call.case, call.plain())
    assume(want is not None)
    assert want is not None
    got, _ = answer(call)
    assert isinstance(got, Tensor), f"{call.case} gave {type(got).__name__}"
    if call.case.row.name == "polymul":
        want = np.pad(want, (got.size - want.size, 0))
    tolerance = max(rounding(want, *arrays), 100 * call.case.row.tolerance)
    same(str(call.case), got.data, want, tolerance)


@settings(max_examples=MORE)
@given(calls())
def test_gradients_are_pytorchs_and_forward_mode_agrees(call: Call) -> None:
    arrays = call.arrays()
    places = [i for i, operand in enumerate(call.operands) if operand.differentiable]
    assume(places and _lists_taken(call))
    out, given = answer(call)
    assume(out.dtype.kind == "f" and np.all(np.isfinite(out.data)))
    g = np.asarray(np.random.default_rng(call.seed).normal(size=out.shape))
    with quiet():
        judge = by_pytorch(call.case.judge, [np.array(x, float, order="C") for x in arrays], g)
    assume(judge.value.shape == out.shape)
    assume(np.allclose(judge.value, out.data.astype(float), 1e-2, 1e-2))  # else the judge knows no whole numbers
    with quiet():
        out.backward(g.astype(out.dtype))
    for i in places:
        expected, leaf = judge.gradients[i], given[i]
        assume(np.all(np.isfinite(expected)))
        actual = np.zeros(leaf.shape, leaf.dtype) if leaf.grad is None else leaf.grad
        assert (actual.dtype, actual.shape) == (leaf.dtype, leaf.shape)
        scale = max(np.max(np.abs(x), initial=1) for x in (g, expected, out.data, *arrays))
        margin = max(*(MARGIN.get(x.dtype, 0) for x in (out, *arrays)), 100 * call.case.row.tolerance)
        np.testing.assert_allclose(actual, expected, margin, margin * scale, err_msg=f"{call.case} by operand {i}")
    _check_forward_mode(call, given, places, out, g)


def _check_forward_mode(call: Call, given: list[Any], places: list[int], out: Tensor, g: Array) -> None:
    """⟨g, J·t⟩ = ⟨Jᵀ·g, t⟩ for a random direction of the differentiable operands."""
    generator = np.random.default_rng(call.seed + 1)
    primals = [given[i].data for i in places]
    directions = [np.asarray(generator.normal(size=x.shape)).astype(x.dtype) for x in primals]

    def f(*values: Any) -> Any:
        mixed = list(given)
        for i, value in zip(places, values, strict=True):
            mixed[i] = value
        return call.case.f(VECTOR, *mixed)

    with quiet():
        _, moved = vector.jvp(f, primals, directions)
    grads = [np.zeros(given[i].shape) if given[i].grad is None else given[i].grad for i in places]
    parts = [grad.astype(float) * t for grad, t in zip(grads, directions, strict=True)]
    size = sum(float(np.sum(np.abs(part))) for part in [*parts, g * moved])
    margin = max(*(MARGIN.get(x.dtype, 0) for x in (out, *primals)), 100 * call.case.row.tolerance)
    np.testing.assert_allclose(
        np.sum(g * moved), sum(map(np.sum, parts)), 0, margin * (1 + size), err_msg=f"forward mode of {call.case}"
    )


def _refused(call: Call) -> bool:
    """Whether NumPy has the function and refuses these operands itself."""
    return numpys(call.case, call.plain()) is None and numpys(call.case, call.case.sample(call.seed)) is not None


def _lists_taken(call: Call) -> bool:
    """Whether the row, written out, takes lists where this call has some: [1.0] * 2 means something else."""
    return not any(operand.form == "a list" for operand in call.operands) or numpys(call.case, call.plain()) is not None
