"""The kernels: their texts, and the numbers that they give beside those of NumPy."""

import numpy as np

from vector.compilation.kernels import Kernel
from vector.compilation.program import Array


def test_what_is_written_where_it_was_read_is_one_element() -> None:
    """Two names for one stride: the compiler did one element after the other, four to nine times as slow."""
    kernel, x = Kernel(), Array(0, np.ones((3, 4), np.float32))
    read, written = kernel.at(x, [4, 1]), kernel.at(x, [4, 1])
    assert read == written != kernel.at(x, [1, 3])
    assert kernel.arguments == [4, x, 3]
