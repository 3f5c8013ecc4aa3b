"""The IDX file format: a magic number, the dimensions, then the numbers, all big-endian.

Format: Y. LeCun, C. Cortes and C. Burges, "The MNIST database of handwritten digits".
"""

import contextlib
import gzip
import hashlib
import math
import struct
import zlib
from os import PathLike
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

# The third byte of the magic number names the type, the fourth the number of dimensions.
_TYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
_CHUNK = 1 << 20


class DataError(ValueError):
    """Data that are missing, damaged or not what they should be; one line that names them."""


def read_idx(path: str | PathLike[str], sha256: str | None = None) -> NDArray[Any]:
    """Read an IDX file, gzipped or not, by its first bytes.

    path: the file; FileNotFoundError and the like are the system's.
    sha256: the expected checksum of the uncompressed contents, in hexadecimal; None skips the check.

    Returns an array of the file's shape (0 to 64 dimensions) and type (unsigned or signed bytes, int16, int32,
    float32, float64), in native byte order. Raises DataError for anything but one whole IDX file.
    """
    with Path(path).open("rb") as stream:
        return decode_idx(stream, str(path), sha256)


def decode_idx(stream: BinaryIO, name: str, sha256: str | None = None) -> NDArray[Any]:
    """Read an IDX file from a seekable binary stream; `name` stands for it in errors. See `read_idx`."""
    try:
        zipped = stream.read(2) == b"\x1f\x8b"  # gzip's own magic number
        stream.seek(0)
        with gzip.open(stream) if zipped else contextlib.nullcontext(stream) as contents:
            return _decode(contents, sha256)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        problem = f"expected a whole gzip file, got a damaged one ({error})"
    except DataError as error:
        problem = str(error)
    remedy = f"; replace it with a file whose contents have SHA-256 {sha256}" if sha256 else ""
    raise DataError(f"{name}: {problem}{remedy}")


def _decode(stream: BinaryIO | gzip.GzipFile, sha256: str | None) -> NDArray[Any]:
    magic = stream.read(4)
    if magic.lstrip().startswith(b"<"):
        raise DataError(f"expected an IDX file, got a web page that starts with {magic!r}")
    if len(magic) < 4 or magic[:2] != b"\0\0" or magic[2] not in _TYPES:
        raise DataError(f"expected an IDX magic number, 00 00 08..0e rank, got {magic.hex(' ') or 'an empty file'}")
    dtype, rank = np.dtype(_TYPES[magic[2]]), magic[3]
    dimensions = stream.read(4 * rank)
    if len(dimensions) < 4 * rank:
        raise DataError(f"expected {rank} dimensions of 4 bytes each, got {len(dimensions)} bytes: truncated")
    shape = struct.unpack(f">{rank}I", dimensions)
    size, numbers = math.prod(shape) * dtype.itemsize, bytearray()
    # In chunks: a header may promise terabytes, so memory follows what the file really holds.
    while len(numbers) <= size and (chunk := stream.read(_CHUNK)):
        numbers += chunk
    if len(numbers) != size:
        got = f"{len(numbers)} bytes: truncated" if len(numbers) < size else "more: trailing bytes"
        raise DataError(f"expected {size} bytes for {dtype.name} numbers of shape {shape}, got {got}")
    checksum = hashlib.sha256(magic + dimensions)
    checksum.update(numbers)
    if sha256 is not None and checksum.hexdigest() != sha256:
        raise DataError(f"an IDX file of other contents, with SHA-256 {checksum.hexdigest()}")
    try:
        return np.ndarray(shape, dtype, numbers).astype(dtype.newbyteorder("="), copy=False)
    except ValueError as error:  # more than 64 dimensions, or a huge one beside a zero
        raise DataError(f"expected a shape that NumPy can hold, got {shape} ({error})") from None
