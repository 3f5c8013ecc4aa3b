"""Toy classification problems in the plane: points (n, 2), float64, with labels (n,), int64.

Randomness comes from the `np.random.Generator` passed in: the same seed gives the same points.
"""

import numpy as np
from numpy.typing import NDArray

from vector.arrays import Array
from vector.data.batches import check_generator

Points = tuple[NDArray[np.float64], NDArray[np.int64]]


def xor() -> Points:
    """The four corners of the unit square, labelled by exclusive or: no straight line separates the classes."""
    return np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=np.float64), np.array([0, 1, 1, 0])


def moons(n: int, noise: float, generator: np.random.Generator) -> Points:
    """Two interleaved half circles, in random order.

    n: the number of points; n // 2 lie on the upper moon (label 0), the others on the lower one (label 1).
    noise: standard deviation of the normal noise on both coordinates, 0 for none.

    With t evenly spaced in [0, π]: upper (cos t, sin t), lower (1 - cos t, 1/2 - sin t), as in scikit-learn's
    `make_moons`. Raises ValueError unless n >= 2 and noise >= 0.

    >>> import numpy as np
    >>> points, labels = moons(100, noise=0.1, generator=np.random.default_rng(0))
    >>> points.shape, np.bincount(labels)
    ((100, 2), array([50, 50]))
    """
    if n < 2:
        raise ValueError(f"moons: expected n >= 2, got {n}")
    upper = np.linspace(0, np.pi, n // 2)
    lower = np.linspace(0, np.pi, n - n // 2)
    x = np.concatenate([np.cos(upper), 1 - np.cos(lower)])
    y = np.concatenate([np.sin(upper), 0.5 - np.sin(lower)])
    labels = np.repeat([0, 1], [len(upper), len(lower)])
    return _scatter("moons", np.column_stack([x, y]), labels, noise, generator)


def spirals(n: int, turns: float, noise: float, classes: int, generator: np.random.Generator) -> Points:
    """Interleaved spiral arms inside the unit circle, one arm per class, in random order.

    n: the number of points, dealt out evenly to the classes.
    turns: how many times each arm winds around the centre.
    noise: standard deviation of the normal noise on both coordinates, 0 for none.
    classes: the number of arms, labelled 0 to classes - 1.

    With r evenly spaced in (0, 1], arm k is r·(cos θ, sin θ), θ = 2π(turns·r + k / classes).
    Raises ValueError unless n >= classes >= 1 and noise >= 0.

    >>> import numpy as np
    >>> points, labels = spirals(90, turns=1.5, noise=0.02, classes=3, generator=np.random.default_rng(0))
    >>> points.shape, np.bincount(labels)
    ((90, 2), array([30, 30, 30]))
    """
    if not n >= classes >= 1:
        raise ValueError(f"spirals: expected n >= classes >= 1, got n = {n} and classes = {classes}")
    place, labels = np.divmod(np.arange(n), classes)
    radius = (place + 1) / (place[-1] + 1)  # the longest arm ends at 1
    angle = 2 * np.pi * (turns * radius + labels / classes)
    points = radius[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
    return _scatter("spirals", points, labels, noise, generator)


def _scatter(caller: str, points: Array, labels: Array, noise: float, generator: np.random.Generator) -> Points:
    """Put the points in random order and add the noise."""
    check_generator(caller, generator)
    if not noise >= 0:
        raise ValueError(f"{caller}: expected noise >= 0, got {noise}")
    order = generator.permutation(len(points))
    return points[order] + generator.normal(scale=noise, size=points.shape), labels[order]
