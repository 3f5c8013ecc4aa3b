"""What every row of the table must satisfy, on either engine."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

import scalar
import vector
from tests.judges import Array, Function, Functions, Verdict, agree, by_complex_step, by_pytorch, hvp_by_pytorch
from tests.row import Case, Mathematics

# An engine's mathematics: what it exports, and the few rules that users meet only through a layer.
SCALAR = Functions("the scalar engine: write its row in scalar/rules.py", {**vars(scalar.rules), **vars(scalar)})
VECTOR = Functions("the vector engine: write its row in vector/rules", {**vars(vector.rules), **vars(vector)})

Engine = Callable[..., Verdict]


def by_scalar(f: Function, operands: Sequence[Any], g: Array | None = None) -> Verdict:
    """The scalar engine's value and gradients; it has no upstream gradient but 1."""
    variables = [scalar.Value(float(x)) for x in operands]
    out = f(SCALAR, *variables)
    out.backward()
    # Adding 0 turns a gradient that was not computed into the number that it counts as.
    return Verdict(np.array(out.data), [np.array(x.grad + 0.0) for x in variables])


def by_vector(f: Function, operands: Sequence[Any], g: Array | None = None) -> Verdict:
    """The vector engine's value and gradients, for the upstream gradient g (ones by default)."""
    leaves = [vector.Tensor(x, requires_grad=True) for x in operands]
    out = f(VECTOR, *leaves)
    out.backward(np.ones(out.shape) if g is None else g)
    return Verdict(out.data, [np.zeros(x.shape) if x.grad is None else x.grad for x in leaves])


def grad(x: vector.Tensor) -> Array:
    """The gradient that a backward pass must have left."""
    assert x.grad is not None, "no gradient has arrived"
    return x.grad


def check(engine: Engine, case: Case, operands: Sequence[Array], g: Array | None = None) -> None:
    """Fail unless the engine agrees with every judge, also with constants as operands and with operands shared."""
    ours = engine(case.f, operands, g)
    agree(str(case), ours, "PyTorch", by_pytorch(case.judge, operands, g), case.row.tolerance)
    if not np.any(case.row.kink(*operands)):
        complex_step = by_complex_step(case.judge, operands, g)
        agree(str(case), ours, "the complex step", complex_step, case.row.tolerance)
    _check_constants(engine, case, operands, g, ours)
    if len(operands) > 1 and len(set(case.shapes)) == 1:
        shared = [_shared(f, len(operands)) for f in (case.f, case.judge)]
        ours, theirs = engine(shared[0], operands[:1], g), by_pytorch(shared[1], operands[:1], g)
        agree(f"{case} of one operand in every place", ours, "PyTorch", theirs, case.row.tolerance)


def check_singular(engine: Engine, case: Case, point: Sequence[float], expected: Mathematics | None) -> None:
    """Fail unless the engine gives the value and gradients that the table expects at a singular point."""
    operands = [np.array(float(x)) for x in point]
    ours, pytorch = engine(case.f, operands), by_pytorch(case.judge, operands)
    if expected is None:
        agree(f"{case} at {point}", ours, "PyTorch", pytorch, case.row.tolerance)
        return
    mathematics = Verdict(np.array(expected.value), [np.array(float(x)) for x in expected.gradients])
    agree(f"{case} at {point}", ours, f"mathematics ({expected.why})", mathematics, case.row.tolerance)
    with pytest.raises(AssertionError):  # else the exception is none, and belongs to PyTorch
        agree("mathematics", mathematics, "PyTorch", pytorch, case.row.tolerance)


def check_forward_mode(case: Case, operands: Sequence[Array], g: Array) -> None:
    """Fail unless forward mode agrees with reverse mode: ⟨g, J·t⟩ = ⟨Jᵀ·g, t⟩ in a random direction t."""
    directions = _directions(operands)
    value, moved = vector.jvp(lambda *x: case.f(VECTOR, *x), operands, directions)
    backward = by_vector(case.f, operands, g)
    np.testing.assert_array_equal(value, backward.value)
    parts = [np.sum(slope * t) for slope, t in zip(backward.gradients, directions, strict=True)]
    scale = np.sum(np.abs(g * moved)) + 1
    message = f"{case}: forward mode disagrees with reverse mode"
    np.testing.assert_allclose(np.sum(g * moved), sum(parts), 0, 10 * case.row.tolerance * scale, err_msg=message)


def check_second_order(case: Case, operands: Sequence[Array], g: Array) -> None:
    """Fail unless the Hessian of ⟨g, f⟩ times a random direction agrees with PyTorch's."""
    directions = _directions(operands)
    ours = vector.hvp(lambda *x: (case.f(VECTOR, *x) * g).sum(), operands, directions)
    theirs = hvp_by_pytorch(case.judge, operands, g, directions)
    for i, (actual, expected) in enumerate(zip(ours, theirs, strict=True)):
        message = f"{case}: the second derivative by operand {i} disagrees with PyTorch"
        np.testing.assert_allclose(actual, expected, 1e-9, 1e-10, err_msg=message)


def upstream(case: Case, operands: Sequence[Array]) -> Array:
    """A random upstream gradient: one of all ones would not see a gradient that is permuted."""
    shape = np.shape(case.f(VECTOR, *operands))
    return np.asarray(np.random.default_rng(1).normal(size=shape))


def check_dtype(case: Case, dtype: type[np.floating[Any]], tolerance: float) -> None:
    """Value and gradients come in the operands' dtype, and are what they are in float64 but for rounding."""
    operands = [x.astype(dtype) for x in case.sample()]
    g = upstream(case, case.sample()).astype(dtype)
    with np.errstate(over="ignore"):  # a product of many numbers leaves the range of float16
        narrow = by_vector(case.f, operands, g)
        double = by_vector(case.f, [x.astype(float) for x in operands], g.astype(float))
        for actual, expected in zip([narrow.value, *narrow.gradients], [double.value, *double.gradients], strict=True):
            assert actual.dtype == dtype
            np.testing.assert_allclose(actual, expected.astype(dtype), rtol=tolerance, atol=tolerance)


def _directions(operands: Sequence[Array]) -> list[Array]:
    generator = np.random.default_rng(2)
    return [np.asarray(generator.normal(size=x.shape)) for x in operands]


def _check_constants(engine: Engine, case: Case, operands: Sequence[Array], g: Array | None, ours: Verdict) -> None:
    """A plain number or array in any place must change nothing for the other operands."""
    mathematics = SCALAR if engine is by_scalar else VECTOR
    for i, x in enumerate(operands):
        constant = float(x) if engine is by_scalar else x
        rest, gradients = ([*them[:i], *them[i + 1 :]] for them in (operands, ours.gradients))
        f = _with_constant(case.f, i, constant)
        mixed = engine(f, rest, g) if rest else Verdict(np.asarray(f(mathematics)), [])
        what = f"{case} with a constant as operand {i}"
        agree(what, mixed, "the same between variables", Verdict(ours.value, gradients), case.row.tolerance)


def _with_constant(f: Function, i: int, constant: Any) -> Function:
    return lambda m, *rest: f(m, *rest[:i], constant, *rest[i:])


def _shared(f: Function, places: int) -> Function:
    return lambda m, x: f(m, *[x] * places)
