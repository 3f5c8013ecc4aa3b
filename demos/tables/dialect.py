"""How a file of cells is written: its encoding, its separator, its decimal mark."""

from __future__ import annotations

import bz2
import codecs
import csv
import gzip
import io
import lzma
import re
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

from demos.tables.numerals import numerals
from vector.data import DataError

_LOOKED_AT = 1 << 19  # characters from the beginning, by which separator and decimal mark are found
_SEPARATORS = ",;\t|^~"
NAMED = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|", "space": " "}
"""Separators by name, for a command line."""
LINE_END = re.compile(r"\r\n|\r|\n")
_BOMS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
_ALIGNED = re.compile(r"\S {2,}\S")  # spaces that make columns stand below one another
_STATED = re.compile(r"sep=(.)\r?\n")  # the first line of a file that some spreadsheets write


@dataclass(frozen=True)
class Dialect:
    """How the cells of a file are written.

    Attributes:
        separator: the character between two cells.
        decimal: "." or ",". The other one, a space or an apostrophe may stand between thousands.
        encoding: a name that Python knows.
    """

    separator: str = ","
    decimal: str = "."
    encoding: str = "utf-8"

    def __str__(self) -> str:
        """In words, where it is not the usual one; "" where it is."""
        names = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "pipes", " ": "spaces"}
        parts = [names.get(self.separator, repr(self.separator))] if self.separator != "," else []
        parts += ["decimal commas"] if self.decimal == "," else []
        parts += [self.encoding.upper()] if not self.encoding.startswith("utf-8") else []
        return ", ".join(parts)


def contents_of(path: str | PathLike[str]) -> bytes:
    """The bytes of a file; those that are packed in it, where it begins like a packed one or its name says so.

    Raises:
        DataError: it cannot be read, or is a spreadsheet's.
    """
    try:
        contents = Path(path).read_bytes()
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror or error}") from None
    if contents.startswith(b"\xd0\xcf\x11\xe0"):
        raise DataError(_WORKBOOK)
    for ending, (mark, unpack) in PACKED.items():
        if contents.startswith(mark) or str(path).endswith(ending):
            try:
                return unpack(contents)
            except DataError:
                raise
            except (EOFError, OSError, ValueError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, NotImplementedError):
                raise DataError(f"expected a whole {ending} file, as its name or beginning says") from None
    return contents


_WORKBOOK = "expected a CSV file, got a spreadsheet's own: save its sheet as CSV"


def _unzipped(contents: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(contents)) as archive:
        names = [name for name in archive.namelist() if not name.endswith("/") and "__MACOSX" not in name]
        if "[Content_Types].xml" in names or "mimetype" in names:
            raise DataError(_WORKBOOK)
        if len(names) != 1:
            raise DataError(f"expected one file in the .zip, got {len(names)}: unpack it, and name the one")
        try:
            return archive.read(names[0])
        except RuntimeError as error:  # a password
            raise DataError(f"expected a .zip that opens ({error})") from None


PACKED: dict[str, tuple[bytes, Callable[[bytes], bytes]]] = {
    ".gz": (b"\x1f\x8b", gzip.decompress),
    ".bz2": (b"BZh9", bz2.decompress),
    ".xz": (b"\xfd7zXZ\0", lzma.decompress),
    ".zip": (b"PK\x03\x04", _unzipped),
}
"""By the ending of a name, how a packed file begins and what unpacks it."""


def decoded(contents: bytes, encoding: str | None) -> tuple[str, str]:
    """The text and its encoding: the one that is given, that of a byte order mark, UTF-8, or else cp1252.

    Raises:
        DataError: the bytes are no text in this encoding.
    """
    if encoding is None:
        marked = next((name for mark, name in _BOMS.items() if contents.startswith(mark)), None) or _unmarked(contents)
        for name in [marked] if marked else ["utf-8", "cp1252"]:
            try:
                text = contents.decode(name)
            except UnicodeDecodeError:
                continue
            if name == "cp1252" and (word := _foreign_word(text)):
                raise DataError(
                    f"expected UTF-8, or Latin letters in cp1252, got words such as {word[:12]!r}: name "
                    "the --encoding, such as cp1251, gbk or shift_jis"
                )
            if "\0" not in text:
                return text, name.removesuffix("-sig")
        raise DataError("expected text, got other bytes; name its --encoding, such as latin-1 or utf-16, if it is text")
    try:
        text = contents.decode("utf-8-sig" if encoding.lower() in ("utf-8", "utf8") else encoding)
    except LookupError:
        raise DataError(f"expected an --encoding such as utf-8, cp1252 or utf-16, got {encoding}") from None
    except UnicodeError:
        raise DataError(f"expected text in {encoding}, got other bytes") from None
    return text.removeprefix("\ufeff"), encoding


