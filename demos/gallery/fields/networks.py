"""Networks written out: G10 and G11."""

from __future__ import annotations

from typing import Any

import numpy as np

import scalar
import vector
from demos.gallery import pytorch
from demos.gallery.example import Comparison, Result
from demos.gallery.fields.course import course
from scalar import Value
from scalar.names import bar

INDEX = "₀₁₂₃"


@course.example("G10", "Multiclass logistic regression as a graph", engines="scalar")
def multiclass_graph() -> Result:
    """In the graph of multiclass logistic regression all inputs feed all logits, and all logits all outputs: fan-out.

    The bar of a variable with fan-out is a sum over its uses.
    zₖ = Σⱼ wₖⱼ·xⱼ + bₖ, yₖ = exp(zₖ) / Σₗ exp(zₗ), L = −Σₖ tₖ·log yₖ.

    Source: R. Grosse, Fields Machine Learning Course, lecture 1.
    """
    x = [Value(1.5, "x₁"), Value(-0.5, "x₂")]
    w = [
        [Value(number, f"w{INDEX[k]}{INDEX[j]}", role="parameter") for j, number in enumerate(row, 1)]
        for k, row in enumerate([[0.4, -0.2], [-0.3, 0.8], [0.1, 0.5]], 1)
    ]
    b = [Value(number, f"b{INDEX[k]}", role="parameter") for k, number in enumerate([0.1, 0.0, -0.2], 1)]
    t = [Value(number, f"t{INDEX[k]}") for k, number in enumerate([0.0, 1.0, 0.0], 1)]

    z = [scalar.dot(w_k, x) + b_k for w_k, b_k in zip(w, b, strict=True)]
    e = [scalar.exp(z_k) for z_k in z]
    s = scalar.sum(e)
    y = [e_k / s for e_k in e]
    L = -scalar.dot(t, [scalar.log(y_k) for y_k in y])
    for name, nodes in (("z", z), ("e", e), ("y", y)):
        for k, node in enumerate(nodes, 1):
            node.label = f"{name}{INDEX[k]}"
    s.label, L.label = "s", "L"
    L.backward()

    uses = {step.variable.label: len(step.terms) for step in L.chain_rule()}
    z_bar = np.array([y_k.data - t_k.data for y_k, t_k in zip(y, t, strict=True)])
    W, X = np.array([[w_kj.data for w_kj in w_k] for w_k in w]), np.array([x_j.data for x_j in x])
    asked = pytorch.gradient(
        lambda torch, W, X, b: -torch.log_softmax(W @ X + b, dim=0)[1], W, X, np.array([b_k.data for b_k in b])
    )
    return Result(
        numbers={"y": [y_k.data for y_k in y], "L": L.data, "z̄": [z_k.grad for z_k in z]}
        | {"fan-out of x₁": uses["x₁"], "fan-out of e₁": uses["e₁"], "fan-out of s": uses["s"]},
        comparisons=[
            Comparison(name="z̄ = y − t", engine=[z_k.grad for z_k in z], closed_form=z_bar),
            Comparison(
                name="w̄ = z̄·xᵀ",
                engine=[[w_kj.grad for w_kj in w_k] for w_k in w],
                closed_form=np.outer(z_bar, X),
                torch=lambda torch: asked(torch)[0],
            ),
            Comparison(
                name="x̄ⱼ = Σₖ z̄ₖ·wₖⱼ",
                engine=[x_j.grad for x_j in x],
                closed_form=W.T @ z_bar,
                torch=lambda torch: asked(torch)[1],
            ),
        ],
        graphs={"Multiclass logistic regression": L},
    )


