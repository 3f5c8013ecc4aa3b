"""Units and what they can compute: G5 and G6."""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

import scalar
import vector
from demos import plots
from demos.gallery import pytorch
from demos.gallery.example import Comparison, Result
from demos.gallery.fields.course import course
from demos.plots.figure import BLUE, COLOURS, GREY, INK, VERMILLION, blank, finish
from scalar import Value


@course.example("G5", "Activations and their derivatives", engines="scalar,vector")
def activations() -> Result:
    """The activation functions linear, ReLU, softplus, hard threshold, logistic and tanh, each with its derivative.

    The derivatives are 1, step(z), σ(z), 0, σ(z)·(1 − σ(z)) and 1 − tanh² z.

    Source: R. Grosse, Fields Machine Learning Course, lecture 1.
    """
    z = np.linspace(-3, 3, 25)  # 0 is among them: both engines and PyTorch choose the slope 0 at ReLU's kink
    σ = 1 / (1 + np.exp(-z))
    table: dict[str, tuple[Callable[[Any, Any], Any], Any, Callable[[Any, Any], Any]]] = {
        "linear": (lambda engine, z: 1 * z, np.ones_like(z), lambda torch, z: 1 * z),
        "ReLU": (lambda engine, z: engine.relu(z), np.where(z > 0, 1.0, 0.0), lambda torch, z: torch.relu(z)),
        "softplus": (lambda engine, z: engine.softplus(z), σ, lambda torch, z: torch.nn.functional.softplus(z)),
        # PyTorch has no derivative of its step function; that of sign is the same.
        "hard threshold": (lambda engine, z: engine.step(z), np.zeros_like(z), lambda torch, z: torch.sign(z)),
        "logistic": (lambda engine, z: engine.sigmoid(z), σ * (1 - σ), lambda torch, z: torch.sigmoid(z)),
        "tanh": (lambda engine, z: engine.tanh(z), 1 - np.tanh(z) ** 2, lambda torch, z: torch.tanh(z)),
    }
    at = (-1.0, 0.0, 1.0)
    numbers: dict[str, Any] = {"z": at}
    comparisons = []
    drawn: dict[str, Any] = {}
    for name, (f, slope, torch_f) in table.items():
        φ = functools.partial(f, scalar)
        derivative = scalar.derivative(φ)
        by_scalar = [derivative(number) for number in z.tolist()]
        by_vector = vector.grad(lambda z, f=f: f(vector, z).sum())(z)
        asked = pytorch.gradient(lambda torch, z, torch_f=torch_f: torch_f(torch, z).sum(), z)
        numbers |= {
            name: [φ(number) for number in at],
            f"its derivative {name}′": [derivative(number) for number in at],
        }
        comparisons += [
            Comparison(name=f"{name}, scalar", engine=by_scalar, closed_form=slope, torch=asked),
            Comparison(name=f"{name}, vector", engine=by_vector, closed_form=slope, torch=asked),
        ]
        drawn[name] = φ, derivative
    return Result(
        numbers=numbers,
        comparisons=comparisons,
        plots={"The six functions and their derivatives": lambda: _activations(drawn)},
    )


def _activations(functions: Mapping[str, tuple[Callable[[float], float], Callable[[float], float]]]) -> Any:
    figure = blank(8.4, 4.8)
    z = np.linspace(-4, 4, 801)
    for axes, (name, (f, derivative)) in zip(figure.subplots(2, 3, sharex=True).flat, functions.items(), strict=True):
        axes.axhline(0.0, color=GREY, linewidth=0.8)
        axes.axvline(0.0, color=GREY, linewidth=0.8)
        axes.plot(z, [f(value) for value in z.tolist()], color=BLUE, linewidth=2.2, label="value")
        slopes = [derivative(value) for value in z.tolist()]
        axes.plot(z, slopes, color=VERMILLION, linewidth=2.0, linestyle="--", label="derivative")
        finish(axes)
        axes.set_title(name, fontsize=10, color=INK)
    figure.axes[0].legend(loc="upper left", frameon=False, fontsize=9)
    return figure


