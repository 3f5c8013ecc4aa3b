"""Data to train on, as plain NumPy arrays: MNIST, digits, toy problems, CSV tables, minibatches, distortion."""

from .batches import batches
from .bilinear import bilinear
from .csv_table import Table, read_csv
from .dataset import Dataset
from .digits import digits
from .distortion import Distortion
from .idx import DataError, read_idx
from .mnist import mnist, mnist_available
from .toys import moons, spirals, xor

__all__ = [
    "DataError", "Dataset", "Distortion", "Table", "batches", "bilinear", "digits", "mnist", "mnist_available",
    "moons", "read_csv", "read_idx", "spirals", "xor",
]  # fmt: skip
