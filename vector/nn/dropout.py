"""Noise that keeps neurons from relying on one another."""

from typing import Any

import numpy as np

from vector import modes
from vector.arrays import Generator
from vector.nn.module import Module


class Dropout(Module):
    """In training, each number is 0 with probability p, else divided by 1 − p; in use, x itself.

    Srivastava et al., JMLR 2014, scaled in training instead of in use, so that the mean stays.

    p: the probability, in [0, 1]. generator: source of the choices; default: a fresh one.

    Raises ValueError: p outside [0, 1].

    >>> layer = Dropout(0.5, generator=np.random.default_rng(0))
    >>> layer(np.ones(6))
    array([2., 0., 0., 0., 2., 2.])
    >>> layer.eval()(np.ones(6))
    array([1., 1., 1., 1., 1., 1.])
    """

    _shown = "p={0.p}"

    def __init__(self, p: float = 0.5, *, generator: Generator = None) -> None:
        if not 0 <= p <= 1:
            raise ValueError(f"Dropout: expected 0 <= p <= 1, got {p}")
        self.p = p
        self.generator = generator or np.random.default_rng()

    def __call__(self, x: Any) -> Any:
        """x with some numbers dropped, or x itself."""
        if not self.training or not self.p:
            return x
        kept = modes.current_hooks().on_random(self.generator.random, (x.shape,)) >= self.p
        scale = 1 / (1 - self.p) if self.p < 1 else 0.0
        return x * (kept * scale).astype(x.dtype)