@course.example("G6", "XOR and universality from hard thresholds", engines="scalar")
def threshold_units(sharpness: Sequence[float] = (1, 3, 10, 100)) -> Result:
    """Hard-threshold units set by hand compute XOR, and 2ᴰ hidden ones compute any Boolean function of D inputs.

    Each hidden unit stands for a line of the truth table. σ(kx) approaches the hard threshold as k grows, and can be
    trained, for its derivative is not 0.

    Source: R. Grosse, Fields Machine Learning Course, lecture 1.
    """
    unit = scalar.nn.ThresholdUnit
    either, both, output = unit([1, 1], -0.5), unit([1, 1], -1.5), unit([1, -1], -0.5)

    def xor(x: Sequence[Any]) -> Value:
        return output([either(x), both(x)])

    table = {f"{a} xor {b}": int(xor([a, b]).data) for a, b in itertools.product((0, 1), repeat=2)}

    # The hidden unit of a line of the table fires for that line alone: its weights are +1 for a 1 and −1 for a 0.
    lines = list(itertools.product((0, 1), repeat=3))
    hidden = [unit([1 if bit else -1 for bit in line], 0.5 - sum(line)) for line in lines]
    activity = [[h(line).data for h in hidden] for line in lines]
    right = 0
    for function in itertools.product((0, 1), repeat=8):  # the outputs that a Boolean function gives to the 8 lines
        network = unit(function, -0.5)
        right += all(network(fired) == wanted for fired, wanted in zip(activity, function, strict=True))

    away = {k: max(abs(scalar.sigmoid(k * x) - scalar.step(x)) for x in (-2.0, -0.1, 0.1, 2.0)) for k in sharpness}
    slopes = [scalar.derivative(lambda x, k=k: scalar.sigmoid(k * x))(0.0) for k in sharpness]

    x = [Value(1.0, "x₁"), Value(0.0, "x₂")]
    h1, h2 = either(x), both(x)
    y = output([h1, h2])
    h1.label, h2.label, y.label = "h₁", "h₂", "y"
    corners = np.array([(a, b) for a in (0, 1) for b in (0, 1)])
    return Result(
        numbers={
            **table,
            "hidden units for D = 3": len(hidden),
            "each fires for its line alone": bool(np.array_equal(activity, np.eye(8))),
            "Boolean functions of 3 inputs": 2 ** len(lines),
            "computed rightly": right,
            "|σ(kx) − step(x)| for |x| ≥ 0.1 is at most": {f"k = {k:g}": error for k, error in away.items()},
        },
        comparisons=[
            Comparison(
                name="slope of σ(kx) at 0",
                engine=slopes,
                closed_form=[k / 4 for k in sharpness],
                torch=lambda torch: [
                    pytorch.gradient(lambda t, x, k=k: t.sigmoid(k * x), 0.0)(torch) for k in sharpness
                ],
            ),
            Comparison(
                name="|σ(kx) − step(x)| at 0.1",
                engine=list(away.values()),
                closed_form=[1 / (1 + math.exp(0.1 * k)) for k in sharpness],
            ),
        ],
        graphs={"XOR at (1, 0)": y},
        plots={
            "XOR in the plane": lambda: plots.decision_boundary(
                lambda points: [xor(point).data for point in points.tolist()],
                corners,
                corners.sum(axis=1) % 2,
                threshold=0.5,
            ),
            "From the logistic to the threshold": lambda: _sharper(sharpness),
        },
    )


def _sharper(sharpness: Sequence[float]) -> Any:
    figure = blank(6.0, 3.8)
    axes = figure.subplots()
    x = np.linspace(-3, 3, 601)
    axes.plot(
        x, [scalar.step(value) for value in x.tolist()], color=INK, linewidth=1.0, linestyle="--", label="step(x)"
    )
    for k, colour in zip(sharpness, itertools.cycle(COLOURS), strict=False):
        curve = [scalar.sigmoid(k * value) for value in x.tolist()]
        axes.plot(x, curve, color=colour, linewidth=1.8, label=f"σ({k:g}x)" if k != 1 else "σ(x)")
    finish(axes, "$x$")
    axes.legend(frameon=False, loc="upper left")
    return figure
