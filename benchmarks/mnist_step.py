"""One training step of an MNIST MLP, forward, backward and update, by vector and by PyTorch eager.

Each contestant runs in a process of its own and they take turns, A B A B …, so that a drifting machine slows both.
All start from the same weights and must end at the same loss. Quote the ratio: absolute times vary with the machine.
"""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

Step = Callable[[], float]


class Setting(NamedTuple):
    """What is timed: layer sizes, batch size, optimizer."""

    sizes: tuple[int, ...]
    batch: int
    optimizer: str

    def __str__(self) -> str:
        return f"{'-'.join(map(str, self.sizes))}, batch {self.batch}, {self.optimizer}"


SETTINGS = [
    Setting(sizes, batch, optimizer)
    for sizes, batch in [((784, 128, 64, 10), 64), ((784, 256, 128, 10), 128), ((784, 800, 10), 128)]
    for optimizer in ("SGD", "Adam")
]
LR = 1e-3
ROUNDS, STEPS = 15, 30
PAUSE = 0.3  # seconds; longer than idle threads of a contestant's pool keep spinning


def problem(setting: Setting) -> tuple[list[tuple[np.ndarray, np.ndarray]], np.ndarray, np.ndarray]:
    """The same weights, images and labels for everyone."""
    generator = np.random.default_rng(0)
    layers = []
    for fan_in, fan_out in zip(setting.sizes, setting.sizes[1:], strict=False):
        bound = 1 / np.sqrt(fan_in)
        weight = generator.uniform(-bound, bound, (fan_out, fan_in)).astype(np.float32)
        layers.append((weight, generator.uniform(-bound, bound, fan_out).astype(np.float32)))
    images = generator.random((setting.batch, setting.sizes[0]), dtype=np.float32)
    return layers, images, generator.integers(0, setting.sizes[-1], setting.batch)


def with_vector(setting: Setting) -> Step:
    """The step on the vector engine."""
    from vector import nn, optim

    layers, images, labels = problem(setting)
    model = nn.MLP(setting.sizes[0], setting.sizes[1:])
    for layer, (weight, bias) in zip(model.layers, layers, strict=True):
        layer.load_state_dict({"weight": weight, "bias": bias})
    optimizer = getattr(optim, setting.optimizer)(model.parameters(), lr=LR)

    def step() -> float:
        optimizer.zero_grad()
        loss = nn.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


def with_torch(setting: Setting, *, fused: bool) -> Step:
    """The step in PyTorch eager, with its default optimizer or its fused one."""
    import torch

    layers, images, labels = problem(setting)
    modules: list[torch.nn.Module] = []
    for weight, bias in layers:
        linear = torch.nn.Linear(weight.shape[1], weight.shape[0])
        linear.load_state_dict({"weight": torch.from_numpy(weight), "bias": torch.from_numpy(bias)})
        modules += [linear, torch.nn.ReLU()]
    model = torch.nn.Sequential(*modules[:-1])
    optimizer = getattr(torch.optim, setting.optimizer)(model.parameters(), lr=LR, fused=fused or None)
    x, y = torch.from_numpy(images), torch.from_numpy(labels)

    def step() -> float:
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        return float(loss.item())

    return step


CONTESTANTS: dict[str, Callable[[Setting], Step]] = {
    "vector": with_vector,
    "torch": lambda setting: with_torch(setting, fused=False),
    "torch fused": lambda setting: with_torch(setting, fused=True),
}


def serve(name: str) -> None:
    """Serve rounds: read the number of a setting, run its steps, print their median time and the last loss."""
    steps = {setting: CONTESTANTS[name](setting) for setting in SETTINGS}
    for line in sys.stdin:
        step = steps[SETTINGS[int(line)]]
        step()  # wakes the caches and the threads
        times, loss = [], 0.0
        for _ in range(STEPS):
            start = time.perf_counter()
            loss = step()
            times.append(time.perf_counter() - start)
        print(statistics.median(times), loss, flush=True)


class Contestant:
    """A contestant's process."""

    def __init__(self, name: str) -> None:
        command = [sys.executable, "-m", "benchmarks.mnist_step", name]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def run(self, setting: int) -> tuple[float, float]:
        """Median milliseconds of a round of steps, and the loss after it."""
        time.sleep(PAUSE)
        print(setting, file=self.process.stdin, flush=True)
        seconds, loss = next(iter(self.process.stdout or ())).split()
        return float(seconds) * 1e3, float(loss)

    def stop(self) -> None:
        """End the process."""
        self.process.kill()
        self.process.communicate()


def compare() -> int:
    """Print the table; the exit status is 1 when the contestants do not agree on the loss."""
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, NumPy {np.__version__}")
    print(f"median of {ROUNDS} rounds of {STEPS} steps; the ratio is vector's time over the other's, round by round\n")
    print(f"{'step':38}" + "".join(f"{name + ' ms':>16}" for name in CONTESTANTS) + f"{'ratio':>14}{'fused':>8}")
    contestants = {name: Contestant(name) for name in CONTESTANTS}
    try:
        agreed = [_row(number, contestants) for number in range(len(SETTINGS))]
    finally:
        for one in contestants.values():
            one.stop()
    return 0 if all(agreed) else 1


def _row(number: int, contestants: dict[str, Contestant]) -> bool:
    """Time one setting, print its line, and say whether all ended at the same loss."""
    rounds = [{name: one.run(number) for name, one in contestants.items()} for _ in range(ROUNDS)]
    medians = {name: statistics.median(a_round[name][0] for a_round in rounds) for name in contestants}
    ratios = [
        statistics.median(a_round["vector"][0] / a_round[name][0] for a_round in rounds)
        for name in ("torch", "torch fused")
    ]
    losses = {name: loss for name, (_, loss) in rounds[-1].items()}
    agree = bool(np.allclose(list(losses.values()), losses["vector"], rtol=1e-3))
    print(
        f"{SETTINGS[number]!s:38}"
        + "".join(f"{milliseconds:16.3f}" for milliseconds in medians.values())
        + f"{ratios[0]:14.2f}{ratios[1]:8.2f}"
        + ("" if agree else f"   the losses differ: {losses}"),
        flush=True,
    )
    return agree


if __name__ == "__main__":
    if len(sys.argv) > 1:
        serve(sys.argv[1])
    else:
        sys.exit(compare())
