"""A user's own operations: K1."""

from __future__ import annotations

from typing import Any

import numpy as np

import vector
from demos.gallery import pytorch
from demos.gallery.example import Comparison, Result
from demos.gallery.kording.course import course


@course.example("K1", "Your own operations", engines="vector")
def own_operations() -> Result:
    """A matrix product and a ReLU written by the user: a forward that saves what is needed, a backward that uses it.

    Of C = A·B the backward pass is sent ∂L/∂C and sends back ∂L/∂C·Bᵀ and Aᵀ·∂L/∂C; ReLU sends back what it is sent
    where its input was positive, and 0 elsewhere. A network of the two has the gradients of the engine's own
    operations, and because the backward functions are NumPy code, it can be differentiated twice.

    Source: Kording, CIS 522, lecture 2R.
    """

    class MatMul(vector.Function):
        @staticmethod
        def forward(ctx: Any, A: Any, B: Any) -> Any:
            ctx.save_for_backward(A, B)
            return A @ B

        @staticmethod
        def backward(ctx: Any, C_bar: Any) -> Any:
            A, B = ctx.saved_tensors
            return C_bar @ B.T, A.T @ C_bar

    class ReLU(vector.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x)
            return np.maximum(x, 0)

        @staticmethod
        def backward(ctx: Any, y_bar: Any) -> Any:
            (x,) = ctx.saved_tensors
            return y_bar * (x > 0)

    generator = np.random.default_rng(0)
    X, T = generator.normal(size=(5, 3)), generator.normal(size=(5, 2))
    start = [generator.normal(size=(3, 4)), generator.normal(size=(4, 2))]

    def cost(W1: Any, W2: Any) -> Any:
        return 0.5 * ((MatMul.apply(ReLU.apply(MatMul.apply(X, W1)), W2) - T) ** 2).mean()

    def cost_of_engine(W1: Any, W2: Any) -> Any:
        return 0.5 * ((vector.relu(X @ W1) @ W2 - T) ** 2).mean()

    def cost_torch(torch: Any, W1: Any, W2: Any) -> Any:
        return 0.5 * ((torch.relu(torch.tensor(X) @ W1) @ W2 - torch.tensor(T)) ** 2).mean()

    W1, W2 = (vector.nn.parameter(W, f"W{i}") for i, W in enumerate(start, 1))
    L = cost(W1, W2)
    L.label = "L"
    L.backward(retain_all=True)

    by_engine = vector.grad(cost_of_engine, argnums=(0, 1))(*start)
    asked = pytorch.gradient(cost_torch, *start)
    hessian = vector.hessian(lambda W2: cost(start[0], W2))(start[1])
    return Result(
        numbers={
            "L": L.item(),
            "L by the engine's own operations": float(cost_of_engine(*start)),
            "operations on the record": [step.variable.op for step in L.chain_rule() if step.variable.op],
        },
        comparisons=[
            Comparison(name="∂L/∂W₁", engine=W1.grad, closed_form=by_engine[0], torch=lambda torch: asked(torch)[0]),
            Comparison(name="∂L/∂W₂", engine=W2.grad, closed_form=by_engine[1], torch=lambda torch: asked(torch)[1]),
            Comparison(
                name="∂²L/∂W₂²",
                engine=hessian,
                closed_form=vector.hessian(lambda W2: cost_of_engine(start[0], W2))(start[1]),
                torch=lambda torch: torch.autograd.functional.hessian(
                    lambda W2: cost_torch(torch, torch.tensor(start[0]), W2), torch.tensor(start[1])
                ),
            ),
        ],
        graphs={"A network of the two": L},
    )
