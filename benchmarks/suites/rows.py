"""Every elementwise and every reducing row of the rule table, forward and backward, beside PyTorch's same function."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from benchmarks.models.turns import compiled, stepping
from benchmarks.models.work import Work
from benchmarks.suite import Measure, Skip, Suite
from benchmarks.targets import AtMost
from vector import rules
from vector.rules import elementwise, special, ufuncs

SIZE, SHAPE = 100_000, (100, 1000)
SECONDS = 0.04
FOLDING = ("sum", "mean", "max", "min", "prod", "var", "std")
ALONG = ("logsumexp", "softmax", "log_softmax", "cumsum", "cumprod", "sort")
WORDS = {
    "absolute": "abs", "copy": "clone", "degrees": "rad2deg", "fabs": "abs", "max": "amax", "min": "amin",
    "power": "pow", "radians": "deg2rad", "rint": "round",
}  # fmt: skip
"""What PyTorch calls them."""
OURS_ALONE = {"cbrt", "conjugate", "floor_divide", "heaviside", "ldexp", "step"}
"""What PyTorch has not, or not with a derivative, or not of plain numbers."""
CALLS: dict[str, Callable[..., Any]] = {
    "clip": lambda f, x: f(x, -1.0, 1.0), "ldexp": lambda f, x: f(x, 3), "where": lambda f, x, y: f(x > 0, x, y),
}  # fmt: skip
"""Rows that take more than differentiable operands."""
OPERANDS = {"add": 2, "subtract": 2, "clip": 1, "ldexp": 1, "where": 2}
"""How many of these there are, where the row does not tell."""
POSITIVE, UNIT, LARGE, NEAR_ONE = (0.125, 2.0), (-0.9, 0.9), (1.125, 4.0), (0.99, 1.01)
DOMAINS = {
    **dict.fromkeys(("log", "log2", "log10", "log1p", "sqrt", "power", "reciprocal"), POSITIVE),
    **dict.fromkeys(("asin", "acos", "atanh"), UNIT), "acosh": LARGE, **dict.fromkeys(("prod", "cumprod"), NEAR_ONE),
}  # fmt: skip
"""Where the first operand lies, if not in ±2; all others are positive."""


class Case(NamedTuple):
    """A row on so many operands, of a vector or along an axis of a matrix."""

    name: str
    operands: int = 1
    axis: int | None = None

    def work(self, f: Callable[..., Any], tensor: Callable[[Any], Any], constant: Callable[[Any], Any]) -> Work:
        """Forward and backward, which give the value and the gradients, by an engine's function, tensors and arrays."""
        generator, shape = np.random.default_rng(0), SIZE if self.axis is None else SHAPE
        intervals = [DOMAINS.get(self.name, (-2.0, 2.0)), *[POSITIVE] * (self.operands - 1)]
        operands = [tensor(generator.uniform(*interval, shape).astype(np.float32)) for interval in intervals]
        call = functools.partial(CALLS[self.name], f) if self.name in CALLS else f
        seed = constant(np.asarray(generator.uniform(0.5, 1.5, call(*operands).shape), np.float32))
        for x in operands:
            x.requires_grad = True

        def step(seed: Any) -> list[Any]:
            for x in operands:
                x.grad = None
            out = call(*operands)
            out.backward(seed)
            return [out.detach(), *(x.grad for x in operands)]

        return Work(step, [seed])


def cases() -> dict[str, Case]:
    """From the rule table: the elementwise rows by their name, the others with the axes that they fold or go along."""
    found = {}
    for name in (name for module in (elementwise, ufuncs, special) for name in vars(module)["__all__"]):
        rule = getattr(rules, name)
        found[name] = Case(name, OPERANDS.get(name, max(1, rule.nin - len(rule.defaults))))
    for name in FOLDING:
        found |= {f"{name} of all": Case(name)}
    for name in (*FOLDING, *ALONG):
        found |= {f"{name}, axis {axis}": Case(name, 1, axis) for axis in (0, 1)}
    return found


CASES = cases()


def ours(case: str) -> Work:
    """The row's function."""
    import vector

    name, _, axis = CASES[case]
    f = getattr(vector, name)
    return CASES[case].work(f if axis is None else functools.partial(f, axis=axis), vector.tensor, np.asarray)


def torchs(case: str) -> Work:
    """PyTorch's function of that name, or by its own name.

    Raises:
        Skip: there is none.
    """
    import torch

    name, _, axis = CASES[case]
    theirs, places = WORDS.get(name, name), (torch, torch.nn.functional, torch.special)
    known = [getattr(place, theirs) for place in places if hasattr(place, theirs)]
    if name in OURS_ALONE or not known:
        raise Skip("there is none")
    options = {"correction": 0} if name in ("var", "std") else {}
    f = functools.partial(known[0], **options, **({} if axis is None else {"dim": axis}))
    return CASES[case].work((lambda x: f(x)[0]) if name == "sort" else f, torch.from_numpy, torch.from_numpy)


def turns(prepared: Callable[[Work, float, str], Measure], make: Callable[[str], Work]) -> Callable[[str], Measure]:
    """A contestant."""
    return lambda case: prepared(make(case), SECONDS, "µs")


SUITE = Suite(
    title="The rule table, row by row",
    about=f"Value and gradients of each function on {SIZE:,} float32, or along an axis of a matrix {SHAPE[0]} × "
    f"{SHAPE[1]}; median of the steps of a turn. All must find the same.",
    cases=list(CASES),
    contestants={
        "vector": turns(stepping, ours),
        "vector compiled": turns(compiled, ours),
        "torch": turns(stepping, torchs),
    },
    ours=("vector", "vector compiled"),
    peers=("torch",),
    rounds=7,
    targets=[AtMost("vector", 2.0, ["torch"], "µs"), AtMost("vector compiled", 1.0, ["torch"], "µs")],
    quick_cases=("tanh", "sum, axis 0"),
    tolerance=1e-4,
    pause=0.05,
)
