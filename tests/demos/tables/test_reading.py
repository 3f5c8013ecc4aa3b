"""Files as they are: separators, decimal marks, encodings, quotes, blank lines, and the lines of their rows."""

import bz2
import contextlib
import gzip
import io
import lzma
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from demos.tables import cells_of, read_cells
from vector.data import DataError


def written(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


def columns(path: Path, **options: Any) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = read_cells(path, **options).frame.to_dict("list")
    return found


TABLE = {"größe": [1.5, -2000.0, 3.25], "name": ["a", "b", "c"]}


@pytest.mark.parametrize(
    ("text", "encoding", "told"),
    [
        ("größe,name\n1.5,a\n-2e3,b\n3.25,c\n", "utf-8", ""),
        ("größe,name\r\n1.5,a\r\n-2000,b\r\n3.25,c", "utf-8-sig", ""),
        ("größe;name\n1,5;a\n-2000,0;b\n3,25;c\n", "cp1252", "semicolons, decimal commas, CP1252"),
        ("größe\tname\n1.5\ta\n-2000\tb\n3.25\tc\n", "utf-16", "tabs, UTF-16"),
        ('"größe"|"name"\n"1.5"|"a"\n"-2000"|"b"\n"3.25"|"c"\n', "utf-8", "pipes"),
        ("sep=;\ngröße;name\n1,5;a\n-2000;b\n3,25;c\n", "utf-8", "semicolons, decimal commas"),
        ("\n größe , name \n  \n1.5, a\n\n-2000,b\n3.25,c\n\n", "utf-8", ""),
        ('größe,name\n"1,5",a\n"-2000",b\n"3,25",c\n', "utf-8", "decimal commas"),
    ],
)
def test_a_table_in_many_dialects(tmp_path: Path, text: str, encoding: str, told: str) -> None:
    path = written(tmp_path / "t.csv", text, encoding)
    assert columns(path) == TABLE
    assert str(read_cells(path).dialect) == told


def test_a_comma_in_a_text_is_no_decimal_comma(tmp_path: Path) -> None:
    path = written(tmp_path / "t.csv", "street;x\nMain St,12;1.5\nHigh St,7;2.5\n")
    assert columns(path)["x"] == [1.5, 2.5]
    both = written(tmp_path / "both.csv", "a;b\n1,5;1.5\n2,5;2.25\n")
    with pytest.raises(
        DataError, match=r"numbers have decimal points \(1\.5\) and commas \(1,5\): say which by --decimal"
    ):
        read_cells(both)
    assert columns(both, decimal=",") == {"a": [1.5, 2.5], "b": ["1.5", "2.25"]}


def test_the_dialect_that_is_given_is_taken(tmp_path: Path) -> None:
    path = written(tmp_path / "t.csv", "x;y,z\n1,234;5,1\n")
    assert columns(path, separator=";", decimal=",") == {"x": [1.234], "y,z": [5.1]}
    assert columns(path, separator=";", decimal=".")["x"] == ["1,234"]
    tabs = written(tmp_path / "tabs.csv", "x y\t\xe4\n1 2\t3\n", "latin-1")
    assert columns(tabs, separator="tab", encoding="latin-1") == {"x y": ["1 2"], "ä": [3]}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"separator": ";;"}, "expected one character as the --separator, or tab, got ';;'"),
        ({"decimal": "x"}, "expected . or , as the --decimal mark, got 'x'"),
        ({"decimal": ",", "separator": ","}, "expected a --decimal mark that is not the separator"),
        ({"encoding": "klingon"}, "expected an --encoding such as utf-8, cp1252 or utf-16, got klingon"),
        ({"encoding": "ascii"}, "expected text in ascii, got other bytes"),
    ],
)
def test_a_dialect_that_makes_no_sense(tmp_path: Path, options: dict[str, str], message: str) -> None:
    path = written(tmp_path / "t.csv", "ä,y\n1,2\n")
    with pytest.raises(DataError, match=message.replace(".", r"\.")):
        read_cells(path, **options)  # type: ignore[arg-type]


