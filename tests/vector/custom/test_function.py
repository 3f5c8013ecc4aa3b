"""A user's own operation: PyTorch's, and right or an error in every mode."""

import gc
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

import viz
from tests.checks import grad
from vector import AnomalyError, Function, Tensor, check_grads, detect_anomaly, hessian, jvp, no_grad, tensor
from vector import grad as grad_of

X = np.array([0.5, -1.25, 2.0])
W = np.array([[1.0, 2.0, -1.0], [0.5, 0.25, 3.0]])


class Scaled(Function):
    """(x·exp(w)·scale, x²): saved inputs and outputs, a number, two outputs, broadcasting."""

    @staticmethod
    def forward(ctx: Any, x: Any, w: Any, scale: float) -> Any:
        out = x * np.exp(w) * scale
        ctx.save_for_backward(x, w, out)
        ctx.scale = scale
        return out, x**2

    @staticmethod
    def backward(ctx: Any, g: Any, h: Any) -> Any:
        x, w, out = ctx.saved_tensors
        return (g * np.exp(w) * ctx.scale).sum(axis=0) + 2 * h * x, g * out, None


class TorchScaled(torch.autograd.Function):  # type: ignore[misc]
    @staticmethod
    def forward(ctx: Any, x: Any, w: Any, scale: float) -> Any:
        out = x * torch.exp(w) * scale
        ctx.save_for_backward(x, w, out)
        ctx.scale = scale
        return out, x**2

    @staticmethod
    def backward(ctx: Any, g: Any, h: Any) -> Any:
        x, w, out = ctx.saved_tensors
        return (g * torch.exp(w) * ctx.scale).sum(axis=0) + 2 * h * x, g * out, None


def operation(forward: Callable[..., Any], backward: Callable[..., Any]) -> type[Function]:
    return type("MyOp", (Function,), {"forward": staticmethod(forward), "backward": staticmethod(backward)})


def saving(f: Callable[..., Any], vjp: Callable[..., Any]) -> type[Function]:
    """An operation that saves its inputs, with the vector-Jacobian product (g, *inputs)."""

    def forward(ctx: Any, *xs: Any) -> Any:
        ctx.save_for_backward(*xs)
        return f(*xs)

    return operation(forward, lambda ctx, g: vjp(g, *ctx.saved_tensors))


def test_gradients_and_second_derivatives_are_pytorchs() -> None:
    def loss(f: Any, x: Any, w: Any) -> Any:
        a, b = f(x, w, 1.5)
        return (a * a * b).sum()

    x, w = tensor(X, requires_grad=True), tensor(W, requires_grad=True)
    loss(Scaled.apply, x, w).backward()
    leaves = [torch.tensor(data, requires_grad=True) for data in (X, W)]
    theirs = torch.autograd.grad(loss(TorchScaled.apply, *leaves), leaves, create_graph=True)
    for ours, their in zip((x, w), theirs, strict=True):
        np.testing.assert_allclose(grad(ours), their.detach(), 1e-13)
    second = torch.autograd.grad((theirs[0] ** 2).sum() + (theirs[1] ** 3).sum(), leaves)

    def of_gradients(x: Any, w: Any) -> Any:
        gx, gw = grad_of(lambda x, w: loss(Scaled.apply, x, w), (0, 1))(x, w)
        return (gx**2).sum() + (gw**3).sum()

    for ours, their in zip(grad_of(of_gradients, (0, 1))(X, W), second, strict=True):
        np.testing.assert_allclose(ours, their, 1e-12)


def test_every_mode_and_order_agrees_with_differences() -> None:
    assert check_grads(lambda x, w: Scaled.apply(x, w, 1.5), X, W).ok


def test_an_unused_output_sends_zeros() -> None:
    x = tensor(X, requires_grad=True)
    Scaled.apply(x, W, 2.0)[1].sum().backward()
    np.testing.assert_array_equal(grad(x), 2 * X)


def test_needs_input_grad_and_attributes() -> None:
    seen = []

    def forward(ctx: Any, x: Any, y: Any, name: str, none: None) -> Any:
        seen.append(ctx.needs_input_grad)
        ctx.name, ctx.none = name, none
        return x + y

    def backward(ctx: Any, g: Any) -> Any:
        seen.append((*ctx.needs_input_grad, ctx.name, ctx.none))
        return g, None, None, None

    MyOp = operation(forward, backward)
    x = tensor(X, requires_grad=True)
    MyOp.apply(x, X, "name", None).sum().backward()
    hessian(lambda x: MyOp.apply(x, X, "name", None).sum())(X)
    assert seen[:2] == [(True, False, False, False), (True, False, False, False, "name", None)]
    with no_grad():
        assert not MyOp.apply(x, X, "name", None).requires_grad
    assert seen[-1] == (False,) * 4


