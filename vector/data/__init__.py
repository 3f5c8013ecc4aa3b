"""Data to train on, as plain NumPy arrays: MNIST, digits, toy problems, CSV tables, minibatches."""

from .batches import batches
from .csv_table import Table, read_csv
from .dataset import Dataset
from .digits import digits
from .idx import DataError, read_idx
from .mnist import mnist, mnist_available
from .toys import moons, spirals, xor

__all__ = [
    "DataError",
    "Dataset",
    "Table",
    "batches",
    "digits",
    "mnist",
    "mnist_available",
    "moons",
    "read_csv",
    "read_idx",
    "spirals",
    "xor",
]
