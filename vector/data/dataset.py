"""What every labelled image set looks like."""

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