def test_rows_keep_their_lines(tmp_path: Path) -> None:
    plain = written(tmp_path / "plain.csv", "\nx,y\n\n1,2\n   \n3,4\n5,6")
    assert read_cells(plain).lines.tolist() == [4, 6, 7]
    quoted = written(tmp_path / "quoted.csv", 'x,y\n"a\nb\n",1\n\n"say ""c""",2\n5" pipe,3\n')
    found = read_cells(quoted)
    assert found.lines.tolist() == [4, 6, 7]  # the lines at which they end
    assert found.frame["x"].tolist() == ["a\nb\n", 'say "c"', '5" pipe']
    old = written(tmp_path / "old.csv", "x,y\r1,2\r3,4\r")
    assert read_cells(old).lines.tolist() == [2, 3]
    stated = written(tmp_path / "stated.csv", "sep=,\nx,y\n1,2\n")
    assert read_cells(stated).lines.tolist() == [3]


def test_lines_across_the_pieces_that_are_looked_through(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("demos.tables.reading._PIECE", 7)
    path = written(tmp_path / "t.csv", "x,y\n" + "".join(f"{i},{i * i}\n" for i in range(50)))
    found = read_cells(path)
    assert found.lines.tolist() == list(range(2, 52))
    assert found.frame["y"].tolist() == [i * i for i in range(50)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x,y\n1,2\n\n3\n", "line 4: expected 2 cells, as in the header, got 1"),
        ("x,y\n1,2,3\n4,5,6\n", "line 2: expected 2 cells, as in the header, got 3"),
        ('x,y\n"a\nb",2\n"c"\n', "line 4: expected 2 cells, as in the header, got 1"),
        (
            "x,y\n1,2,3\n4\n",
            "line 2: expected 2 cells, as in the header, got 3",
        ),  # as many separators as it should have
    ],
)
def test_ragged_rows(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read_cells(written(tmp_path / "t.csv", text))


def test_what_stands_for_nothing(tmp_path: Path) -> None:
    path = written(tmp_path / "t.csv", "x,y\n1,a\n?,NA\n-,\nn/a, ? \n5,null\n")
    frame = read_cells(path).frame
    assert frame["x"].isna().tolist() == [False, True, True, True, False]
    assert frame["x"].tolist()[0] == 1


def test_texts_that_stay_texts(tmp_path: Path) -> None:
    path = written(tmp_path / "t.csv", "zip,n\n00123,1\n4,2\n")
    assert columns(path, as_text=["zip"]) == {"zip": ["00123", "4"], "n": [1, 2]}


def test_a_long_column_whose_end_is_of_another_kind(tmp_path: Path) -> None:
    rows = [str(i) for i in range(300_000)] + ["word"]  # pandas reads it in pieces
    found = read_cells(written(tmp_path / "t.csv", "x,y\n" + "".join(f"{x},1\n" for x in rows))).frame
    assert found["x"].tolist() == rows


def test_compressed_files(tmp_path: Path) -> None:
    path = tmp_path / "t.csv.gz"
    path.write_bytes(gzip.compress(b"x,y\n1,2\n3,4\n"))
    assert columns(path) == {"x": [1, 3], "y": [2, 4]}
    path.write_bytes(path.read_bytes()[:-4])
    with pytest.raises(DataError, match=r"expected a whole \.gz file, as its name or beginning says"):
        read_cells(path)
    path.write_bytes(b"x,y\n")
    with pytest.raises(DataError, match=r"expected a whole \.gz file"):
        read_cells(path)
    for pack in (bz2.compress, lzma.compress, gzip.compress, zipped):
        path = tmp_path / "t.csv"  # whatever its name says
        path.write_bytes(pack(b"x,y\n1,2\n3,4\n"))
        assert columns(path) == {"x": [1, 3], "y": [2, 4]}
        path.write_bytes(path.read_bytes()[:-9])
        with pytest.raises(DataError, match=r"expected a whole \.(bz2|xz|gz|zip) file"):
            read_cells(path)


def zipped(contents: bytes, *names: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name in names or ("t.csv", "__MACOSX/._t.csv"):
            archive.writestr(name, contents)
    return made.getvalue()


@pytest.mark.parametrize(
    ("contents", "message"),
    [
        (zipped(b"x", "a.csv", "b.csv"), r"expected one file in the \.zip, got 2: unpack it, and name the one"),
        (zipped(b"", "[Content_Types].xml", "xl/workbook.xml"), "got a spreadsheet's own: save its sheet as CSV"),
        (zipped(b"", "mimetype", "content.xml"), "got a spreadsheet's own: save its sheet as CSV"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "got a spreadsheet's own: save its sheet as CSV"),
        (b'[{"x": 1}, {"x": 2}]', r"got JSON; pandas\.read_json\(FILE\)\.to_csv\(NEW, index=False\) writes one"),
        (b'\n{"x": 1}\n{"x": 2}\n', "got JSON"),
        (b"<!DOCTYPE html><html>", "got a page of HTML or XML"),
        (b"% about\n%\n@RELATION iris\n@data\n1,2\n", "got ARFF; what stands below its @data is a CSV file"),
    ],
)
def test_what_is_no_table_is_named(tmp_path: Path, contents: bytes, message: str) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(contents)
    with pytest.raises(DataError, match=message):
        read_cells(path)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("x  y   z\n1 2.5  a\n 30 4.5 b \n", "spaces"),
        ("x\ty   z\n1   2.5\ta\n30  4.5\tb\n", "spaces"),  # columns below one another, and a tab before words
        ("x^y^z\n1^2.5^a\n30^4.5^b\n", "'^'"),
        ("x~y~z\n1~2.5~a\n30~4.5~b\n", "'~'"),
        ("x,y,z,\n1,2.5,a,\n30,4.5,b,\n", ""),
        ("x,y,z\n1,2.5,a,\n30,4.5,b,\n", ""),
        ("# of 2024\n\n#, by hand\nx,y,z\n1,2.5,a\n30,4.5,b\n", ""),
        ("# x,y,z\n1,2.5,a\n30,4.5,b\n", ""),  # as numpy.savetxt writes it
        ("# x y z\n1 2.5 a\n30 4.5 b\n", "spaces"),
    ],
)
def test_what_stands_around_rows(tmp_path: Path, text: str, told: str) -> None:
    found = read_cells(written(tmp_path / "t.csv", text))
    assert found.frame.to_dict("list") == {"x": [1, 30], "y": [2.5, 4.5], "z": ["a", "b"]}
    assert str(found.dialect) == told
    assert found.lines.tolist() == [i + 1 for i, line in enumerate(text.split("\n")) if line.strip()[:1] in ("1", "3")]


