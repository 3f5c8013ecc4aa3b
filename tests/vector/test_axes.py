"""Every function that takes axes, with every kind of axis: NumPy's answer and its derivatives, or refused at once."""

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

import vector
from tests.checks import grad
from tests.coverage import COVERED, functions
from tests.judges import Array
from vector import Tensor, numpy_protocol
from vector.op import Op

X = np.random.default_rng(0).uniform(0.5, 2, (3, 4, 3))
AXES: list[Any] = [
    None, 0, 1, -1, np.int64(1), (0,), (0, 1), (2, 0), (-1, -2), (0, 1, 2), (), (0, 0), (0, -3), 3, -4, (0, 3), 1.0,
    "a",
]  # fmt: skip

Call = Callable[[Callable[..., Any], Any, Any], Any]
"""(function, operand, axis) → the result."""

FIRST_TWO = np.array([True, True])

# Where NumPy takes, or we do, what the other refuses and no documentation names.
ODD = {
    *((f"vector.{name}", "(0,)") for name in ("cummax", "cummin", "cumulative_prod", "cumulative_sum", "unstack")),
    *((f"np.{name}.accumulate", "(0,)") for name in ("add", "maximum", "minimum", "multiply")),
    *((f"np.{name}.accumulate", "None") for name in ("add", "multiply")),
    ("vector.cross", "(0,)"), ("vector.linalg.cross", "(0,)"), ("vector.apply_over_axes", "-4"),
    ("vector.linalg.norm", "1.0"), ("vector.linalg.vector_norm", "1.0"),
}  # fmt: skip
if np.lib.NumpyVersion(np.__version__) < "2.4.0":  # the first whose trim_zeros takes several axes
    ODD |= {("vector.trim_zeros", repr(axis)) for axis in AXES if isinstance(axis, tuple)}

if np.lib.NumpyVersion(np.__version__) >= "2.5.0":  # the first whose linalg.cross takes None for its default axes
    ODD |= {("vector.linalg.cross", "None")}

# How a function is called, where it is not f(x, axis=…): with further arguments, or with its axes by another name.
CALLS: dict[str, Call] = {
    "append": lambda f, x, axis: f(x, x, axis=axis),
    "apply_along_axis": lambda f, x, axis: f(lambda row: row * row[0], axis, x),
    "apply_over_axes": lambda f, x, axis: f(lambda y, i: (y * y).sum(axis=i), x, axis),
    "array_split": lambda f, x, axis: f(x, 2, axis=axis),
    "compress": lambda f, x, axis: f(FIRST_TWO, x, axis=axis),
    "concatenate": lambda f, x, axis: f([x, x * x], axis=axis),
    "cross": lambda f, x, axis: f(x[:, :3], (x * x)[:, 2::-1], axis=axis),
    "delete": lambda f, x, axis: f(x, 1, axis=axis),
    "diagonal": lambda f, x, axis: f(x, 0, 1, axis),
    "geomspace": lambda f, x, axis: f(x, x + 1, 4, axis=axis),
    "insert": lambda f, x, axis: f(x, 1, 2.5, axis=axis),
    "linspace": lambda f, x, axis: f(x, x * x, 4, axis=axis),
    "logspace": lambda f, x, axis: f(x, x * x, 4, axis=axis),
    "nanpercentile": lambda f, x, axis: f(x, [30.0, 55.0], axis=axis),
    "nanquantile": lambda f, x, axis: f(x, [0.3, 0.55], axis=axis),
    "partition": lambda f, x, axis: f(x, 1, axis=axis),
    "percentile": lambda f, x, axis: f(x, [30.0, 55.0], axis=axis),
    "quantile": lambda f, x, axis: f(x, 0.3, axis=axis),
    "repeat": lambda f, x, axis: f(x, 2, axis=axis),
    "roll": lambda f, x, axis: f(x, 1, axis=axis),
    "rot90": lambda f, x, axis: f(x, 1, axes=axis),
    "sliding_window_view": lambda f, x, axis: f(x, (2,) * len(axis) if isinstance(axis, tuple) else 2, axis),
    "split": lambda f, x, axis: f(x[:2, :2, :2], 2, axis=axis),
    "stack": lambda f, x, axis: f([x, x * x], axis=axis),
    "swapaxes": lambda f, x, axis: f(x, 0, axis),
    "take": lambda f, x, axis: f(x, [1, 0, 1], axis=axis),
    "take_along_axis": lambda f, x, axis: f(x, np.zeros((3, 4, 3) if axis is not None else 4, int), axis=axis),
    "tensordot": lambda f, x, axis: f(x, x, axes=axis),
    "trace": lambda f, x, axis: f(x, 0, 1, axis),
    "transpose": lambda f, x, axis: f(x, axis),
    "vecdot": lambda f, x, axis: f(x, x * x, axis=axis),
    **dict.fromkeys(("fftshift", "ifftshift"), lambda f, x, axis: f(x, axes=axis)),
}