def test_arrays_give_arrays_and_constants_give_constants() -> None:
    (a, b) = Scaled.apply(X, W, 2.0)
    assert type(a) is type(b) is np.ndarray
    assert not Scaled.apply(tensor(X), W, 2.0)[0].requires_grad


def test_an_output_of_integers_has_no_gradient() -> None:
    def forward(ctx: Any, x: Any) -> Any:
        order = np.argsort(x)
        ctx.save_for_backward(order)
        return x[order], order

    def backward(ctx: Any, g: Any, _: Any) -> Any:
        (order,) = ctx.saved_tensors
        return g[np.argsort(order)]

    MyOp = operation(forward, backward)
    x = tensor(X, requires_grad=True)
    out, order = MyOp.apply(x)
    assert not order.requires_grad
    (out * [1, 2, 3]).sum().backward()
    np.testing.assert_array_equal(grad(x), [2, 1, 3])
    assert check_grads(MyOp.apply, X).ok


def test_outputs_of_different_dtypes_keep_them() -> None:
    MyOp = operation(lambda ctx, x: (x * 2, (x * 3).astype(np.float32)), lambda ctx, g, h: g * 2 + h * 3)
    x = tensor(X, requires_grad=True)
    a, b = MyOp.apply(x)
    assert (a.dtype, b.dtype) == (np.float64, np.float32)
    (a.sum() + b.sum()).backward()
    np.testing.assert_array_equal(grad(x), [5, 5, 5])


def test_a_gradient_is_unbroadcast_as_pytorch_does() -> None:
    product = saving(lambda x, w: x * w, lambda g, x, w: (g * w, g * x))
    x, w = tensor(X, requires_grad=True), tensor(W, requires_grad=True)
    product.apply(x, w).sum().backward()
    np.testing.assert_array_equal(grad(x), W.sum(axis=0))


def test_gradients_share_no_memory() -> None:
    same = operation(lambda ctx, x, y: x + y, lambda ctx, g: (g, g))
    x, y = tensor(X, requires_grad=True), tensor(X, requires_grad=True)
    upstream = np.ones(3)
    same.apply(x, y).backward(upstream)
    assert not np.shares_memory(grad(x), grad(y))
    assert not np.shares_memory(grad(x), upstream)
    grad(x)[:] = 7
    np.testing.assert_array_equal(grad(y), [1, 1, 1])


def test_an_input_given_back_is_a_copy() -> None:
    same = operation(lambda ctx, x: x, lambda ctx, g: g)
    x = tensor(X, requires_grad=True)
    assert not np.shares_memory(same.apply(x).data, x.data)


@pytest.mark.parametrize(
    ("forward", "backward"),
    [
        (lambda ctx, x: np.multiply(x, 2, out=x), lambda ctx, g: g),
        (lambda ctx, x: x * 2, lambda ctx, g: np.multiply(g, 2, out=g)),
    ],
    ids=["forward", "backward"],
)
def test_what_is_given_is_read_only(forward: Any, backward: Any) -> None:
    with pytest.raises(ValueError, match="read-only"):
        operation(forward, backward).apply(tensor(X, requires_grad=True)).sum().backward()


def test_the_ledger_the_drawing_and_the_anomaly_name_the_class() -> None:
    log = saving(np.log, lambda g, x: g / x)
    x = tensor(np.array([1.0, 2.0]), requires_grad=True)
    y = log.apply(x).sum()
    assert [step.variable.op for step in y.chain_rule()] == ["sum", "MyOp", ""]
    assert "MyOp" in viz.draw(y).source
    with detect_anomaly(), pytest.raises(AnomalyError, match=r"^MyOp made -inf at index \(1,\) in its value"):
        log.apply(tensor(np.array([1.0, 0.0]), requires_grad=True))
    bad = saving(np.sqrt, lambda g, x: g / x)
    with detect_anomaly(), pytest.raises(AnomalyError, match=r"MyOp made inf at index \(0,\) in its gradient"):
        bad.apply(tensor(np.zeros(1), requires_grad=True)).sum().backward()


def test_backward_runs_once_for_all_its_gradients() -> None:
    calls = []

    def vjp(g: Any, x: Any, w: Any) -> Any:
        calls.append(1)
        return g * w, g * x

    product = saving(lambda x, w: x * w, vjp)
    x, w = tensor(X, requires_grad=True), tensor(X, requires_grad=True)
    y = product.apply(x, w).sum()
    y.backward()
    assert len(calls) == 1
    y.backward()
    np.testing.assert_array_equal(grad(x), 2 * X)


