"""What the page offers, each with its formula, read from the rows and from the engine's own words."""

from __future__ import annotations

import inspect
from typing import Any

from demos.playground.inside.training import network
from demos.playground.inside.training.points import MADE, REACH
from demos.playground.inside.training.presets import PRESETS
from demos.playground.inside.training.setup import LOSSES, OPTIMIZERS, STARTS, Setup
from scalar import Value, losses, optim
from scalar.formulas import Text, derivatives
from scalar.nn import ACTIVATIONS
from scalar.op import Op

LOSS_NAMES = {
    "logistic_cross_entropy": "cross-entropy", "hinge": "hinge", "squared_error": "squared error",
}  # fmt: skip


def catalogue() -> dict[str, Any]:
    """Everything that the page can offer before Python has started, as JSON has it."""
    return {
        "reach": REACH,
        "usual": Setup()._asdict(),
        "data": [*MADE, "curve", "drawn", "table"],
        "features": [*network.FEATURES],
        "activations": [{"name": name, "formula": activation(name)} for name in ACTIVATIONS],
        "losses": [{"name": name, "title": LOSS_NAMES[name], "formula": loss(name)} for name in LOSSES],
        "optimizers": [{"name": name, "formula": optimizer(name)} for name in OPTIMIZERS],
        "starts": list(STARTS),
        "presets": [preset._asdict() for preset in PRESETS],
    }


def activation(name: str) -> str:
    """What an activation computes and does, and its slope, by its row: `out` is its result, `x` what it is given.

    >>> activation("sigmoid")
    'σ(x) = 1 / (1 + e⁻ˣ), between 0 and 1. Its slope σ(x)·(1 − σ(x)) is never more than ¼. Slope: out·(1 − out)'
    """
    row = ACTIVATIONS[name]
    if not isinstance(row, Op):
        return "x, as it is. Slope: 1"
    x = Value(0.5, "x")
    out = row(x)
    slope = Text().write(derivatives(out, {out: "out", x: "x"})[0])
    return f"{row.__doc__} Slope: {slope}"


def loss(name: str) -> str:
    """A loss of one example in symbols: its score s and what is wanted, t; and its derivative in the score."""
    s, t = Value(0.5, "s"), Value(1.0, "t")
    made: Value = getattr(losses, name)(s, t)
    names = {s: "s", t: "t"}
    return f"L = {Text().write(_formula(made, names))}, the mean of it over the examples"


def _formula(node: Any, names: dict[Any, str]) -> Any:
    if node in names:
        return names[node]
    if node.rule is None:
        return float(node.data)
    return (node.rule, *(_formula(parent, names) for parent in node.parents))


def optimizer(name: str) -> str:
    """The rule of an optimizer, in the engine's own words; Adam's in the symbols of its source."""
    rule = "m ← β₁·m + (1 − β₁)·g, v ← β₂·v + (1 − β₂)·g², θ ← θ − η·m̂ / (√v̂ + ε)"
    words = (inspect.getdoc(getattr(optim, name)) or "").partition("\n")[0]
    return f"{words[:-1]}: {rule}" if name == "Adam" else words