def _foreign_word(text: str) -> str:
    """The first one, if letters beyond ASCII stand beside one another as in no language that is written in cp1252."""
    runs = re.findall(r"[^\x00-\x7f]+", text[:_LOOKED_AT])
    long = [run for run in runs if len(run) > 2]
    return long[0] if 2 * sum(map(len, long)) > sum(map(len, runs)) else ""


def _unmarked(contents: bytes) -> str | None:
    """UTF-16 without a mark, whose bytes are 0 at every other place where letters are Latin."""
    start = contents[:1000]
    halves = [half.count(0) / max(len(half), 1) for half in (start[1::2], start[::2])]
    return next((name for name, half in zip(("utf-16-le", "utf-16-be"), halves, strict=True) if half > 0.5), None)


def stated_separator(text: str) -> str | None:
    """The separator of a first line "sep=;", which is no row."""
    found = _STATED.match(text)
    return found[1] if found else None


def separator_of(text: str, given: str | None) -> str:
    """The one that cuts the first lines into equally many cells, and most; the given one, where one is.

    A space, which stands for several as well, where no other one does, or where columns stand below one another.

    Raises:
        DataError: the given one is no single character.
    """
    if given is not None:
        separator = NAMED.get(given.lower(), given)
        if len(separator) != 1 or separator in '"\r\n' or not separator.isascii():
            raise DataError(f"expected one character as the --separator, or tab, got {given!r}")
        return separator
    rows = {mark: _first_rows(text, mark) for mark in _SEPARATORS}

    def rank(mark: str) -> tuple[bool, int]:
        widths = [len(row) for row in rows[mark]]
        return len(set(widths)) == 1 and widths[0] > 1, widths[0] if widths else 0

    best = max(_SEPARATORS, key=rank)
    lines = LINE_END.split(text[:_LOOKED_AT])[: None if len(text) <= _LOOKED_AT else -1]
    lines = [line for line in lines if line.strip()]
    header, *below = [len(cells_in(line, " ")) for line in lines] or [0]
    spaced = header > 1 and set(below) in ({header}, {header + 1})  # R gives rows names, below a header without theirs
    aligned = best == "\t" and all(map(_ALIGNED.search, lines))
    return " " if spaced and (aligned or not rank(best)[0]) else best


def cells_in(line: str, separator: str) -> list[str]:
    """The cells of a row that is one line; of spaces and tabs several are one separator."""
    line = line.replace("\t", " ").strip() if separator == " " else line
    return next(csv.reader([line], delimiter=separator, skipinitialspace=True), [])


def decimal_of(text: str, separator: str, given: str | None) -> str:
    """Whether numbers have a decimal point or comma, by the first lines.

    Raises:
        DataError: the given one is neither, or what stands there may be either.
    """
    if given is not None:
        if given not in (".", ","):
            raise DataError(f"expected . or , as the --decimal mark, got {given!r}")
        if given == separator:
            raise DataError(f"expected a --decimal mark that is not the separator, got {given!r} for both")
        return given
    cells = [cell.strip() for row in _first_rows(text, separator)[1:] for cell in row]
    if not any("," in cell for cell in cells):
        return "."
    marked = [cell for cell in cells if "," in cell or "." in cell]
    ways = list(zip(marked, numerals(marked, "."), numerals(marked, ","), strict=True))
    points = [cell for cell, point, comma in ways if point and not comma]
    commas = [cell for cell, point, comma in ways if comma and not point]
    either = [cell for cell, point, comma in ways if comma and point and "," in cell]
    if points and commas:
        raise DataError(f"numbers have decimal points ({points[0]}) and commas ({commas[0]}): say which by --decimal")
    if either and not points and not commas and separator != ",":
        raise DataError(
            f"{either[0]!r} may be {either[0].replace(',', '.')} or {either[0].replace(',', '')}: say which by "
            "--decimal , or --decimal ."
        )
    return "," if commas else "."


def _first_rows(text: str, separator: str) -> list[list[str]]:
    """The rows of the beginning of a text, without the last, which may be cut."""
    part = text[:_LOOKED_AT]
    try:
        rows = [row for row in csv.reader(part.splitlines(keepends=True), delimiter=separator) if any(row)]
    except csv.Error:
        return []
    return rows if len(part) == len(text) else rows[:-1]
