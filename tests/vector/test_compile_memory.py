"""A compiled step writes what the eager step writes, where it writes it: plain arrays, `out`, overlaps, assignments."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import vector
from tests.vector.compiled_twins import (
    NUMBA,
    Config,
    World,
    at,
    both,
    kinds,
    rows,
    seldom,
    twins,
    weights,
    with_globals,
)
from vector import nn, optim
from vector.optim import Optimizer


def batch(i: int) -> tuple[Any, ...]:
    return (rows(i, (4, 4)),)


E: Any  # each step that reads them has globals of its own
H: Any


def descend(w: Any, x: Any) -> Any:
    """A step of plain descent, as people write it."""
    w.grad = None
    loss = ((x @ w) ** 2).mean()
    loss.backward()
    w.data -= 0.1 * w.grad
    return loss


# -------------------------------------------------------------------- plain arrays outside


def plain_average(kind: str) -> World:  # noqa: C901, PLR0915  # a few lines for each place
    """A step that keeps a weight average in a plain array, which lies somewhere."""
    w, e = weights(), np.zeros((4, 4), np.float32)
    holder, items = Config(e=e, inner=Config(e=e)), [e]
    table: dict[str, Any] = {"e": e, "deep": [{"e": e}]}

    def closure(x: Any) -> Any:
        nonlocal e
        loss = descend(w, x)
        e *= 0.5
        e += 0.5 * w.data
        return loss

    def of_global(x: Any) -> Any:
        global E  # noqa: PLW0603  # which names the step reads is what is tested
        loss = descend(w, x)
        E *= 0.5
        E += 0.5 * w.data
        return loss

    def attribute(x: Any) -> Any:
        loss = descend(w, x)
        holder.e *= 0.5
        holder.e += 0.5 * w.data
        return loss

    def nested(x: Any) -> Any:
        loss = descend(w, x)
        holder.inner.e *= 0.5
        holder.inner.e += 0.5 * w.data
        return loss

    def entry(x: Any) -> Any:
        loss = descend(w, x)
        table["e"] *= 0.5
        table["e"] += 0.5 * w.data
        return loss

    def deep(x: Any) -> Any:
        loss = descend(w, x)
        table["deep"][0]["e"] *= 0.5
        table["deep"][0]["e"] += 0.5 * w.data
        return loss

    def item(x: Any) -> Any:
        loss = descend(w, x)
        items[0] *= 0.5
        items[0] += 0.5 * w.data
        return loss

    def loop(x: Any) -> Any:
        loss = descend(w, x)
        for average in items:
            average *= 0.5
            average += 0.5 * w.data
        return loss

    def view(x: Any) -> Any:
        loss = descend(w, x)
        part = e[1:, ::2]
        part *= 0.5
        part += 0.5 * w.data[1:, ::2]
        return loss

    def helper(average: Any) -> None:
        average *= 0.5
        average += 0.5 * w.data

    def helped(x: Any) -> Any:
        loss = descend(w, x)
        helper(e)
        return loss

    def averaged(x: Any, average: Any = e) -> Any:
        loss = descend(w, x)
        average *= 0.5
        average += 0.5 * w.data
        return loss

    steps = {
        "closure": closure, "global": with_globals(of_global, E=e), "attribute": attribute, "nested": nested,
        "entry": entry, "deep": deep, "item": item, "loop": loop, "view": view, "helper": helped, "default": averaged,
    }  # fmt: skip
    return World(step=steps[kind], draw=batch, w=w, e=e)


PLACES = [
    "closure", "global", "attribute", "nested", "entry", "deep", "item", "loop", "view", "helper", "default",
]  # fmt: skip


@pytest.mark.parametrize("kind", PLACES)
def test_a_weight_average_in_a_plain_array(kind: str) -> None:
    """`e *= 0.5` met no array of the step, so only `+=` was repeated: the average grew without end."""
    twins(lambda: plain_average(kind))


PLAIN: dict[str, Callable[[Any, Any], object]] = {
    "*=, +=": lambda e, x: (e.__imul__(0.5), e.__iadd__(x)),
    "one": lambda e, x: e.__iadd__(1),
    "item": lambda e, x: e.__setitem__((0, 0), 3.0) or e.__iadd__(x),
    "slice": lambda e, x: e.__setitem__(slice(1, 3), e[:2] * 0.5) or e.__iadd__(x),
    "all": lambda e, x: e.__setitem__(..., 0.9 * e + 0.1 * x),
    "out": lambda e, x: np.multiply(e, 0.5, out=e) + x,
    "out by place": lambda e, x: np.add(e, 1, e) + x,
    "copyto": lambda e, x: (np.copyto(e, e * 0.5 + 1), e + x),  # type: ignore[func-returns-value]
    "fill": lambda e, x: e.fill(e[0, 0] + 1) or e + x,
    "add.at": lambda e, x: (np.add.at(e, ([0, 0], [1, 1]), 1), e + x),  # type: ignore[func-returns-value]
    "sort": lambda e, x: e.__iadd__(x) is e.sort(),
    "then read": lambda e, x: (e.__iadd__(x), e.__imul__(0.5), e * 2),
    "only read": lambda e, x: e * x,
    "numbers read": lambda e, x: x * e.sum(),
    "read as numbers": lambda e, x: e.__iadd__(1) * float(x.shape[0]),
}


@pytest.mark.parametrize("kind", PLAIN)
@pytest.mark.parametrize("held", ["closure", "attribute"])
def test_plain_arrays_changed_in_every_way(kind: str, held: str) -> None:
    def make() -> World:
        e = rows(7, (4, 4))
        holder = Config(e=e)

        def step(x: Any) -> Any:
            kept = e if held == "closure" else holder.e
            PLAIN[kind](kept, x)
            return x * 2, kept * 1

        return World(step=step, draw=batch, e=e)

    # `e[...] = x` asks x for its numbers, where nobody can see what for.
    twins(make, refused="asarray|item assignment|setitem" if kind == "all" else None)


def test_a_plain_array_changed_between_the_calls() -> None:
    def make() -> World:
        e = np.ones((4, 4), np.float32)
        return World(step=lambda x: (x * e, e.sum() * x), draw=batch, e=e)

    twins(make, at(3, 5, 6)(lambda world: world.e.__iadd__(1)))


# -------------------------------------------------------------------- out, by name and by place

PICKED = np.array([2, 0, 1, 3])
OUT: dict[str, Callable[[Any, Any, Any], object]] = {
    # g is written to, h is another array of its shape, v has its last axis alone
    "clip": lambda g, h, v: np.clip(g, -0.1, 0.1, g),
    "clip, out": lambda g, h, v: np.clip(g, -0.1, 0.1, out=g),
    "clip method": lambda g, h, v: g.clip(-0.1, 0.1, g),
    "nan_to_num": lambda g, h, v: np.nan_to_num(g, copy=False),
    "nan_to_num, place": lambda g, h, v: np.nan_to_num(g, False),
    "nan_to_num, value": lambda g, h, v: np.nan_to_num(g, copy=False, nan=1.0),
    "take": lambda g, h, v: np.take(h, PICKED, 0, g),
    "take, out": lambda g, h, v: np.take(h, PICKED, axis=0, out=g, mode="clip"),
    "take method": lambda g, h, v: h.take(PICKED, 0, g),
    "cumsum": lambda g, h, v: np.cumsum(h, 0, None, g),
    "cumsum on itself": lambda g, h, v: np.cumsum(g, 0, None, g),
    "cumsum method": lambda g, h, v: h.cumsum(0, None, g),
    "cumprod": lambda g, h, v: np.cumprod(h, 1, None, g),
    "dot": lambda g, h, v: np.dot(h, h, g),
    "dot method": lambda g, h, v: h.dot(h, g),
    "matmul": lambda g, h, v: np.matmul(h, h, g),
    "einsum": lambda g, h, v: np.einsum("ij,jk->ik", h, h, out=g),
    "sum": lambda g, h, v: np.sum(g, 0, None, v),
    "sum, out": lambda g, h, v: np.sum(g, axis=0, out=v),
    "sum method": lambda g, h, v: g.sum(0, None, v),
    "mean": lambda g, h, v: np.mean(g, 0, None, v),
    "mean, out": lambda g, h, v: np.mean(g, axis=0, out=v),
    "std": lambda g, h, v: np.std(g, 0, None, v),
    "var": lambda g, h, v: np.var(g, 0, None, v),
    "prod": lambda g, h, v: np.prod(g, 0, None, v),
    "max": lambda g, h, v: np.max(g, 0, v),
    "min": lambda g, h, v: np.min(g, 0, v),
    "max method": lambda g, h, v: g.max(0, v),
    "ptp": lambda g, h, v: np.ptp(g, 0, v),
    "median": lambda g, h, v: np.median(g, 0, v),
    "quantile": lambda g, h, v: np.quantile(g, 0.3, 0, v),
    "nansum": lambda g, h, v: np.nansum(g, 0, None, v),
    "trace": lambda g, h, v: np.trace(g, 0, 0, 1, None, v[:1].reshape(())),
    "round": lambda g, h, v: np.round(g, 1, g),
    "round method": lambda g, h, v: g.round(1, g),
    "compress": lambda g, h, v: np.compress([True] * 4, h, 0, g),
    "choose": lambda g, h, v: np.choose(PICKED % 2, [h, h * 2], g),
    "concatenate": lambda g, h, v: np.concatenate([h[:2], h[2:]], 0, g),
    "stack": lambda g, h, v: np.stack(list(h), 0, g),
    "multi_dot": lambda g, h, v: np.linalg.multi_dot([h, h, h], out=g),
    "exp": lambda g, h, v: np.exp(h, g),
    "exp, out": lambda g, h, v: np.exp(h, out=g),
    "exp, where": lambda g, h, v: np.exp(h, out=g, where=h > 0),
    "add on itself": lambda g, h, v: np.add(g, h, g),
    "two": lambda g, h, v: np.modf(h, g, h),
    "two, out": lambda g, h, v: np.modf(h, out=(g, None)),  # type: ignore[arg-type]
    "reduce": lambda g, h, v: np.add.reduce(g, 0, None, v),
    "accumulate": lambda g, h, v: np.add.accumulate(h, 0, None, g),
    "copyto": lambda g, h, v: np.copyto(g, h * 2),
    "copyto, where": lambda g, h, v: np.copyto(dst=g, src=h * 2, where=h > 0),
    "put": lambda g, h, v: np.put(g, [1, 5], [3.0, 4.0]),
    "place": lambda g, h, v: np.place(g, g > 0, [7.0]),
    "putmask": lambda g, h, v: np.putmask(g, g > 0, h * 2),
    "fill_diagonal": lambda g, h, v: np.fill_diagonal(g, 0),
    "put_along_axis": lambda g, h, v: np.put_along_axis(g, PICKED[None], 5.0, 0),
    "fill": lambda g, h, v: g.fill(2.0),
    "sort": lambda g, h, v: g.sort(0),
    "partition": lambda g, h, v: g.partition(2, 0),
    "add.at": lambda g, h, v: np.add.at(g, PICKED[:2], h[:2]),
    "astype": lambda g, h, v: g.astype(g.dtype, copy=False).__iadd__(1),
    "ascontiguousarray": lambda g, h, v: np.ascontiguousarray(g).__iadd__(1),
    "ravel": lambda g, h, v: np.ravel(g).__iadd__(1),
    "reshape": lambda g, h, v: g.reshape(-1).__imul__(2),
    "atleast_2d": lambda g, h, v: np.atleast_2d(g).__imul__(2),
    "transpose": lambda g, h, v: np.transpose(g).__iadd__(h),
    "diagonal": lambda g, h, v: np.einsum("ii->i", g).__imul__(3),
    "split": lambda g, h, v: np.split(g, 2)[1].__imul__(3),
    "rows": lambda g, h, v: [row.__imul__(3) for row in g],
    "setitem": lambda g, h, v: g.__setitem__((slice(None), 1), h[:, 0]),
    "setitem, mask": lambda g, h, v: g.__setitem__(g > 0, 0.5),
    "real": lambda g, h, v: g.real.__imul__(2),
    "flat": lambda g, h, v: g.flat.__setitem__(slice(0, 3), 9.0),
}  # fmt: skip


CLIPPING = {"clip", "clip, out", "clip method", "nan_to_num", "nan_to_num, place"}
UNSEEN = {"ascontiguousarray": "asarray|ascontiguousarray", "real": r"\breal\b", "flat": r"\bflat\b"}
"""What NumPy or Python keeps to itself may be refused, by its name."""


@pytest.mark.parametrize(
    ("kind", "target"),
    [
        pytest.param(kind, target, marks=() if target in ("made", "outside") or kind in CLIPPING else pytest.mark.slow)
        for kind in OUT
        for target in ("made", "outside", "parameter", "gradient", "argument")
    ],
)
def test_results_that_go_where_they_are_told(kind: str, target: str) -> None:
    """`out` by place, `copy=False` and functions that change an argument were dropped; a plain `out` asked a truth."""

    def make() -> World:
        w, kept, last = weights(), rows(7, (4, 4)), np.zeros(4, np.float32)

        def step(x: Any) -> Any:
            w.grad = None
            ((x @ w) ** 2).mean().backward()
            g = {"outside": kept, "parameter": w.data, "gradient": w.grad, "argument": x}.get(target)
            g = x * 2 if g is None else g
            v = last if target == "outside" else g[0] * 0
            OUT[kind](g, x * 0.5, v)
            return g * 1, v * 1

        return World(step=step, draw=batch, w=w, kept=kept, last=last)

    twins(make, calls=6, refused=UNSEEN.get(kind))


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


# -------------------------------------------------------------------- assignments


def before_and_after(w: Any, x: Any) -> Any:
    before = w.data
    w.data = before - 0.5 * x
    return w.data - before


def swap(w: Any, x: Any, other: Any) -> Any:
    w.data, other.data = other.data, w.data
    return w.data * 2, other.data * 3


def swap_and_write(w: Any, x: Any, other: Any) -> Any:
    w.data, other.data = other.data, w.data
    w.data += x
    return w.data * 2, other.data * 3


def alias(w: Any, x: Any, other: Any) -> Any:
    other.data = w.data
    w.data += x
    return other.data * 2


def keep_and_write(w: Any, x: Any) -> Any:
    w.data = x
    w.data += 1
    return x * 2


def twice(w: Any, x: Any) -> Any:
    first = w.data
    w.data = first + x
    second = w.data
    w.data = second * 0.5
    first += 1
    return first * 1, second * 1, w.data * 1


REBINDINGS: dict[str, Callable[..., Any]] = {
    "before and after": before_and_after,
    "swap": swap,
    "swap and write": swap_and_write,
    "an alias": alias,
    "twice": twice,
    "a wider type": lambda w, x: rebound(w, w.data * np.float64(0.5) + x.astype(np.float64)),
    "a narrower type": lambda w, x: rebound(w, (w.data + x).astype(np.float16)),
    "a smaller shape": lambda w, x: rebound(w, w.data[:2] * 0.5),
    "a row": lambda w, x: rebound(w, x[0]),
    "another rank": lambda w, x: rebound(w, x[None]),
    "the argument": lambda w, x: rebound(w, x),  # noqa: PLW0108  # its closure is tested
    "the argument, written to": keep_and_write,
    "a part of the argument": lambda w, x: rebound(w, x[1:]),
    "a view": lambda w, x: rebound(w, w.data.T),
    "a constant": lambda w, x: rebound(w, np.zeros((4, 4), np.float32)),
    "zeros alike": lambda w, x: rebound(w, np.zeros_like(x)),
    "a result": lambda w, x: rebound(w, x * 2),
    "itself": lambda w, x: rebound(w, w.data),
    "a tensor's": lambda w, x: rebound(w, (vector.Tensor(x) * w).data),
}


@kinds(REBINDINGS, "before and after", "swap", "a wider type")
def test_assigned_numbers(kind: str, native: bool) -> None:
    """`p.data = new` wrote into the old memory, which another name may hold, in its dtype and shape."""

    def make() -> World:
        w, other = weights(), weights(seed=98)
        held = w.data

        def step(x: Any) -> Any:
            more = (other,) if kind in ("swap", "swap and write", "an alias") else ()
            made = REBINDINGS[kind](w, x, *more)
            return made, w.data * 2, held * 1

        return World(step=step, draw=batch, w=w, other=other, held=held)

    twins(make, native=native)


@both
def test_assigned_numbers_in_training(native: bool) -> None:
    def make() -> World:
        w = weights()
        average = vector.Tensor(w.data.copy())

        def step(x: Any) -> Any:
            w.grad = None
            loss = ((x @ w) ** 2).mean()
            loss.backward()
            old = w.data
            w.data = w.data - 0.1 * w.grad
            average.data = 0.9 * average.data + 0.1 * w.data
            return loss, w.data - old, average.data

        return World(step=step, draw=batch, w=w, average=average)

    twins(make, native=native)


@pytest.mark.parametrize("kind", ["new memory", "a view", "another type"])
def test_numbers_assigned_between_the_calls(kind: str) -> None:
    def make() -> World:
        w = weights()
        return World(step=lambda x: descend(w, x), draw=batch, w=w)

    def between(world: World) -> None:
        new = {"new memory": rows(5, (4, 4)), "a view": world.w.data.T, "another type": rows(5, (4, 4), np.float64)}
        world.w.data = new[kind]

    twins(make, at(4, 6)(between))


class Cell:
    """A state that each call moves on."""

    def __init__(self, h: Any) -> None:
        self.h = h

    def __call__(self, x: Any) -> Any:
        self.h = self.h * 0.5 + x
        return self.h * 2


class ReadingCell(Cell):
    """One that also says what it was."""

    def __call__(self, x: Any) -> Any:
        before = self.h
        self.h = self.h * 0.5 + x
        return before, self.h, self.h - before


class Net(nn.Module):
    """A module with such a state, a Tensor or an array."""

    def __init__(self, h: Any) -> None:
        self.weight = weights()
        self.h = h

    def __call__(self, x: Any) -> Any:
        out = vector.tanh(x @ self.weight) + self.h
        self.h = out.detach() if isinstance(self.h, vector.Tensor) else out.data
        return out


class Lazy(Cell):
    """One that begins without."""

    def __call__(self, x: Any) -> Any:
        self.h = x * 1 if self.h is None else self.h * 0.5 + x
        return self.h


STATES: dict[str, Callable[[], Any]] = {
    "array": lambda: np.ones((4, 4), np.float32),
    "tensor": lambda: vector.tensor(np.ones((4, 4), np.float32)),
    "number": lambda: 1.0,
    "row": lambda: np.ones(4, np.float32),
}


@seldom
@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("kind", [Cell, ReadingCell, Net])
def test_a_state_that_the_step_moves_on(kind: Any, state: str, native: bool) -> None:
    """`self.h = self.h * .5 + x` was refused, or h left a stand-in."""
    if kind is Net and state == "number":
        state = "row"

    def make() -> World:
        cell = kind(STATES[state]())
        return World(step=cell, draw=batch, cell=cell)

    twins(make, native=native)


@pytest.mark.parametrize("state", ["array", "tensor"])
def test_a_state_set_back_between_the_calls(state: str) -> None:
    def make() -> World:
        cell = ReadingCell(STATES[state]())
        return World(step=cell, draw=batch, cell=cell)

    twins(make, at(4, 7)(lambda world: setattr(world.cell, "h", STATES[state]())))


def test_a_state_that_begins_without() -> None:
    def make() -> World:
        cell = Lazy(None)
        return World(step=cell, draw=batch, cell=cell)

    twins(make)


@pytest.mark.parametrize("place", ["closure", "global", "entry", "item"])
def test_a_state_in_other_places(place: str) -> None:
    def make() -> World:
        h = np.ones((4, 4), np.float32)
        table, items = {"h": h}, [h]

        def closure(x: Any) -> Any:
            nonlocal h
            h = h * 0.5 + x
            return h * 2

        def of_global(x: Any) -> Any:
            global H  # noqa: PLW0603  # which names the step binds is what is tested
            H = H * 0.5 + x
            return H * 2

        def entry(x: Any) -> Any:
            table["h"] = table["h"] * 0.5 + x
            return table["h"] * 2

        def item(x: Any) -> Any:
            items[0] = items[0] * 0.5 + x
            return items[0] * 2

        steps = {"closure": closure, "global": with_globals(of_global, H=h), "entry": entry, "item": item}
        return World(step=steps[place], draw=batch, table=table, items=items)

    twins(make, refused=r"\bh\b|\bH\b|table|items")


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
