"""Data to train on, as plain NumPy arrays: MNIST, digits, toy problems, minibatches."""

from .batches import batches
from .dataset import Dataset
from .digits import digits
from .idx import DataError, read_idx
from .mnist import mnist, mnist_available
from .toys import moons, spirals, xor

__all__ = [
    "DataError",
    "Dataset",
    "batches",
    "digits",
    "mnist",
    "mnist_available",
    "moons",
    "read_idx",
    "spirals",
    "xor",
]
