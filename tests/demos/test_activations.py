"""Each activation beside PyTorch's, held against its formula."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from demos.activations import APL, CentredSoftplus, Maxout, VeryLeakyReLU
from tests.checks import grad
from tests.vector.nn.layers import agree, agree_twice, close, keeps_float32, rng
from vector import Tensor, nn

ALL: dict[str, Callable[[], nn.Module]] = {
    "APL": lambda: APL(3),
    "CentredSoftplus": CentredSoftplus,
    "Maxout": lambda: Maxout(3),
    "VeryLeakyReLU": VeryLeakyReLU,
}


@pytest.mark.parametrize("name", ALL)
def test_float32_stays(name: str) -> None:
    keeps_float32(ALL[name]().to(np.float32), rng().normal(size=(4, 3)))


@pytest.mark.parametrize("x", [rng().normal(size=(5, 3)), np.array([[1000.0, -1000.0, 0.0, -0.0, 1e-10, -1e-10]])])
def test_very_leaky_relu_is_leaky_relu_with_a_third(x: np.ndarray) -> None:
    agree(VeryLeakyReLU(), torch.nn.LeakyReLU(1 / 3), x)
    agree_twice(VeryLeakyReLU(), torch.nn.LeakyReLU(1 / 3), x)


def test_centred_softplus_passes_through_the_origin() -> None:
    x = Tensor(np.array([0.0, 1.0]), requires_grad=True)
    out = CentredSoftplus()(x)
    out.sum().backward()
    np.testing.assert_allclose(out.data, [0, math.log((1 + math.e) / 2)], rtol=1e-14)
    np.testing.assert_allclose(grad(x), [0.5, 1 / (1 + math.exp(-1))])


def test_apl_agrees_with_its_formula() -> None:
    layer = APL(3, hinges=4, dtype=float, generator=rng())
    x = rng().normal(size=(5, 2, 3))
    ours = Tensor(x, requires_grad=True)
    theirs, a, b = (torch.tensor(array, requires_grad=True) for array in (x, layer.slopes.data, layer.places.data))
    out, expected = layer(ours), torch.relu(theirs)
    for s in range(4):
        expected = expected + a[s] * torch.relu(b[s] - theirs)
    close(out.data, expected)
    (out * out).sum().backward()
    (expected * expected).sum().backward()
    for actual, judge in [(ours, theirs), (layer.slopes, a), (layer.places, b)]:
        close(grad(actual), judge.grad)


def test_apl_without_hinges_is_relu() -> None:
    np.testing.assert_array_equal(APL(2, 0)(np.array([[-1.0, 2.0]])).data, [[0.0, 2.0]])


def test_maxout_agrees_with_its_formula() -> None:
    x = rng().normal(size=(5, 6))
    ours, theirs = Tensor(x, requires_grad=True), torch.tensor(x, requires_grad=True)
    out, expected = Maxout(3)(ours), theirs.reshape(5, 2, 3).amax(-1)
    close(out.data, expected)
    (out * out).sum().backward()
    (expected * expected).sum().backward()
    close(grad(ours), theirs.grad)


@pytest.mark.parametrize("name", ["apl", "centred_softplus", "very_leaky_relu"])
def test_an_mlp_knows_the_name(name: str) -> None:
    model = nn.MLP(3, [5, 4, 1], name, generator=rng())
    x = rng().normal(size=(6, 3)).astype(np.float32)
    (model(x) ** 2).mean().backward()
    assert all(p.grad is not None and p.dtype == p.grad.dtype == np.float32 for p in model.parameters())
    np.testing.assert_array_equal(model(x).data, nn.MLP(3, [5, 4, 1], name, generator=rng())(x).data)


def test_each_layer_learns_hinges_of_its_own() -> None:
    assert nn.MLP(3, [5, 4, 1], "apl").state_dict()["activations.1.slopes"].shape == (2, 4)


@pytest.mark.parametrize(
    ("layer", "text"),
    [
        (VeryLeakyReLU(), "VeryLeakyReLU(negative_slope=0.3333)"),
        (Maxout(3), "Maxout(pieces=3)"),
        (APL(4, 3), "APL(4, hinges=3)"),
    ],
    ids=repr,
)
def test_repr(layer: nn.Module, text: str) -> None:
    assert repr(layer) == text


@pytest.mark.parametrize(
    ("use", "message"),
    [
        (lambda: Maxout(0), "Maxout: expected pieces >= 1, got 0"),
        (lambda: Maxout(2)(np.zeros((1, 3))), r"Maxout: expected x\.shape\[-1\] to be a multiple of 2, got shape"),
        (lambda: APL(2)(np.zeros((1, 3))), r"APL: expected x\.shape\[-1\] == 2 .*, got shape \(1, 3\)"),
    ],
)
def test_errors(use: Callable[[], Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        use()
