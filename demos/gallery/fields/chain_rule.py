"""The chain rule on the blackboard: G7, G8 and G9."""

from __future__ import annotations

import math

import scalar
from demos.gallery import pytorch
from demos.gallery.example import Comparison, Result
from demos.gallery.fields.course import course
from demos.gallery.fields.record import record
from scalar import Value, cos, exp, label_all, sigmoid


@course.example("G7", "The univariate chain rule", engines="scalar", needs=["sympy"])
def univariate_chain_rule() -> Result:
    """For z = wx + b, y = σ(z) and L = ½(y − t)²: L̄ = 1, ȳ = y − t, z̄ = ȳ·σ′(z), w̄ = z̄·x and b̄ = z̄.

    The bar is the lecture's shorthand for a derivative of the loss: ȳ = dL/dy. Every bar is computed once, from the
    one before it, and reused by those that follow.

    Source: R. Grosse, Fields Machine Learning Course, lecture 1.
    """
    w, b = Value(0.5, role="parameter"), Value(-0.3, role="parameter")
    x, t = Value(2.0), Value(1.0)
    z = w * x + b
    y = sigmoid(z)
    L = (y - t) ** 2 / 2
    label_all(locals())
    L.backward()

    z_bar = (y.data - 1.0) * y.data * (1 - y.data)  # σ′(z) = y(1 − y)
    return Result(
        numbers={"z": z.data, "y": y.data, "L": L.data}
        | {"L̄": L.grad, "ȳ": y.grad, "z̄": z.grad, "w̄": w.grad, "b̄": b.grad},
        comparisons=[
            Comparison(name="ȳ", engine=y.grad, closed_form=y.data - t.data),
            Comparison(name="z̄", engine=z.grad, closed_form=z_bar),
            Comparison(
                name="(w̄, b̄)",
                engine=[w.grad, b.grad],
                closed_form=[z_bar * x.data, z_bar],
                torch=pytorch.gradient(lambda torch, w, b: (torch.sigmoid(w * 2.0 + b) - 1.0) ** 2 / 2, 0.5, -0.3),
            ),
        ],
        graphs={"L = ½(σ(wx + b) − t)²": L},
        notes={"The record between the named variables": record(L)},
    )


@course.example("G8", "The multivariate chain rule", engines="scalar", needs=["sympy"])
def multivariate_chain_rule() -> Result:
    """With R = ½w² and L_reg = L + λR the weight has fan-out 2, and its bar sums what both send: w̄ = z̄·x + R̄·w.

    This is the multivariate chain rule; every other variable is used once, and its step is univariate.

    Source: R. Grosse, Fields Machine Learning Course, lecture 1.
    """
    w, b = Value(0.5, role="parameter"), Value(-0.3, role="parameter")
    x, t, λ = Value(2.0), Value(1.0), Value(0.1)
    z = w * x + b
    y = sigmoid(z)
    L = (y - t) ** 2 / 2
    R = w**2 / 2
    L_reg = L + λ * R
    label_all(locals())
    L_reg.backward()

    z_bar = (y.data - 1.0) * y.data * (1 - y.data)
    steps = {step.variable: step for step in L_reg.chain_rule()}
    return Result(
        numbers={"L": L.data, "R": R.data, "L_reg": L_reg.data}
        | {"L̄_reg": L_reg.grad, "R̄": R.grad, "L̄": L.grad, "ȳ": y.grad, "z̄": z.grad, "w̄": w.grad, "b̄": b.grad}
        | {"w is used": f"{len(steps[w].terms)} times", "its step is": steps[w].kind},
        comparisons=[
            Comparison(name="R̄", engine=R.grad, closed_form=λ.data),
            Comparison(
                name="(w̄, b̄)",
                engine=[w.grad, b.grad],
                closed_form=[z_bar * x.data + λ.data * w.data, z_bar],
                torch=pytorch.gradient(
                    lambda torch, w, b: (torch.sigmoid(w * 2.0 + b) - 1.0) ** 2 / 2 + 0.1 * w**2 / 2, 0.5, -0.3
                ),
            ),
        ],
        graphs={"L_reg = ½(σ(wx + b) − t)² + λ·½w²": L_reg},
        notes={"The record between the named variables": record(L_reg)},
    )


@course.example("G9", "A composition over time", engines="scalar", needs=["sympy"])
def composition_over_time() -> Result:
    """For f(x, y) = y + e^(xy), x = cos t and y = t²: df/dt = (y·e^(xy))·(−sin t) + (1 + x·e^(xy))·2t.

    The derivative sums over both ways from t to f: ∂f/∂x·dx/dt + ∂f/∂y·dy/dt.

    Source: R. Grosse, Fields Machine Learning Course, lecture 1.
    """
    t = Value(0.8)
    x = cos(t)
    y = t**2
    f = y + exp(x * y)
    label_all(locals())
    f.backward()

    e = math.exp(x.data * y.data)
    _, speed = scalar.jvp(lambda t: t**2 + exp(cos(t) * t**2), (0.8,), (1.0,))
    slope = y.data * e * -math.sin(0.8) + (1 + x.data * e) * 2 * 0.8
    return Result(
        numbers={"x": x.data, "y": y.data, "f": f.data, "∂f/∂x": x.grad, "∂f/∂y": y.grad, "df/dt": t.grad},
        comparisons=[
            Comparison(name="∂f/∂x", engine=x.grad, closed_form=y.data * e),
            Comparison(name="∂f/∂y", engine=y.grad, closed_form=1 + x.data * e),
            Comparison(
                name="df/dt",
                engine=t.grad,
                closed_form=slope,
                torch=pytorch.gradient(lambda torch, t: t**2 + torch.exp(torch.cos(t) * t**2), 0.8),
            ),
            Comparison(name="df/dt in forward mode", engine=speed, closed_form=slope),
        ],
        graphs={"f = y + e^(xy), x = cos t, y = t²": f},
        notes={"The record between the named variables": record(f)},
    )
