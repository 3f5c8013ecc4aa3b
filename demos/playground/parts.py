"""Which of our files are unpacked in the page, and what else its Python needs."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).parents[2]

PACKAGES = ("scalar", "viz", "demos/playground/inside")
"""Whole folders: their Python files, and those that they read."""

MODULES = (
    "demos/__init__.py", "demos/playground/__init__.py", "demos/errors.py", "demos/expression.py",
    "demos/elementary.py", "demos/parser.py", "demos/inputs.py", "demos/engines.py",
    "demos/explorer/__init__.py", "demos/explorer/answer.py", "demos/explorer/ledger.py", "demos/explorer/link.py",
    "demos/explorer/picture.py", "demos/explorer/question.py",
)  # fmt: skip
"""Single files, on the standard library and one another alone."""

WHEELS = ("markupsafe",)  # pure Python where there is no compiled part; it marks what is already escaped
ON_REQUEST = ("sympy", "mpmath")  # loaded when a program imports sympy
_SKIPPED = {"__pycache__", "tests"}
_DATE = (1980, 1, 1, 0, 0, 0)  # two builds of the same files are the same bytes


def own_files() -> Iterator[tuple[str, bytes]]:
    """The path of each of our files in the page's Python, and its content."""
    for folder in PACKAGES:
        for path in sorted((ROOT / folder).rglob("*")):
            if (
                path.is_file()
                and path.suffix in (".py", ".js", ".css", ".html", ".json")
                and "__pycache__" not in path.parts
            ):
                yield str(path.relative_to(ROOT)), path.read_bytes()
    for name in MODULES:
        yield name, (ROOT / name).read_bytes()


def installed_files(distribution: str) -> Iterator[tuple[str, bytes]]:
    """The Python files of an installed distribution, at the version of constraints.txt, their checksums checked.

    Raises:
        ValueError: a file is not what was installed.
    """
    import base64
    import hashlib

    for file in metadata.files(distribution) or []:
        parts = set(file.parts)
        if file.suffix != ".py" or parts & _SKIPPED or ".." in parts:
            continue
        content = Path(str(file.locate())).read_bytes()
        if file.hash:
            digest = base64.urlsafe_b64encode(hashlib.new(file.hash.mode, content).digest()).decode().rstrip("=")
            if digest != file.hash.value:
                raise ValueError(f"{file} of {distribution} is not the file that was installed: install it anew")
        yield file.as_posix(), content


def licence_of(distribution: str, part: str = "") -> str:
    """The licence of an installed distribution, or of a part that it carries, as it stands in its wheel."""
    files = metadata.files(distribution) or []
    found = [file for file in files if "licen" in file.name.lower() and part in file.name.lower()]
    return "\n\n".join(Path(str(file.locate())).read_text(encoding="utf-8") for file in found)


def zipped(files: Iterator[tuple[str, bytes]]) -> bytes:
    """The files as one archive, not yet compressed: the whole of it is packed later."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as archive:
        for name, content in files:
            archive.writestr(zipfile.ZipInfo(name, _DATE), content)
    return made.getvalue()
