"""A network taken apart into bricks: O4."""

from __future__ import annotations

from typing import Any

import numpy as np

import scalar
import vector
from demos.gallery import pytorch
from demos.gallery.example import Comparison, Result
from demos.gallery.kokkinos.course import course
from scalar import Value, dot, exp, log, sigmoid


@course.example("O4", "A network as bricks", engines="scalar,vector")
def network_as_bricks() -> Result:
    """A network of two layers and three classes is a row of bricks, each of which maps dL/dout to dL/din.

    Forward a = Ux, z = g(a) with the logistic g, b = Wz, ŷ = softmax(b), L = −Σ yₖ log ŷₖ. Backward, the brick of
    softmax and loss gives dL/db = ŷ − y; the linear brick gives dL/dz = Wᵀ·dL/db and dL/dW = dL/db·zᵀ; the logistic
    brick gives dL/da = g(a)(1 − g(a))·dL/dz; and the first linear brick works like the second. No brick knows another.

    Source: I. Kokkinos, Introduction to Machine Learning, week 5, backpropagation.
    """
    generator = np.random.default_rng(0)
    x, y = np.array([0.8, -1.2, 0.5]), np.array([0.0, 1.0, 0.0])
    U, W = generator.normal(size=(2, 3)), generator.normal(size=(3, 2))

    # On the vector engine one brick after the other: forward, and back from brick to brick.
    a, back_through_U = vector.vjp(lambda U, x: U @ x, U, x)
    z, back_through_g = vector.vjp(vector.sigmoid, a)
    b, back_through_W = vector.vjp(lambda W, z: W @ z, W, z)
    L, back_through_loss = vector.vjp(lambda b: -(y * vector.log_softmax(b)).sum(), b)
    (dL_db,) = back_through_loss(1.0)
    dL_dW, dL_dz = back_through_W(dL_db)
    (dL_da,) = back_through_g(dL_dz)
    dL_dU, dL_dx = back_through_U(dL_da)

    # On the scalar engine the whole network at once, number by number.
    xs, ys = (
        [Value(number, name + i) for i, number in zip("₁₂₃", array, strict=True)]
        for name, array in (("x", x), ("y", y))
    )
    Us, Ws = (
        [[Value(w, f"{name}[{k},{i}]", role="parameter") for i, w in enumerate(row, 1)] for k, row in enumerate(M, 1)]
        for name, M in (("U", U), ("W", W))
    )
    as_ = [dot(row, xs) for row in Us]
    zs = [sigmoid(a_j) for a_j in as_]
    bs = [dot(row, zs) for row in Ws]
    es = [exp(b_k) for b_k in bs]
    total = scalar.sum(es)
    predictions = [e_k / total for e_k in es]
    loss = -dot(ys, [log(prediction) for prediction in predictions])
    for name, nodes in {"a": as_, "z": zs, "b": bs, "ŷ": predictions}.items():
        scalar.label_all({f"{name}{i}": node for i, node in zip("₁₂₃", nodes, strict=False)})
    loss.label = "L"
    loss.backward()

    # The same on the vector engine, with matrices.
    U_whole, W_whole = vector.nn.parameter(U, "U"), vector.nn.parameter(W, "W")
    loss_whole = -(y * vector.log_softmax(W_whole @ vector.sigmoid(U_whole @ vector.tensor(x, label="x")))).sum()
    loss_whole.label = "L"
    loss_whole.backward(retain_all=True)

    # By hand, brick by brick.
    by_hand: dict[str, Any] = {"dL/db": np.exp(b) / np.exp(b).sum() - y}
    by_hand["dL/dW"] = np.outer(by_hand["dL/db"], z)
    by_hand["dL/dz"] = W.T @ by_hand["dL/db"]
    by_hand["dL/da"] = z * (1 - z) * by_hand["dL/dz"]
    by_hand["dL/dU"] = np.outer(by_hand["dL/da"], x)
    by_hand["dL/dx"] = U.T @ by_hand["dL/da"]

    def from_b(torch: Any, b: Any) -> Any:
        return -(torch.tensor(y) * torch.log_softmax(b, 0)).sum()

    def from_z(torch: Any, W: Any, z: Any) -> Any:
        return from_b(torch, W @ z)

    def from_a(torch: Any, a: Any) -> Any:
        return from_z(torch, torch.tensor(W), torch.sigmoid(a))

    def from_x(torch: Any, U: Any, x: Any) -> Any:
        return from_a(torch, U @ x)

    answers: dict[str, tuple[Any, Any, Any]] = {
        "dL/db": (dL_db, [v.grad for v in bs], pytorch.gradient(from_b, b)),
        "dL/dW": (dL_dW, [[w.grad for w in row] for row in Ws], lambda m: pytorch.gradient(from_z, W, z)(m)[0]),
        "dL/dz": (dL_dz, [v.grad for v in zs], lambda m: pytorch.gradient(from_z, W, z)(m)[1]),
        "dL/da": (dL_da, [v.grad for v in as_], pytorch.gradient(from_a, a)),
        "dL/dU": (dL_dU, [[u.grad for u in row] for row in Us], lambda m: pytorch.gradient(from_x, U, x)(m)[0]),
        "dL/dx": (dL_dx, [v.grad for v in xs], lambda m: pytorch.gradient(from_x, U, x)(m)[1]),
    }
    formulas = {
        "dL/db": "ŷ − y",
        "dL/dW": "dL/db·zᵀ",
        "dL/dz": "Wᵀ·dL/db",
        "dL/da": "g(1 − g)·dL/dz",
        "dL/dU": "dL/da·xᵀ",
        "dL/dx": "Uᵀ·dL/da",
    }
    return Result(
        numbers={
            "ŷ": [prediction.data for prediction in predictions],
            "L": loss.data,
            "L, vector engine": L,
            **{f"{name} = {formulas[name]}": answer for name, (answer, _, _) in answers.items()},
        },
        comparisons=[
            Comparison(name=f"{name}, {engine} engine", engine=answer, closed_form=by_hand[name], torch=asked)
            for name, (by_bricks, by_numbers, asked) in answers.items()
            for engine, answer in (("vector", by_bricks), ("scalar", by_numbers))
        ]
        + [
            Comparison(name="dL/dU, vector engine, at once", engine=U_whole.grad, closed_form=by_hand["dL/dU"]),
            Comparison(name="dL/dW, vector engine, at once", engine=W_whole.grad, closed_form=by_hand["dL/dW"]),
        ],
        graphs={"The network, number by number": loss, "The network, with matrices": loss_whole},
    )
