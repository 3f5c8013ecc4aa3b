"""IDX files: every type and rank is read back; hostile files give one DataError and never a crash."""

import gzip
import hashlib
import io
import re
import struct
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from vector.data import DataError, read_idx
from vector.data.idx import decode_idx

CODES = {"uint8": 0x08, "int8": 0x09, "int16": 0x0B, "int32": 0x0C, "float32": 0x0D, "float64": 0x0E}


def idx_bytes(array: NDArray[Any]) -> bytes:
    header = struct.pack(f">4B{array.ndim}I", 0, 0, CODES[array.dtype.name], array.ndim, *array.shape)
    return header + array.astype(array.dtype.newbyteorder(">")).tobytes()


SAMPLE = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
PLAIN = idx_bytes(SAMPLE)


def decode_error(contents: bytes, sha256: str | None = None) -> str:
    with pytest.raises(DataError) as caught:
        decode_idx(io.BytesIO(contents), "some.file", sha256)
    message = str(caught.value)
    assert message.startswith("some.file: ")
    assert "\n" not in message
    return message


@pytest.mark.parametrize("zipped", [False, True])
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 3), (2, 0, 3), (2, 1, 3, 1, 2), (1,) * 64])
@pytest.mark.parametrize("dtype", CODES)
def test_every_type_and_rank_is_read_back(dtype: str, shape: tuple[int, ...], zipped: bool) -> None:
    # 300 and -2 need the byte order and the sign where the type has them.
    array = np.resize(np.array([1, -2, 300, 4], dtype=np.int64).astype(dtype), shape)
    contents = gzip.compress(idx_bytes(array)) if zipped else idx_bytes(array)
    result = decode_idx(io.BytesIO(contents), "some.file")
    np.testing.assert_array_equal(result, array, strict=True)
    assert result.dtype.isnative
    assert result.flags.writeable


