"""Write the files that later versions must read: run folders, a weights file, pickles, and what they should say.

    PYTHONPATH=CHECKOUT python tests/old_files/make.py FOLDER

CHECKOUT is the version that writes them. `tests/vector/training/test_old_files.py` takes the models and options from
here, so the trainings that it resumes are these.
"""

from __future__ import annotations

import contextlib
import functools
import json
import pickle
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import scalar
from vector import Tensor, nn, optim, training

try:
    from demos.distortion import Distortion
except ImportError:  # an earlier version, whose data packages have it
    from vector.data import Distortion  # type: ignore[attr-defined, no-redef]

STOP = 9
"""The step after which the runs are stopped, in the middle of the second of four epochs."""


def momentum_net() -> nn.Module:
    generator = np.random.default_rng(1)
    return nn.Sequential(
        nn.Linear(16, 6, dtype=np.float64, generator=generator),
        nn.BatchNorm1d(6, dtype=np.float64),
        nn.ReLU(),
        nn.Dropout(0.25, generator=np.random.default_rng(2)),
        nn.Linear(6, 3, dtype=np.float64, generator=generator),
    )


def adam_net() -> nn.Module:
    generator = np.random.default_rng(3)
    return nn.Sequential(
        nn.MLP(16, [5, 4], "tanh", generator=generator), nn.Dropout(0.5, generator=generator), nn.PReLU()
    )


def samples() -> tuple[Any, Any]:
    generator = np.random.default_rng(4)
    return generator.standard_normal((40, 16)), generator.integers(3, size=40)


def options(name: str) -> dict[str, Any]:
    """What `training.fit` takes besides model, samples and folder."""
    given: dict[str, Any] = {"epochs": 4, "batch": 6, "checkpoint_seconds": 0, "keep": 2, "seed": 5, "validation": 0.2}
    if name == "momentum":
        distortion = Distortion((4, 4), rotation=10.0, translation=0.5)
        feed = functools.partial(training.Feed, augment=distortion)
        return given | {"optimizer": "sgd", "momentum": 0.9, "lr": 0.1, "schedule": "onecycle", "make_feed": feed}
    return given | {"optimizer": "adam", "lr": 0.02, "schedule": "cosine", "weight_decay": 1e-3}


RUNS: dict[str, Callable[[], nn.Module]] = {"momentum": momentum_net, "adam": adam_net}


class Stop(training.Callback):
    """Ends a run as a crash would: the checkpoint of the step before is the last."""

    def on_step(self, trainer: training.Trainer, loss: float) -> None:
        if trainer.progress.step > STOP:
            raise RuntimeError("stopped")


def graph() -> scalar.Value:
    """An expression of many operations, among them those whose rows have had other names."""
    copied = vars(scalar.rules).get("identity") or scalar.rules.copy
    x, y, slope = scalar.Value(0.75, "x"), scalar.Value(-1.5, "y"), scalar.Value(0.2, "slope")
    hidden = scalar.leaky_relu(y) + scalar.elu(y * x, 0.5) + scalar.leaky_relu(x, slope)
    hidden.label = "h"
    many = scalar.sum([x, y, hidden, copied(hidden), scalar.tanh(x)]) * scalar.dot([x, hidden], [y, x])
    out = many / 2 + scalar.maximum(x, y) ** 2 - scalar.exp(y) + scalar.logsigmoid(hidden) + abs(y)
    out.label = "out"
    out.backward()
    return out


def numbers(out: scalar.Value) -> list[Any]:
    """The label, number and gradient of every node, and the numbers of its line of the ledger."""
    return [
        [step.variable.label, step.variable.data, step.variable.grad, step.total]
        + [[term.upstream, term.local, term.product] for term in step.terms]
        for step in out.chain_rule()
    ]


def stepped(net: nn.Module) -> optim.Optimizer:
    """Adam, which has taken a step of this net's."""
    adam = optim.Adam(net.parameters(), lr=0.1)
    (net(samples()[0]) ** 2).sum().backward()
    adam.step()
    return adam


def write(folder: Path) -> None:
    folder.mkdir(parents=True)
    for name, make in RUNS.items():
        with contextlib.suppress(RuntimeError):
            training.fit(make(), *samples(), folder=folder / name, callbacks=[Stop()], **options(name))
        model = make()
        training.fit(model, *samples(), **options(name))
        training.save_weights(model, folder / f"{name}.safetensors")  # of the run that nothing stopped
    out = graph()
    (folder / "graph.json").write_text(json.dumps(numbers(out)))
    net = momentum_net()
    adam = stepped(net)
    leaf = Tensor([1.5, -2.0], requires_grad=True, label="leaf")
    for name, x in {"graph": out, "module": net, "optimizer": adam, "tensor": leaf}.items():
        (folder / f"{name}.pickle").write_bytes(pickle.dumps(x, 4))


if __name__ == "__main__":
    target = Path(sys.argv[1])
    shutil.rmtree(target, ignore_errors=True)
    write(target)
