"""A file's cells, read by pandas, and where in the file each row stands."""

from __future__ import annotations

import csv
import difflib
import hashlib
import io
import warnings
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from os import PathLike
from typing import Any

import numpy as np
from numpy.typing import NDArray

from demos.tables.dialect import Dialect, contents_of, decimal_of, decoded, separator_of, stated_separator
from vector.data import DataError

MISSING = ("", "?", "-", "--", "–", "—", ".", "NA", "N/A", "n/a", "#N/A", "#N/D", "NaN", "nan", "NAN", "null", "NULL",
           "<NA>", "NaT")  # fmt: skip
"""What stands in a cell for nothing."""
_PIECE = 1 << 22  # bytes of a file that are looked through at once
_LONGEST_CELL = 1 << 30


@dataclass(frozen=True, eq=False)
class Cells:
    """The cells of a table as they stand there.

    Attributes:
        frame: pandas's; a column holds numbers, or texts.
        lines: (rows,), the line of the file at which each row ends; of other tables, the row's number from 0.
        dialect: how the file is written.
        digest: of the file's contents, SHA-256. size: of the file, in bytes.
        place: what `lines` count: "line" or "row".
    """

    frame: Any
    lines: NDArray[np.int64]
    dialect: Dialect = field(default_factory=Dialect)
    digest: str = ""
    size: int = 0
    place: str = "line"

    @property
    def names(self) -> list[str]:
        """Of the columns, in order."""
        return list(self.frame.columns)

    def column(self, name: str) -> Any:
        """A column's cells; a DataError that knows better, where there is no such column."""
        return self.frame[find_name(name, self.names)]


def pandas() -> Any:
    """The library.

    Raises:
        ImportError: it is not installed; the error says how.
    """
    try:
        import pandas
    except ImportError:
        raise ImportError('tables need pandas; install it with: pip install "twingrad[tables]"') from None
    return pandas


def read_cells(
    path: str | PathLike[str],
    *,
    separator: str | None = None,
    decimal: str | None = None,
    encoding: str | None = None,
    as_text: Collection[str] = (),
    header: bool | None = True,
) -> Cells:
    """Read a file of separated cells, or a Parquet file.

    Args:
        separator, decimal, encoding: how it is written; None finds out.
        as_text: columns that stay texts, were they all digits.
        header: whether the first line names the columns; else they are numbered from 1. None finds out: a first line of
            numbers names nothing.

    Raises:
        DataError: the file cannot be read, has no names, names twice, or rows of different lengths.
        ImportError: pandas is not installed.
    """
    pd = pandas()
    raw = contents_of(path)
    digest, size = hashlib.sha256(raw).hexdigest(), len(raw)
    if raw.startswith(b"PAR1"):
        frame = _parquet(pd, raw)
        return Cells(frame, np.arange(len(frame)), digest=digest, size=size, place="row")
    text, found = decoded(raw, encoding)
    skipped = 0
    if stated := stated_separator(text):
        separator, skipped = separator or stated, 1
        text = text.partition("\n")[2]
    cut = separator_of(text, separator)
    dialect = Dialect(cut, decimal_of(text, cut, decimal), found)
    contents = raw if found == "utf-8" and raw.isascii() and not skipped else text.encode()
    lines, widths = _rows(contents, text, cut)
    del text, raw
    names, header = _names(contents, cut, header)
    lines += skipped
    _require_rectangle(lines, widths, len(names))
    frame = _frame(pd, contents, dialect, names, header)
    if len(frame) != len(lines) - header:
        raise DataError(f"expected {len(lines) - header} rows, found {len(frame)}: quotes that open and never close?")
    _keep_texts(pd, frame, contents, dialect, header, as_text)
    return Cells(frame, lines[int(header) :], dialect, digest, size)


def cells_of(rows: Any) -> Cells:
    """A DataFrame, a dict of columns or a list of dicts as cells.

    Raises:
        DataError: it is none of these.
    """
    pd = pandas()
    if not isinstance(rows, pd.DataFrame):
        try:
            rows = pd.DataFrame(rows if isinstance(rows, dict) else list(rows))
        except (TypeError, ValueError) as error:
            raise DataError(f"expected a DataFrame, a dict of columns or a list of dicts ({error})") from None
    frame = rows.reset_index(drop=True)
    frame.columns = [str(name) for name in frame.columns]
    for name in frame.columns:
        _require_once(name, frame.columns.tolist())
    return Cells(frame, np.arange(len(frame)), place="row")


def find_name(name: str, names: Sequence[str]) -> str:
    """The name itself, if it is one of the names.

    Raises:
        DataError: it is not; one that is near is proposed.
    """
    if name in names:
        return name
    plain = {one.strip().casefold(): one for one in names}
    near = plain.get(name.strip().casefold()) or next(iter(difflib.get_close_matches(name, names, n=1)), None)
    hint = f"; did you mean {near!r}?" if near else ""
    shown = ", ".join(names[:20]) + (", …" if len(names) > 20 else "")
    raise DataError(f"expected a column among {shown}, got {name!r}{hint}")