@pytest.mark.parametrize(
    ("encoding", "name", "word"),
    [("cp1251", "имя", "город"), ("gbk", "名字", "北京"), ("shift_jis", "名前", "はい"), ("cp1253", "όνομα", "ναί")],
)
def test_letters_that_cp1252_has_not_leave_doubt(tmp_path: Path, encoding: str, name: str, word: str) -> None:
    path = written(tmp_path / "t.csv", f"{name},x\n{word},1\n{word},2\n", encoding)
    with pytest.raises(DataError, match=r"got words such as '.*': name the --encoding, such as cp1251"):
        read_cells(path)
    assert columns(path, encoding=encoding) == {name: [word] * 2, "x": [1, 2]}


def test_words_in_cp1252_leave_none(tmp_path: Path) -> None:
    text = "größe,œuvre\nÄÖÜ,créée à Liège\nfaçade,“naïve” – Åñó\n"
    assert columns(written(tmp_path / "t.csv", text, "cp1252"))["größe"] == ["ÄÖÜ", "façade"]


@pytest.mark.parametrize("start", ["%" * 60, "%\n" * 60, " \r\n" * 60, "#" * 60, "\r\n \r\n" * 60, "1:" * 60, "[" * 60])
def test_a_hostile_beginning_takes_no_time(tmp_path: Path, start: str) -> None:
    """Expressions that try each of many ways took longer with each mark, twice as long."""
    with contextlib.suppress(DataError):
        read_cells(written(tmp_path / "t.csv", f"{start}x,y\n1,2\n"))


def test_utf_16_without_a_mark(tmp_path: Path) -> None:
    for encoding in ("utf-16-le", "utf-16-be"):
        assert columns(written(tmp_path / "t.csv", "größe,name\n1.5,a\n-2000,b\n3.25,c\n", encoding)) == TABLE


