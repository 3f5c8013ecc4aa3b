"""Every activation: held against PyTorch, or against its formula where PyTorch has none."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from tests.checks import grad
from tests.table import ELEMENTWISE
from tests.vector.nn.layers import agree, agree_twice, keeps_float32, rng
from vector import Tensor, nn
from vector.nn.pointwise import MODULES as ROWED

APART = {row.name for row in ELEMENTWISE if row.judge and len(row.domains) == 1}
"""Where PyTorch's own function is no judge: a row says why."""
PYTORCHS: dict[str, tuple[Callable[[], nn.Module], Callable[[], Any]]] = {
    **{kind.__name__: (kind, getattr(torch.nn, kind.__name__)) for name, kind in ROWED.items() if name not in APART},
    "Identity": (nn.Identity, torch.nn.Identity),
    "Softplus": (nn.Softplus, torch.nn.Softplus),
    "Softplus with β": (lambda: nn.Softplus(2.5), lambda: torch.nn.Softplus(2.5)),
    "LeakyReLU with a slope": (lambda: nn.LeakyReLU(0.5), lambda: torch.nn.LeakyReLU(0.5)),
    "RReLU in use": (lambda: nn.RReLU().eval(), lambda: torch.nn.RReLU().eval()),
    "PReLU": (lambda: nn.PReLU(dtype=float), lambda: torch.nn.PReLU(dtype=torch.float64)),
    "PReLU of channels": (
        lambda: nn.PReLU(3, 0.5, dtype=float), lambda: torch.nn.PReLU(3, 0.5, dtype=torch.float64)
    ),
    "ELU with α": (lambda: nn.ELU(0.5), lambda: torch.nn.ELU(0.5)),
    "GELU": (nn.GELU, torch.nn.GELU),
    "GELU by tanh": (lambda: nn.GELU("tanh"), lambda: torch.nn.GELU("tanh")),
}  # fmt: skip
ALL: dict[str, Callable[[], nn.Module]] = {
    **{name: make for name, (make, _) in PYTORCHS.items()},
    "RReLU in training": nn.RReLU,
}
BOUNDS = np.array([[-3.0, -1.0, -0.5], [0.0, 0.5, 1.0], [3.0, 6.0, -0.0]])  # where one piece of some function ends
LARGE = np.array([[1000.0, -1000.0, 20.0], [-20.0, 1e-10, -1e-10]])


@pytest.mark.parametrize("name", PYTORCHS)
@pytest.mark.parametrize("x", [rng().normal(size=(5, 3)), rng().normal(size=(2, 3, 4)), np.zeros((1, 3))], ids=np.shape)
def test_pytorch_agrees_to_second_order(name: str, x: np.ndarray) -> None:
    ours, theirs = (make() for make in PYTORCHS[name])
    agree(ours, theirs, x)
    if x.any():
        agree_twice(ours, theirs, x)


@pytest.mark.parametrize("name", [name for name in PYTORCHS if not name.startswith("Softplus")])
def test_far_from_zero_and_near_it(name: str) -> None:
    ours, theirs = (make() for make in PYTORCHS[name])
    agree(ours, theirs, LARGE)
    agree(ours, theirs, BOUNDS)


def test_softplus_is_exact_where_pytorchs_is_the_identity() -> None:
    assert nn.Softplus()(np.array(25.0)) - 25 == pytest.approx(math.exp(-25), abs=1e-14)


@pytest.mark.parametrize("name", ALL)
def test_float32_stays(name: str) -> None:
    keeps_float32(ALL[name]().to(np.float32), rng().normal(size=(4, 3)))


def test_randomised_slopes_lie_in_their_range_and_vary() -> None:
    layer = nn.RReLU(0.1, 0.3, generator=rng())
    x = Tensor(np.array([-1.0] * 1000 + [2.0]), requires_grad=True)
    out = layer(x)
    out.sum().backward()
    slopes = -out.data[:-1]
    assert 0.1 <= slopes.min() < 0.105
    assert 0.295 < slopes.max() <= 0.3
    np.testing.assert_allclose(grad(x), [*slopes, 1.0])
    np.testing.assert_allclose(layer.eval()(np.array([-1.0, 2.0])), [-0.2, 2.0])


@pytest.mark.parametrize("name", nn.ACTIVATIONS)
def test_every_name_trains_an_mlp(name: str) -> None:
    model = nn.MLP(3, [5, 4, 1], name, generator=rng())
    x = rng().normal(size=(6, 3)).astype(np.float32)
    (model(x) ** 2).mean().backward()
    assert all(p.grad is not None and p.dtype == p.grad.dtype == np.float32 for p in model.parameters())
    assert [*model.state_dict()][:6] == [f"layers.{i}.{kind}" for i in range(3) for kind in ("weight", "bias")]
    again = nn.MLP(3, [5, 4, 1], name, generator=rng())
    np.testing.assert_array_equal(again(x).data, nn.MLP(3, [5, 4, 1], name, generator=rng())(x).data)


def test_each_layer_learns_slopes_of_its_own() -> None:
    names = [name for name, _ in nn.MLP(3, [5, 4, 1], "prelu").named_parameters()]
    assert names[-2:] == ["activations.0.weight", "activations.1.weight"]


@pytest.mark.parametrize(
    ("use", "message"),
    [
        (lambda: nn.RReLU(0.5, 0.1), r"RReLU: expected lower <= upper, got 0\.5 and 0\.1"),
        (lambda: nn.GELU("erf"), "GELU: expected approximate 'none' or 'tanh', got 'erf'"),
        (lambda: nn.PReLU(2)(np.zeros((1, 3))), r"PReLU: expected x\.shape\[1\] == 2 \(num_parameters\), got shape"),
        (lambda: nn.PReLU(2)(np.zeros(2)), r"PReLU: expected x\.shape\[1\] == 2 .*, got shape \(2,\)"),
    ],
)  # fmt: skip
def test_errors(use: Callable[[], Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        use()
