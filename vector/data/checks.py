"""The one check that everything random here shares."""

from __future__ import annotations

import numpy as np


def check_generator(caller: str, generator: object) -> None:
    """Raise TypeError unless `generator` is a NumPy Generator; a bare seed is the usual slip."""
    if not isinstance(generator, np.random.Generator):
        raise TypeError(f"{caller}: expected a generator, such as np.random.default_rng(0), got {generator!r}")
