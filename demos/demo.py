"""`demo`: the tour. It draws a graph, trains on both engines, verifies a gradient, and checks what it states."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated

import typer

import viz
from demos.console import ResultMissedError, console, say, writing
from demos.draw import save
from demos.parser import parse
from demos.problems import Problem
from demos.recipes import RECIPES
from demos.train_run import train
from demos.verify import verify
from scalar import Value, sigmoid
from vector.data import mnist_available

X, T, W, B, LAMBDA = 1.5, 0.2, 0.8, -0.3, 0.1


def demo_command(out: Annotated[Path, typer.Option(help="The folder for pictures and plots.")] = Path("out")) -> None:
    """Draw a graph, train on both engines and verify a gradient, on real data, in under a minute.

    Exit status 1 when a step misses the result that it states.
    """
    written = []
    console.rule("1. The chain rule of a regularised loss, on the scalar engine")
    written += draw_regularised_loss(out)
    console.rule("2. Two moons, a perceptron of 337 numbers on the scalar engine")
    written += train(Problem.moons, RECIPES[Problem.moons], out / "moons", checkpoints=False)
    console.rule("3. The gradient of the first step, verified")
    verify_regularised_loss()
    problem = Problem.mnist if mnist_available() else Problem.digits
    console.rule(f"4. Handwritten digits ({problem}), on the vector engine")
    written += train(problem, RECIPES[problem], out / problem, checkpoints=False)
    console.rule("Written")
    for path in written:
        say(str(path))


def draw_regularised_loss(out: Path) -> list[Path]:
    """L_reg = ½(σ(wx + b) − t)² + λ·½w²: w reaches the loss along two paths, so its gradient is a sum of two terms.

    Raises:
        ResultMissedError: a gradient is not the one derived by hand.
    """
    x, t = Value(X, "x"), Value(T, "t")
    w, b, lam = (Value(v, name, role="parameter") for v, name in ((W, "w"), (B, "b"), (LAMBDA, "λ")))
    z = w * x + b
    y = sigmoid(z)
    loss = (y - t) ** 2 / 2
    regulariser = w**2 / 2
    total = loss + lam * regulariser
    for node, label in ((z, "z"), (y, "y"), (loss, "L"), (regulariser, "R"), (total, "L_reg")):
        node.label = label
    total.backward()
    say(str(total.chain_rule()))
    drawing = viz.draw(total, messages=True, title="L_reg = ½(σ(wx + b) − t)² + λ·½w²")
    with writing(out):
        out.mkdir(parents=True, exist_ok=True)
    path = save(drawing, out / "regularised_loss.svg")
    say(f"wrote {path}")

    slope = (y.data - T) * y.data * (1 - y.data)  # ∂L/∂z by hand
    for node, by_hand in ((w, slope * X + LAMBDA * W), (b, slope)):
        if not math.isclose(node.grad, by_hand, rel_tol=1e-12):
            raise ResultMissedError(f"∂L_reg/∂{node.label} is {node.grad}, and by hand {by_hand}")
    return [path]


def verify_regularised_loss() -> None:
    """The same expression, from its text, on both engines.

    Raises:
        ResultMissedError: a judge disagrees.
    """
    expression = parse("(sigmoid(w*x + b) - t)**2 / 2 + λ * w**2 / 2")
    verify(expression, {"w": W, "x": X, "b": B, "t": T, "λ": LAMBDA})