def _exponentials(x: Array, axis: Any) -> tuple[Array, Array]:
    return np.exp(x), np.sum(np.exp(x), axis=axis, keepdims=True)


def _records(ufunc: np.ufunc) -> Callable[..., Array]:
    return ufunc.accumulate


# What NumPy has not, in its words.
OURS: dict[str, Callable[..., Any]] = {
    "cummax": _records(np.maximum),
    "cummin": _records(np.minimum),
    "log_softmax": lambda x, axis: x - np.log(_exponentials(x, axis)[1]),
    "logsumexp": lambda x, axis: np.log(np.sum(np.exp(x), axis=axis)),
    "softmax": lambda x, axis: np.divide(*_exponentials(x, axis)),
}


def _with_axes() -> dict[str, tuple[Callable[..., Any], Callable[..., Any], Call]]:
    """Each function of ours that takes axes, NumPy's, and how both are called."""
    numpys = {id(ours): theirs for theirs, ours in COVERED.items()}
    found = {}
    for function in functions():
        prefix, _, name = function.name.rpartition(".")
        if not prefix.startswith("vector"):
            continue
        space = {"vector": vector, "vector.linalg": vector.linalg, "vector.fft": vector.fft}[prefix]
        ours = getattr(space, name)
        if isinstance(ours, Op) or not any(p.startswith("ax") for p in inspect.signature(ours).parameters):
            continue
        theirs = OURS.get(name) or numpys[id(inspect.unwrap(ours))]
        found[function.name] = ours, theirs, CALLS.get(name, _by_name)
    for method, table in numpy_protocol.METHODS.items():
        if method != "__call__":
            ufuncs = {f"np.{ufunc.__name__}.{method}": getattr(ufunc, method) for ufunc in table}
            found |= {name: (reduce, reduce, _by_name) for name, reduce in ufuncs.items()}
    return found


def _by_name(f: Callable[..., Any], x: Any, axis: Any) -> Any:
    return f(x, axis=axis)


WITH_AXES = _with_axes()


@pytest.mark.parametrize("axis", AXES, ids=repr)
@pytest.mark.parametrize("name", WITH_AXES)
def test_an_axis_means_what_it_means_to_numpy_or_is_refused_at_once(name: str, axis: Any) -> None:
    ours, theirs, call = WITH_AXES[name]
    expected, out = _tried(call, theirs, X, axis), _tried(call, ours, Tensor(X, requires_grad=True), axis)
    if (name, repr(axis)) not in ODD:
        assert len(out or ()) == len(expected or ())
        assert (out is None) == (expected is None)
    if out is None:
        return
    for actual, other in zip(out, expected or out, strict=True):
        np.testing.assert_allclose(actual.data, other.data, 1e-12, 1e-15)
    if out:
        vector.check_grads(lambda x: call(ours, x, axis), X, directions=1)


