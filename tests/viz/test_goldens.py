"""Drawings as text, line by line, in files that a person can read."""

from pathlib import Path

import pytest

from demos import mermaid
from tests.viz.goldens import FOLDER, GOLDENS, SUFFIXES


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("name", GOLDENS)
def test_drawing_is_the_golden_one(name: str, suffix: str, tmp_path: Path) -> None:
    written = mermaid.save(GOLDENS[name](), tmp_path / ("drawing" + suffix))
    assert written.read_text("utf-8") == (FOLDER / (name + suffix)).read_text("utf-8")


def test_every_golden_file_is_compared() -> None:
    assert {path.name for path in FOLDER.iterdir()} == {name + suffix for name in GOLDENS for suffix in SUFFIXES}
