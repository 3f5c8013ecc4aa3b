"""Linear and MLP, held against PyTorch's with the same weights."""

import numpy as np
import pytest
import torch

from tests.checks import grad
from vector import Tensor, nn
from vector.nn import MLP, Linear


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def pytorch_twin(ours: MLP, activation: type[torch.nn.Module]) -> torch.nn.Sequential:
    layers: list[torch.nn.Module] = []
    for layer in ours.layers:
        out_features, in_features = layer.weight.shape
        layers += [torch.nn.Linear(in_features, out_features, dtype=torch.float64), activation()]
    twin = torch.nn.Sequential(*layers[:-1])
    state = {name: torch.tensor(array) for name, array in ours.state_dict().items()}
    twin.load_state_dict({name: state[key] for name, key in zip(twin.state_dict(), state, strict=True)})
    return twin


@pytest.mark.parametrize("shape", [(3,), (5, 3), (2, 5, 3), (0, 3)])
def test_linear_agrees_with_pytorch(shape: tuple[int, ...]) -> None:
    ours, theirs = Linear(3, 4, dtype=float, generator=rng()), torch.nn.Linear(3, 4, dtype=torch.float64)
    # The state loads as it is: names and layout are PyTorch's.
    theirs.load_state_dict({name: torch.tensor(array) for name, array in ours.state_dict().items()})
    x = rng().normal(size=shape)
    ours_x, theirs_x = Tensor(x, requires_grad=True), torch.tensor(x, requires_grad=True)
    out, expected = ours(ours_x), theirs(theirs_x)
    np.testing.assert_allclose(out.data, expected.detach().numpy(), rtol=1e-12, atol=1e-14)
    g = rng().normal(size=out.shape)
    out.backward(g)
    expected.backward(torch.tensor(g))
    for actual, judge in [(ours_x, theirs_x), (ours.weight, theirs.weight), (ours.bias, theirs.bias)]:
        np.testing.assert_allclose(grad(actual), judge.grad.numpy(), rtol=1e-12, atol=1e-14)


def test_linear_is_one_operation() -> None:
    layer = Linear(3, 4)
    out = layer(np.ones((2, 3), np.float32))
    assert out.op == "linear"
    assert [*map(id, out.parents[1:])] == [id(layer.weight), id(layer.bias)]


@pytest.mark.parametrize("shape", [(), (4,), (3, 2)])
def test_linear_names_a_width_that_does_not_fit(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"Linear: expected x\.shape\[-1\] == 3 \(in_features\), got shape"):
        Linear(3, 4)(np.ones(shape))


@pytest.mark.parametrize("sizes", [(0, 1), (1, 0), (-1, 2)])
def test_linear_refuses_sizes_below_one(sizes: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="Linear: expected sizes >= 1, got"):
        Linear(*sizes)


def test_initial_parameters_are_pytorchs_in_range_and_follow_the_seed() -> None:
    one, two, other = (Linear(400, 50, generator=np.random.default_rng(seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.weight.data, two.weight.data)
    assert (one.weight.data != other.weight.data).any()
    bound = 1 / np.sqrt(400)
    for p in one.parameters():
        assert p.dtype == np.float32
        assert 0.8 * bound < np.abs(p.data).max() <= bound


@pytest.mark.parametrize(
    ("activation", "judge"),
    [
        ("relu", torch.nn.ReLU),
        ("tanh", torch.nn.Tanh),
        ("sigmoid", torch.nn.Sigmoid),
        ("softplus", torch.nn.Softplus),
        ("linear", torch.nn.Identity),
    ],
)
def test_mlp_agrees_with_pytorch(activation: str, judge: type[torch.nn.Module]) -> None:
    ours = MLP(3, [5, 4, 2], activation, dtype=float, generator=rng())
    theirs = pytorch_twin(ours, judge)
    x = rng().normal(size=(6, 3))
    out, expected = ours(x), theirs(torch.tensor(x))
    np.testing.assert_allclose(out.data, expected.detach().numpy(), rtol=1e-12)
    (out * out).mean().backward()
    (expected * expected).mean().backward()
    for p, q in zip(ours.parameters(), theirs.parameters(), strict=True):
        np.testing.assert_allclose(grad(p), q.grad.numpy(), rtol=1e-11, atol=1e-15)


def test_mlp_names_reads_and_labels() -> None:
    model = MLP(784, [128, 64, 10])
    assert repr(model) == "MLP(784 → 128 → relu → 64 → relu → 10)"
    assert repr(model.layers[0]) == "Linear(784, 128)"
    assert [name for name, _ in model.named_parameters()] == [
        f"layers.{i}.{name}" for i in range(3) for name in ("weight", "bias")
    ]
    assert [p.label for p in model.parameters()] == [name for name, _ in model.named_parameters()]
    assert {p.dtype for p in model.parameters()} == {np.dtype(np.float32)}


def test_float32_stays_float32_through_a_training_step() -> None:
    model = MLP(4, [8, 3], generator=rng())
    loss = nn.cross_entropy(model(rng().normal(size=(5, 4)).astype(np.float32)), [0, 1, 2, 0, 1])
    loss.backward()
    assert loss.dtype == np.float32
    assert {np.asarray(p.grad).dtype for p in model.parameters()} == {np.dtype(np.float32)}


def test_mlp_errors() -> None:
    with pytest.raises(ValueError, match="MLP: expected at least one layer size, got none"):
        MLP(2, [])
    with pytest.raises(ValueError, match=r"MLP: expected activation in \[.*'relu'.*\], got 'rleu'"):
        MLP(2, [1], "rleu")
