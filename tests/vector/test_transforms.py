"""Derivatives as functions: each transform beside PyTorch's, on structures, of several outputs, and nested."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

import vector
from vector import Tensor, grad, hessian, hvp, jacobian, jvp, tensor, value_and_grad, vjp

X = np.array([[0.5, -1.0, 2.0], [1.5, 0.25, -0.75]])
Y = np.array([2.0, -0.5, 1.25])
S = np.array(0.75)
FUNCTIONS: dict[str, tuple[Callable[..., Any], tuple[Any, ...]]] = {
    "as many as there are": (lambda x: x * x, (Y,)),
    "fewer numbers than arguments": (lambda x: (x * x).sum(0) * x[0], (X,)),
    "more numbers than arguments": (lambda y: (y[:, None] * y) * y[0], (Y,)),
    "a number": (lambda x: (x**3).sum(), (X,)),
    "of a number": (lambda s: s * s * s, (S,)),
    "of two": (lambda x, y: (x * y) ** 2, (X, Y)),
    "of two to fewer": (lambda x, y: (x * y * y).sum(1), (X, Y)),
    "of three": (lambda x, y, s: x[:, :2] * s * y[1:], (X, Y, S)),
    "which one takes no part": (lambda y, s: 2.0 * y, (Y, S)),
    "of two to nothing": (lambda x, y: x[:0] * y, (X, Y)),
}


def theirs(f: Callable[..., Any], args: tuple[Any, ...]) -> list[Any]:
    """The Jacobian of each output by each argument, by PyTorch."""
    shape = np.shape(f(*args))
    if 0 in shape:  # of nothing, PyTorch says nothing
        return [np.zeros(shape + x.shape) for x in args]
    out = torch.autograd.functional.jacobian(f, tuple(map(torch.tensor, args)))
    return [x.numpy() for x in out]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_jacobian_is_pytorchs_by_each_argument_and_by_all(name: str) -> None:
    f, args = FUNCTIONS[name]
    expected = theirs(f, args)
    for i, want in enumerate(expected):
        for argnum in (i, i - len(args)):
            got: Any = jacobian(f, argnum)(*args)
            assert type(got) is np.ndarray
            assert got.shape == want.shape
            np.testing.assert_allclose(got, want, 1e-13)
    order = tuple(range(len(args)))[::-1]
    for got, want in zip(jacobian(f, order)(*args), expected[::-1], strict=True):
        assert got.shape == want.shape
        np.testing.assert_allclose(got, want, 1e-13)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_vjp_and_jvp_are_products_with_the_jacobian(name: str) -> None:
    f, args = FUNCTIONS[name]
    expected = theirs(f, args)
    out, pullback = vjp(f, *args)
    np.testing.assert_array_equal(out, np.asarray(f(*args)))
    g = np.cos(np.arange(out.size)).reshape(out.shape)
    for got, matrix, x in zip(pullback(g), expected, args, strict=True):
        assert got.shape == x.shape
        np.testing.assert_allclose(got, np.tensordot(g, matrix, g.ndim), 1e-13, 1e-13)
    speeds = [np.sin(1 + np.arange(x.size)).reshape(x.shape) for x in args]
    out, moved = jvp(f, args, speeds)
    np.testing.assert_array_equal(out, np.asarray(f(*args)))
    assert moved.shape == out.shape
    total = sum(np.tensordot(matrix, t, t.ndim) for matrix, t in zip(expected, speeds, strict=True))
    np.testing.assert_allclose(moved, total, 1e-13, 1e-13)


def test_several_outputs_and_structures_keep_theirs() -> None:
    def f(p: Any, s: Any) -> Any:
        return {"a": p["w"] * s, "b": [(p["w"] * p["b"][0]).sum(), p["b"][0]]}

    p = {"w": Y, "b": [S]}
    blocks = jacobian(f, (0, 1))(p, S)
    assert blocks.keys() == {"a", "b"}
    by_p, by_s = blocks["a"]
    np.testing.assert_allclose(by_p["w"], np.eye(3) * S)
    np.testing.assert_array_equal(by_p["b"][0], np.zeros(3))
    np.testing.assert_allclose(by_s, Y)
    np.testing.assert_allclose(blocks["b"][0][0]["w"], [S] * 3)
    np.testing.assert_allclose(blocks["b"][0][0]["b"][0], Y.sum())
    np.testing.assert_array_equal(blocks["b"][1][0]["b"][0], 1)
    np.testing.assert_array_equal(blocks["b"][1][1], 0)
    out, pullback = vjp(f, p, S)
    by_p, by_s = pullback({"a": Y, "b": [2.0, 3.0]})
    np.testing.assert_allclose(by_p["w"], Y * S + 2 * S)
    np.testing.assert_allclose(by_p["b"][0], 2 * Y.sum() + 3)
    np.testing.assert_allclose(by_s, Y @ Y)
    assert out["b"][1].shape == ()
    out, moved = jvp(f, (p, S), ({"w": 0 * Y, "b": [np.array(1.0)]}, np.array(0.0)))
    np.testing.assert_array_equal(moved["a"], 0 * Y)
    np.testing.assert_allclose(moved["b"], [Y.sum(), 1.0])
    np.testing.assert_allclose(out["a"], Y * S)


def test_a_second_derivative_is_pytorchs() -> None:
    def f(x: Any, y: Any) -> Any:
        return ((x * y) ** 3).sum() + (y * y * x[0]).sum()

    args = (X, Y)
    expected = torch.autograd.functional.hessian(f, tuple(map(torch.tensor, args)))
    for i, x in enumerate(args):
        got = hessian(f, i)(*args)
        assert got.shape == x.shape * 2
        np.testing.assert_allclose(got, expected[i][i], 1e-12)
    for row, want in zip(hessian(f, (0, 1))(*args), expected, strict=True):
        for got, block in zip(row, want, strict=True):
            np.testing.assert_allclose(got, block, 1e-12)
    speeds = (np.cos(X), np.sin(Y))
    for i, got in enumerate(hvp(f, args, speeds)):
        want = sum(np.tensordot(expected[i][j].numpy(), t, t.ndim) for j, t in enumerate(speeds))
        np.testing.assert_allclose(got, want, 1e-12)


def test_derivatives_of_derivatives_that_share_a_variable() -> None:
    """What is outside stays a variable of its own: ∂/∂a of a·(∂/∂x of a·x² at x = a)."""
    inner: Callable[[Any], Any] = lambda a: a * grad(lambda x: a * x * x)(a)  # noqa: E731
    assert grad(inner)(2.0) == pytest.approx(6 * 2.0**2)  # a·2·a·a = 2a³
    assert jacobian(lambda a: jacobian(lambda x: a * x * x)(a))(np.array(2.0)) == pytest.approx(8.0)
    assert jvp(lambda a: jvp(lambda x: a * x * x, (a,), (1.0,))[1], (np.array(2.0),), (1.0,))[1] == pytest.approx(8.0)
    outside = tensor(3.0, requires_grad=True)
    slope = grad(lambda x: outside * x * x)(2.0)
    assert isinstance(slope, Tensor)
    slope.backward()
    assert outside.grad == 4.0
    constant = tensor(3.0)
    assert not isinstance(grad(lambda x: constant * x * x)(np.array(2.0)), Tensor)
    moved = jvp(lambda x: x * x, (np.array(2.0),), (outside,))[1]
    assert isinstance(moved, Tensor)
    zeros = grad(lambda x: outside * outside)(np.array([1.0, 2.0]))
    assert isinstance(zeros, Tensor)
    np.testing.assert_array_equal(zeros.data, [0, 0])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_everything_comes_in_the_arguments_dtype(dtype: Any) -> None:
    x, f = X.astype(dtype), FUNCTIONS["fewer numbers than arguments"][0]
    value, slope = value_and_grad(lambda x: (x * x).sum())(x)
    _, pullback = vjp(f, x)
    found = [
        value,
        slope,
        jacobian(f)(x),
        pullback(x[0])[0],
        *jvp(f, (x,), (x,)),
        jacobian(lambda x: x[0, :, None] * x[1])(x),
    ]
    found += [
        hessian(lambda x: (x * x).sum())(x),
        jacobian(lambda x, y: 2 * x, 1)(x, x),
        grad(lambda x, y: x.sum(), 1)(x, x),
    ]
    assert {part.dtype for part in found} == {np.dtype(dtype)}


def test_the_value_and_the_gradient() -> None:
    value, slope = value_and_grad(lambda x, y: (x * y).sum(), 1)(X, Y)
    assert value == (X * Y).sum()
    np.testing.assert_allclose(slope, X.sum(0))
    value, slopes = value_and_grad(lambda x, y: (x * y).sum().reshape(1, 1), (1, -2))(X, Y)
    assert value.shape == (1, 1)
    np.testing.assert_allclose(slopes[0], X.sum(0))
    np.testing.assert_allclose(slopes[1], np.broadcast_to(Y, X.shape))
    assert grad(lambda n: n * n)(3) == 6
    assert grad(lambda n, power: n**power)(3.0, power=2) == 6
    assert value_and_grad(lambda n, power: n**power)(3.0, power=2)[0] == 9


REFUSED: dict[str, tuple[Callable[[], Any], type[Exception], str]] = {
    "two numbers": (lambda: grad(lambda x: x)(Y), TypeError, r"grad: expected f to give one number, got shape \(3,\);"),
    "a list": (lambda: grad(lambda x: [x[0]])(Y), TypeError, "expected f to give one number, got list"),
    "an index": (lambda: grad(lambda x: x.sum(), 1)(Y), TypeError, "argnums: expected indices of the 1 arguments, got"),
    "indices": (lambda: jacobian(lambda x: x, (0, 2))(Y), TypeError, r"indices of the 1 arguments, got \(0, 2\)"),
    "no array": (lambda: grad(lambda x: 1.0)([]), TypeError, "expected at least one array to differentiate"),
    "integers": (lambda: grad(lambda x: x.argmax())(Y), TypeError, "expected f to give floating numbers"),
    "upstream": (
        lambda: vjp(lambda x: x, Y)[1](Y[:2]), ValueError,
        r"vjp: expected upstream gradients of shape \[\(3,\)\], f's own, got \[\(2,\)\]",
    ),
    "speeds": (
        lambda: jvp(lambda x: x, (Y,), (Y[:2],)), ValueError,
        r"jvp: expected tangents of shape \[\(3,\)\], the primals' own, got \[\(2,\)\]",
    ),
    "complex": (lambda: jvp(lambda x: x, (Y,), (Y * 1j,)), TypeError, "real numbers in a plain array as tangents"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_is_refused(name: str) -> None:
    call, error, message = REFUSED[name]
    with pytest.raises(error, match=message):
        call()


def test_the_arguments_are_left_as_they_are() -> None:
    x = tensor(Y, requires_grad=True)
    value_and_grad(lambda x: (x * x).sum())(x)
    vector.grad(lambda x: (x * x).sum())(Y)
    assert x.grad is None
    out, pullback = vjp(lambda x: x, Y)
    out[0] = 7.0
    assert Y[0] == 2.0
    assert pullback(Y)[0] is not Y