def test_the_graph_dies_without_the_garbage_collector() -> None:
    data = X.copy()
    watched = weakref.ref(data)
    gc.disable()
    try:
        y = Scaled.apply(Tensor(data, requires_grad=True), W, 2.0)[0].sum()
        y.backward()
        del y, data
        assert watched() is None
    finally:
        gc.enable()


def test_evaluating_again_does_not_disturb_what_is_saved() -> None:
    x = tensor(X, requires_grad=True)
    y = saving(np.exp, lambda g, x: g * np.exp(x)).apply(x)
    np.testing.assert_array_equal(y.evaluate(X + 1), np.exp(X + 1))
    y.sum().backward()
    np.testing.assert_array_equal(grad(x), np.exp(X))


# ---------------------------------------------------------------- a cut graph is an error in the second derivative


def kept(name: str) -> type[Function]:
    """exp(x), whose backward takes the result from a place on ctx where its dependence on x is lost."""

    def forward(ctx: Any, x: Any) -> Any:
        e = np.exp(x)
        if name == "saved":
            ctx.save_for_backward(e * 1)
        elif name == "attribute":
            ctx.e = e * 1
        elif name == "list":
            ctx.e = [e * 1]
        elif name == "number":
            ctx.e = float(e.sum())
        else:
            ctx.e = lambda: e
        return e

    def backward(ctx: Any, g: Any) -> Any:
        if name == "saved":
            return g * ctx.saved_tensors[0]
        return g * (ctx.e[0] if name == "list" else ctx.e() if name == "function" else ctx.e)

    return operation(forward, backward)


@pytest.mark.parametrize("name", ["saved", "attribute", "list", "number", "function"])
def test_an_intermediate_result_is_refused_where_it_would_cut_the_graph(name: str) -> None:
    MyOp = kept(name)
    x = X[:1]
    np.testing.assert_allclose(grad_of(lambda x: MyOp.apply(x).sum())(x), np.exp(x))
    np.testing.assert_allclose(jvp(MyOp.apply, (x,), (x,))[1], np.exp(x) * x)
    with pytest.raises(
        RuntimeError, match="whose dependence on the inputs was not recorded; save the input or the out"
    ):
        hessian(lambda x: MyOp.apply(x).sum())(x)


CUTS: dict[str, Callable[..., Any]] = {
    "asarray": lambda g, x: g * np.cos(np.asarray(x)),
    "float": lambda g, x: g * np.cos([float(n) for n in x]),
    "item": lambda g, x: g * np.cos([n.item() for n in x]),
    "item of one": lambda g, x: g * np.cos([x.item(i) for i in range(x.size)]),
    "data": lambda g, x: g * np.cos(x.data),
    "in place": lambda g, x: np.multiply(g, np.cos(x), out=np.empty(3)),
    "filled": lambda g, x: filled(g * np.cos(x)),
}


def filled(x: Any) -> Any:
    out = np.zeros(3)
    out[:] = x
    return out


@pytest.mark.parametrize("name", CUTS)
def test_raw_arrays_in_backward_are_right_once_and_refused_twice(name: str) -> None:
    sine = saving(np.sin, CUTS[name])
    np.testing.assert_allclose(grad_of(lambda x: sine.apply(x).sum())(X), np.cos(X))
    with pytest.raises((TypeError, RuntimeError), match=r"MyOp\.backward: .*(Write it with|use the tensor itself)"):
        hessian(lambda x: sine.apply(x).sum())(X)


def test_forward_mode_of_a_backward_in_raw_arrays_says_how() -> None:
    sine = saving(np.sin, lambda g, x: filled(g * np.cos(x)))
    with pytest.raises(TypeError, match="for second derivatives and forward mode it is given Tensors and must record"):
        jvp(sine.apply, (X,), (X,))


def test_a_forgotten_upstream_gradient_is_seen_in_forward_mode() -> None:
    with pytest.raises(
        RuntimeError, match="does not depend on it: the graph was cut, or the upstream gradient forgotten"
    ):
        jvp(saving(np.sin, lambda g, x: np.cos(x)).apply, (X,), (X,))


