"""Weights go to PyTorch and back."""

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
import safetensors.torch
import torch

from demos.export import export_onnx
from vector import data, nn, training
from vector.training.objectives import outputs_of


def twin() -> torch.nn.Module:
    """PyTorch's modules under the names that `nn.Sequential` gives ours."""
    return torch.nn.Sequential(
        torch.nn.Linear(2, 16), torch.nn.BatchNorm1d(16), torch.nn.ReLU(), torch.nn.Dropout(0.1), torch.nn.Linear(16, 2)
    )


def ours(seed: int = 0) -> nn.Module:
    generator = np.random.default_rng(seed)
    return nn.Sequential(
        nn.Linear(2, 16, generator=generator),
        nn.BatchNorm1d(16),
        nn.ReLU(),
        nn.Dropout(0.1, generator=generator),
        nn.Linear(16, 2, generator=generator),
    )


@pytest.fixture
def points() -> Any:
    return data.moons(200, 0.1, np.random.default_rng(0))


def predictions(model: torch.nn.Module, x: Any) -> Any:
    with torch.no_grad():
        return model.eval()(torch.from_numpy(x.astype(np.float32))).numpy()


def test_what_is_trained_here_predicts_the_same_in_pytorch(tmp_path: Path, points: Any) -> None:
    model = ours()
    training.fit(model, *points, epochs=3, lr=1e-2, folder=tmp_path)
    theirs = twin()
    theirs.load_state_dict(safetensors.torch.load_file(tmp_path / "model.safetensors"))
    x = points[0].astype(np.float32)
    np.testing.assert_allclose(predictions(theirs, x), outputs_of(model, x), rtol=1e-5, atol=1e-6)


def test_what_is_trained_in_pytorch_predicts_the_same_here(tmp_path: Path, points: Any) -> None:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        theirs = twin()
        optimizer = torch.optim.Adam(theirs.parameters(), 1e-2)
        x, y = torch.from_numpy(points[0].astype(np.float32)), torch.from_numpy(points[1])
        for _ in range(5):
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(theirs.train()(x), y).backward()
            optimizer.step()
    safetensors.torch.save_file(theirs.state_dict(), tmp_path / "theirs.safetensors")
    model = ours(seed=1)
    training.load_weights(model, tmp_path / "theirs.safetensors")
    np.testing.assert_allclose(outputs_of(model, x.numpy()), predictions(theirs, x.numpy()), rtol=1e-5, atol=1e-6)
    history = training.fit(model, *points, epochs=1, lr=1e-3)  # and trains on
    assert np.isfinite(history.losses).all()


def perceptron(*sizes: int) -> tuple[torch.nn.Module, Any]:
    """PyTorch's twin of an `nn.MLP`, whose layers have the same names, and what it computes."""
    module = torch.nn.Module()
    module.layers = torch.nn.ModuleList(torch.nn.Linear(*pair) for pair in itertools.pairwise(sizes))

    def forward(x: torch.Tensor) -> torch.Tensor:
        for layer in module.layers[:-1]:
            x = torch.relu(layer(x))
        return module.layers[-1](x)

    return module, forward


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_perceptron_is_the_same_here_in_pytorch_and_in_onnxruntime(
    tmp_path: Path, points: Any, dtype: torch.dtype
) -> None:
    x = torch.tensor(points[0], dtype=dtype).numpy()
    model = nn.MLP(2, [16, 8, 2], dtype=x.dtype, generator=np.random.default_rng(0))
    training.fit(model, *points, epochs=3, lr=1e-2, folder=tmp_path)
    theirs, forward = perceptron(2, 16, 8, 2)
    theirs.to(dtype).load_state_dict(safetensors.torch.load_file(tmp_path / "model.safetensors"))
    session = onnxruntime.InferenceSession(
        export_onnx(model, tmp_path / "model.onnx"), providers=["CPUExecutionProvider"]
    )
    ours, tolerance = outputs_of(model, x), 1e-6 if dtype == torch.float32 else 1e-12
    np.testing.assert_allclose(session.run(None, {"input": x})[0], ours, rtol=0, atol=tolerance)
    with torch.no_grad():
        np.testing.assert_allclose(forward(torch.from_numpy(x)).numpy(), ours, rtol=0, atol=tolerance)
