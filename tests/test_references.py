"""The files that documents and packages name are there."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
ROOMS = [
    init.parent for package in ("scalar", "vector", "viz") for init in sorted((ROOT / package).rglob("__init__.py"))
]
LINK = re.compile(r"\]\(([^)#\s]+)(#[^)\s]*)?\)")
CODE = re.compile(r"`([^`\n]+)`")
MODULE = re.compile(r"(?:scalar|vector|viz|demos|tests|benchmarks)(?:\.\w+)+")
PATH = re.compile(r"(?:scalar|vector|viz|demos|tests|benchmarks|docs|\.ci)/[\w./]*|[\w/]+\.(?:py|md|toml)")
ORDER = re.compile(r"Read (?:the files|them) in this order:(.*?)(?:\n\n|\Z)", re.DOTALL)


def test_links_lead_to_files() -> None:
    gone = [
        f"{page.relative_to(ROOT)}: {link}"
        for page in PAGES
        for link, _ in LINK.findall(page.read_text(encoding="utf-8"))
        if "://" not in link and not (page.parent / link).exists()
    ]
    assert not gone, gone


def test_code_in_prose_names_files_and_modules_that_are_there() -> None:
    gone = [
        f"{page.relative_to(ROOT)}: {code}"
        for page in PAGES
        for code in CODE.findall(prose(page.read_text(encoding="utf-8")))
        if not is_there(code, page)
    ]
    assert not gone, gone


def test_commands_name_programs_that_are_there() -> None:
    for page in (*PAGES, ROOT / "Makefile", ROOT / ".ci" / "run"):
        for module in re.findall(r"-m ((?:tests|demos|benchmarks)\b[\w.]*\w)", page.read_text(encoding="utf-8")):
            path = ROOT.joinpath(*module.split("."))
            assert path.with_suffix(".py").exists() or (path / "__main__.py").exists(), f"{page.name}: {module}"


def prose(page: str) -> str:
    """A page without its blocks of code."""
    return re.sub(r"^```.*?^```$", "", page, flags=re.MULTILINE | re.DOTALL)


def is_there(code: str, page: Path) -> bool:
    """Whether the file, or the module and the name in it, is there; True of code that names none."""
    if PATH.fullmatch(code):
        return (ROOT / code).exists() or (page.parent / code).exists() or any(ROOT.glob(f"*/**/{code}"))
    return not MODULE.fullmatch(code) or knows(code)


def knows(name: str) -> bool:
    """Whether a dotted name is a module or a package, or stands in one."""
    path = ROOT.joinpath(*name.split("."))
    if path.is_dir() or path.with_suffix(".py").exists():
        return True
    package, _, last = name.rpartition(".")
    for file in (
        ROOT.joinpath(*package.split(".")).with_suffix(".py"),
        ROOT.joinpath(*package.split(".")) / "__init__.py",
    ):
        if file.exists():
            return bool(re.search(rf"\b{last}\b", file.read_text(encoding="utf-8"))) or "import *" in file.read_text()
    return "." in package and knows(package)


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: str(room.relative_to(ROOT)))
def test_the_reading_order_names_files_of_the_room(room: Path) -> None:
    gone = [name for name in order(room) if not list(room.glob(name)) and not list(room.glob(f"{name}.py"))]
    assert not gone, f"{room.name}/__init__.py says to read what is not there: {gone}"


def order(room: Path) -> Iterator[str]:
    """What a package says to read first, and so on."""
    text = ast.get_docstring(ast.parse((room / "__init__.py").read_text(encoding="utf-8"))) or ""
    for found in ORDER.findall(text):
        yield from (name for name in CODE.findall(found) if re.fullmatch(r"\w+", name))
