"""The chain rule on small expressions: T2 and T3."""

from __future__ import annotations

import math

import scalar
from demos.gallery import pytorch
from demos.gallery.example import Comparison, Result
from demos.gallery.georgia_tech.course import course
from demos.gallery.written import written
from scalar import Value, log, sin


@course.example("T2", "A sum times a number", engines="scalar")
def sum_times_number() -> Result:
    """f = (x + y)·z at x = −2, y = 5 and z = −4 has the gradient (−4, −4, 3).

    Each edge of the picture carries the local gradient, which its operation knows alone, and the upstream gradient,
    which comes from the output; their product is the message that is sent on.

    Source: Georgia Tech, CS 7643, backpropagation.
    """
    x, y, z = Value(-2.0, "x"), Value(5.0, "y"), Value(-4.0, "z")
    q = x + y
    q.label = "q"
    f = q * z
    f.label = "f"
    f.backward()
    edges = [
        f"{term.child.label} → {step.variable.label}: "
        f"upstream {written(term.upstream)} · local {written(term.local)} = {written(term.product)}"
        for step in f.chain_rule()
        for term in step.terms
    ]
    return Result(
        numbers={"q": q.data, "f": f.data, "∂f/∂q": q.grad, "∂f/∂x": x.grad, "∂f/∂y": y.grad, "∂f/∂z": z.grad},
        comparisons=[
            Comparison(
                name="(∂f/∂x, ∂f/∂y, ∂f/∂z)",
                engine=[x.grad, y.grad, z.grad],
                closed_form=[z.data, z.data, x.data + y.data],
                torch=pytorch.gradient(lambda torch, x, y, z: (x + y) * z, -2.0, 5.0, -4.0),
            )
        ],
        graphs={"f = (x + y)·z": f},
        notes={"What is sent back along each edge": "\n".join(edges)},
    )


@course.example("T3", "Reverse and forward mode", engines="scalar")
def reverse_and_forward() -> Result:
    """f = ln x₁ + x₁x₂ − sin x₂ at (2, 5): one reverse sweep gives both derivatives, one forward sweep each of them.

    The forward sweeps carry with every intermediate result vᵢ its speed v̇ᵢ, from the inputs to f; the reverse sweep
    carries v̄ᵢ = ∂f/∂vᵢ from f to the inputs.

    Source: Georgia Tech, CS 7643, automatic differentiation.
    """
    x1, x2 = Value(2.0, "x₁"), Value(5.0, "x₂")

    def trace(x1: Value, x2: Value) -> dict[str, Value]:
        v1, v2, v3 = log(x1), x1 * x2, sin(x2)
        v4 = v1 + v2
        return {"v₁ = ln x₁": v1, "v₂ = x₁x₂": v2, "v₃ = sin x₂": v3, "v₄ = v₁ + v₂": v4, "f = v₄ − v₃": v4 - v3}

    results = trace(x1, x2)
    for name, value in results.items():
        value.label = name.split()[0]
    f = results["f = v₄ − v₃"]
    f.backward()
    values, by_x1 = scalar.jvp(trace, (2.0, 5.0), (1.0, 0.0))
    _, by_x2 = scalar.jvp(trace, (2.0, 5.0), (0.0, 1.0))
    rows = [
        f"{name:<13} {values[name]:>8.4f} {by_x1[name]:>14.4f} {by_x2[name]:>14.4f} {results[name].grad:>12.4f}"
        for name in values
    ]
    forward = [by_x1["f = v₄ − v₃"], by_x2["f = v₄ − v₃"]]
    by_hand = [1 / 2 + 5, 2 - math.cos(5)]
    asked = pytorch.gradient(lambda torch, x1, x2: torch.log(x1) + x1 * x2 - torch.sin(x2), 2.0, 5.0)
    return Result(
        numbers={"f": f.data, "∂f/∂x₁": x1.grad, "∂f/∂x₂": x2.grad, "reverse sweeps": 1, "forward sweeps": 2},
        comparisons=[
            Comparison(name="∇f in reverse mode", engine=[x1.grad, x2.grad], closed_form=by_hand, torch=asked),
            Comparison(name="∇f in forward mode", engine=forward, closed_form=by_hand, torch=asked),
        ],
        graphs={"f = ln x₁ + x₁x₂ − sin x₂": f},
        notes={
            "What each mode carries": "\n".join(
                [f"{'':<13} {'value':>8} {'v̇ for x₁':>15} {'v̇ for x₂':>15} {'v̄':>13}", *rows]
            )
        },
    )
