"""Public names that have changed: docs/renamed.md lists them, and the error for a former one gives the new one."""

import importlib
import re
from pathlib import Path

import pytest

from vector import training
from vector.vocabulary import rows

ROWS = re.findall(
    r"^\| `([\w.]+)` \| `([\w.]+)` \|$", Path("docs/renamed.md").read_text(encoding="utf-8"), re.MULTILINE
)


def said(old: str, new: str) -> str:
    """What the error says: the new name, with its module where that is another."""
    (home, _, _), (place, _, name) = old.rpartition("."), new.rpartition(".")
    return f"it is called {name} now" if home == place else f"it is {new} now"


def test_the_page_has_the_rows_of_the_table() -> None:
    places = ("data", "distributed", "nn", "optim", "training")
    said_of = {(f"vector.{place}.{old}", told) for place in places for old, told in rows(place).items()}
    table = {(old, told) for old, told in said_of if told.endswith(" now")}  # the others are PyTorch's words
    assert table == {(old, said(old, new)) for old, new in ROWS if old.startswith("vector.")}


@pytest.mark.parametrize(("old", "new"), ROWS)
def test_the_error_for_a_former_name_gives_the_new_one(old: str, new: str) -> None:
    module, name = old.rsplit(".", 1)
    with pytest.raises(AttributeError, match=f"no attribute '{name}'; {said(old, new)}$"):
        getattr(importlib.import_module(module), name)
    assert hasattr(importlib.import_module(new.rsplit(".", 1)[0]), new.rsplit(".", 1)[1])


def test_an_unknown_name_is_an_ordinary_error() -> None:
    with pytest.raises(AttributeError, match=r"^module 'vector.training' has no attribute 'nothing'$"):
        _ = training.nothing  # type: ignore[attr-defined]
