"""Nothing but real numbers gets into a graph, and nothing without a derivative gets one."""

import datetime
import itertools
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import scalar
import vector
from tests.checks import grad
from vector import Tensor, nn, tensor
from vector.op import Op, elementwise


class Turned(vector.Function):
    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        return x * 1.0

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        return g * 1j


by_partial = elementwise("partial", lambda x: x * 1.0, lambda out, x: 1j * x)
by_vjp = Op("vjp", lambda x: x * 1.0, [lambda g, out, x: g * 1j])
by_value = elementwise("value", lambda x: np.sqrt(x.astype(complex)), lambda out, x: 0.5 / out)

NUMPY: Any = np  # which knows nothing of Tensors
MASK = np.array([True, False, True])
ODD: dict[str, Any] = {
    "complex": 1j,
    "NumPy's complex": np.complex64(1j),
    "complex array": np.array([1j, 1, 1]),
    "fraction": Fraction(1, 2),
    "decimal": Decimal(2),
    "objects": np.array([1, None, 2], object),
    "text": "a",
    "texts": np.array(["a", "b", "c"]),
    "date": datetime.date(2020, 1, 1),
    "span": np.timedelta64(1, "D"),
    "dates": np.array(["2020-01-01"] * 3, "M8[D]"),
    "nothing": None,
}
TAKING: dict[str, Callable[[Tensor, Any], Any]] = {
    "operator": lambda t, x: t * x,
    "reflected": lambda t, x: x * t,
    "power": lambda t, x: t**x,
    "ufunc": np.add,
    "ufunc, second": lambda t, x: np.multiply(x, t),
    "function": vector.maximum,
    "where": lambda t, x: np.where(MASK, t, x),
    "clip": lambda t, x: np.clip(t, x, np.full(3, 2.0)),
    "select": lambda t, x: np.select([MASK], [t], x),
    "leaky_relu": vector.leaky_relu,
    "list": lambda t, x: np.stack([t, [x, x, x]]) if np.ndim(x) == 0 else np.stack([t, list(x)]),
    "insert": lambda t, x: np.insert(t, 0, x),
    "replaced": lambda t, x: vector.replaced(t, MASK if np.ndim(x) == 0 else slice(None), x),
    "initial": lambda t, x: np.sum(np.stack([t, t]), 0, initial=x) if np.ndim(x) == 0 else t * x,
    "upstream": lambda t, x: (t * 1).backward(np.broadcast_to(np.array(x), (3,))),
    "pullback": lambda t, x: vector.vjp(lambda t: t * t, np.ones(3))[1](np.broadcast_to(np.array(x), (3,))),
    "speed": lambda t, x: vector.jvp(lambda t: t + t, (np.ones(3),), (np.broadcast_to(np.array(x), (3,)),)),
    "mse_loss": lambda t, x: nn.mse_loss(t, np.broadcast_to(np.array(x), (3,))),
}


DEFAULTS = {("initial", "nothing"), ("clip", "nothing")}
"""None is what these take where nothing is given."""


@pytest.mark.parametrize(
    ("taking", "odd"), [pair for pair in itertools.product(TAKING, ODD) if pair not in DEFAULTS], ids="-".join
)
def test_what_is_no_real_number_is_refused(taking: str, odd: str) -> None:
    t = Tensor(np.array([1.0, 2.0, 3.0]), requires_grad=True)
    with pytest.raises((TypeError, ValueError), match="expected") as caught:
        TAKING[taking](t, ODD[odd])
    assert isinstance(caught.value, TypeError) or (odd == "nothing" and "where: expected x and y" in str(caught.value))


WAYS_IN: dict[str, tuple[Callable[[Tensor], Any], str]] = {
    "complex": (lambda t: t.astype(complex), "astype: expected a real dtype of a Tensor, got complex128"),
    "object": (lambda t: t.astype(object), "astype: expected a real dtype of a Tensor, got object"),
    "text": (lambda t: NUMPY.astype(t, str), "astype: expected a real dtype of a Tensor, got <U"),
    "dates": (lambda t: vector.astype(t, "M8[D]"), "astype: expected a real dtype of a Tensor, got datetime64"),
    "complex leaf": (lambda t: Tensor([1j]), r"Tensor: expected numbers, got dtype complex128; .* \.real"),
    "complex number": (lambda t: tensor(1j), "Tensor: expected numbers, got dtype complex128"),
    "new numbers": (lambda t: setattr(t, "data", np.array([1j])), "expected a floating dtype, got complex128"),
    "border": (lambda t: np.pad(t, 1, constant_values=1j), "expected real numbers in a plain array as constant_values"),
    "partial": (lambda t: by_partial(t).sum().backward(), "real numbers .* as the gradient that a rule sends back"),
    "vjp": (lambda t: by_vjp(t).sum().backward(), "real numbers .* as the gradient that a rule sends back"),
    "value": (lambda t: by_value(t).sum().backward(), "real numbers .* as the gradient that a rule sends back"),
    "Function": (lambda t: Turned.apply(t).sum().backward(), r"Turned\.backward: expected .* real numbers"),
    "forward": (lambda t: vector.jvp(by_partial, [t.data], [t.data]), "expected real numbers .* a rule pushes forward"),
    "columns": (lambda t: vector.jacobian(lambda x: by_partial(np.stack([x, x])))(t.data), "a rule pushes forward"),
    "where": (lambda t: NUMPY.where(MASK, t), r"where: expected x and y, or neither.*where\(condition, x, y\)"),
    "where not": (lambda t: NUMPY.where(MASK, None, t), "where: expected x and y, or neither"),
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS_IN)
def test_ways_in_that_are_closed(way: str) -> None:
    use, message = WAYS_IN[way]
    with pytest.raises((TypeError, ValueError), match=message):
        use(Tensor(np.array([1.0, 2.0, 3.0]), requires_grad=True))


