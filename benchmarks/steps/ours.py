"""The step on the vector engine: as it is written, and compiled."""

from __future__ import annotations

from typing import Any

import vector
from benchmarks.problem import Setting, problem
from benchmarks.steps import Step
from vector import nn, optim


def eager(setting: Setting, *, fused: bool = False) -> Step:
    """The step as a user writes it; with machine code for the update if it is `fused`, as PyTorch's may be."""
    if fused:
        import llvmlite  # noqa: F401  # without llvmlite and threadpoolctl the contestant does not take part
        import threadpoolctl  # noqa: F401
    step, images, labels = written(setting, fused=fused)
    return lambda: float(step(images, labels).item())


def compiled(setting: Setting, *, native: bool) -> Step:
    """The same step, recorded and replayed, by NumPy or by machine code that LLVM makes."""
    if native:
        import llvmlite  # noqa: F401  # without llvmlite and threadpoolctl the contestant does not take part
        import threadpoolctl  # noqa: F401
    step, images, labels = written(setting)
    replayed = vector.compile(step, native=native)
    return lambda: float(replayed(images, labels).item())


def written(setting: Setting, *, fused: bool = False) -> tuple[Any, Any, Any]:
    """The step as a user writes it, and what it is given."""
    model, optimizer, images, labels = made(setting)
    if fused:
        optimizer.fuse()

    def step(images: Any, labels: Any) -> Any:
        optimizer.zero_grad()
        loss = nn.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()
        return loss

    return step, images, labels


def made(setting: Setting) -> tuple[nn.MLP, optim.Optimizer, Any, Any]:
    """Model, optimizer, images and labels."""
    layers, images, labels = problem(setting)
    model = nn.MLP(setting.sizes[0], setting.sizes[1:])
    for layer, (weight, bias) in zip(model.layers, layers, strict=True):
        layer.load_state_dict({"weight": weight, "bias": bias})
    return model, getattr(optim, setting.optimizer)(model.parameters(), lr=setting.lr), images, labels
