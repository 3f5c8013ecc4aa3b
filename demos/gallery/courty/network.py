"""A network with two layers: C8."""

from __future__ import annotations

from typing import Any

import numpy as np

import scalar
import vector
from demos.gallery import pytorch
from demos.gallery.courty.course import course
from demos.gallery.example import Comparison, Result
from demos.gallery.written import written
from scalar import Value, dot, exp, log, sigmoid, sqrt


@course.example("C8", "A regularised network, path by path", engines="scalar,vector")
def regularised_network() -> Result:
    """L = cross-entropy + λ(‖W₁‖₂ + ‖W₂‖₂) of two layers: dL/dW₁ is the sum over all paths from W₁ to L.

    a = W₁x, h = σ(a), o = W₂h, and the cross-entropy of softmax(o) is log Σ exp(oₖ) − oₜ for the class t; the norms are
    R₁ and R₂. A path's product is that of the local derivatives along it. Forward mode, which carries one weight's
    derivative from W₁ to L along all paths at once, and reverse mode, which carries those of all weights from L back,
    give the same numbers.

    Source: N. Courty, Introduction to Deep Learning, lecture 2, backpropagation.
    """
    x, t, λ = [0.5, -1.0], 1, 0.1
    weights = np.array([[0.3, -0.8], [0.9, 0.4]]), np.array([[-0.5, 0.7], [1.1, -0.6]])

    def network(W1: Any, W2: Any, x: Any) -> Value:
        a = [dot(row, x) for row in W1]
        h = [sigmoid(a_j) for a_j in a]
        o = [dot(row, h) for row in W2]
        cross_entropy = log(scalar.sum(exp(o_k) for o_k in o)) - o[t]
        R1, R2 = (sqrt(dot([*W[0], *W[1]], [*W[0], *W[1]])) for W in (W1, W2))
        L = cross_entropy + λ * (R1 + R2)
        vectors = {"a": a, "h": h, "o": o}
        scalar.label_all({f"{name}{i}": v for name, vs in vectors.items() for i, v in zip("₁₂", vs, strict=True)})
        scalar.label_all({"CE": cross_entropy, "R₁": R1, "R₂": R2, "L": L})
        return L

    inputs = [Value(number, f"x{i}") for i, number in zip("₁₂", x, strict=True)]
    W1, W2 = (
        [[Value(w, f"{name}[{j},{i}]", role="parameter") for i, w in enumerate(row, 1)] for j, row in enumerate(W, 1)]
        for name, W in zip(("W₁", "W₂"), weights, strict=True)
    )
    L = network(W1, W2, inputs)
    L.backward()

    reverse = [[w.grad for w in row] for row in W1]
    by_paths = [[sum(path.product for path in L.paths(w)) for w in row] for row in W1]
    lists, directions = [W.tolist() for W in weights], np.eye(4).reshape(4, 2, 2)  # one direction for each weight of W₁
    forward = [
        scalar.jvp(lambda W1, W2: network(W1, W2, x), lists, [E.tolist(), (0 * E).tolist()])[1] for E in directions
    ]
    paths = [
        f"{' → '.join(node.label or node.op for node in path.nodes)}: "
        f"{' · '.join(written(local, 3) for local in path.locals)} = {written(path.product)}"
        for path in L.paths(W1[0][0])
    ]

    def in_vectors(m: Any, W1: Any, W2: Any, x: Any) -> Any:
        o = W2 @ m.sigmoid(W1 @ x)
        return m.logsumexp(o, 0) - o[t] + λ * (m.sqrt((W1**2).sum()) + m.sqrt((W2**2).sum()))

    W1_vector, W2_vector = (vector.nn.parameter(W, label) for W, label in zip(weights, ("W₁", "W₂"), strict=True))
    L_vector = in_vectors(vector, W1_vector, W2_vector, vector.tensor(x, label="x"))
    L_vector.label = "L"
    L_vector.backward(retain_all=True)
    forward_vector = [
        vector.jvp(lambda W1, W2: in_vectors(vector, W1, W2, np.array(x)), weights, [E, 0 * E])[1] for E in directions
    ]
    asked = pytorch.gradient(
        lambda torch, W1, W2: in_vectors(torch, W1, W2, torch.tensor(x, dtype=torch.float64)), *weights
    )
    return Result(
        numbers={"L": L.data, "L, vector engine": L_vector.item(), "dL/dW₁": reverse, "paths": len(paths)},
        comparisons=[
            Comparison(name="dL/dW₁, all paths", engine=by_paths, torch=lambda torch: asked(torch)[0]),
            Comparison(name="dL/dW₁, reverse mode", engine=reverse, closed_form=by_paths),
            Comparison(name="dL/dW₁, forward mode", engine=np.reshape(forward, (2, 2)), closed_form=by_paths),
            Comparison(name="dL/dW₁, vector engine, reverse", engine=W1_vector.grad, closed_form=by_paths),
            Comparison(
                name="dL/dW₁, vector engine, forward", engine=np.reshape(forward_vector, (2, 2)), closed_form=by_paths
            ),
            Comparison(
                name="dL/dW₂",
                engine=[[w.grad for w in row] for row in W2],
                closed_form=W2_vector.grad,
                torch=lambda torch: asked(torch)[1],
            ),
        ],
        graphs={"L, number by number": L, "L, with matrices": L_vector},
        notes={f"The {len(paths)} paths from W₁[1,1] to L, and their products": "\n".join(paths)},
    )
