"""Steps that differentiate inside: the transforms, nested too, and gradients that are differentiated again."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import vector
from tests.vector.compilation.twins import World, kinds, outcome, rows, twins
from vector import Tensor, nn, optim
from vector.compilation import compile

A = rows(1, (5, 5), np.float64)


def energy(x: Any) -> Any:
    return 0.5 * (x @ (A @ A.T @ x)) + np.sum(np.exp(-x))


def conjugate_gradients(x: Any) -> Any:
    """A step of Newton's method, its equations solved by four products with the Hessian."""
    residual = direction = -vector.grad(energy)(x)
    step, square = np.zeros_like(x), residual @ residual
    for _ in range(4):
        (curved,) = vector.hvp(energy, (x,), (direction,))
        length = square / (direction @ curved)
        step, residual = step + length * direction, residual - length * curved
        before, square = square, residual @ residual
        direction = residual + (square / before) * direction
    return x + step


FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "grad": vector.grad(energy),
    "value_and_grad": vector.value_and_grad(energy),
    "hessian": vector.hessian(energy),
    "jacobian by rows": vector.jacobian(lambda x: np.tanh(A[:3] @ x)),
    "jacobian by columns": vector.jacobian(lambda x: np.tanh(np.outer(x, x))),
    "jvp": lambda x: vector.jvp(lambda y: np.tanh(A @ y), (x,), (x + 1,)),
    "jvp of constants": lambda x: vector.jvp(energy, (x,), (np.ones(5),)),
    "vjp": lambda x: vector.vjp(lambda y: np.tanh(A @ y), x)[1](x + 1),
    "hvp": lambda x: vector.hvp(energy, (x,), (x + 1,)),
    "grad of grad": vector.grad(lambda x: (vector.grad(energy)(x) ** 2).sum()),
    "grad of a dictionary": lambda x: vector.grad(lambda p: (p["a"] * p["b"]).sum())({"a": x, "b": 2 * x}),
    "grad of a float": lambda x: vector.grad(lambda c: (c * x).sum())(2.0),
    "conjugate gradients": conjugate_gradients,
}


@kinds(FUNCTIONS, "value_and_grad", "conjugate gradients")
def test_transforms(kind: str, native: bool) -> None:
    """They were refused: "got np.asarray() of an array", a call that the library itself made."""
    twins(lambda: World(step=FUNCTIONS[kind], draw=lambda i: (rows(i, (5,), np.float64),)), native=native, calls=5)


def test_a_float_of_the_step_is_differentiated() -> None:
    """The number was asked for its array."""
    twins(lambda: World(step=vector.grad(lambda x: x * x * 3), draw=lambda i: (i + 0.5,)), calls=5)


def physics(model: Any) -> Callable[[Any], Any]:
    """u″ = −sin x for a network u: the second derivative by x inside of the one by its weights."""

    def loss(x: Any) -> Any:
        slope = vector.grad(lambda x: model(x).sum())
        return ((vector.grad(lambda x: slope(x).sum())(x) + np.sin(x)) ** 2).mean()

    return loss


def penalty(model: Any) -> Callable[[Any], Any]:
    """A critic whose slope is to be 1 (WGAN-GP)."""

    def loss(x: Any) -> Any:
        slope = vector.grad(lambda x: model(x).sum())(x)
        return model(x).mean() + 10 * ((np.sqrt((slope**2).sum(axis=1) + 1e-8) - 1) ** 2).mean()

    return loss


def penalty_by_backward(model: Any) -> Callable[[Any], Any]:
    """The same as PyTorch has it."""

    def loss(x: Any) -> Any:
        leaf = vector.tensor(x, requires_grad=True)
        model(leaf).sum().backward(create_graph=True)
        slope: Any = leaf.grad
        for p in model.parameters():
            p.grad = None
        return model(x).mean() + 10 * ((np.sqrt((slope**2).sum(axis=1) + 1e-8) - 1) ** 2).mean()

    return loss


def adapted(model: Any) -> Callable[[Any], Any]:
    """The loss after a step of descent, differentiated through that step (MAML)."""
    w = model[0].weight

    def loss(x: Any) -> Any:
        first = vector.grad(lambda w: ((x @ w.T - 1) ** 2).mean())(w)
        return ((x @ (w - 0.1 * first).T + 1) ** 2).mean()

    return loss


