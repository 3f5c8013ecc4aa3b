"""The step in PyTorch: eager, with the default optimizer or the fused one, and compiled."""

from __future__ import annotations

import os
import shutil
from typing import Any

import torch

from benchmarks.problem import Setting, problem
from benchmarks.steps import Step
from benchmarks.suite import Skip


def eager(setting: Setting, *, fused: bool) -> Step:
    """The step as a user writes it."""
    model, optimizer, x, y = _made(setting, fused=fused)

    def step() -> float:
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        return float(loss.item())

    return step


def compiled(setting: Setting) -> Step:
    """Forward and backward by `torch.compile`, the update by the fused optimizer.

    Raises:
        Skip: there is no C++ compiler, which `torch.compile` needs.
    """
    compilers = [os.environ.get("CXX", ""), "g++", "clang++", "c++"]
    if not any(shutil.which(name) for name in compilers if name):
        raise Skip("torch.compile needs a C++ compiler, and none is on the PATH")
    model, optimizer, x, y = _made(setting, fused=True)
    loss_of = torch.compile(lambda x, y: torch.nn.functional.cross_entropy(model(x), y))

    def step() -> float:
        optimizer.zero_grad()
        loss = loss_of(x, y)
        loss.backward()
        optimizer.step()
        return float(loss.item())

    return step


def _made(setting: Setting, *, fused: bool) -> tuple[Any, Any, Any, Any]:
    layers, images, labels = problem(setting)
    modules: list[Any] = []
    for weight, bias in layers:
        linear = torch.nn.Linear(weight.shape[1], weight.shape[0])
        linear.load_state_dict({"weight": torch.from_numpy(weight), "bias": torch.from_numpy(bias)})
        modules += [linear, torch.nn.ReLU()]
    model = torch.nn.Sequential(*modules[:-1])
    optimizer = getattr(torch.optim, setting.optimizer)(model.parameters(), lr=setting.lr, fused=fused or None)
    return model, optimizer, torch.from_numpy(images), torch.from_numpy(labels)
