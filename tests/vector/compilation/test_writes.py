"""A compiled step writes into plain arrays what the eager step writes: in place, by `out`, without a copy."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import vector
from tests.vector.compilation.twins import Config, World, at, descend, rows, square, twins, weights, with_globals

E: Any  # a step that reads it has globals of its own


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
    return World(step=steps[kind], draw=square, w=w, e=e)


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

        return World(step=step, draw=square, e=e)

    # `e[...] = x` asks x for its numbers, which does not say what for.
    twins(make, refused="asarray|item assignment|setitem" if kind == "all" else None)


def test_a_plain_array_changed_between_the_calls() -> None:
    def make() -> World:
        e = np.ones((4, 4), np.float32)
        return World(step=lambda x: (x * e, e.sum() * x), draw=square, e=e)

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

        return World(step=step, draw=square, w=w, kept=kept, last=last)

    twins(make, calls=6, refused=UNSEEN.get(kind))


VIEWS: dict[str, Callable[[Any], Any]] = {
    "method": lambda m: m.reshape(-1),
    "function": lambda m: np.reshape(m, (1, 1)),
    "index": lambda m: m[None],
    "atleast": np.atleast_1d,
}


@pytest.mark.parametrize("kind", VIEWS)
def test_a_number_of_numpys_has_no_views(kind: str) -> None:
    """Its stand-in gave views of its memory, through which the number was changed."""

    def step(x: Any) -> Any:
        m = x.mean()
        seen = VIEWS[kind](m)
        seen[:] = 7
        return m, seen

    twins(lambda: World(step=step, draw=square))


def test_a_view_of_a_file_in_memory(tmp_path: Path) -> None:
    """Its owner was looked for in two ways, so that a step seemed to make it."""
    made = iter(range(9))

    def make() -> World:
        whole = np.memmap(tmp_path / str(next(made)), np.float32, "w+", shape=(6, 4))
        part = whole[1:5]

        def step(x: Any) -> Any:
            nonlocal part
            part += x
            return part * 2

        return World(step=step, draw=square, whole=whole)

    twins(make)


OF_NUMBERS: dict[str, Callable[[Any, Any], object]] = {
    "add, out": lambda y, e: np.add(y, 1, out=e),
    "multiply, place": lambda y, e: np.multiply(y, y, e),
    "modf, one place": lambda y, e: np.modf(y, e, e),
    "modf, two places": lambda y, e: np.modf(y, e[:2], e[2:]),
    "exp, where": lambda y, e: np.exp(y, out=e, where=np.array([True, False, True, False])),
    "negative, dtype": lambda y, e: np.negative(y, dtype=np.float32),
    "fill": lambda y, e: e.fill(y),
    "copyto": lambda y, e: np.copyto(e, y),
}


@pytest.mark.parametrize("kind", OF_NUMBERS)
def test_numbers_of_python_that_go_where_they_are_told(kind: str) -> None:
    """A function of numbers alone was taken for arithmetic of Python's, whatever else it was given."""
    e = np.zeros((4, 4), np.float32)

    def step(y: float) -> Any:
        out = OF_NUMBERS[kind](y, e)
        return out if kind == "negative, dtype" else None

    compiled = vector.compile(step, native=False)
    for y in (0.25, 1.75, -2.5, 0.25):
        e[...] = 7
        expected, wanted = step(y), e.copy()
        e[...] = 7
        found = compiled(y)
        np.testing.assert_array_equal(e, wanted)
        assert found is None or (found == expected and found.dtype == expected.dtype)


def test_numbers_of_python_are_not_changed_in_place() -> None:
    """`n += 1` was a function of numbers with out=, for which there is no array."""

    def step(x: Any, n: float) -> Any:
        n += 1
        n *= 2
        n **= 2
        return x * n

    compiled = vector.compile(step, native=False)
    for n in (0.5, 1.5, 2, 3):
        np.testing.assert_array_equal(compiled(np.ones(2), n), step(np.ones(2), n))


@pytest.mark.parametrize("view", [False, True])
def test_arrays_without_elements_are_changed_in_place(view: bool) -> None:
    """They share no memory with themselves, so that their changed numbers were taken for another array."""

    def step(x: Any) -> Any:
        e = (x * 2)[1:] if view else x * 2
        e /= 1 + e
        e -= 1
        return np.abs(e).sum() + e

    compiled = vector.compile(step, native=False)
    for rows_ in (0, 0, 0, 0, 2, 2, 2):
        x = np.ones((rows_, 3))
        np.testing.assert_array_equal(compiled(x), step(x))
