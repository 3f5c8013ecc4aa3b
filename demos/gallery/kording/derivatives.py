"""Derivatives that can be differentiated again, and one that is zero everywhere: K4 and K5."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import scalar
import vector
from demos import plots
from demos.gallery import pytorch
from demos.gallery.example import Comparison, Result
from demos.gallery.kording.course import course
from scalar import Value


@course.example("K4", "Twice differentiable", engines="scalar,vector")
def twice_differentiable() -> Result:
    """What can be differentiated twice has a Hessian, Newton's step, and a gradient through a step of gradient descent.

    The valley f(w) = (1 − x)² + 10(y − x²)², w = (x, y), has its minimum at (1, 1). Newton's step w − H⁻¹∇f is there
    after a few steps; gradient descent still walks along the floor. The cost after one step, F = f(w − η∇f(w)), has
    the derivatives ∂F/∂w = (I − ηH)·∇f(w′) and ∂F/∂η = −∇f(w′)·∇f(w) at the new place w′, so that the rate η itself
    can be learnt: this is meta-learning.

    Source: Kording, CIS 522, lecture 2R.
    """

    def f(w: Any) -> Any:
        x, y = w[0], w[1]
        return (1 - x) ** 2 + 10 * (y - x**2) ** 2

    def stepped_scalar(w: Any, rate: Any) -> Any:
        return f([w_i - rate * slope for w_i, slope in zip(w, scalar.grad(f)(w), strict=True)])

    def stepped_vector(w: Any, rate: Any) -> Any:
        return f(w - rate * vector.grad(f)(w))

    def stepped_torch(torch: Any, w: Any, rate: Any) -> Any:
        (slopes,) = torch.autograd.grad(f(w), w, create_graph=True)
        return f(w - rate * slopes)

    start, rate = [-1.2, 1.0], 0.005
    hessian_scalar = scalar.hessian(f)(start)
    hessian_vector = vector.hessian(f)(np.array(start))
    meta_scalar = scalar.grad(stepped_scalar, argnums=(0, 1))(start, rate)
    meta_vector = vector.grad(stepped_vector, argnums=(0, 1))(np.array(start), np.array(rate))

    newton, descent = [np.array(start)], [np.array(start)]
    for _ in range(7):
        w = newton[-1]
        newton.append(w - np.linalg.solve(vector.hessian(f)(w), vector.grad(f)(w)))
    for _ in range(60):
        w = descent[-1]
        descent.append(w - rate * vector.grad(f)(w))

    rates = [0.0]
    for _ in range(40):
        rates.append(rates[-1] - 2e-6 * scalar.grad(stepped_scalar, argnums=1)(start, rates[-1]))

    # The same derivatives by hand.
    x, y = start
    slopes = np.array([-2 * (1 - x) - 40 * x * (y - x**2), 20 * (y - x**2)])
    H = np.array([[2 - 40 * (y - 3 * x**2), -40 * x], [-40 * x, 20]])
    x_new, y_new = np.array(start) - rate * slopes
    slopes_new = np.array([-2 * (1 - x_new) - 40 * x_new * (y_new - x_new**2), 20 * (y_new - x_new**2)])
    by_w, by_rate = (np.eye(2) - rate * H) @ slopes_new, -slopes_new @ slopes

    asked = pytorch.gradient(stepped_torch, start, rate)
    cost = f([Value(x, "x"), Value(y, "y")])
    F = stepped_scalar([Value(x, "x"), Value(y, "y")], Value(rate, "η"))
    cost.label, F.label = "f", "F"
    cost.backward()
    F.backward()
    return Result(
        numbers={
            "H at (−1.2, 1)": hessian_vector,
            "Newton's steps": np.array(newton),
            f"gradient descent after {len(descent) - 1} steps": descent[-1],
            "∂F/∂w at η = 0.005": meta_vector[0],
            "∂F/∂η at η = 0.005": float(meta_vector[1]),
            "learnt rate": rates[-1],
            "F at rates 0, 0.005 and the learnt one": [
                float(stepped_scalar(start, chosen)) for chosen in (0.0, rate, rates[-1])
            ],
        },
        comparisons=[
            *(
                Comparison(
                    name=f"H, {engine}",
                    engine=found,
                    closed_form=H,
                    torch=lambda torch: torch.autograd.functional.hessian(f, torch.tensor(start, dtype=torch.float64)),
                )
                for engine, found in (("scalar", hessian_scalar), ("vector", hessian_vector))
            ),
            *(
                Comparison(name=f"∂F/∂w, {engine}", engine=found[0], closed_form=by_w, torch=lambda t: asked(t)[0])
                for engine, found in (("scalar", meta_scalar), ("vector", meta_vector))
            ),
            *(
                Comparison(name=f"∂F/∂η, {engine}", engine=found[1], closed_form=by_rate, torch=lambda t: asked(t)[1])
                for engine, found in (("scalar", meta_scalar), ("vector", meta_vector))
            ),
        ],
        graphs={"f": cost, "F, the cost after a step of gradient descent": F},
        plots={
            "Newton's steps and gradient descent": lambda: plots.descent_paths(
                lambda x, y: f((x, y)),
                {"Newton": [tuple(w) for w in newton], "gradient descent": [tuple(w) for w in descent]},
            ),
            "Learning the rate": lambda: _rates(lambda chosen: float(stepped_scalar(start, chosen)), rates),
        },
    )


def _rates(cost: Callable[[float], float], rates: Sequence[float]) -> Any:
    """F by η, and the rates that descent on η went through."""
    from demos.plots.figure import BLUE, VERMILLION, blank, finish

    figure = blank(6.0, 3.8)
    axes = figure.subplots()
    span = np.linspace(0, 1.6 * max(rates), 200)
    axes.plot(span, [cost(rate) for rate in span], color=BLUE, linewidth=2)
    axes.plot(rates, [cost(rate) for rate in rates], color=VERMILLION, marker="o", markersize=3.5, linestyle="")
    finish(axes, "rate $\\eta$", "cost after one step, $F$")
    return figure


@course.example("K5", "A step function does not learn", engines="scalar,vector")
def step_does_not_learn(steps: int = 200) -> Result:
    """A step function's derivative is zero wherever it has one, so training does not move: the record shows why.

    One unit y = step(wx + b) is to tell negative numbers from positive ones, with the cost ½·mean (y − t)². In the
    ledger everything behind the step is multiplied by its slope: z̄ = ȳ·0. The same unit with a sigmoid learns.

    Source: Kording, CIS 522, lecture 2R.
    """
    numbers, targets = [-2.0, -1.0, 1.0, 2.0], [0.0, 0.0, 1.0, 1.0]

    def cost_scalar(w: Any, b: Any, activation: Any = scalar.step) -> Any:
        errors = [activation(w * x + b) - t for x, t in zip(numbers, targets, strict=True)]
        return 0.5 * scalar.sum(error**2 for error in errors) / len(errors)

    def cost_vector(w: Any, b: Any, activation: Any = vector.step) -> Any:
        return 0.5 * ((activation(w * np.array(numbers) + b) - np.array(targets)) ** 2).mean()

    def cost_torch(torch: Any, w: Any, b: Any) -> Any:
        step = (torch.sign(w * torch.tensor(numbers) + b) + 1) / 2
        return 0.5 * ((step - torch.tensor(targets)) ** 2).mean()

    def train(value_and_grad: Any, cost: Any, activation: Any) -> tuple[Any, list[float]]:
        w, b, costs = -0.5, 0.25, []
        for _ in range(steps):
            value, (w_bar, b_bar) = value_and_grad(lambda w, b: cost(w, b, activation), argnums=(0, 1))(w, b)
            w, b = w - w_bar, b - b_bar
            costs.append(float(value))
        return [float(w), float(b)], costs

    trained = {
        "step, scalar": train(scalar.value_and_grad, cost_scalar, scalar.step),
        "step, vector": train(vector.value_and_grad, cost_vector, vector.step),
        "sigmoid, scalar": train(scalar.value_and_grad, cost_scalar, scalar.sigmoid),
        "sigmoid, vector": train(vector.value_and_grad, cost_vector, vector.sigmoid),
    }

    # One example, for the record.
    x, w, b, t = Value(2.0, "x"), Value(-0.5, "w", role="parameter"), Value(0.25, "b", role="parameter"), 1.0
    z = w * x + b
    y = scalar.step(z)
    L = 0.5 * (y - t) ** 2
    scalar.label_all({"z": z, "y": y, "L": L})
    L.backward()

    asked = pytorch.gradient(cost_torch, -0.5, 0.25)
    at_the_jump = Value(0.0, "z").step().conventions()
    return Result(
        numbers={
            "w and b at first": [-0.5, 0.25],
            f"w and b after {steps} steps": {name: place for name, (place, _) in trained.items()},
            "cost, first and last": {name: [costs[0], costs[-1]] for name, (_, costs) in trained.items()},
            "∂L/∂y": y.grad,
            "∂L/∂z": z.grad,
            "at the jump itself": str(at_the_jump[0]),
        },
        comparisons=[
            Comparison(
                name=f"(∂cost/∂w, ∂cost/∂b), {engine}",
                engine=list(grad(cost, argnums=(0, 1))(-0.5, 0.25)),
                closed_form=[0.0, 0.0],
                torch=asked,
            )
            for engine, grad, cost in (("scalar", scalar.grad, cost_scalar), ("vector", vector.grad, cost_vector))
        ],
        graphs={"One example": L},
        plots={"The cost is flat between jumps": lambda: _terraces(cost_scalar)},
        notes={"The chain rule breaks at the step": str(L.chain_rule())},
    )


def _terraces(cost: Callable[..., float]) -> Any:
    """The cost by w, with a step and with a sigmoid."""
    from demos.plots.figure import BLUE, VERMILLION, blank, finish

    figure = blank(6.0, 3.8)
    axes = figure.subplots()
    w = np.linspace(-1.5, 1.5, 601)
    for activation, name, colour in ((scalar.step, "step", VERMILLION), (scalar.sigmoid, "sigmoid", BLUE)):
        axes.plot(w, [cost(weight, 0.25, activation) for weight in w.tolist()], color=colour, linewidth=2, label=name)
    finish(axes, "$w$", "cost, $b = 0.25$")
    axes.legend(frameon=False)
    return figure
