"""Shapes drawn for a row: those it is written for with other sizes, among them 0 and 1, and 0-d."""

import warnings
from types import SimpleNamespace

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import mutually_broadcastable_shapes

import vector
from tests.checks import VECTOR
from tests.judges import COMPLEX, by_pytorch
from tests.row import Case, Row, Shape

SIZES = st.sampled_from([0, 1, 1, 2, 3, 4, 5])
# What NumPy and the judges raise when a shape is none of theirs; a wrong shape may also only make NaN, and warn.
NO_SUCH_SHAPE = (ValueError, IndexError, TypeError, RuntimeError, ZeroDivisionError, AssertionError, Warning)
NUMPY = SimpleNamespace(
    **{
        **vars(VECTOR),
        **vars(np),
        "sliding_window_view": np.lib.stride_tricks.sliding_window_view,
        "take": vector.take,  # of nothing, NumPy's own would wrap around without end
    }
)


@st.composite
def cases(draw: st.DrawFn, row: Row) -> Case:
    """The row with its operands in any shapes that NumPy and PyTorch both take."""
    if not row.shapes:
        shapes = draw(mutually_broadcastable_shapes(num_shapes=len(row.domains), min_side=0, max_side=4, max_dims=3))
        return Case(row, shapes.input_shapes, {})
    case: Case = draw(st.sampled_from(list(row.cases())))
    wanted = case._replace(shapes=draw(_resized(case.shapes)))
    return wanted if wanted.shapes != case.shapes and taken(wanted) else case


@st.composite
def _resized(draw: st.DrawFn, shapes: tuple[Shape, ...]) -> tuple[Shape, ...]:
    """The same axes with other sizes: equal ones stay equal, but for one that may become 1; or no axes at all."""
    if draw(st.integers(0, 9)) == 0:
        return ((),) * len(shapes)
    sizes = {size: draw(SIZES) for size in sorted({size for shape in shapes for size in shape})}
    new = [[sizes[size] for size in shape] for shape in shapes]
    axes = [(i, j) for i, shape in enumerate(new) for j in range(len(shape))]
    if draw(st.booleans()) and axes:
        i, j = draw(st.sampled_from(axes))
        new[i][j] = 1
    return tuple(map(tuple, new))


def taken(case: Case) -> bool:
    """Whether these shapes are for NumPy's own functions, and the judges are written for them: all give the same."""
    operands = case.sample()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            value, judged = case.f(NUMPY, *operands), by_pytorch(case.judge, operands).value
            assert np.shape(value) == judged.shape
            assert np.all(np.isfinite(judged))  # log Σ over nothing is −∞, a matter for tests/vector/test_edges.py
            np.testing.assert_allclose(value, judged, 1e-6, 1e-6)
            if not np.any(case.row.kink(*operands)):
                assert np.shape(case.judge(COMPLEX, *[np.asarray(x, complex) for x in operands])) == judged.shape
        except NO_SUCH_SHAPE:
            return False
    return True
