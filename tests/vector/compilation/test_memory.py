"""A compiled step reads and writes shared memory in the order of the eager step."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import vector
from tests.vector.compilation.twins import NUMBA, World, kinds, rows, seldom, twins, weights
from vector import nn, optim
from vector.optim import Optimizer

# -------------------------------------------------------------------- overlapping memory


def pull(w: Any, change: Callable[[Any], Any]) -> None:
    w.data += change(w.data)


def rebound(w: Any, new: Any) -> None:
    w.data = new


def shift(a: Any, b: Any) -> None:
    a += b


OVERLAPS: dict[str, Callable[[Any, Any], object]] = {
    "towards its transpose": lambda w, x: pull(w, lambda d: 0.5 * (d.T - d)),
    "towards its reverse": lambda w, x: pull(w, lambda d: 0.5 * (d[::-1] - d)),
    "minus its first row": lambda w, x: pull(w, lambda d: -0.5 * d[0]),
    "minus its last row": lambda w, x: pull(w, lambda d: -0.5 * d[-1]),
    "minus its first row itself": lambda w, x: np.subtract(w.data, w.data[0], out=w.data),
    "minus its first column": lambda w, x: np.subtract(w.data, w.data[:, :1], out=w.data),
    "times its corner": lambda w, x: np.multiply(w.data, w.data[1, 1], out=w.data),
    "minus its sum": lambda w, x: pull(w, lambda d: -0.01 * d.sum(0)),
    "its reverse": lambda w, x: rebound(w, w.data[::-1]),
    "its transpose": lambda w, x: rebound(w, w.data.T),
    "rows down": lambda w, x: shift(w.data[1:], w.data[:-1] * 0.5),
    "rows down, as they lie": lambda w, x: shift(w.data[1:], w.data[:-1]),
    "rows up": lambda w, x: shift(w.data[:-1], w.data[1:]),
    "rows copied": lambda w, x: w.data.__setitem__(slice(1, None), w.data[:-1]),
    "columns": lambda w, x: shift(w.data[:, 1:], w.data[:, :-1]),
    "flat": lambda w, x: shift(w.data.reshape(-1)[3:], w.data.reshape(-1)[:-3]),
    "every other": lambda w, x: shift(w.data[:8:2], w.data[1::2] * 0.5),
    "out over a view": lambda w, x: np.add(w.data[1:], w.data[:-1], out=w.data[1:]),
    "product with itself": lambda w, x: pull(w, lambda d: -0.01 * (d.T @ d)),
    "product into itself": lambda w, x: np.matmul(w.data, w.data * 0.1, out=w.data),
    "product that reads it": lambda w, x: pull(w, lambda d: -0.01 * (x.T @ (x @ d))),
    "product with its transpose": lambda w, x: pull(w, lambda d: -0.01 * (d @ x.T @ x)),
    "product that reads it reversed": lambda w, x: pull(w, lambda d: -0.01 * (x.T @ (x @ d[::-1]))),
    "transposed product": lambda w, x: pull(w, lambda d: -0.01 * (x.T @ x).T),
    "reversed product": lambda w, x: pull(w, lambda d: -0.01 * (x.T @ x)[::-1]),
    "product's columns": lambda w, x: pull(w, lambda d: -0.01 * (x.T @ x)[:, ::-1]),
    "product into a part": lambda w, x: shift(w.data[:5], -0.01 * (x.T @ x)[:5]),
}


@kinds(OVERLAPS, "towards its transpose", "minus its first row itself", "its reverse", "out over a view")
def test_what_is_read_and_written_at_once(kind: str, native: bool) -> None:
    """A loop of machine code read elements that it had written already."""

    def make() -> World:
        w = vector.Tensor(np.asarray(rows(3, (9, 9)), np.float64) * 0.5)

        def step(x: Any) -> Any:
            before = w.data * 2
            OVERLAPS[kind](w, x)
            after = w.data * 2
            w.data *= 0.5
            return before, after, w.data

        return World(step=step, draw=lambda i: (rows(i, (9, 9), np.float64),), w=w)

    twins(make, native=native, calls=6)


LEARNT: dict[str, Callable[[Any, Any], Any]] = {
    "plain": lambda x, w: x @ w,
    "transposed": lambda x, w: x @ w.T,
    "reversed rows": lambda x, w: x @ w[::-1],
    "reversed columns": lambda x, w: x @ w[:, ::-1],
    "twice": lambda x, w: (x @ w) @ w,
    "squared": lambda x, w: w @ w,
    "with its transpose": lambda x, w: x @ (w @ w.T),
    "on the left": lambda x, w: w @ x,
    "transposed on the left": lambda x, w: w.T @ x,
    "a part": lambda x, w: x[:, :5] @ w[:5],
    "flipped": lambda x, w: np.flip(x @ w),
    "read elsewhere": lambda x, w: (x @ w) * w,
}
HOW = ["optimizer", "by hand", "returned"]


@kinds(
    [f"{kind}, {how}" for kind in LEARNT for how in HOW], *(f"{kind}, optimizer" for kind in ("twice", "reversed rows"))
)
def test_updates_in_the_product(kind: str, native: bool) -> None:
    """θ ← θ − η·xᵀḡ in one call of BLAS, which must not read θ itself, nor lose that the gradient is a view."""
    kind, how = kind.split(", ")

    def make() -> World:
        w: Any = nn.parameter(rows(3, (9, 9), np.float64) * 0.3)
        optimizer = optim.SGD([w], lr=0.05)

        def step(x: Any) -> Any:
            optimizer.zero_grad()
            loss = (LEARNT[kind](x, w) ** 2).mean()
            loss.backward()
            if how == "by hand":
                w.data -= 0.05 * w.grad
            else:
                optimizer.step()
            return (loss, w.data, w.grad) if how == "returned" else loss

        return World(step=step, draw=lambda i: (rows(i, (9, 9), np.float64),), w=w)

    twins(make, native=native, calls=5)


GIVEN: dict[str, Callable[[Any, Any], Any]] = {
    "a product of itself": lambda w, x: w.T @ (w * 0.1),
    "a product that reads it": lambda w, x: x.T @ w,
    "a product that it multiplies": lambda w, x: w @ x,
    "a product of itself, transposed": lambda w, x: (w @ (w * 0.1)).T,
    "a transposed product": lambda w, x: (x.T @ (x * 0.1)).T,
    "a reversed product": lambda w, x: (x.T @ (x * 0.1))[::-1],
    "a product with its columns reversed": lambda w, x: (x.T @ (x * 0.1))[:, ::-1],
    "a product that is reversed twice": lambda w, x: (x.T @ (x * 0.1))[::-1, ::-1],
    "its transpose": lambda w, x: w.T,
    "its reverse": lambda w, x: w[::-1],
    "its columns reversed": lambda w, x: w[:, ::-1],
    "itself": lambda w, x: w,
    "its first row": lambda w, x: np.broadcast_to(w[0], w.shape),
    "the argument": lambda w, x: x,
}


@pytest.mark.parametrize("laid", ["C", pytest.param("F", marks=pytest.mark.slow)])
@kinds(GIVEN, "a product of itself", "its transpose")
def test_gradients_that_share_memory_with_their_parameter(kind: str, laid: str, native: bool) -> None:
    """The product was written over the parameter that it still read."""

    def make() -> World:
        w = nn.parameter(np.array(rows(3, (64, 64), np.float64) * 0.1, order="F" if laid == "F" else "C"))
        optimizer = optim.SGD([w], lr=0.05)

        def step(x: Any) -> Any:
            w.grad = GIVEN[kind](w.data, x)
            optimizer.step()
            w.grad = None
            return w.data.sum()

        return World(step=step, draw=lambda i: (rows(i, (64, 64), np.float64) * 0.1,), w=w)

    twins(make, native=native, calls=5)


@pytest.mark.slow
@NUMBA
def test_a_large_product_that_reads_what_it_updates() -> None:
    """BLAS reads a matrix block by block, so that a small one is read before the first write."""

    def make() -> World:
        w = nn.parameter(rows(3, (1200, 1200), np.float64) * 0.02)
        optimizer = optim.SGD([w], lr=0.05)

        def step(x: Any) -> Any:
            w.grad = x.T @ w.data
            optimizer.step()
            w.grad = None
            return w.data.sum()

        return World(step=step, draw=lambda i: (rows(i, (1200, 1200), np.float64) * 0.02,), w=w)

    twins(make, native=True, calls=4)


# -------------------------------------------------------------------- the same memory twice


def in_place(a: Any, b: Any) -> Any:
    a += b
    a *= 0.5
    return a * 1, b * 2


def apart(a: Any, b: Any) -> Any:
    first = b * 2
    a += 1
    return first, b * 2


def product(a: Any, b: Any) -> Any:
    a -= 0.1 * (b.T @ b)
    return a.sum(0), (b * 3).sum(1)


PAIRS: dict[str, Callable[[Any], tuple[Any, Any]]] = {
    "one array": lambda z: (z[1:], z[1:]),
    "two objects": lambda z: (z[1:], z[1:][:]),
    "one row on": lambda z: (z[1:], z[:-1]),
    "one row back": lambda z: (z[:-1], z[1:]),
    "reversed": lambda z: (z[1:], z[:0:-1]),
    "transposed": lambda z: (z[1:], z[1:].T),
    "apart": lambda z: (z[1:], z[:-1].copy()),
}


@pytest.mark.parametrize("step", [in_place, apart, product])
@kinds(PAIRS, "one row on")
def test_arguments_that_share_memory(kind: str, step: Any, native: bool) -> None:
    def draw(i: int) -> tuple[Any, Any]:
        return PAIRS[kind](rows(i, (10, 9), np.float64))

    twins(lambda: World(step=step, draw=draw), native=native, calls=5)


@seldom
@pytest.mark.parametrize("step", [in_place, apart])
def test_arguments_that_share_memory_at_some_calls(step: Any, native: bool) -> None:
    """What was recorded with two arrays is no plan for one that comes twice, and the other way round."""

    def draw(i: int) -> tuple[Any, Any]:
        kind = list(PAIRS)[[6, 6, 6, 2, 6, 0, 3, 1, 6, 0][i]]
        return PAIRS[kind](rows(i, (10, 9), np.float64))

    twins(lambda: World(step=step, draw=draw), native=native, calls=10)


@kinds(["data", "a view", "transposed", "tensor", "detached", "nested"], "data")
def test_an_argument_that_the_step_updates_by_another_name(kind: str, native: bool) -> None:
    """`step(w.data)`: a product after the update was taken for a repetition of the one before."""

    def make() -> World:
        w = weights()

        def step(x: Any) -> Any:
            x = x["x"] if kind == "nested" else x
            before = x * 2
            w.grad = None
            ((w * w).sum() * 0.5).backward()
            w.data -= 0.1 * w.grad
            after = x * 2
            x[0] = 3.0 if kind != "detached" and kind != "tensor" else x[0] * 1
            return before, after, w.data * 1

        def read_only(x: Any) -> Any:
            before = x * 2
            w.data *= 0.5
            return before, x * 2, w.data * 1

        given: dict[str, Callable[[], Any]] = {
            "data": lambda: w.data, "a view": lambda: w.data[:], "transposed": lambda: w.data.T,
            "tensor": lambda: w, "detached": w.detach, "nested": lambda: {"x": w.data},
        }  # fmt: skip
        return World(step=read_only if kind in ("tensor", "detached") else step, draw=lambda i: (given[kind](),), w=w)

    twins(make, native=native)


def halves(kind: str) -> tuple[Any, Any]:
    flat = rows(3, (24,), np.float64)
    parts = {
        "the same": (flat[:12], flat[:12]),
        "overlapping": (flat[:12], flat[4:16]),
        "reversed": (flat[:12], flat[11::-1]),
        "apart": (flat[:12], flat[12:]),
    }
    first, second = parts[kind]
    return nn.parameter(first), nn.parameter(second)


MOVED: dict[str, Callable[[Any], Optimizer]] = {
    "SGD": lambda p: optim.SGD(p, lr=0.1),
    "momentum": lambda p: optim.SGD(p, lr=0.1, momentum=0.9, weight_decay=0.1),
    "Adam": lambda p: optim.Adam(p, lr=0.1),
}


@NUMBA
@pytest.mark.parametrize(
    "name", ["momentum", *(pytest.param(name, marks=pytest.mark.slow) for name in ("SGD", "Adam"))]
)
@pytest.mark.parametrize("kind", ["the same", "overlapping", "reversed", "apart"])
def test_two_parameters_on_one_memory_in_a_fused_update(kind: str, name: str) -> None:
    results = []
    for fuses in (False, True):
        p, q = halves(kind)
        optimizer = MOVED[name]([p, q])
        if fuses:
            optimizer.fuse()
        seen = []
        for i in range(6):
            p.grad, q.grad = rows(i, (12,), np.float64), rows(i + 50, (12,), np.float64)
            optimizer.step()
            seen.append([p.data.copy(), q.data.copy()])
        results.append(seen)
    np.testing.assert_allclose(results[1], results[0], rtol=1e-9, atol=1e-12)


@seldom
@pytest.mark.parametrize("name", MOVED)
@pytest.mark.parametrize("kind", ["the same", "overlapping", "reversed"])
def test_two_parameters_on_one_memory_in_a_compiled_step(kind: str, name: str, native: bool) -> None:
    def make() -> World:
        p, q = halves(kind)
        optimizer = MOVED[name]([p, q])

        def step(x: Any) -> Any:
            optimizer.zero_grad()
            loss = ((p * x) ** 2).mean() + ((q - x) ** 2).mean()
            loss.backward()
            optimizer.step()
            return loss, p * 2, q * 2

        return World(step=step, draw=lambda i: (rows(i, (12,), np.float64),), p=p, q=q)

    twins(make, native=native, calls=6)
