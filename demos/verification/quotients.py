"""A side's gradients against difference quotients of its own outputs: in random directions, then in one element."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np

from demos.verification.side import Array, Numbers, Side, floating
from vector.checking.gradcheck import check_grads
from vector.custom.function import Function
from viz.differences import Judgement, judge

Verdict = Literal["agrees", "convention", "cannot judge here", "differs"]


class Finding(NamedTuple):
    """The verdict of differences on one gradient, and why there is none."""

    verdict: Verdict
    reason: str = ""


Outputs = Callable[[Numbers], Sequence[Array]]
Gradients = Callable[[Numbers, Sequence[Array]], dict[str, Array | None]]


def directions(outputs: Outputs, gradients: Gradients, numbers: Numbers, name: str) -> Finding:
    """Whether a gradient is right in random directions, by `vector.check_grads`: the function becomes an operation."""
    x = numbers[name]
    if not x.size:
        return Finding("agrees", "empty")

    class Verified(Function):
        @staticmethod
        def forward(ctx: Any, x: Array) -> Any:
            ctx.save_for_backward(x)
            found = tuple(floating(outputs({**numbers, name: np.array(x)})))
            return found[0] if len(found) == 1 else found

        @staticmethod
        def backward(ctx: Any, *upstream: Array) -> Array:
            (x,) = ctx.saved_tensors
            with np.errstate(all="ignore"):
                found = gradients({**numbers, name: np.array(x)}, [np.asarray(g) for g in upstream])[name]
            return np.zeros(x.shape, x.dtype) if found is None else found.astype(x.dtype)

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            rows = check_grads(Verified.apply, x, modes=("reverse",), order=1, raises=False)
    except Exception as error:  # the user's code, which may raise beside the point
        return Finding("cannot judge here", f"beside the point: {type(error).__name__}: {error}")
    row = rows[0]
    if row.verdict in ("mismatch", "undefined"):
        return Finding("differs", "" if row.verdict == "mismatch" else "not finite")
    if row.verdict == "cannot judge":
        return Finding("cannot judge here", row.reason)
    return Finding("convention" if row.verdict == "convention" else "agrees")


def together(numbers: Numbers, names: Sequence[str], outputs: Outputs, gradients: Gradients) -> Finding:
    """Whether the gradients by all these variables are right in random directions of all of them at once."""
    sizes = np.cumsum([numbers[name].size for name in names])[:-1]

    def parted(moved: Numbers) -> dict[str, Array]:
        parts = zip(names, np.split(moved["all"], sizes), strict=True)
        return {**numbers, **{name: part.reshape(numbers[name].shape) for name, part in parts}}

    def pulled(moved: Numbers, weights: Sequence[Array]) -> dict[str, Array | None]:
        found = gradients(parted(moved), weights)
        every = [np.zeros(numbers[name].shape) if (g := found[name]) is None else g for name in names]
        return {"all": np.concatenate([np.ravel(g) for g in every])}

    flat = np.concatenate([np.ravel(numbers[name]) for name in names])
    return directions(lambda moved: outputs(parted(moved)), pulled, {"all": flat}, "all")


def element(
    side: Side, numbers: Numbers, name: str, index: tuple[int, ...], weights: Sequence[Array], claimed: float
) -> Judgement:
    """What quotients from both sides say of one element of a gradient."""
    way = np.zeros(numbers[name].shape)
    way[index] = 1.0
    return _along(side, numbers, name, way, weights, claimed)


def located(
    side: Side, numbers: Numbers, name: str, weights: Sequence[Array], gradient: Array
) -> tuple[int, ...] | None:
    """The element of a gradient that is wrong, by halving what is moved; None where no half is found wrong."""
    way = np.random.default_rng(0).choice([-1.0, 1.0], numbers[name].shape)
    left = np.arange(way.size)
    while left.size > 1:
        for half in np.array_split(left, 2):
            some = np.zeros(way.size)
            some[half] = np.ravel(way)[half]
            part = some.reshape(way.shape)
            claimed = float(np.sum(part * gradient))
            if _along(side, numbers, name, part, weights, claimed).verdict == "mismatch":
                left = half
                break
        else:
            return None
    return tuple(int(i) for i in np.unravel_index(int(left[0]), way.shape))


def _along(side: Side, numbers: Numbers, name: str, way: Array, weights: Sequence[Array], claimed: float) -> Judgement:
    """What quotients say of ⟨gradient, way⟩."""
    x = numbers[name]
    wide = [np.asarray(w, np.float64) for w in weights]
    eps = max(float(np.finfo(out.dtype).eps) for out in floating(side.outputs(numbers)))

    def moved(step: float) -> float:
        try:
            with np.errstate(all="ignore"):
                found = floating(side.outputs({**numbers, name: (x + step * way).astype(x.dtype)}))
            return float(sum(np.sum(w * out.astype(np.float64)) for w, out in zip(wide, found, strict=True)))
        except Exception:  # outside of what the user's code takes
            return float("nan")

    around = float(np.abs(x[way != 0]).max())
    return judge(claimed, moved, around=around, tolerance=1e-6 if eps < 1e-12 else 3e-4, epsilon=eps)
