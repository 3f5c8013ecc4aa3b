"""How a layer of ours is held against PyTorch's: the same state, outputs and derivatives."""

from typing import Any

import numpy as np
import torch

import vector
from tests.checks import grad
from tests.judges import Array
from vector import Tensor, nn


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def torch_state(ours: nn.Module) -> dict[str, Any]:
    return {name: torch.tensor(array) for name, array in ours.state_dict().items()}


def close(actual: Any, expected: Any) -> None:
    expected = expected.detach().numpy(force=True) if isinstance(expected, torch.Tensor) else expected
    np.testing.assert_allclose(actual, expected, rtol=1e-10, atol=1e-12)


def agree(ours: nn.Module, theirs: Any, x: Array) -> None:
    """Fail unless both layers have the same state, output, gradients and second derivatives."""
    theirs.load_state_dict(torch_state(ours))  # which refuses other names and shapes
    ours_x, theirs_x = Tensor(x.copy(), requires_grad=True), torch.tensor(x, requires_grad=True)
    out, expected = ours(ours_x), theirs(theirs_x)
    assert out.shape == tuple(expected.shape)
    close(out.data, expected)
    g = rng().normal(size=out.shape)
    out.backward(g)
    expected.backward(torch.tensor(g))
    close(grad(ours_x), theirs_x.grad)
    for (name, p), (other, q) in zip(ours.named_parameters(), theirs.named_parameters(), strict=True):
        assert name == other
        close(grad(p), q.grad)
    # What training changed besides, running means, comes back.
    for name, array in theirs.state_dict().items():
        close(ours.state_dict()[name], array)
    ours.load_state_dict({name: array.numpy() for name, array in theirs.state_dict().items()})


def agree_twice(ours: nn.Module, theirs: Any, x: Array) -> None:
    """Fail unless the gradient of |∂⟨g, layer(x)⟩/∂x|² is the same."""
    theirs.load_state_dict(torch_state(ours))
    y = torch.tensor(x, requires_grad=True)
    out = theirs(y)
    g = rng().normal(size=tuple(out.shape))
    slope = torch.autograd.grad((out * torch.tensor(g)).sum(), y, create_graph=True)[0]
    expected = torch.autograd.grad((slope * slope).sum(), y, allow_unused=True)[0] if slope.requires_grad else None
    actual = vector.grad(lambda x: (vector.grad(lambda x: (ours(x) * g).sum())(x) ** 2).sum())(x)
    close(actual.data if isinstance(actual, Tensor) else actual, np.zeros_like(x) if expected is None else expected)


def keeps_float32(layer: nn.Module, x: Array) -> None:
    """Fail unless float32 goes through, forward and backward, for a float32 layer."""
    small = Tensor(x.astype(np.float32), requires_grad=True)
    out = layer(small)
    assert out.dtype == np.float32
    out.sum().backward()
    assert {grad(small).dtype, *(grad(p).dtype for p in layer.parameters())} == {np.dtype(np.float32)}