LOSSES = {"physics": physics, "penalty": penalty, "penalty by backward": penalty_by_backward, "adapted": adapted}


@kinds(LOSSES, "physics")
def test_losses_of_derivatives(kind: str, native: bool) -> None:
    def make() -> World:
        generator = np.random.default_rng(0)
        model = nn.Sequential(nn.Linear(3, 6, generator=generator), nn.Tanh(), nn.Linear(6, 1, generator=generator))
        for p in model.parameters():
            p.data = p.data.astype(np.float64)
        optimizer = optim.SGD(model.parameters(), lr=0.01)
        loss = LOSSES[kind](model)

        def step(x: Any) -> Any:
            optimizer.zero_grad()
            value = loss(x)
            value.backward()
            optimizer.step()
            return value

        return World(step=step, draw=lambda i: (rows(i, (7, 3), np.float64),), model=model, optimizer=optimizer)

    twins(make, native=native)


def test_a_compiled_objective_for_scipy() -> None:
    scipy_optimize = pytest.importorskip("scipy.optimize")
    both = compile(vector.value_and_grad(energy), native=False)
    found = scipy_optimize.minimize(both, np.ones(5), jac=True, method="L-BFGS-B")
    plain = scipy_optimize.minimize(vector.value_and_grad(energy), np.ones(5), jac=True, method="L-BFGS-B")
    assert both.is_ready(np.ones(5))
    np.testing.assert_array_equal(found.x, plain.x)


# -------------------------------------------------------------------- a compiled function that is differentiated


def test_a_compiled_function_inside_of_a_transform() -> None:
    """Its results had no history, and the gradient was 0."""
    compiled = compile(energy, native=False)
    for i in range(4):
        x = rows(i, (5,), np.float64)
        compiled(x)
        np.testing.assert_array_equal(vector.grad(compiled)(x), vector.grad(energy)(x))
    assert "run as it is, for a transform, such as vector.grad, that differentiates it (4 times)" in compiled.explain()


def test_an_argument_with_history() -> None:
    """What was computed from it had none: `backward` raised, or left the part before it without a gradient."""
    compiled = compile(energy, native=False)
    for i in range(4):
        slopes: list[Any] = []
        for f in (compiled, energy):
            x = Tensor(rows(i, (5,), np.float64), requires_grad=True)
            (f(x * 2) + x.sum()).backward()
            slopes.append(x.grad)
        np.testing.assert_array_equal(*slopes)
    assert "an argument with history" in compiled.explain()


# -------------------------------------------------------------------- arguments looked at in other ways

WAYS: dict[str, Callable[..., Any]] = {
    "tensor": lambda x, i: (vector.tensor(x) * 2).sum(),
    "Tensor": lambda x, i: (Tensor(x) * 2).sum(),
    "np.where": lambda x, i: np.where(x > 0, x, 0),
    "product with a mask": lambda x, i: x * (x > 0),
    "masked sum": lambda x, i: np.sum(x, where=x > 0),
    "masked mean": lambda x, i: np.mean(x, where=x > -9),
    "labels": lambda x, i: x[np.arange(2), i[:2]],
    "a number for an index": lambda x, i: x[i[0]] + x[:, i[1]].sum(),
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_arguments_looked_at_in_other_ways(way: str) -> None:
    def draw(i: int) -> tuple[Any, ...]:
        return rows(i, (4, 3), np.float64), np.random.default_rng(i).integers(0, 3, 4)

    twins(lambda: World(step=WAYS[way], draw=draw), calls=5)


REFUSED: dict[str, tuple[Callable[[Any], Any], str]] = {
    "x[mask]": (lambda x: x[x > 0], r"got x\[mask\], .* write np\.where\(mask, x, 0\)"),
    "np.asarray": (np.asarray, r"got np\.asarray\(\) .* write np\.copy\(x\)"),
    "np.array": (lambda x: np.array([x[0], x[1]]), r"write np\.copy\(x\), x\.astype\(dtype\), np\.stack"),
    "a bound": (lambda x: x[: np.argmax(x)], r"pass a size or a bound as an int"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_is_told_with_what_to_write_instead(name: str) -> None:
    function, told = REFUSED[name]
    compiled = compile(function, native=False)
    error = outcome(compiled, (rows(0, (4,)),))
    with pytest.raises(vector.compilation.CaptureError, match=told):
        raise error
    assert f"refused: {error}" in compiled.explain()