@course.example("G11", "A network, index by index and as matrices", engines="scalar,vector")
def index_and_matrix_form() -> Result:
    """A network with several outputs gives the same numbers in index form, on scalars, and in matrix form, on arrays.

    Source: R. Grosse, Fields Machine Learning Course, lecture 1.
    """
    generator = np.random.default_rng(4)
    shapes = {"W": (3, 2), "b": (3,), "V": (2, 3), "c": (2,), "x": (2,), "t": (2,)}
    given = {name: generator.normal(size=shape).round(2) for name, shape in shapes.items()}

    def index_form() -> dict[str, Any]:
        """zᵢ = Σⱼ wᵢⱼ·xⱼ + bᵢ, hᵢ = σ(zᵢ), yₖ = Σᵢ vₖᵢ·hᵢ + cₖ, L = ½·Σₖ (yₖ − tₖ)²."""
        w, b, v, c, x, t = (_values(name, array) for name, array in given.items())
        z = [scalar.sum(w[i][j] * x[j] for j in range(2)) + b[i] for i in range(3)]
        h = [scalar.sigmoid(z[i]) for i in range(3)]
        y = [scalar.sum(v[k][i] * h[i] for i in range(3)) + c[k] for k in range(2)]
        L = scalar.sum((y[k] - t[k]) ** 2 for k in range(2)) / 2
        return {"L": L, "y": y, "V": v, "c": c, "h": h, "z": z, "W": w, "b": b, "x": x}

    def matrix_form() -> dict[str, Any]:
        """z = W·x + b, h = σ(z), y = V·h + c, L = ½·‖y − t‖²."""
        W, b, V, c = (vector.nn.parameter(given[name], name) for name in "WbVc")
        x, t = vector.tensor(given["x"], requires_grad=True, label="x"), vector.tensor(given["t"], label="t")
        z = W @ x + b
        h = vector.sigmoid(z)
        y = V @ h + c
        L = np.sum((y - t) ** 2) / 2
        return {"L": L, "y": y, "V": V, "c": c, "h": h, "z": z, "W": W, "b": b, "x": x}

    by_index, by_matrix = index_form(), matrix_form()
    for name in ("z", "h", "y", "L"):
        _label(name, by_index[name])
        by_matrix[name].label = name
    by_index["L"].backward()
    by_matrix["L"].backward(retain_all=True)

    W, V, x, t = given["W"], given["V"], given["x"], given["t"]
    h, y = by_matrix["h"].data, by_matrix["y"].data
    y_bar = y - t
    h_bar = V.T @ y_bar
    z_bar = h_bar * h * (1 - h)
    bars = {"y": y_bar, "V": np.outer(y_bar, h), "c": y_bar, "h": h_bar, "z": z_bar}
    bars |= {"W": np.outer(z_bar, x), "b": z_bar, "x": W.T @ z_bar}
    asked = pytorch.gradient(
        lambda torch, W, b, V, c, x: ((V @ torch.sigmoid(W @ x + b) + c - torch.tensor(t)) ** 2).sum() / 2,
        *(given[name] for name in "WbVcx"),
    )
    judges = {name: lambda torch, place=place: asked(torch)[place] for place, name in enumerate("WbVcx")}
    forward = [Comparison(name=f"{n}, both forms", engine=by_index[n], closed_form=by_matrix[n]) for n in "zhyL"]
    backward = [
        Comparison(name=f"{bar(name)}, {form} form", engine=engine, closed_form=expected, torch=judges.get(name))
        for name, expected in bars.items()
        for form, engine in (("index", _gradients(by_index[name])), ("matrix", by_matrix[name].grad))
    ]
    return Result(
        numbers={name: by_matrix[name].data for name in "zhyL"} | {bar(name): found for name, found in bars.items()},
        comparisons=[*forward, *backward],
        graphs={"Index form, on scalars": by_index["L"], "Matrix form, on arrays": by_matrix["L"]},
        notes={"Backward, in index form and in matrix form": BACKWARD},
    )


BACKWARD = """\
ȳₖ  = L̄·(yₖ − tₖ)    ȳ = L̄·(y − t)
v̄ₖᵢ = ȳₖ·hᵢ          V̄ = ȳ·hᵀ
c̄ₖ  = ȳₖ             c̄ = ȳ
h̄ᵢ  = Σₖ ȳₖ·vₖᵢ      h̄ = Vᵀ·ȳ
z̄ᵢ  = h̄ᵢ·σ′(zᵢ)      z̄ = h̄ ∘ σ′(z)
w̄ᵢⱼ = z̄ᵢ·xⱼ          W̄ = z̄·xᵀ
b̄ᵢ  = z̄ᵢ             b̄ = z̄"""


def _values(name: str, array: Any) -> Any:
    """The numbers of an array as Values, in nested lists."""
    role = "input" if name in "xt" else "parameter"
    values = np.vectorize(lambda number: Value(number, role=role), otypes=[object])(array).tolist()
    _label(name.lower(), values)
    return values


def _label(name: str, values: Any) -> None:
    """Name Values in nested lists by their indices: w₁₂."""
    if isinstance(values, Value):
        values.label = name
    else:
        for i, value in enumerate(values, 1):
            _label(name + INDEX[i], value)


def _gradients(values: Any) -> Any:
    """The bars of Values in nested lists."""
    return [_gradients(value) for value in values] if isinstance(values, list) else values.grad
