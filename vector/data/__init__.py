"""Data to train on, as plain NumPy arrays: MNIST, digits, toy problems, CSV tables, minibatches, distortion.

Read the files in this order: `dataset` (what MNIST and the digits are), `idx` and `mnist`, `digits`, `toys`,
`csv_table` (your own table), `batches`, `distortion` and `bilinear` (images at positions between their pixels).
"""

from vector.data.batches import batches
from vector.data.bilinear import bilinear
from vector.data.csv_table import Table, read_csv
from vector.data.dataset import Dataset
from vector.data.digits import digits
from vector.data.distortion import Distortion
from vector.data.idx import DataError, read_idx
from vector.data.mnist import mnist, mnist_available
from vector.data.toys import moons, spirals, xor

__all__ = [
    "DataError", "Dataset", "Distortion", "Table", "batches", "bilinear", "digits", "mnist", "mnist_available",
    "moons", "read_csv", "read_idx", "spirals", "xor",
]  # fmt: skip
