"""A file's cells, read by pandas, and where in the file each row stands."""

from __future__ import annotations

import csv
import difflib
import hashlib
import io
import warnings
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from os import PathLike
from typing import Any

import numpy as np
from numpy.typing import NDArray

from demos.tables.dialect import Dialect, contents_of, decimal_of, decoded, separator_of, stated_separator
from demos.tables.layout import below_comments, has_row_names, is_number, require_rows, tabbed
from vector.data import DataError

MISSING = ("", "?", "-", "--", "–", "—", ".", "NA", "N/A", "n/a", "#N/A", "#N/D", "NaN", "nan", "NAN", "null", "NULL",
           "<NA>", "NaT")  # fmt: skip
"""What stands in a cell for nothing."""
_SPARE = "\0"
"""The name, for now, of a column that no cell of the header is above; its place follows where that cell is empty."""
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
        header: whether a line of the file names the columns.
        missing: what stands in a cell for nothing.
    """

    frame: Any
    lines: NDArray[np.int64]
    dialect: Dialect = field(default_factory=Dialect)
    digest: str = ""
    size: int = 0
    place: str = "line"
    header: bool = True
    missing: tuple[str, ...] = MISSING

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
    header: bool | None = None,
    missing: Sequence[str] = (),
    numbered: bool = False,
) -> Cells:
    """Read a file of separated cells, or a Parquet file.

    Args:
        separator, decimal, encoding: how it is written; None finds out.
        as_text: columns that stay texts, were they all digits.
        header: whether the first line names the columns; else they are numbered from 1. None refuses a number there.
        missing: words that stand for nothing, beside `MISSING`.
        numbered: whether a first line of numbers alone is a row, without being told.

    Raises:
        DataError: the file cannot be read, has no names, names twice, or rows of different lengths.
        ImportError: pandas is not installed.
    """
    pd = pandas()
    raw = contents_of(path)
    digest, size = hashlib.sha256(raw).hexdigest(), len(raw)
    if raw.startswith(b"PAR1"):
        return replace(cells_of(_parquet(pd, raw), missing), digest=digest, size=size)
    text, plain, dialect, above = _laid_out(raw, separator, decimal, encoding)
    contents = raw if plain == dialect and text.isascii() and len(text) == len(raw) else text.encode()
    lines, widths = _rows(contents, text, plain.separator)
    names, header = _names(contents, plain.separator, header, numbered)
    lines, widths = lines[int(header) :] + above, widths[int(header) :]
    if header and len(widths) and (widths == len(names) + 1).all():
        names = ["", *names] if has_row_names(text, len(widths)) else [*names, _SPARE]
    del text, raw
    _require_rectangle(lines, widths, len(names), header)
    words = (*MISSING, *missing)
    read = partial(_frame, pd, contents, plain, names, header, words)
    frame = read()
    if len(frame) != len(lines):
        raise DataError(f"expected {len(lines)} rows, found {len(frame)}: quotes that open and never close?")
    again = [name for name in names if name in as_text or _doubtful(pd, frame[name])]
    if again:
        frame[again] = read(usecols=again, dtype=dict.fromkeys(again, str))[again]
    frame = _without_unnamed(frame, lines)
    return Cells(frame, lines, dialect, digest, size, header=header, missing=words)


def _laid_out(
    raw: bytes, separator: str | None, decimal: str | None, encoding: str | None
) -> tuple[str, Dialect, Dialect, int]:
    """The rows as text, how they are written there and in the file, and how many lines are above them in the file."""
    text, found = decoded(raw, encoding)
    require_rows(text)
    above = 0
    if stated := stated_separator(text):
        separator, above = separator or stated, 1
        text = text.partition("\n")[2]
    text, comments = below_comments(text, separator)
    dialect = Dialect(separator_of(text, separator), encoding=found)
    plain = dialect
    if dialect.separator == " ":
        text, plain = tabbed(text), replace(dialect, separator="\t")
    mark = decimal_of(text, plain.separator, decimal)
    return text, replace(plain, decimal=mark), replace(dialect, decimal=mark), above + comments


def cells_of(rows: Any, missing: Sequence[str] = ()) -> Cells:
    """A DataFrame, a dict of columns or a list of dicts as cells.

    missing: words, and numbers as words, that stand for nothing, beside `MISSING`.

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
    if missing:
        frame = frame.mask(frame.isin([*missing, *(float(word) for word in missing if is_number(word))]))
    return Cells(frame, np.arange(len(frame)), place="row", missing=(*MISSING, *missing))


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
    return frame