def _tried(call: Call, f: Callable[..., Any], x: Any, axis: Any) -> tuple[Any, ...] | None:
    """The results; None if the axis is refused."""
    try:
        out = call(f, x, axis)
    except (TypeError, ValueError, IndexError):
        return None
    return tuple(out) if isinstance(out, (tuple, list)) else (out,)


@pytest.mark.parametrize("name", ["softmax", "log_softmax", "logsumexp"])
@pytest.mark.parametrize("axis", [None, (0, 2), (-1, 0)], ids=str)
def test_softmax_over_several_axes_is_pytorchs_of_them_as_one(name: str, axis: Any) -> None:
    axes = (0, 1, 2) if axis is None else tuple(i % 3 for i in axis)
    kept = [i for i in range(3) if i not in axes]
    for dtype in (np.float32, np.float64):
        ours, theirs = Tensor(X.astype(dtype), requires_grad=True), torch.tensor(X.astype(dtype), requires_grad=True)
        rows = theirs.permute(*kept, *axes).reshape(*(X.shape[i] for i in kept), -1)
        out, expected = getattr(vector, name)(ours, axis=axis), getattr(torch, name)(rows, -1)
        flat = np.transpose(out.data, (*kept, *axes)).reshape(expected.shape) if out.ndim == 3 else out.data
        np.testing.assert_allclose(flat, expected.detach().numpy(), 4 * float(np.finfo(dtype).eps), 1e-15)
        (out * out).sum().backward()
        (expected * expected).sum().backward()
        np.testing.assert_allclose(
            grad(ours), theirs.grad.numpy(), 1e2 * float(np.finfo(dtype).eps), float(np.finfo(dtype).eps)
        )


@pytest.mark.parametrize(
    "native", [pytest.param(False, id="compiled"), pytest.param(True, id="machine code", marks=pytest.mark.slow)]
)
@pytest.mark.parametrize("name", ["softmax", "log_softmax", "logsumexp"])
@pytest.mark.parametrize("axis", [None, (0, 2), (-1,), ()], ids=str)
def test_softmax_over_several_axes_is_replayed(name: str, axis: Any, native: bool) -> None:
    def step(x: Any) -> Any:
        leaf = Tensor(x, requires_grad=True)
        out = getattr(vector, name)(leaf, axis=axis)
        (out * out).sum().backward()
        return out, leaf.grad

    compiled = vector.compile(step, native=native)
    for dtype in (np.float32, np.float64):
        rounding = 100 * float(np.finfo(dtype).eps)
        for _ in range(3):
            for actual, expected in zip(compiled(X.astype(dtype)), step(X.astype(dtype)), strict=True):
                actual, expected = (getattr(x, "data", x) for x in (actual, expected))
                np.testing.assert_allclose(np.asarray(actual), np.asarray(expected), rounding, rounding)


@pytest.mark.parametrize(
    ("function", "axis", "message"),
    [
        (vector.softmax, (0, 3), "axis 3 is out of bounds for array of dimension 3"),
        (vector.log_softmax, (0, -3), "repeated axis"),
        (vector.median, 3, "axis 3 is out of bounds"),
        (vector.diff, -4, "axis -4 is out of bounds"),
    ],
)
def test_an_axis_that_is_not_there(function: Callable[..., Any], axis: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        function(X, axis=axis)


@pytest.mark.parametrize("space", ["", "linalg"])
def test_the_axis_of_vecdot_is_counted_in_each_operand(space: str) -> None:
    def use(m: Any, x: Any, y: Any) -> Any:
        return (m.linalg if space else m).vecdot(x, y, axis=0)

    x, y = np.array([1.0, 2.0, 3.0]), np.arange(9.0).reshape(3, 3)
    np.testing.assert_allclose(use(vector, x, y), x @ y)
    np.testing.assert_allclose(use(vector, x, y), use(np, x, y))
    vector.check_grads(lambda x, y: use(vector, x, y), x, y)
    with pytest.raises(ValueError, match=r"vecdot: expected vectors of one size, got shapes \(1,\) and \(3,\)"):
        vector.vecdot(x[:1], x)
