"""np.f(tensor), vector.f(tensor) and tensor.f() are one function; what has no rule says so and never cuts the graph."""

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import vector
from vector import Tensor, numpy_protocol, tensor

UNARY = ["absolute", "exp", "log", "sqrt", "sin", "cos", "tan", "tanh", "sign"]
OURS = ["sigmoid", "softplus", "relu", "step"]
BINARY = ["add", "subtract", "multiply", "divide", "power", "maximum", "minimum", "matmul"]


def leaf(*shape: int) -> Tensor:
    return Tensor(np.random.default_rng(len(shape)).uniform(0.5, 2, shape), requires_grad=True)


def same(*results: Tensor) -> None:
    """The same operation on the same operands, with the same result."""
    first = results[0]
    assert type(first) is Tensor
    for other in results[1:]:
        assert type(other) is Tensor
        assert (other.op, [*map(id, other.parents)]) == (first.op, [*map(id, first.parents)])
        np.testing.assert_array_equal(other.data, first.data)


@pytest.mark.parametrize("name", UNARY)
def test_a_ufunc_a_function_and_a_method(name: str) -> None:
    x = leaf(3)
    method = abs(x) if name == "absolute" else getattr(x, name)()
    same(getattr(np, name)(x), getattr(vector, name)(x), method)


@pytest.mark.parametrize("name", OURS)
def test_a_function_and_a_method_where_numpy_has_none(name: str) -> None:
    x = leaf(3)
    same(getattr(vector, name)(x), getattr(x, name)())


METHODS: dict[str, dict[str, Any]] = {
    "prod": {"axis": 1}, "var": {"ddof": 1}, "std": {"axis": 0, "keepdims": True}, "cumsum": {"axis": 1}, "cumprod": {},
    "clip": {"min": 1.0}, "round": {"decimals": 1},
}  # fmt: skip


@pytest.mark.parametrize("name", METHODS)
def test_a_method_and_a_function(name: str) -> None:
    x, params = leaf(2, 3), METHODS[name]
    method, ours = getattr(x, name)(**params), getattr(vector, name)(x, **params)
    assert method.op == ours.op
    np.testing.assert_array_equal(method.data, ours.data)
    np.testing.assert_array_equal(method.data, getattr(x.data, name)(**params))


@pytest.mark.parametrize("name", ["argmax", "argmin", "argsort"])
def test_a_method_that_gives_plain_indices(name: str) -> None:
    x = leaf(2, 3)
    np.testing.assert_array_equal(getattr(x, name)(axis=1), getattr(x.data, name)(axis=1))


@pytest.mark.parametrize("name", BINARY)
def test_a_binary_ufunc_with_an_array_on_either_side(name: str) -> None:
    ufunc, array = getattr(np, name), np.array([[2.0, 1.0], [3.0, 0.5]])
    x = leaf(2, 2)
    for operands in [(x, array), (array, x), (x, x)]:
        out = ufunc(*operands)
        assert type(out) is Tensor
        np.testing.assert_array_equal(out.data, ufunc(*[getattr(y, "data", y) if y is x else y for y in operands]))


@pytest.mark.parametrize("op", ["+", "-", "*", "/", "**", "@"])
def test_an_array_on_either_side_of_an_operator(op: str) -> None:
    operators: dict[str, Callable[[Any, Any], Any]] = {
        "+": lambda a, b: a + b, "-": lambda a, b: a - b, "*": lambda a, b: a * b,
        "/": lambda a, b: a / b, "**": lambda a, b: a**b, "@": lambda a, b: a @ b,
    }  # fmt: skip
    x, array = leaf(2, 2), np.array([[2.0, 1.0], [3.0, 0.5]])
    for left, right in [(x, array), (array, x)]:
        out = operators[op](left, right)
        assert type(out) is Tensor
        assert out.requires_grad
        np.testing.assert_array_equal(
            out.data, operators[op](*(y.data if isinstance(y, Tensor) else y for y in (left, right)))
        )


@pytest.mark.parametrize("number", [np.float64(2.5), np.int64(3), np.array(2.0)], ids=["float64", "int64", "0-d"])
def test_a_numpy_scalar_on_either_side_of_an_operator(number: Any) -> None:
    x = leaf(3)
    for out, expected in [(x * number, x.data * number), (number * x, number * x.data), (number - x, number - x.data)]:
        assert type(out) is Tensor
        np.testing.assert_array_equal(out.data, expected)


