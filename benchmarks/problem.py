"""The training problem that the contestants share: sizes, weights, images, labels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[Any]]

LR = {"SGD": 0.01, "Adam": 0.001}


class Setting(NamedTuple):
    """What is timed: layer sizes, batch size, optimizer."""

    sizes: tuple[int, ...]
    batch: int
    optimizer: str

    def __str__(self) -> str:
        return f"{'-'.join(map(str, self.sizes))}, batch {self.batch}, {self.optimizer}"

    @property
    def lr(self) -> float:
        """The learning rate."""
        return LR[self.optimizer]


SETTINGS = {
    str(setting): setting
    for sizes, batch in [((784, 128, 64, 10), 64), ((784, 256, 128, 10), 128), ((784, 800, 10), 128)]
    for setting in (Setting(sizes, batch, "SGD"), Setting(sizes, batch, "Adam"))
}


class Problem(NamedTuple):
    """The same for everyone, float32."""

    layers: list[tuple[Array, Array]]
    """Weight (out, in) and bias (out,) of each layer."""
    images: Array
    labels: Array


def problem(setting: Setting) -> Problem:
    """The problem of a setting."""
    import numpy as np

    generator = np.random.default_rng(0)
    layers = []
    for fan_in, fan_out in zip(setting.sizes, setting.sizes[1:], strict=False):
        bound = 1 / np.sqrt(fan_in)
        weight = generator.uniform(-bound, bound, (fan_out, fan_in)).astype(np.float32)
        layers.append((weight, generator.uniform(-bound, bound, fan_out).astype(np.float32)))
    images = generator.random((setting.batch, setting.sizes[0]), dtype=np.float32)
    return Problem(layers, images, generator.integers(0, setting.sizes[-1], setting.batch))
