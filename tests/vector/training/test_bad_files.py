"""Files that are not what they should be: each kind is refused with one clear line."""

import gzip
import json
import re
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from demos.csv_table import read_csv
from tests.vector.training.victim import make_model, options, samples
from vector import data, training
from vector.training.checkpoints.snapshot import from_bytes, to_bytes
from vector.training.checkpoints.tensors import pack


def csv(path: Path) -> None:
    read_csv(path, "y")


def idx(path: Path) -> None:
    data.read_idx(path)


def checkpoint(path: Path) -> None:
    from_bytes(path.read_bytes())


def weights(path: Path) -> None:
    training.load_weights(make_model(), path)


def state_bytes() -> bytes:
    return to_bytes({"model": {"w": np.arange(4.0)}, "progress": {"step": 3}})


def flipped(contents: bytes, place: int) -> bytes:
    changed = bytearray(contents)
    changed[place] ^= 1
    return bytes(changed)


def header_of(contents: bytes, **changes: Any) -> bytes:
    """A safetensors file with a changed header."""
    size = int.from_bytes(contents[:8], "little")
    header = json.dumps(json.loads(contents[8 : 8 + size]) | changes).encode()
    return struct.pack("<Q", len(header)) + header + contents[8 + size :]


IMAGES = b"\0\0\x08\x02" + struct.pack(">2I", 2, 3) + bytes(6)
STATE = state_bytes()

Read = Callable[[Path], None]
CASES: list[tuple[str, Read, bytes | str, str]] = [
    ("an empty table", csv, "", "expected a header and rows, got an empty file"),
    ("a header alone", csv, "x,y\n", "expected at least two rows below the header, got 0"),
    ("one row", csv, "x,y\n1,2\n", "expected at least two rows below the header, got 1"),
    ("no header", csv, "1,2\n3,4\n5,6\n", "expected the columns' names in the first line, got the number 1"),
    ("a short row", csv, "x,y\n1,2\n3\n", "line 3: expected 2 cells, as in the header, got 1"),
    ("a long row", csv, "x,y\n1,2,3\n3,4\n", "line 2: expected 2 cells, as in the header, got 3"),
    ("no such column", csv, "x,Y\n1,2\n3,4\n", "expected a column among x, Y, got 'y'"),
    ("nothing to learn from", csv, "y\n1\n2\n", "no column is left to learn, or to learn from"),
    ("a name twice", csv, "x,x,y\n1,2,3\n4,5,6\n", "expected each column's name once, got 'x' 2 times"),
    ("a column without a name", csv, "x,,y\n1,2,3\n4,5,6\n", "expected a name for each column, got an empty one"),
    ("an empty cell", csv, "x,y\n1,2\n,4\n", "line 3, column 'x': expected a value, got an empty cell"),
    ("NaN in a table", csv, "x,y\n1,2\nnan,4\n", "line 3, column 'x': expected a finite number, got nan"),
    ("infinity in a table", csv, "x,y\n1,2\n3,-inf\n", "line 3, column 'y': expected a finite number, got -inf"),
    ("a word among numbers", csv, "x,y\n1,2\n3,4\nNA,5\n", "line 4, column 'x': expected a number, as in the other"),
    ("one class", csv, "x,y\n1,a\n2,a\n", "column 'y': expected at least two different targets, got only a"),
    ("semicolons", csv, "x;y\n1;2\n3;4\n", "expected cells separated by commas, got semicolons or tabs"),
    ("dates", csv, "x,d,y\n1,2024-01-30,2\n3,2024-01-31,4\n", "column 'd': expected numbers or words, got dates or"),
    ("dates with dots", csv, "d,y\n30.1.2024,2\n31.1.2024,4\n", "got dates or times such as '30.1.2024'; leave it out"),
    ("moments", csv, "d,y\n2024-01-30T10:00Z,2\n2024-01-31 11:00,4\n", "got dates or times such as '2024-01-30T10:0"),
    ("dates to learn", csv, "x,y\n1,1/30/24\n2,1/31/24\n", "column 'y': expected numbers or words, got dates or"),
    (
        "words that hardly come again",
        csv,
        "x,y\n" + "".join(f"{i}%,{i}\n" for i in range(12)),
        "column 'x': expected numbers, or words that come again, got 12 different words in 12 rows, such as '0%'",
    ),
    ("UTF-16", csv, "x,y\n1,2\n3,4\n".encode("utf-16"), "expected text in UTF-8, got other bytes"),
    ("a column without a name at the end", csv, "x,y,\n1,2,\n3,4,\n", "expected a name for each column, got an empty"),
    ("an open quote", csv, 'x,y\n1,"2\n3,4\n', "expected a CSV file (unexpected end of data)"),
    ("a picture as a table", csv, b"\x89PNG\r\n\x1a\n\0\xff\xfe", "expected text in UTF-8, got other bytes"),
    ("zeros as a table", csv, b"\0\0,y\n1,2\n3,4\n", "expected"),
    (
        "names as a column",
        csv,
        "x,y\n" + "".join(f"name{i},{i}\n" for i in range(101)),
        "column 'x': expected at most 100 different words, got 101; leave it out (drop)",
    ),
    ("an empty idx file", idx, b"", "expected an IDX magic number, 00 00 08..0e rank, got an empty file"),
    ("a web page", idx, b"<!DOCTYPE html>", "expected an IDX file, got a web page"),
    ("a wrong magic number", idx, b"\1" + IMAGES[1:], "expected an IDX magic number"),
    ("a truncated idx file", idx, IMAGES[:-1], "expected 6 bytes for uint8 numbers of shape (2, 3), got 5 bytes"),
    ("an idx file that goes on", idx, IMAGES + b"\0", "got more: trailing bytes"),
    ("truncated dimensions", idx, IMAGES[:7], "expected 2 dimensions of 4 bytes each, got 3 bytes: truncated"),
    ("a truncated gzip file", idx, gzip.compress(IMAGES)[:-5], "expected a whole gzip file, got a damaged one"),
    ("an empty checkpoint", checkpoint, b"", "no whole safetensors file"),
    ("a truncated checkpoint", checkpoint, STATE[:-1], "no whole safetensors file"),
    ("a checkpoint that goes on", checkpoint, STATE + b"\0", "no whole safetensors file"),
    ("zeros as a checkpoint", checkpoint, bytes(4096), "no whole safetensors file"),
    ("a huge header", checkpoint, b"\xff" * 8 + STATE[8:], "no whole safetensors file"),
    ("a changed number", checkpoint, flipped(STATE, -1), "its checksum does not match its contents"),
    ("a changed fact", checkpoint, STATE.replace(b'\\"step\\": 3', b'\\"step\\": 4'), "its checksum does not match"),
    ("a changed name", checkpoint, STATE.replace(b'"model.w"', b'"model.v"'), "its checksum does not match"),
    ("facts left out", checkpoint, header_of(STATE, __metadata__={}), "a safetensors file, but no checkpoint of this"),
    ("no JSON as a header", checkpoint, STATE[:8] + b"x" + STATE[9:], "no whole safetensors file"),
    ("a pickle as weights", weights, b"\x80\x04K\x01.", "no whole safetensors file"),
    ("another model's weights", weights, pack({"w": np.zeros(2)}, {}), "expected the names of the model"),
    ("an unknown dtype", weights, STATE.replace(b'"F64"', b'"F65"'), "no whole safetensors file"),
]


