"""What backpropagation costs: G12."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import vector
from demos.gallery import pytorch
from demos.gallery.example import Claim, Comparison, Result
from demos.gallery.fields.course import course
from demos.plots.figure import BLUE, VERMILLION, blank, finish
from vector import Tensor
from viz.walk import topological


@course.example("G12", "The cost of backpropagation", engines="vector")
def cost_of_backpropagation(
    depths: Sequence[int] = (1, 2, 4, 8, 16), widths: Sequence[int] = (16, 32, 64, 128, 256), timed_width: int = 512
) -> Result:
    """For each weight and example the forward pass makes one multiply-add and the backward pass makes two.

    One is for the weight's own bar, one to send the error on; so the cost is linear in the depth and quadratic in the
    width. Counted by the engine: it records the forward pass and, because its rules run on its own tensors, the
    backward pass as well; every matrix product in either record is counted with the shapes that it had.

    Source: R. Grosse, Fields Machine Learning Course, lecture 1.
    """
    generator = np.random.default_rng(0)

    def network(depth: int, width: int, examples: int) -> tuple[Tensor, list[Tensor]]:
        weights = [generator.normal(size=(width, width)) / np.sqrt(width) for _ in range(depth)]
        x = vector.tensor(generator.normal(size=(examples, width)), requires_grad=True, label="x")
        return x, [vector.nn.parameter(W, f"W{layer}") for layer, W in enumerate(weights, 1)]

    def cost(x: Any, weights: Sequence[Any]) -> Any:
        h = x
        for W in weights:
            h = np.tanh(h @ W.T)
        return np.sum(h**2) / 2

    def multiply_adds(nodes: Sequence[Any]) -> int:
        """Each element of a product (m, n) @ (n, p) takes n of them."""
        return sum(node.size * node.parents[0].shape[-1] for node in nodes if node.op == "@")

    def counted(depth: int, width: int, examples: int = 4) -> Any:
        """Per example: forward, backward, and backward without the input's bar."""
        x, weights = network(depth, width, examples)
        L, (x_bar, bars) = vector.value_and_grad(cost, (0, 1))(x, weights)
        records = [topological(ends) for ends in ([L], [L, x_bar, *bars], [L, *bars])]
        forward, both, without_input = map(multiply_adds, records)
        return np.array([forward, both - forward, without_input - forward]) / examples

    by_depth = {depth: counted(depth, widths[1]) for depth in depths}
    by_width = {width: counted(depths[1], width) for width in widths}
    weights_in_all = depths[-1] * widths[1] ** 2
    forward, backward, without_input = by_depth[depths[-1]] / weights_in_all

    def exponents(counts: dict[int, Any]) -> Any:
        """The slopes of forward and backward on logarithmic axes."""
        return np.polyfit(np.log(list(counts)), np.log(list(counts.values())), 1)[0][:2]

    x, (W1, W2) = network(2, 3, examples=3)
    recorded = vector.grad(cost, 1)(x, [W1, W2])
    L = cost(x, [W1, W2])
    L.label = "L"
    L.backward(retain_all=True)
    asked = pytorch.gradient(
        lambda torch, W1, W2: (torch.tanh(torch.tanh(torch.tensor(x.data) @ W1.T) @ W2.T) ** 2).sum() / 2,
        W1.data,
        W2.data,
    )
    forward_time, backward_time = _times(cost, *network(3, timed_width, examples=128))
    return Result(
        numbers={
            f"weights ({depths[-1]} layers of {widths[1]} units)": weights_in_all,
            "multiply-adds per weight and example, forward": forward,
            "multiply-adds per weight and example, backward": backward,
            "backward where the input's bar is not asked for": without_input,
            "depth to the power (forward, backward)": exponents(by_depth),
            "width to the power (forward, backward)": exponents(by_width),
        },
        comparisons=[
            Comparison(name="forward multiply-adds per weight", engine=forward, closed_form=1),
            Comparison(name="backward multiply-adds per weight", engine=backward, closed_form=2),
            Comparison(name="exponent of the depth", engine=exponents(by_depth), closed_form=[1, 1]),
            Comparison(name="exponent of the width", engine=exponents(by_width), closed_form=[2, 2]),
            Comparison(
                name="(W̄1, W̄2) of the recorded backward pass",
                engine=recorded,
                closed_form=[W1.grad, W2.grad],
                torch=asked,
            ),
        ],
        claims=[
            Claim(
                statement="Multiply-adds per weight, forward and backward",
                claimed="1 and 2",
                measured=f"{forward:g} and {backward:g}, counted",
            ),
            Claim(
                statement=f"The backward pass takes twice the forward pass's time (3 layers of {timed_width} units)",
                claimed="2 ×",
                measured=f"{backward_time / forward_time:.2f} × ({backward_time:.2f} ms to {forward_time:.2f} ms)",
            ),
            Claim(
                statement="The cost grows linearly with the depth and quadratically with the width",
                claimed="powers 1 and 2",
                measured=f"powers {exponents(by_depth)[1]:.3f} and {exponents(by_width)[1]:.3f}",
            ),
        ],
        graphs={"Two layers": L},
        plots={"Multiply-adds by depth and by width": lambda: _counts(by_depth, by_width)},
    )


def _times(cost: Callable[[Any, Any], Tensor], x: Tensor, weights: Sequence[Tensor], repeats: int = 10) -> Any:
    """The least of some times that the forward and the backward pass took, in ms."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        L = cost(x, weights)
        middle = time.perf_counter()
        L.backward()
        times.append((middle - start, time.perf_counter() - middle))
        for leaf in (x, *weights):
            leaf.grad = None
    return 1e3 * np.min(times, axis=0)


def _counts(by_depth: dict[int, Any], by_width: dict[int, Any]) -> Any:
    figure = blank(8.0, 3.8)
    for axes, counts, label in zip(
        figure.subplots(1, 2), (by_depth, by_width), ("depth: number of layers", "width: units in a layer"), strict=True
    ):
        sizes = np.array(list(counts))
        rows = np.array(list(counts.values()))
        for row, name, colour, marker in ((0, "forward", BLUE, "o"), (1, "backward", VERMILLION, "s")):
            slope = np.polyfit(np.log(sizes), np.log(rows[:, row]), 1)[0]
            shown = f"{name}, slope {slope:.2f}"
            axes.loglog(sizes, rows[:, row], color=colour, marker=marker, linewidth=1.8, markersize=5, label=shown)
        finish(axes, label, "multiply-adds per example")
        axes.set_xticks(sizes, labels=[str(size) for size in sizes])
        axes.minorticks_off()
        axes.legend(frameon=False, loc="upper left")
    return figure