@pytest.mark.parametrize("cast", [lambda t, d: t.astype(d), np.astype, vector.astype], ids=["method", "NumPy", "ours"])
@pytest.mark.parametrize("dtype", [int, np.uint8, bool])
def test_a_cast_to_integers_has_no_derivative(cast: Callable[..., Any], dtype: Any) -> None:
    for narrow in (np.float32, np.float64):
        t = Tensor(np.array([1.5, 2.5], narrow), requires_grad=True)
        out = cast(t, dtype)
        assert (out.dtype, out.requires_grad) == (np.dtype(dtype), False)
        (t * out).sum().backward()
        np.testing.assert_array_equal(t.grad, t.data.astype(dtype))
        assert cast(t, np.float16).requires_grad
        floor = vector.compile(lambda t: (t * cast(t, dtype)).sum())
        for _ in range(3):
            np.testing.assert_array_equal(floor(t).data, (t.data * t.data.astype(dtype)).sum())


def test_a_cast_between_floats_keeps_the_gradient() -> None:
    t = Tensor(np.array([1.5, 2.5], np.float32), requires_grad=True)
    (t.astype(float) ** 2).sum().backward()
    assert grad(t).dtype == np.float32
    np.testing.assert_array_equal(t.grad, [3, 5])


FLAT: dict[str, Callable[[Any], Any]] = {
    "comparison": lambda x: x > 0,
    "bool": lambda x: True,
    "count": lambda x: np.intp(np.count_nonzero(x.data > 0)),
    "place": lambda x: x.argmax(),
    "cast": lambda x: x.astype(int),
    "integers": lambda x: np.ones(1, int),
    "text": lambda x: "a",
    "nothing": lambda x: None,
    "complex": lambda x: 1j,
    "comparisons": lambda x: [x > 0],
    "a pair": lambda x: (x, None),
}
P = np.array(2.0)
TRANSFORMS: dict[str, Callable[[Callable[[Any], Any]], Any]] = {
    "grad": lambda f: vector.grad(f)(P),
    "value_and_grad": lambda f: vector.value_and_grad(f)(P),
    "jacobian": lambda f: vector.jacobian(f)(P),
    "hessian": lambda f: vector.hessian(f)(P),
    "vjp": lambda f: vector.vjp(f, P),
    "jvp": lambda f: vector.jvp(f, [P], [P]),
    "hvp": lambda f: vector.hvp(f, [P], [P]),
    "check_grads": lambda f: vector.check_grads(f, P),
}


@pytest.mark.parametrize("flat", FLAT)
@pytest.mark.parametrize("transform", TRANSFORMS)
def test_a_function_without_a_derivative_is_refused(transform: str, flat: str) -> None:
    with pytest.raises(TypeError, match=r"expected f to give (floating|real|one)"):
        TRANSFORMS[transform](FLAT[flat])


@pytest.mark.parametrize("empty", [[], {}, ()], ids=str)
@pytest.mark.parametrize("transform", ["grad", "value_and_grad", "hessian", "hvp"])
def test_a_function_that_gives_nothing(transform: str, empty: Any) -> None:
    with pytest.raises(TypeError, match=r"grad: expected f to give one number, got (list|dict|tuple)"):
        TRANSFORMS[transform](lambda x: empty)


@pytest.mark.parametrize("constant", [3, 3.0, np.float64(3), np.array(3.0)], ids=repr)
@pytest.mark.parametrize("transform", ["grad", "jacobian", "hessian"])
def test_a_constant_has_the_derivative_0(transform: str, constant: Any) -> None:
    out = TRANSFORMS[transform](lambda x: constant)
    assert (out, out.dtype) == (0, float)


@pytest.mark.parametrize("name", ["grad", "value_and_grad", "jacobian", "hessian", "derivative"])
@pytest.mark.parametrize("truth", [True, np.bool_(True)], ids=["Python", "NumPy"])
def test_a_comparison_has_no_derivative_on_the_scalar_engine(name: str, truth: Any) -> None:
    transform = getattr(scalar, name)
    for f in (lambda x: x > 0, lambda x: truth):
        with pytest.raises(
            TypeError, match=r"expected f to give numbers, which have derivatives, got True: .*scalar\.step"
        ):
            transform(f)(2.0)
    with pytest.raises(TypeError, match="expected f to give numbers"):
        scalar.jvp(lambda x: x > 0, (2.0,), (1.0,))
    assert scalar.grad(lambda x: scalar.step(x - 1))(2.0) == scalar.grad(lambda x: 3)(2.0) == 0


@pytest.mark.parametrize("x", [True, np.array([1, 2]), np.array([True]), 1j, "a", None], ids=repr)
def test_an_argument_without_derivatives_is_refused(x: Any) -> None:
    with pytest.raises(TypeError, match="requires_grad: expected a floating dtype"):
        vector.grad(lambda x: (x * x).sum())(x)
    assert vector.grad(lambda x: x * x)(3) == 6
