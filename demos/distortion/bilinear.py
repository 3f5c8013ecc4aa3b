"""Images at positions between their pixels."""

import functools
from collections.abc import Callable

import numpy as np

from vector.arrays import Array


def bilinear(images: Array, y: Array, x: Array, *, native: bool | None = None) -> Array:
    """Each image at positions of its own: the four pixels around one, weighted by nearness; 0 outside.

    Args:
        images: (n, height, width), floating.
        y, x: (n, m) positions in pixels, (0, 0) the centre of the first pixel.
        native: whether in machine code, by numba, or in NumPy; default: in machine code where numba is installed. The
            numbers are the same, bit for bit.

    Returns:
        (n, m), of the dtype that images and positions have together.

    Raises:
        ImportError: native=True without numba.

    >>> bilinear(np.array([[[0.0, 1.0], [2.0, 3.0]]]), np.array([[0.5, 0.0]]), np.array([[0.5, 1.25]]))
    array([[1.5 , 0.75]])
    """
    n, height, width = images.shape
    dtype = np.result_type(images, y, x)
    # With a border of 0 on all sides, positions outside need no case of their own.
    padded = np.zeros((n, height + 3, width + 3), dtype)
    padded[:, 1:-2, 1:-2] = images
    places = [(np.asarray(at, dtype), np.array([-1, size], dtype)) for at, size in ((y, height), (x, width))]
    read = None if native is False else _compiled()
    if native and read is None:
        raise ImportError('bilinear: native=True needs numba: pip install "twingrad[compile]"')
    return (read or _by_numpy)(padded, *places[0], *places[1])


def _by_numpy(padded: Array, y: Array, rows: Array, x: Array, columns: Array) -> Array:
    y, x = np.clip(y, *rows), np.clip(x, *columns)
    top, left = np.floor(y), np.floor(x)
    row = padded.shape[2]
    place = top.astype(np.intp)
    place *= row
    place += left.astype(np.intp)
    place += np.arange(row + 1, padded.size, padded[0].size)[:, None]
    y -= top
    x -= left
    flat = padded.reshape(-1)
    upper = _between(flat, place, x)
    place += row
    lower = _between(flat, place, x)
    lower -= upper
    lower *= y
    upper += lower
    return upper


def _between(flat: Array, place: Array, part: Array) -> Array:
    """flat[place] + part·(flat[place + 1] − flat[place])."""
    first = flat.take(place, mode="wrap")  # every place is inside; this mode is the fastest
    second = flat[1:].take(place, mode="wrap")
    second -= first
    second *= part
    first += second
    return first


@functools.cache
def _compiled() -> Callable[..., Array] | None:
    """`_by_numpy` in one pass, with the operations in the same order; None without numba."""
    try:
        import numba
    except ImportError:
        return None

    @numba.njit(error_model="numpy", nogil=True)  # type: ignore[untyped-decorator]
    def read(padded: Array, y: Array, rows: Array, x: Array, columns: Array) -> Array:
        out = np.empty_like(y)
        for i in range(y.shape[0]):
            image = padded[i]
            for j in range(y.shape[1]):
                v = min(max(y[i, j], rows[0]), rows[1])
                u = min(max(x[i, j], columns[0]), columns[1])
                top, left = np.floor(v), np.floor(u)
                v, u = v - top, u - left
                r, c = int(top) + 1, int(left) + 1
                upper = image[r, c] + (image[r, c + 1] - image[r, c]) * u
                lower = image[r + 1, c] + (image[r + 1, c + 1] - image[r + 1, c]) * u
                out[i, j] = upper + (lower - upper) * v
        return out

    return read