FUNCTIONS: dict[str, Callable[[Any, Any], Any]] = {
    "broadcast_to": lambda m, x: m.broadcast_to(x, (4, 2, 3)),
    "concatenate": lambda m, x: m.concatenate([x, np.ones((1, 3)), x], axis=0),
    "expand_dims": lambda m, x: m.expand_dims(x, 1),
    "max": lambda m, x: m.max(x, axis=1),
    "mean": lambda m, x: m.mean(x, axis=0, keepdims=True),
    "min": lambda m, x: m.min(x),
    "ravel": lambda m, x: m.ravel(x),
    "reshape": lambda m, x: m.reshape(x, (3, 2)),
    "squeeze": lambda m, x: m.squeeze(x),
    "stack": lambda m, x: m.stack([x, x], axis=1),
    "sum": lambda m, x: m.sum(x, axis=(0, 1)),
    "swapaxes": lambda m, x: m.swapaxes(x, 0, 1),
    "transpose": lambda m, x: m.transpose(x),
    "where": lambda m, x: m.where(np.array([True, False, True]), x, 0.0),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_numpy_function_and_ours(name: str) -> None:
    x = leaf(2, 3)
    ours, numpys = FUNCTIONS[name](vector, x), FUNCTIONS[name](np, x)
    assert ours.op == numpys.op
    assert ours.requires_grad
    for out in (ours, numpys):
        np.testing.assert_array_equal(out.data, FUNCTIONS[name](np, x.data))
        np.testing.assert_array_equal(FUNCTIONS[name](vector, x.data), out.data)


def names(function: Callable[..., Any]) -> list[str]:
    """The parameters that may be passed by position."""
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return [name for name, p in inspect.signature(function).parameters.items() if p.kind in kinds]


SYNONYMS = {"min": "a_min", "max": "a_max", "n": "N"}
PLAIN_FUNCTIONS = [function for function in numpy_protocol.FUNCTIONS if not isinstance(function, np.ufunc)]


@pytest.mark.parametrize("function", PLAIN_FUNCTIONS, ids=lambda f: f"{f.__module__}.{f.__name__}")
def test_an_argument_by_position_means_what_it_means_to_numpy(function: Callable[..., Any]) -> None:
    try:
        numpys = names(function)[1:]
    except ValueError:
        assert np.lib.NumpyVersion(np.__version__) < "2.4.0", "it tells the arguments of all its functions"
        pytest.skip("not here: this function's arguments, which NumPy tells from 2.4 on")
    ours = names(numpy_protocol.FUNCTIONS[function])[1:]
    for our, numpy in zip(ours, numpys, strict=False):
        assert our in ("x", "y", numpy) or SYNONYMS.get(our) == numpy, f"{our} stands where NumPy has {numpy}"


ALIASES: dict[str, tuple[Callable[[Any], Any], str]] = {
    "add.reduce": (np.add.reduce, "sum"),
    "add.reduce of axis 1": (lambda x: np.add.reduce(x, axis=1, keepdims=True), "sum"),
    "multiply.reduce": (lambda x: np.multiply.reduce(x, axis=None), "prod"),
    "maximum.reduce": (np.maximum.reduce, "max"),
    "minimum.reduce": (lambda x: np.minimum.reduce(x, 1), "min"),
    "logaddexp.reduce": (np.logaddexp.reduce, "logsumexp"),
    "add.accumulate": (lambda x: np.add.accumulate(x, axis=1), "cumsum"),
    "multiply.accumulate": (np.multiply.accumulate, "cumprod"),
    "maximum.accumulate": (np.maximum.accumulate, "getitem"),
    "minimum.accumulate": (lambda x: np.minimum.accumulate(x, 1), "getitem"),
    "fabs": (np.fabs, "abs"),
    "conjugate": (np.conjugate, "conjugate"),
    "deg2rad": (np.deg2rad, "radians"),
    "rad2deg": (np.rad2deg, "degrees"),
    "arctan2": (lambda x: np.arctan2(x, 2.0), "atan2"),
    "amax": (np.amax, "max"),
    "amin": (np.amin, "min"),
    "around": (np.around, "rint"),
}


@pytest.mark.parametrize("name", ALIASES)
def test_a_ufuncs_method_and_an_alias(name: str) -> None:
    call, op = ALIASES[name]
    out = call(x := leaf(2, 3))
    assert out.op == op
    np.testing.assert_allclose(out.data, call(x.data), 1e-15)


OTHER_NAMES = [
    "arccos",
    "arccosh",
    "arcsin",
    "arcsinh",
    "arctan",
    "arctan2",
    "arctanh",
    "deg2rad",
    "rad2deg",
    "fabs",
    "mod",
]


@pytest.mark.parametrize("name", OTHER_NAMES)
def test_numpys_other_names(name: str) -> None:
    assert getattr(vector, name) is numpy_protocol.UFUNCS[getattr(np, name)]


def test_negative() -> None:
    x = leaf(3)
    negative: Any = np.negative(x)
    same(negative, -x)


@pytest.mark.parametrize(
    "call",
    [
        np.unique,
        np.sort_complex,
        np.spacing,
        lambda x: np.nextafter(x, 0),
        np.subtract.reduce,
        lambda x: np.bitwise_or.outer(x > 0, x),
    ],
    ids=["unique", "sort_complex", "spacing", "nextafter", "reduce", "outer"],
)  # fmt: skip
def test_a_function_without_a_rule_says_so(call: Callable[[Tensor], Any]) -> None:
    with pytest.raises(TypeError, match=r"np\.[\w.]+ has no differentiation rule in vector.*add a row to vector/rules"):
        call(leaf(3))


def test_keyword_arguments_of_a_ufunc_are_refused() -> None:
    with pytest.raises(TypeError, match=r"np\.exp of a Tensor: expected no keyword arguments, got signature"):
        np.exp(leaf(3), signature="d->d")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x: np.sum(x, out=np.ones(())), r"np\.sum of a Tensor: expected axis, dtype, keepdims, .*got out"),
        (lambda x: np.cumsum(x, out=np.ones(3)), r"np\.cumsum of a Tensor: expected axis, dtype, got out"),
        (lambda x: np.quantile(x, 0.5, weights=x), r"np\.quantile of a Tensor: .*got weights"),
        (lambda x: np.add.reduce(x, out=np.ones(3)), r"np\.add\.reduce of a Tensor: expected axis.*got out"),
    ],
    ids=["sum", "cumsum", "quantile", "reduce"],
)
def test_a_keyword_argument_that_we_lack_is_refused(call: Callable[[Any], Any], message: str) -> None:
    with pytest.raises(TypeError, match=message):
        call(leaf(3))


