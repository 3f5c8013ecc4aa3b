"""The same network on both engines: the same outputs, gradients and training."""

import random
from collections.abc import Sequence

import numpy as np
import pytest

import scalar
import vector
from scalar.nn import ACTIVATIONS
from tests.checks import grad
from tests.judges import Array
from vector import Tensor

CLOSE = 1e-10
X = np.random.default_rng(0).normal(size=(6, 3))
T = np.random.default_rng(1).normal(size=(6, 2))


def twins(activation: str, sizes: Sequence[int] = (4, 4, 2)) -> tuple[scalar.nn.MLP, vector.nn.MLP]:
    model = scalar.nn.MLP(3, sizes, activation=activation, generator=random.Random(0))
    for i, p in enumerate(model.parameters()):
        p.data += 0.01 * i  # biases other than 0
    return model, vector.nn.MLP.from_scalar(model)


def scalar_outputs(model: scalar.nn.MLP, X: Array) -> list[list[scalar.Value]]:
    outputs = [model(x.tolist()) for x in X]
    return [out if isinstance(out, list) else [out] for out in outputs]


def scalar_loss(model: scalar.nn.MLP) -> scalar.Value:
    """Mean squared error, as vector.nn.mse_loss."""
    outputs = scalar_outputs(model, X)
    errors = [
        2 * scalar.losses.squared_error(y, t)
        for out, row in zip(outputs, T, strict=True)
        for y, t in zip(out, row, strict=True)
    ]
    return scalar.losses.mean(errors)


def stacked(model: scalar.nn.MLP, attribute: str) -> list[Array]:
    """The scalar model's numbers in the vector model's layout: weight (out, in) and bias (out,), layer by layer."""
    arrays = []
    for layer in model.layers:
        arrays.append(np.array([[getattr(w, attribute) for w in neuron.w] for neuron in layer.neurons]))
        arrays.append(np.array([getattr(neuron.b, attribute) for neuron in layer.neurons]))
    return arrays


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_outputs_gradients_and_ten_steps_agree(activation: str) -> None:
    ours, theirs = twins(activation)
    descent = scalar.optim.SGD(ours.parameters(), lr=0.1), vector.optim.SGD(theirs.parameters(), lr=0.1)
    losses = []
    for _ in range(10):
        np.testing.assert_allclose(
            [[y.data for y in out] for out in scalar_outputs(ours, X)], theirs(X).data, CLOSE, CLOSE
        )
        loss, twin = scalar_loss(ours), vector.nn.mse_loss(theirs(X), T)
        assert loss.data == pytest.approx(twin.item(), rel=1e-10)
        losses.append(loss.data)
        for optimizer in descent:
            optimizer.zero_grad()
        loss.backward()
        twin.backward()
        for gradient, p in zip(stacked(ours, "grad"), theirs.parameters(), strict=True):
            np.testing.assert_allclose(grad(p), gradient, CLOSE, CLOSE)
        for optimizer in descent:
            optimizer.step()
        for weight, p in zip(stacked(ours, "data"), theirs.parameters(), strict=True):
            np.testing.assert_allclose(p.data, weight, CLOSE, CLOSE)
    assert losses[-1] < losses[0]


def test_the_classification_losses_agree() -> None:
    ours, theirs = twins("tanh", [4, 3])
    targets = [0, 1, 2, 0, 1, 2]
    loss = scalar.losses.mean(
        [scalar.losses.softmax_cross_entropy(z, t) for z, t in zip(scalar_outputs(ours, X), targets, strict=True)]
    )
    twin = vector.nn.cross_entropy(theirs(X), targets)
    loss.backward()
    twin.backward()
    assert loss.data == pytest.approx(twin.item(), rel=1e-12)
    for gradient, p in zip(stacked(ours, "grad"), theirs.parameters(), strict=True):
        np.testing.assert_allclose(grad(p), gradient, CLOSE, CLOSE)


def test_hinge_agrees() -> None:
    scores, targets = np.array([-1.0, 0.5, 1.0, 3.0]), [1.0, -1.0, 1.0, -1.0]
    values, tensor = [scalar.Value(s) for s in scores], Tensor(scores, requires_grad=True)
    loss = scalar.losses.mean([scalar.losses.hinge(s, t) for s, t in zip(values, targets, strict=True)])
    twin = vector.nn.hinge(tensor, np.array(targets))
    loss.backward()
    twin.backward()
    assert loss.data == twin.item()
    np.testing.assert_array_equal(tensor.grad, [s.grad for s in values])


@pytest.mark.parametrize("sizes", [[2], [1], [5, 1], [4, 4, 2]], ids=str)
def test_from_scalar_copies_architecture_and_weights(sizes: list[int]) -> None:
    model, twin = twins("tanh", sizes)
    assert [layer.weight.shape[0] for layer in twin.layers] == sizes
    for weight, p in zip(stacked(model, "data"), twin.parameters(), strict=True):
        np.testing.assert_array_equal(p.data, weight)
    np.testing.assert_allclose([[y.data for y in out] for out in scalar_outputs(model, X)], twin(X).data, CLOSE, CLOSE)
    twin.layers[0].weight.data[...] = 0
    assert model.layers[0].neurons[0].w[0].data != 0


def test_to_scalar_copies_the_weights_back() -> None:
    twin = vector.nn.MLP(3, [4, 2], "tanh", generator=np.random.default_rng(5))
    model = scalar.nn.MLP(3, [4, 2], activation="tanh", generator=random.Random(0))
    twin.to_scalar(model)
    for weight, p in zip(stacked(model, "data"), twin.parameters(), strict=True):
        np.testing.assert_array_equal(p.data, weight)
    assert all(type(p.data) is float for p in model.parameters())


def test_to_scalar_refuses_another_architecture() -> None:
    twin = vector.nn.MLP(3, [4, 2])
    for nin, nouts in [(3, [2, 2]), (2, [4, 2]), (3, [4])]:
        other = scalar.nn.MLP(nin, nouts, generator=random.Random(0))
        with pytest.raises(ValueError, match=r"to_scalar: expected layers of shape \[\(4, 3\), \(2, 4\)\], got"):
            twin.to_scalar(other)
