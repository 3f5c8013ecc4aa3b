"""A labelled set of images, and the check of a random generator."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray


class Dataset(NamedTuple):
    """Images and their labels, split for training and testing.

    Images: (samples, pixels), floating point; labels: (samples,), int64, from 0 to 9.
    """

    train_images: NDArray[np.floating[Any]]
    train_labels: NDArray[np.int64]
    test_images: NDArray[np.floating[Any]]
    test_labels: NDArray[np.int64]


def check_generator(caller: str, generator: object) -> None:
    """Raise TypeError unless `generator` is a NumPy Generator; a bare seed is the usual mistake."""
    if not isinstance(generator, np.random.Generator):
        raise TypeError(f"{caller}: expected a generator, such as np.random.default_rng(0), got {generator!r}")