def test_a_name_that_is_a_mark_of_comments_is_one(tmp_path: Path) -> None:
    assert columns(written(tmp_path / "t.csv", "#,name\n1,a\n2,b\n")) == {"#": [1, 2], "name": ["a", "b"]}


@pytest.mark.parametrize(
    "text",
    [
        '"x","y"\n"Mazda RX4",1,2\n"Fiat 128",3,4\n',
        '"x" "y"\n"Mazda RX4" 1 2\n"Fiat 128" 3 4\n',
        '"","x","y"\n"Mazda RX4",1,2\n"Fiat 128",3,4\n',
    ],
)
def test_rows_that_r_gives_names(tmp_path: Path, text: str) -> None:
    assert columns(written(tmp_path / "t.csv", text)) == {"": ["Mazda RX4", "Fiat 128"], "x": [1, 3], "y": [2, 4]}


def test_a_column_without_a_name_that_holds_something(tmp_path: Path) -> None:
    path = written(tmp_path / "t.csv", "x,,y\n1,,2\n3,z,4\n")
    with pytest.raises(DataError, match="got none for column 2, which holds 'z' in line 3"):
        read_cells(path)


def test_a_first_line_of_numbers_leaves_doubt(tmp_path: Path) -> None:
    path = written(tmp_path / "t.csv", "5.1,3.5,setosa\n4.9,3,setosa\n")
    with pytest.raises(DataError, match=r"got the number 5\.1; --no-header says that the first line is a row, --h"):
        read_cells(path)
    assert columns(path, header=False) == {"1": [5.1, 4.9], "2": [3.5, 3], "3": ["setosa", "setosa"]}
    assert columns(path, header=True) == {"5.1": [4.9], "3.5": [3], "setosa": ["setosa"]}
    with pytest.raises(DataError, match="each column's name once, got 'a' 2 times; --no-header says that the first"):
        read_cells(written(tmp_path / "u.csv", "a,b,a\nb,b,c\n"))


def test_words_that_stand_for_nothing(tmp_path: Path) -> None:
    path = written(tmp_path / "t.csv", "x,y\n-999,none\n2,b\nunknown,NA\n")
    frame = read_cells(path, missing=("-999", "unknown", "none")).frame
    assert frame["x"].isna().tolist() == [True, False, True]
    assert frame["y"].isna().tolist() == [True, False, True]


def test_parquet_is_read_or_says_what_it_needs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "t.parquet"
    path.write_bytes(b"PAR1 and no more")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.setitem(sys.modules, "fastparquet", None)
    with pytest.raises(DataError, match="a Parquet file needs pyarrow; install it with: pip install pyarrow"):
        read_cells(path)


def test_names_are_numbers_where_no_line_names_them(tmp_path: Path) -> None:
    path = written(tmp_path / "t.csv", "1,2\n3,4\n", "utf-8-sig")
    found = read_cells(path, numbered=True)
    assert found.frame.to_dict("list") == {"1": [1, 3], "2": [2, 4]}
    assert found.lines.tolist() == [1, 2]
    assert columns(written(tmp_path / "u.csv", "a,b\n3,4\n"), numbered=True) == {"a": [3], "b": [4]}


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read: No such file or directory"):
        read_cells(tmp_path / "none.csv")


def test_rows_that_python_holds() -> None:
    rows = [{"x": 1, "y": "a"}, {"y": "b", "x": 2}]
    assert cells_of(rows).frame.to_dict("list") == {"x": [1, 2], "y": ["a", "b"]}
    assert cells_of({"x": np.arange(2)}).lines.tolist() == [0, 1]
    with pytest.raises(DataError, match="expected a DataFrame, a dict of columns or a list of dicts"):
        cells_of(7)
    with pytest.raises(DataError, match="expected a DataFrame, a dict of columns or a list of dicts"):
        cells_of({"x": [1, 2], "y": [1]})


def test_pandas_that_is_not_installed_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match=r'tables need pandas; install it with: pip install "twingrad\[tables\]"'):
        read_cells(written(tmp_path / "t.csv", "x\n1\n"))