def test_a_declared_constant_is_let_through() -> None:
    mask = np.array([2.0, 0.0, 2.0])

    def forward(ctx: Any, x: Any) -> Any:
        ctx.mask = mask
        ctx.mark_constant(mask)
        ctx.save_for_backward(x)
        return x**3 * mask

    def backward(ctx: Any, g: Any) -> Any:
        (x,) = ctx.saved_tensors
        return 3 * g * x**2 * ctx.mask

    assert check_grads(operation(forward, backward).apply, X).ok


def test_masks_whole_numbers_and_none_are_let_through() -> None:
    def forward(ctx: Any, x: Any) -> Any:
        ctx.mask, ctx.n = x > 0, len(x)
        ctx.save_for_backward(None, x)
        return np.where(ctx.mask, x**2, 0) / ctx.n

    def backward(ctx: Any, g: Any) -> Any:
        _, x = ctx.saved_tensors
        return np.where(ctx.mask, 2 * x * g, 0) / ctx.n

    assert check_grads(operation(forward, backward).apply, X).ok


def test_a_gradient_of_zero_may_be_none_or_an_array() -> None:
    for backward in (lambda ctx, g: None, lambda ctx, g: np.zeros(3)):
        assert check_grads(operation(lambda ctx, x: np.sign(x), backward).apply, X).ok


# ---------------------------------------------------------------- errors


def apply_backward(MyOp: type[Function], *args: Any) -> None:
    out = MyOp.apply(*(args or (tensor(X, requires_grad=True),)))
    out.sum().backward()


def double(ctx: Any, x: Any) -> Any:
    return x * 2


Wrong = tuple[type[Function], type[Exception], str]
ERRORS: dict[str, Wrong] = {
    "too many": (operation(double, lambda ctx, g: (g, g)), ValueError, "expected 1 gradients, one for each .* got 2"),
    "none at all": (operation(double, lambda ctx, g: ()), ValueError, "expected 1 gradients, one for each .* got 0"),
    "shape": (operation(double, lambda ctx, g: g[:2]), ValueError, r"argument 0 shape \(3,\), .* own, got \(2,\)"),
    "a number": (operation(double, lambda ctx, g: 1.0), ValueError, r"shape \(3,\), the argument's own, got \(\)"),
    "complex": (operation(double, lambda ctx, g: g * 1j), TypeError, "argument 0 real numbers, got a ndarray"),
    "words": (operation(double, lambda ctx, g: "g"), TypeError, "argument 0 real numbers"),
    "no backward": (type("MyOp", (Function,), {"forward": double}), NotImplementedError, r"method backward\(ctx, \*up"),
    "no forward": (type("MyOp", (Function,), {}), NotImplementedError, r"MyOp: expected a static method forward"),
    "no output": (operation(lambda ctx, x: (), double), TypeError, "expected real arrays as its outputs, got none"),
    "None": (operation(lambda ctx, x: None, double), TypeError, "real arrays as its outputs, got dtype object"),
    "save": (operation(lambda ctx, x: ctx.save_for_backward(2.0), double), TypeError, "expected arrays, got float"),
    "outside": (
        operation(lambda ctx, x: x * tensor(X, requires_grad=True), double), TypeError, "pass that Tensor to apply",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ERRORS)
def test_errors(name: str) -> None:
    MyOp, kind, message = ERRORS[name]
    with pytest.raises(kind, match=message):
        apply_backward(MyOp)


def test_a_gradient_for_an_argument_that_has_none() -> None:
    MyOp = operation(lambda ctx, x, n: x * n, lambda ctx, g: (g, g))
    with pytest.raises(TypeError, match="expected None as the gradient of argument 1, a int"):
        apply_backward(MyOp, tensor(X, requires_grad=True), 2)


def test_a_tensor_in_a_list() -> None:
    with pytest.raises(TypeError, match="expected each Tensor as an argument of its own, got one inside argument 0"):
        operation(double, double).apply([tensor(X, requires_grad=True)])


def test_called_instead_of_applied() -> None:
    with pytest.raises(TypeError, match=r"Scaled\(…\): .* write Scaled.apply\(…\)"):
        Scaled(X, W, 2.0)


@pytest.mark.parametrize("which", ["input", "output"])
def test_a_saved_tensor_changed_in_place(which: str) -> None:
    x = tensor(X, requires_grad=True)
    y = saving(np.sin, lambda g, x: g * np.cos(x)).apply(x)
    loss = (y * 2).sum()
    (x if which == "input" else y).data -= 1
    with pytest.raises(RuntimeError, match="was changed in place after the forward pass used it"):
        loss.backward()


def test_an_attribute_that_was_not_set() -> None:
    with pytest.raises(AttributeError, match="scale"):
        apply_backward(operation(double, lambda ctx, g: g * ctx.scale))