def test_a_keyword_argument_that_means_not_given_is_taken() -> None:
    x: Any = leaf(3)
    same(np.sum(x), np.sum(x, dtype=None, out=None), np.sum(x, keepdims=np._NoValue))


def test_writing_into_an_array_would_cut_the_graph() -> None:
    array = np.ones(3)
    with pytest.raises(TypeError, match=r"np\.add of a Tensor: expected no keyword arguments, got out"):
        array += leaf(3)
    np.testing.assert_array_equal(array, np.ones(3))


PLAIN: dict[str, Callable[[Any], Any]] = {
    "argmax": lambda x: np.argmax(x, axis=0),
    "argmin": np.argmin,
    "argsort": lambda x: np.argsort(x, axis=1),
    "isfinite": np.isfinite,
    "isnan": np.isnan,
    "isinf": np.isinf,
    "equal": lambda x: np.equal(x, x),
    "less": lambda x: np.less(x, 1.0),
    "greater_equal": lambda x: np.greater_equal(1.0, x),
    "shape": np.shape,
    "ndim": np.ndim,
    "size": np.size,
    "allclose": lambda x: np.allclose(x, x),
    "any": lambda x: np.any(x, axis=0),
    "count_nonzero": np.count_nonzero,
    "logical_not": np.logical_not,
    "searchsorted": lambda x: np.searchsorted([0.0, 1.0], v=x),
    "zeros_like": np.zeros_like,
    "array_equal": lambda x: np.array_equal(x, x),
}


@pytest.mark.parametrize("name", PLAIN)
def test_a_function_without_a_derivative_gives_plain_numbers(name: str) -> None:
    x = leaf(2, 3)
    result = PLAIN[name](x)
    assert not isinstance(result, Tensor)
    np.testing.assert_array_equal(result, PLAIN[name](x.data))


def test_functions_of_plain_arrays_give_plain_arrays() -> None:
    assert type(vector.exp(np.ones(3))) is np.ndarray
    assert type(vector.softmax(np.ones((2, 3)))) is np.ndarray
    assert vector.sum(np.ones(3)) == 3.0


def test_operators_and_functions_take_numpy_scalars_lists_and_0d_arrays_alike() -> None:
    x = tensor([1.0, 2.0], requires_grad=True)
    for two in (2, 2.0, np.float32(2), np.int8(2), np.array(2.0)):
        np.testing.assert_array_equal((x * two).data, [2.0, 4.0])
