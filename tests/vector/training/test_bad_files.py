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

from demos.tables import Source, Table
from tests.vector.training.victim import make_model, options, samples
from vector import data, training
from vector.training.checkpoints.snapshot import from_bytes, to_bytes
from vector.training.checkpoints.tensors import pack


def csv(path: Path) -> None:
    Table(Source(str(path), "y", test=0.0)).encoded(0.0, 0)


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
    ("no such column", csv, "x,z\n1,2\n3,4\n", "expected a column among x, z, got 'y'"),
    ("another case", csv, "x,Y\n1,2\n3,4\n", "expected a column among x, Y, got 'y'; did you mean 'Y'?"),
    ("nothing to learn from", csv, "y\n1\n2\n", "no column is left to learn from"),
    ("the same everywhere", csv, "x,y\n1,1\n1,2\n", "no column is left to learn from: 'x' (the same in all rows)"),
    ("an empty column", csv, "x,y\n,1\n,2\n", "no column is left to learn from: 'x' (empty)"),
    ("a name twice", csv, "x,x,y\n1,2,3\n4,5,6\n", "expected each column's name once, got 'x' 2 times"),
    ("a column without a name", csv, "x,,y\n1,2,3\n4,5,6\n", "got none for column 2, which holds '2' in line 2"),
    ("no name at first", csv, ",x,y\n7,2,3\n4,5,6\n", "expected a name for each column, got an empty one"),
    ("infinity in a table", csv, "x,y\n1,2\n3,-inf\n", "line 3, column 'y': expected a finite number, got -inf"),
    ("a word among numbers", csv, "x,y\n1,2\n3,4\nfew,5\n", "line 4, column 'x': expected a number, as in the other"),
    ("two units", csv, "x,y\n1 %,2\n3,4\n", "line 3, column 'x': expected numbers of one unit, got '1 %' and '3'"),
    ("one class", csv, "x,y\n1,a\n2,a\n", "column 'y': expected at least two different targets, got only a"),
    ("one row of each class", csv, "x,y\n1,a\n2,b\n", "expected several rows of a class, got one of each, such as 'a'"),
    ("no target at all", csv, "x,y\n1,\n2,NA\n", "expected at least two different targets, got empty cells"),
    ("dates to learn", csv, "x,y\n1,2024-01-30\n2,2024-01-31\n", "expected numbers or words to learn, got dates"),
    (
        "a day or a month",
        csv,
        "d,y\n1/2/2024,1\n3/4/2024,2\n",
        "column 'd': '1/2/2024' may be a day and a month or a month and a day, and no other row tells; write dates as",
    ),
    (
        "a year of two digits",
        csv,
        "d,y\n1/30/24,1\n1/31/24,2\n",
        "line 2, column 'd': expected a date such as 2024-01-30, got '1/30/24'",
    ),
    (
        "two orders of a date",
        csv,
        "d,y\n30/1/2024,1\n1/31/2024,2\n",
        "expected dates of one form, got such as '1/31/2024' and '30/1/2024'",
    ),
    (
        "times",
        csv,
        "d,y\n10:30,1\n11:60,2\n",
        "line 3, column 'd': expected a number, as in the other rows, got '11:60'",
    ),
    (
        "a comma that may be two things",
        csv,
        "x;y\n1,234;2\n3,456;4\n",
        "'1,234' may be 1.234 or 1234: say which by --decimal , or --decimal .",
    ),
    (
        "a column without a name at the end",
        csv,
        "x,y,\n1,2,\n3,4,5\n",
        "got none for column 3, which holds '5' in line 3",
    ),
    ("an open quote", csv, 'x,y\n1,"2\n3,4\n', "line 3: expected a CSV file (unexpected end of data)"),
    ("a picture as a table", csv, b"\x89PNG\r\n\x1a\n\0\xff\xfe", "expected text, got other bytes"),
    ("zeros as a table", csv, b"\0\0,y\n1,2\n3,4\n", "expected text, got other bytes"),
    ("half a UTF-16 file", csv, "x,y\n1,2\n".encode("utf-16")[:-1], "expected text, got other bytes"),
    (
        "names as a column",
        csv,
        "x,y\n" + "".join(f"name{i},{i}\n" for i in range(101)),
        "no column is left to learn from: 'x' (words that hardly come again)",
    ),
    (
        "whole numbers that float64 does not hold",
        csv,
        "x,y\n9007199254740992,1\n9007199254740993,2\n",
        "line 3, column 'x': expected whole numbers that float64 holds, up to 2⁵³, got 9007199254740993;",
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
