"""How linear is a linear network: K6."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

import vector
from demos.gallery import pytorch
from demos.gallery.example import Claim, Comparison, Result
from demos.gallery.kording.course import course
from vector import nn


@course.example("K6", "A deep linear network", engines="vector")
def deep_linear_network() -> Result:
    """A deep linear network collapses to one matrix, exactly in float64; in float32 near underflow it is not linear.

    In the first network all weights and inputs are small integers, so that float64 rounds nowhere, and "exactly" means
    bit for bit. The second multiplies a number by 2⁻⁶⁰ twice and by 2⁶⁰ twice, which on paper changes nothing. But
    x·2⁻¹²⁰ lies among float32's smallest numbers, which are multiples of 2⁻¹⁴⁹, and is rounded to one of them: the
    network is a staircase of steps u = 2⁻²⁹ wide. Its derivative by the chain rule is 1 all the same, for rounding is
    no operation on the record.

    Source: Kording, CIS 522, lecture 2R.
    """
    generator = np.random.default_rng(0)
    sizes = [4, 6, 5, 3]
    weights = [
        nn.parameter(generator.integers(-9, 10, shape).astype(np.float64), f"W{i}")
        for i, shape in enumerate(itertools.pairwise(sizes), 1)
    ]
    X, Y = generator.integers(-9, 10, (2, 8, 4)).astype(np.float64)

    def network(x: Any, weights: Any = weights) -> Any:
        for W in weights:
            x = x @ W
        return x

    W1, W2, W3 = weights
    W = W1 @ W2 @ W3
    W.label = "W"
    L = (network(X) ** 2).mean()
    L.label = "L"
    L.backward(retain_all=True)

    def staircase(x: Any, dtype: Any) -> Any:
        return network(x.astype(dtype), [np.full((1, 1), 2.0**power, dtype) for power in (-60, -60, 60, 60)])

    u = 2.0**-29
    x = vector.tensor(np.array([[0.4 * u]], np.float32), requires_grad=True, label="x")
    y = staircase(x, np.float32)
    y.label = "y"
    y.backward(retain_all=True)
    grid = np.linspace(-4, 4, 401)[:, None]
    steps = {dtype: staircase(vector.tensor(grid * u), np.dtype(dtype)).data / u for dtype in ("float32", "float64")}
    double = staircase(vector.tensor([[0.8 * u]]), np.float32)
    return Result(
        numbers={
            "the collapsed matrix": W,
            "network(X) = XW, bit for bit": bool(np.array_equal(network(X).data, X @ W.data)),
            "network(2X) = 2·network(X)": bool(np.array_equal(network(2 * X).data, 2 * network(X).data)),
            "network(X + Y) = network(X) + network(Y)": bool(
                np.array_equal(network(X + Y).data, network(X).data + network(Y).data)
            ),
            "in float32, f(0.4u) / u": y.item() / u,
            "in float32, f(0.8u) / u": double.item() / u,
            "in float64, f(0.4u) / u": float(staircase(vector.tensor([[0.4 * u]]), np.float64).item() / u),
            "in float32, different values of f on 401 numbers in [−4u, 4u]": len(np.unique(steps["float32"])),
            "in float32, the chain rule's f′(0.4u)": None if x.grad is None else x.grad.item(),
        },
        comparisons=[
            Comparison(
                name="∂L/∂W₁",
                engine=W1.grad,
                closed_form=2 / 24 * X.T @ (X @ W.data) @ (W2.data @ W3.data).T,
                torch=pytorch.gradient(
                    lambda torch, W1: ((torch.tensor(X) @ W1 @ torch.tensor(W2.data @ W3.data)) ** 2).mean(), W1.data
                ),
            ),
            Comparison(name="float64: f on [−4u, 4u], in u", engine=steps["float64"], closed_form=grid),
            Comparison(name="float32: f on [−4u, 4u], in u", engine=steps["float32"], closed_form=np.round(grid)),
        ],
        claims=[
            Claim(
                statement="a deep linear network is no more than one matrix",
                claimed="f(2x) = 2·f(x)",
                measured=f"float64: exactly; float32 near underflow: f(0.8u) = {double.item() / u:g}u, "
                f"2·f(0.4u) = {2 * y.item() / u:g}u",
            )
        ],
        graphs={"The network of integers": L, "The network near underflow": y},
        plots={"The same network in float32 and in float64": lambda: _staircase(grid, steps)},
    )


def _staircase(grid: Any, steps: dict[str, Any]) -> Any:
    from demos.plots.figure import BLUE, GREY, blank, finish

    figure = blank(5.6, 4.4)
    axes = figure.subplots()
    axes.plot(grid, steps["float64"], color=GREY, linewidth=1.4, linestyle="--", label="float64")
    axes.plot(grid, steps["float32"], color=BLUE, linewidth=2, label="float32")
    finish(axes, "$x / u$, $u = 2^{-29}$", "$f(x) / u$")
    axes.legend(frameon=False)
    return figure
