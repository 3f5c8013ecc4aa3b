"""Data to train on, as plain NumPy arrays: MNIST, digits, toy problems, minibatches.

Read the files in this order: `idx` and `mnist`, `digits`, `toys`, `batches`.
"""

from vector.data.batches import batches
from vector.data.digits import digits
from vector.data.idx import DataError, read_idx
from vector.data.mnist import Dataset, mnist, mnist_available
from vector.data.toys import moons, spirals, xor
from vector.vocabulary import teach

__all__ = [
    "DataError", "Dataset", "batches", "digits", "mnist", "mnist_available", "moons", "read_idx", "spirals", "xor",
]  # fmt: skip

teach(__name__)