@pytest.mark.parametrize("name", ["misnamed.gz", "misnamed"])
@pytest.mark.parametrize("contents", [PLAIN, gzip.compress(PLAIN)], ids=["plain", "gzip"])
def test_the_first_bytes_tell_gzip_not_the_name(tmp_path: Path, name: str, contents: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(contents)
    np.testing.assert_array_equal(read_idx(path), SAMPLE)
    np.testing.assert_array_equal(read_idx(str(path)), SAMPLE)


def test_the_error_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "broken.idx"
    path.write_bytes(b"nonsense")
    with pytest.raises(DataError, match=re.escape(f"{path}: expected an IDX magic number")):
        read_idx(path)


def test_a_missing_file_is_the_systems_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_idx(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("contents", "message"),
    [
        pytest.param(b"", "expected an IDX magic number, 00 00 08..0e rank, got an empty file", id="empty"),
        pytest.param(b"\0\0\x08", "got 00 00 08", id="magic cut"),
        pytest.param(b"\0\0\x0a\x01\0\0\0\0", "got 00 00 0a 01", id="unknown type"),
        pytest.param(b"\0\1\x08\x01\0\0\0\0", "got 00 01 08 01", id="no leading zeros"),
        pytest.param(
            b"<!DOCTYPE html><html>", "expected an IDX file, got a web page that starts with b'<!DO'", id="web page"
        ),
        pytest.param(b"\n<?xml version='1.0'?><Error/>", "got a web page", id="XML error page"),
        pytest.param(
            b"\0\0\x08\x03\0\0\0\2\0\0\0",
            "expected 3 dimensions of 4 bytes each, got 7 bytes: truncated",
            id="dimensions cut",
        ),
        pytest.param(
            PLAIN[:-1],
            "expected 24 bytes for uint8 numbers of shape (2, 3, 4), got 23 bytes: truncated",
            id="numbers cut",
        ),
        pytest.param(
            PLAIN + b"\0",
            "expected 24 bytes for uint8 numbers of shape (2, 3, 4), got more: trailing bytes",
            id="trailing byte",
        ),
        pytest.param(
            idx_bytes(np.ones(3))[:-1],
            "expected 24 bytes for float64 numbers of shape (3,), got 23 bytes",
            id="float64 cut",
        ),
        pytest.param(
            struct.pack(">4B65I", 0, 0, 8, 65, *[1] * 65) + b"x",
            "expected a shape that NumPy can hold",
            id="65 dimensions",
        ),
        pytest.param(
            struct.pack(">4B4I", 0, 0, 8, 4, 0, *[2**32 - 1] * 3),
            "expected a shape that NumPy can hold",
            id="huge beside zero",
        ),
    ],
)
@pytest.mark.parametrize("zipped", [False, True])
def test_a_file_that_is_not_idx(contents: bytes, message: str, zipped: bool) -> None:
    assert message in decode_error(gzip.compress(contents) if zipped else contents)


def flip(contents: bytes, position: int) -> bytes:
    changed = bytearray(contents)
    changed[position] ^= 0xFF
    return bytes(changed)


ZIPPED = gzip.compress(PLAIN, mtime=0)


@pytest.mark.parametrize(
    "contents",
    [
        pytest.param(ZIPPED[:2], id="header cut"),
        pytest.param(ZIPPED[:20], id="data cut"),
        pytest.param(ZIPPED[:-1], id="length cut"),
        pytest.param(flip(ZIPPED, 2), id="unknown method"),
        pytest.param(flip(ZIPPED, 10), id="bad deflate block"),
        pytest.param(flip(ZIPPED, -8), id="wrong CRC"),
        pytest.param(flip(ZIPPED, -1), id="wrong length"),
        pytest.param(ZIPPED + b"more", id="trailing bytes"),
    ],
)
def test_a_damaged_gzip_file(contents: bytes) -> None:
    assert "expected a whole gzip file, got a damaged one (" in decode_error(contents)


@pytest.mark.parametrize("zipped", [False, True])
def test_memory_follows_the_file_and_not_its_header(zipped: bool) -> None:
    huge = struct.pack(">4B3I", 0, 0, 0x0E, 3, *[2**32 - 1] * 3) + bytes(100)
    contents = gzip.compress(huge) if zipped else huge
    tracemalloc.start()
    try:
        message = decode_error(contents)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert f"expected {(2**32 - 1) ** 3 * 8} bytes" in message
    assert "got 100 bytes: truncated" in message
    assert peak < 2**23


def test_a_small_header_does_not_unpack_a_gzip_bomb() -> None:
    contents = gzip.compress(PLAIN + bytes(2**24))
    tracemalloc.start()
    try:
        assert "got more: trailing bytes" in decode_error(contents)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 2**23


@pytest.mark.parametrize(
    "contents", [PLAIN, gzip.compress(PLAIN, 1), gzip.compress(PLAIN, 9)], ids=["plain", "fast", "small"]
)
def test_the_checksum_is_of_the_uncompressed_contents(contents: bytes) -> None:
    sha256 = hashlib.sha256(PLAIN).hexdigest()
    np.testing.assert_array_equal(decode_idx(io.BytesIO(contents), "some.file", sha256), SAMPLE)
    assert decode_error(contents, "0123") == (
        f"some.file: an IDX file of other contents, with SHA-256 {sha256}; "
        "replace it with a file whose contents have SHA-256 0123"
    )


@pytest.mark.parametrize("contents", [PLAIN[:-1], ZIPPED[:-1], b"<html>"], ids=["cut", "gzip cut", "html"])
def test_every_message_names_the_checksum_where_there_is_one(contents: bytes) -> None:
    assert decode_error(contents, "0123").endswith("; replace it with a file whose contents have SHA-256 0123")


@given(
    st.sampled_from([PLAIN, ZIPPED, idx_bytes(np.linspace(0, 1, 5)), gzip.compress(idx_bytes(np.array(-7, np.int16)))]),
    st.lists(st.tuples(st.integers(0, 99), st.integers(0, 255)), max_size=3),
    st.integers(0, 3),
    st.binary(max_size=3),
)
def test_mutated_files_give_the_same_array_or_a_data_error(
    original: bytes, edits: list[tuple[int, int]], cut: int, tail: bytes
) -> None:
    unpacked = gzip.decompress(original) if original[:1] == b"\x1f" else original
    array = decode_idx(io.BytesIO(original), "original")
    changed = bytearray(original)
    for position, value in edits:
        changed[position % len(changed)] = value
    contents = bytes(changed[: len(changed) - cut]) + tail
    try:
        result = decode_idx(io.BytesIO(contents), "mutated", hashlib.sha256(unpacked).hexdigest())
    except DataError:
        pass
    else:
        np.testing.assert_array_equal(result, array, strict=True)


@given(st.sampled_from([b"", b"\0\0", b"\0\0\x08\x01", b"\x1f\x8b", b"\x1f\x8b\x08\0"]), st.binary(max_size=40))
def test_random_bytes_give_an_array_or_a_data_error(start: bytes, rest: bytes) -> None:
    try:
        assert isinstance(decode_idx(io.BytesIO(start + rest), "random"), np.ndarray)
    except DataError as error:
        assert str(error).startswith("random: ")  # noqa: PT017  both ways out are right