def _rows(contents: bytes, text: str, separator: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Of each row that is not blank, the line at which it ends and the number of its cells."""
    lone = b"\r" in contents and contents.count(b"\r") != contents.count(b"\r\n")
    if b'"' in contents or lone:
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


def _names(contents: bytes, separator: str, header: bool | None, numbered: bool) -> tuple[list[str], bool]:
    """The columns' names, and whether the first line holds them."""
    start = io.TextIOWrapper(io.BytesIO(contents), encoding="utf-8", newline="")
    first = next((row for row in csv.reader(start, delimiter=separator) if len(row) > 1 or any(row)), None)
    if first is None:
        raise DataError("expected a header and rows, got an empty file")
    names = [name.strip() for name in first]
    if header is False or (numbered and all(map(is_number, names))):
        return [str(i + 1) for i in range(len(first))], False
    doubt = "; --no-header says that the first line is a row"
    if header is None and (numbers := [name for name in names if is_number(name)]):
        hint = doubt + (f", --header that {numbers[0]} is a name" if not all(map(is_number, names)) else "")
        raise DataError(f"expected the columns' names in the first line, got the number {numbers[0]}{hint}")
    names = [name if name or not i else f"{_SPARE}{i + 1}" for i, name in enumerate(names)]
    for name in names:
        _require_once(name, names, doubt if header is None else "")
    return names, True


def _without_unnamed(frame: Any, lines: NDArray[np.int64]) -> Any:
    """Without columns of nothing, without a name, as separators at the ends of lines make them."""
    unnamed = [name for name in frame.columns if name.startswith(_SPARE)]
    for name in unnamed:
        filled = np.flatnonzero(frame[name].notna())
        if len(filled) and name == _SPARE:
            columns = frame.shape[1] - 1
            raise DataError(f"line {lines[0]}: expected {columns} cells, as in the header, got {columns + 1}")
        if len(filled):
            raise DataError(
                f"expected a name for each column in the first line, got none for column {name[1:]}, which holds "
                f"{str(frame[name][filled[0]]).removesuffix('.0')!r} in line {lines[filled[0]]}"
            )
    return frame.drop(columns=unnamed)


def _require_once(name: str, names: Sequence[str], hint: str = "") -> None:
    if names.count(name) > 1:
        raise DataError(f"expected each column's name once, got {name!r} {names.count(name)} times{hint}")


def _require_rectangle(lines: NDArray[np.int64], widths: NDArray[np.int64], columns: int, header: bool) -> None:
    wrong = np.flatnonzero(widths != columns)
    if len(wrong):
        first = "header" if header else "first row"
        raise DataError(f"line {lines[wrong[0]]}: expected {columns} cells, as in the {first}, got {widths[wrong[0]]}")


def _frame(
    pd: Any,
    contents: bytes,
    dialect: Dialect,
    names: Sequence[str],
    header: bool,
    missing: Iterable[str],
    **options: Any,
) -> Any:
    exact = {"float_precision": "round_trip"} if int(pd.__version__.split(".")[0]) < 3 else {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", pd.errors.DtypeWarning)  # such a column is read again, as texts
        try:
            return pd.read_csv(
                io.BytesIO(contents), sep=dialect.separator, decimal=dialect.decimal, encoding="utf-8", engine="c",
                header=0 if header else None, names=list(names), index_col=False, keep_default_na=False,
                na_values=list(missing), skipinitialspace=True, **exact, **options,
            )  # fmt: skip
        except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
            raise DataError(f"expected a CSV file ({' '.join(str(error).split())})") from None


def _doubtful(pd: Any, column: Any) -> bool:
    """Whether pandas took a column for several things, or float64 may not hold its numbers."""
    if column.dtype.kind == "O" or isinstance(column.dtype, pd.StringDtype):
        return pd.api.types.infer_dtype(column, skipna=True) not in ("string", "empty")
    return column.dtype.kind in "iuf" and len(column) > 0 and not -(2**53) < column.min() <= column.max() < 2**53
