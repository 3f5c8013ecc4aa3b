"""The command line, called in this process: quick, and with its output in hand."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from demos.cli import main


class Outcome(NamedTuple):
    status: int
    out: str
    err: str


Cli = Callable[..., Outcome]


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """Run one command in an empty folder: `cli("draw", "x**2", "x=3")` → its exit status and what it printed."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> Outcome:
        capsys.readouterr()
        with pytest.raises(SystemExit) as exit_:
            main(arguments)
        status = exit_.value.code
        return Outcome(status if isinstance(status, int) else 0, *capsys.readouterr())

    return run


collect_ignore_glob = ["own/*"]  # files as users write them, which `verify` imports