def _parquet(pd: Any, raw: bytes) -> Any:
    try:
        frame = pd.read_parquet(io.BytesIO(raw))
    except ImportError:
        raise DataError("a Parquet file needs pyarrow; install it with: pip install pyarrow") from None
    except Exception as error:  # pyarrow's own classes
        raise DataError(f"expected a whole Parquet file ({' '.join(str(error).split())})") from None
    return cells_of(frame).frame


def _rows(contents: bytes, text: str, separator: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Of each row that is not blank, the line at which it ends and the number of its cells."""
    lone = b"\r" in contents and contents.count(b"\r") != contents.count(b"\r\n")
    if b'"' in contents or lone or separator == " ":
        return _quoted_rows(text, separator)
    ends, cuts = _places(contents, b"\n"), _places(contents, separator.encode())
    if not contents.endswith(b"\n"):
        ends = np.append(ends, len(contents))
    before = np.searchsorted(cuts, ends)
    widths = np.diff(before, prepend=0) + 1
    lengths = np.diff(ends, prepend=-1) - 1
    # A line of one cell may be blank: nothing, or white space alone.
    blank = [
        i
        for i in np.flatnonzero((widths == 1) & (lengths < 80))
        if not contents[ends[i] - lengths[i] : ends[i]].strip()
    ]
    keep = np.ones(len(ends), bool)
    keep[blank] = False
    lines = np.flatnonzero(keep) + 1
    return lines, widths[keep]


def _places(contents: bytes, mark: bytes) -> NDArray[np.int64]:
    """Where a byte stands."""
    array = np.frombuffer(contents, np.uint8)
    parts = [np.flatnonzero(array[i : i + _PIECE] == mark[0]) + i for i in range(0, len(array), _PIECE)]
    return np.concatenate(parts) if parts else np.zeros(0, np.int64)


def _quoted_rows(text: str, separator: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    csv.field_size_limit(_LONGEST_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        found = [(reader.line_num, len(row)) for row in reader if len(row) > 1 or any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise DataError(f"line {reader.line_num}: expected a CSV file ({error})") from None
    lines, widths = np.array(found, np.int64).reshape(-1, 2).T
    return lines.copy(), widths.copy()


def _names(contents: bytes, separator: str, header: bool | None) -> tuple[list[str], bool]:
    """The columns' names, and whether the first line holds them."""
    start = io.TextIOWrapper(io.BytesIO(contents), encoding="utf-8", newline="")
    first = next((row for row in csv.reader(start, delimiter=separator) if len(row) > 1 or any(row)), None)
    if first is None:
        raise DataError("expected a header and rows, got an empty file")
    if header is False or (header is None and all(_is_number(cell.strip()) for cell in first)):
        return [str(i + 1) for i in range(len(first))], False
    names = [name.strip() for name in first]
    if numbers := [name for name in names if _is_number(name)]:
        raise DataError(f"expected the columns' names in the first line, got the number {numbers[0]}")
    for i, name in enumerate(names):
        if not name and i:
            raise DataError(f"expected a name for each column, got an empty one in the first line, at column {i + 1}")
        _require_once(name, names)
    return names, True


def _require_once(name: str, names: Sequence[str]) -> None:
    if names.count(name) > 1:
        raise DataError(f"expected each column's name once, got {name!r} {names.count(name)} times")


def _is_number(cell: str) -> bool:
    try:
        float(cell.replace(",", "."))
    except ValueError:
        return False
    return cell.lower() not in ("nan", "inf", "infinity")


def _require_rectangle(lines: NDArray[np.int64], widths: NDArray[np.int64], columns: int) -> None:
    wrong = np.flatnonzero(widths != columns)
    if len(wrong):
        raise DataError(f"line {lines[wrong[0]]}: expected {columns} cells, as in the header, got {widths[wrong[0]]}")


def _frame(pd: Any, contents: bytes, dialect: Dialect, names: Sequence[str], header: bool, **options: Any) -> Any:
    exact = {"float_precision": "round_trip"} if int(pd.__version__.split(".")[0]) < 3 else {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", pd.errors.DtypeWarning)  # `_keep_texts` reads such a column again
        try:
            return pd.read_csv(
                io.BytesIO(contents), sep=dialect.separator, decimal=dialect.decimal, encoding="utf-8", engine="c",
                header=0 if header else None, names=list(names), index_col=False, keep_default_na=False,
                na_values=list(MISSING), skipinitialspace=True, **exact, **options,
            )  # fmt: skip
        except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
            raise DataError(f"expected a CSV file ({' '.join(str(error).split())})") from None


def _keep_texts(pd: Any, frame: Any, contents: bytes, dialect: Dialect, header: bool, as_text: Iterable[str]) -> None:
    """Read as texts what is to stay text, what pandas took for several things, and what float64 may not hold."""
    again = [name for name in frame.columns if name in as_text or _doubtful(pd, frame[name])]
    if again:
        texts = _frame(
            pd, contents, dialect, list(frame.columns), header, usecols=again, dtype=dict.fromkeys(again, str)
        )
        for name in again:
            frame[name] = texts[name]


def _doubtful(pd: Any, column: Any) -> bool:
    if column.dtype.kind == "O" or isinstance(column.dtype, pd.StringDtype):
        return pd.api.types.infer_dtype(column, skipna=True) not in ("string", "empty")
    return column.dtype.kind in "iuf" and len(column) > 0 and not -(2**53) < column.min() <= column.max() < 2**53
