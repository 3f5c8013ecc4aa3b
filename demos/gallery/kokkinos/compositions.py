"""Functions of functions: O1 and O3."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import scalar
from demos.gallery import pytorch
from demos.gallery.example import Comparison, Result
from demos.gallery.kokkinos.course import course
from demos.gallery.written import written
from demos.plots import activation
from scalar import Value, cos, exp, log, sin

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@course.example("O1", "A composition of four functions", engines="scalar", needs=["sympy"])
def composition() -> Result:
    """y = log(cos(exp(sin³ x))) is differentiated brick by brick, from the outermost function inwards.

    With u = sin x, v = u³, w = exp v and c = cos w the chain rule multiplies 1/c, −sin w, exp v, 3u² and cos x, so that
    y′ = −tan(exp(sin³ x)) · exp(sin³ x) · 3 sin² x · cos x.

    Source: I. Kokkinos, Introduction to Machine Learning, week 5, the chain rule.
    """
    x = Value(0.5, "x")
    u = sin(x)
    v = u**3
    w = exp(v)
    c = cos(w)
    y = log(c)
    scalar.label_all(locals())
    y.backward()

    def f(x: Any) -> Any:
        return log(cos(exp(sin(x) ** 3)))

    def in_torch(torch: Any, x: Any) -> Any:
        return torch.log(torch.cos(torch.exp(torch.sin(x) ** 3)))

    def curves() -> Figure:
        figure = activation(f, scalar.grad(f), name="y", span=(-3.1, 0.6))
        figure.axes[0].set_ylim(top=2.2)
        return figure

    bricks = [
        f"∂{term.child.label}/∂{step.variable.label} = {term.formula} = {written(term.local)}"
        for step in y.chain_rule()
        for term in step.terms
    ]
    sine = math.sin(0.5)
    by_hand = -math.tan(math.exp(sine**3)) * math.exp(sine**3) * 3 * sine**2 * math.cos(0.5)
    return Result(
        numbers={
            "u = sin x": u.data,
            "v = u³": v.data,
            "w = exp v": w.data,
            "c = cos w": c.data,
            "y = log c": y.data,
            "dy/dx": x.grad,
        },
        comparisons=[
            Comparison(name="y", engine=y, closed_form=math.log(math.cos(math.exp(sine**3)))),
            Comparison(name="dy/dx", engine=x.grad, closed_form=by_hand, torch=pytorch.gradient(in_torch, 0.5)),
        ],
        graphs={"log(cos(exp(sin³ x)))": y},
        plots={"The function and its derivative": curves},
        notes={"The bricks' derivatives": "\n".join(bricks)},
    )


@course.example("O3", "Two ways from t to z", engines="scalar")
def two_ways() -> Result:
    """z = x²y − y² with x = t² and y = 2t has dz/dt = ∂z/∂x·dx/dt + ∂z/∂y·dy/dt = 10t⁴ − 8t.

    Inserted, z = 2t⁵ − 4t². The way over x brings 2xy·2t = 8t⁴, the way over y (x² − 2y)·2 = 2t⁴ − 8t.

    Source: I. Kokkinos, Introduction to Machine Learning, week 5, the multivariate chain rule.
    """
    t = Value(1.5, "t")
    x, y = t**2, 2 * t
    z = x**2 * y - y**2
    scalar.label_all(locals())
    z.backward()
    over_x = sum(path.product for path in z.paths(t) if x in path.nodes)
    over_y = sum(path.product for path in z.paths(t) if y in path.nodes)

    def in_torch(torch: Any, t: Any) -> Any:
        x, y = t**2, 2 * t
        return x**2 * y - y**2

    return Result(
        numbers={"x": x.data, "y": y.data, "z": z.data, "over x": over_x, "over y": over_y, "dz/dt": t.grad},
        comparisons=[
            Comparison(name="∂z/∂x·dx/dt = 8t⁴", engine=over_x, closed_form=8 * 1.5**4),
            Comparison(name="∂z/∂y·dy/dt = 2t⁴ − 8t", engine=over_y, closed_form=2 * 1.5**4 - 8 * 1.5),
            Comparison(
                name="dz/dt = 10t⁴ − 8t",
                engine=t.grad,
                closed_form=10 * 1.5**4 - 8 * 1.5,
                torch=pytorch.gradient(in_torch, 1.5),
            ),
        ],
        graphs={"z = x²y − y²": z},
    )
