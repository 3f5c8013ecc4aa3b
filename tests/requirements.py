"""What pyproject.toml asks for. `python -m tests.requirements` writes its lower bounds into constraints-oldest.txt."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
OLDEST = ROOT / "constraints-oldest.txt"
HEAD = """\
# The lower bounds of pyproject.toml, of the project and of every extra. What these packages bring besides is left free.
# `python -m tests.requirements` writes this file; `make versions` runs the tests with it.
"""


def _project() -> Any:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def extras() -> Mapping[str, Sequence[str]]:
    """What each extra asks for."""
    found: Mapping[str, Sequence[str]] = _project()["optional-dependencies"]
    return found


def included(extra: str) -> set[str]:
    """An extra, and those that it brings; of "", none."""
    found, queue = set[str](), [extra] if extra else []
    while queue:
        if (name := queue.pop()) not in found:
            found.add(name)
            for requirement in extras()[name]:
                if own := re.fullmatch(r"twingrad\[(.*)\]", requirement):
                    queue += own[1].split(",")
    return found


def requirements(*wanted: str) -> Iterator[str]:
    """What the project itself asks for, and these extras and those that they bring."""
    yield from _project()["dependencies"]
    for name in sorted({name for extra in wanted for name in included(extra)}):
        yield from (each for each in extras()[name] if not each.startswith("twingrad["))


def oldest() -> str:
    """The text of constraints-oldest.txt.

    Raises:
        ValueError: a requirement has no lower bound, or a package has two.
    """
    bounds: dict[str, str] = {}
    for requirement in requirements(*extras()):
        found = re.fullmatch(r"([\w-]+)(?:\[\w+\])?>=([\d.]+)", requirement)
        if not found or bounds.setdefault(found[1], found[2]) != found[2]:
            raise ValueError(f"pyproject.toml: expected NAME>=VERSION, one version for each name, got {requirement}")
    return HEAD + "".join(f"{name}=={bound}\n" for name, bound in sorted(bounds.items()))


if __name__ == "__main__":
    OLDEST.write_text(oldest(), encoding="utf-8")