@pytest.mark.parametrize(("read", "contents", "message"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_bad_file_is_refused(tmp_path: Path, read: Read, contents: bytes | str, message: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(contents.encode() if isinstance(contents, str) else contents)
    with pytest.raises((data.DataError, training.CheckpointError), match=re.escape(message)) as caught:
        read(path)
    assert "\n" not in str(caught.value)


def test_every_byte_of_a_checkpoint_is_guarded(tmp_path: Path) -> None:
    """Whichever byte flips, the file is refused or read as it was: a header's spaces mean nothing."""
    whole = from_bytes(STATE)
    for place in range(len(STATE)):
        try:
            state = from_bytes(flipped(STATE, place))
        except training.CheckpointError:
            continue
        assert state["progress"] == whole["progress"], place
        assert np.array_equal(state["model"]["w"], whole["model"]["w"]), place
        assert state.keys() == whole.keys(), place


def test_every_length_of_a_checkpoint_but_the_whole_is_refused() -> None:
    for length in range(len(STATE)):
        with pytest.raises(training.CheckpointError):
            from_bytes(STATE[:length])


def test_a_folder_in_place_of_a_checkpoint_is_passed_over(tmp_path: Path) -> None:
    training.fit(make_model(), *samples(), folder=tmp_path, **options())
    (tmp_path / "checkpoints" / "step-000000099.safetensors").mkdir()
    lines: list[str] = []
    training.fit(make_model(), *samples(), folder=tmp_path, resume=True, notify=lines.append, **options())
    assert len(lines) == 1
    assert "step-000000099" in lines[0]


@pytest.mark.parametrize("path", [".", "", "folder", "nowhere/x.safetensors", "file/x.safetensors"])
def test_weights_that_cannot_be_written_are_one_clear_line(
    path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    message = r"^expected the name of a file to write, such as model\.safetensors, got '\.'$"
    if path not in (".", ""):
        message = f"^cannot write {path}: (Is a directory|No such file or directory|Not a directory)$"
    with pytest.raises(training.CheckpointError, match=message):
        training.save_weights(make_model(), path)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["file", "folder"]
