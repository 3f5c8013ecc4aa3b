"""What the documents show is run: Python blocks in order in one namespace a file, and the demos' commands."""

import doctest
import os
import random
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.waiting import PATIENCE

ROOT = Path(__file__).parents[1]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"^(?:\$ )?(python -m demos\b.*)$", re.MULTILINE)


class Block(NamedTuple):
    language: str
    text: str
    line: int
    """The place in the document of the block's first line, counted from 1."""


def blocks(document: Path) -> list[Block]:
    text = document.read_text(encoding="utf-8")
    return [Block(m[1], m[2], text.count("\n", 0, m.start(2)) + 1) for m in FENCE.finditer(text)]


def python_blocks(document: Path) -> list[Block]:
    return [block for block in blocks(document) if block.language == "python"]


def run(block: Block, document: Path, namespace: dict[str, Any]) -> None:
    """Run one block: an interactive session as a doctest, anything else as it stands."""
    if not block.text.lstrip().startswith(">>>"):
        # The empty lines make a traceback point at the place in the document.
        code = compile("\n" * (block.line - 1) + block.text, document, "exec")
        exec(code, namespace)  # noqa: S102  # the document's own code is the very thing under test
        return
    session = doctest.DocTestParser().get_doctest(block.text, namespace, document.name, str(document), block.line - 1)
    report: list[str] = []
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    runner.run(session, out=report.append, clear_globs=False)
    namespace.update(session.globs)
    assert not runner.failures, "".join(report)


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Documents may write files and draw random numbers."""
    monkeypatch.chdir(tmp_path)
    state = random.getstate()
    yield
    random.setstate(state)


def test_the_readme_shows_code() -> None:
    assert python_blocks(ROOT / "README.md"), "README.md has no ```python block"


@pytest.mark.parametrize(
    "document", [d for d in DOCUMENTS if d.exists() and python_blocks(d)], ids=lambda d: str(d.relative_to(ROOT))
)
def test_python_blocks_run(document: Path) -> None:
    namespace: dict[str, Any] = {"__name__": "__main__"}
    for block in python_blocks(document):
        run(block, document, namespace)


LONG = re.compile("train|--html")
COMMANDS = [
    pytest.param(command, id=f"{document.name}: {command}", marks=[pytest.mark.slow] if LONG.search(command) else [])
    for document in DOCUMENTS
    if document.exists()
    for command in dict.fromkeys(
        command
        for block in blocks(document)
        if block.language in {"console", "sh"}
        for command in COMMAND.findall(block.text)
    )
]


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_succeed(command: str) -> None:
    _, *arguments = shlex.split(command, comments=True)
    done = subprocess.run(
        [sys.executable, *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT), "BROWSER": "true"},  # a program that does nothing
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


# ---------------------------------------------------------------- the test itself


def document(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "page.md"
    path.write_text(text, encoding="utf-8")
    return path


def test_blocks_are_found_with_their_language_and_place(tmp_path: Path) -> None:
    page = document(
        tmp_path, "A page\n\n```python\nx = 1\ny = 2\n```\ntext\n```console\n$ python -m demos draw x\nout\n```\n"
    )
    assert blocks(page) == [
        Block("python", "x = 1\ny = 2\n", 4),
        Block("console", "$ python -m demos draw x\nout\n", 9),
    ]
    assert COMMAND.findall(blocks(page)[1].text) == ["python -m demos draw x"]


def test_later_blocks_see_earlier_names(tmp_path: Path) -> None:
    page = document(tmp_path, "```python\nx = 1\n```\n```python\n>>> y = x + 1\n>>> y\n2\n```\n```python\nz = y\n```\n")
    namespace: dict[str, Any] = {}
    for block in blocks(page):
        run(block, page, namespace)
    assert namespace["z"] == 2


@pytest.mark.parametrize("text", ["```python\nassert 1 + 1 == 3\n```\n", "```python\n>>> 1 + 1\n3\n```\n"])
def test_a_wrong_block_fails(tmp_path: Path, text: str) -> None:
    page = document(tmp_path, text)
    with pytest.raises(AssertionError):
        run(blocks(page)[0], page, {})


def test_an_error_points_at_the_line_of_the_document(tmp_path: Path) -> None:
    page = document(tmp_path, "# A page\n\n```python\nx = 1\n1 / 0\n```\n")
    with pytest.raises(ZeroDivisionError) as caught:
        run(blocks(page)[0], page, {})
    assert caught.traceback[-1].lineno + 1 == 5
