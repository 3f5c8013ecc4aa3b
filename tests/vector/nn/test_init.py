"""First weights: their spread, held against what the papers say, and their memory."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from vector import Tensor, nn, tensor
from vector.nn import init

SHAPE = (200, 50, 3, 2)  # fan-in 300, fan-out 1200
VARIANCES: dict[str, tuple[Callable[..., Tensor], float]] = {
    "xavier_uniform": (init.xavier_uniform_, 2 / 1500),
    "xavier_normal": (init.xavier_normal_, 2 / 1500),
    "xavier_normal with gain": (lambda t, **kw: init.xavier_normal_(t, 3.0, **kw), 9 * 2 / 1500),
    "kaiming_uniform": (init.kaiming_uniform_, 2 / 300),
    "kaiming_normal": (init.kaiming_normal_, 2 / 300),
    "kaiming_uniform of √5": (lambda t, **kw: init.kaiming_uniform_(t, math.sqrt(5), **kw), 1 / 900),
    "kaiming_normal of fan-out": (lambda t, **kw: init.kaiming_normal_(t, mode="fan_out", **kw), 2 / 1200),
    "kaiming_normal for tanh": (lambda t, **kw: init.kaiming_normal_(t, nonlinearity="tanh", **kw), 25 / 9 / 300),
    "kaiming_uniform, LeCun's": (lambda t, **kw: init.kaiming_uniform_(t, nonlinearity="linear", **kw), 1 / 300),
    "kaiming_normal, LeCun's": (lambda t, **kw: init.kaiming_normal_(t, nonlinearity="linear", **kw), 1 / 300),
}


def generator() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.mark.parametrize("name", VARIANCES)
def test_mean_variance_and_kurtosis(name: str) -> None:
    fill, variance = VARIANCES[name]
    weight = tensor(np.zeros(SHAPE))
    assert fill(weight, generator=generator()) is weight
    x = weight.data.ravel() / math.sqrt(variance)
    # 60,000 numbers: five standard errors of each moment.
    kurtosis = 9 / 5 if "uniform" in name else 3
    assert abs(x.mean()) < 5 / math.sqrt(x.size)
    assert abs(x.var() - 1) < 5 * math.sqrt((kurtosis - 1) / x.size)
    assert abs((x**4).mean() - kurtosis) < 0.25
    assert (np.abs(x).max() <= math.sqrt(3) + 1e-12) == ("uniform" in name)


@pytest.mark.parametrize("shape", [(6, 4), (4, 6), (5, 5), (8, 2, 2, 2), (3, 2, 2)])
def test_orthogonal(shape: tuple[int, ...]) -> None:
    matrix = init.orthogonal_(tensor(np.zeros(shape)), 2.0, generator()).data.reshape(shape[0], -1) / 2
    product = matrix @ matrix.T if len(matrix) <= matrix.shape[1] else matrix.T @ matrix
    np.testing.assert_allclose(product, np.eye(len(product)), atol=1e-14)


def test_orthogonal_matrices_are_equally_likely() -> None:
    # QR alone, without its signs made unique, would turn almost all first elements negative.
    source = generator()
    firsts = [init.orthogonal_(tensor(np.zeros((2, 2))), generator=source).data[0, 0] for _ in range(400)]
    assert abs(np.mean(firsts)) < 5 * math.sqrt(0.5 / 400)  # a cosine of a uniform angle has variance ½


@pytest.mark.parametrize("name", [*VARIANCES, "orthogonal"])
def test_numbers_are_written_in_place(name: str) -> None:
    fill = VARIANCES[name][0] if name in VARIANCES else init.orthogonal_
    layer = nn.Linear(3, 2)
    memory = layer.weight.data
    fill(layer.weight, generator=generator())
    assert layer.weight.data is memory
    assert memory.dtype == np.float32
    assert memory.flags.f_contiguous
    again = fill(tensor(np.zeros((2, 3))), generator=generator()).data
    np.testing.assert_allclose(memory, again, rtol=1e-6)
    assert (fill(tensor(np.zeros((2, 3)))).data != again).any(), "without a generator, a fresh one"


def test_a_filled_weight_is_changed_in_place() -> None:
    layer = nn.Linear(3, 2)
    out = layer(Tensor(np.ones((1, 3)), requires_grad=True))
    init.xavier_normal_(layer.weight)
    with pytest.raises(RuntimeError, match="'weight' was changed in place"):
        out.sum().backward()


@pytest.mark.parametrize("name", ["linear", "sigmoid", "tanh", "relu", "selu", "leaky_relu"])
def test_gains_are_pytorchs(name: str) -> None:
    assert init.calculate_gain(name) == pytest.approx(torch.nn.init.calculate_gain(name), rel=1e-15)
    assert init.calculate_gain("leaky_relu", 0.3) == pytest.approx(torch.nn.init.calculate_gain("leaky_relu", 0.3))


@pytest.mark.parametrize(
    ("use", "message"),
    [
        (lambda: init.xavier_normal_(tensor([1.0])), r"init: expected a weight of two or more axes .*, got shape"),
        (lambda: init.orthogonal_(tensor(1.0)), r"init: expected a weight of two or more axes .*, got shape \(\)"),
        (lambda: init.kaiming_normal_(tensor([[1.0]]), mode="fan"), "expected mode 'fan_in' or 'fan_out', got 'fan'"),
        (lambda: init.kaiming_normal_(tensor([[1.0]]), nonlinearity="rleu"), "a nonlinearity in .*, got 'rleu'"),
    ],
)  # fmt: skip
def test_errors(use: Callable[[], Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        use()
