"""One process trains in a folder at a time; the next one is told who does, and a dead one's lock is no lock."""

import builtins
import errno
import os
import subprocess
import sys
import threading
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.vector.training.soak import ROOT, start
from tests.vector.training.victim import train
from tests.waiting import PATIENCE
from vector.training import CheckpointError
from vector.training.checkpoints.lock import locked

REFUSED = r"run: expected a folder where no one trains, but process {} on \S+ does$"


def test_a_second_training_is_told_who_has_the_folder(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    first = start(folder, "wait", "3", stdin=subprocess.PIPE)
    before = sorted(path.name for path in folder.rglob("*"))
    with pytest.raises(CheckpointError, match=REFUSED.format(first.pid)):
        train(folder, resume=True)
    assert sorted(path.name for path in folder.rglob("*")) == before
    first.communicate(b"\n", timeout=PATIENCE)
    assert first.returncode == 0
    train(folder, resume=True)
    assert not (folder / ".lock").exists()


def test_a_killed_process_leaves_no_lock(tmp_path: Path) -> None:
    first = start(tmp_path / "run", "wait", "3", stdin=subprocess.PIPE)
    first.kill()
    first.communicate(timeout=PATIENCE)
    assert (tmp_path / "run" / ".lock").exists()
    train(tmp_path / "run", resume=True)


def test_a_thread_is_kept_out_as_well(tmp_path: Path) -> None:
    told: list[str] = []

    def enter() -> None:
        try:
            with locked(tmp_path / "run"):
                told.append("let in")
        except CheckpointError as error:
            told.append(str(error))

    with locked(tmp_path / "run"):
        thread = threading.Thread(target=enter)
        thread.start()
        thread.join(PATIENCE)
    enter()
    assert told[0].endswith(f"but process {os.getpid()} on {os.uname().nodename} does")
    assert told[1:] == ["let in"]


RACE = """
import sys, time
from pathlib import Path
from vector.training import CheckpointError
from vector.training.checkpoints.lock import locked
folder = Path(sys.argv[1])
sys.stdin.readline()
won = 0
for _ in range(300):
    try:
        with locked(folder):
            (folder / "inside").mkdir()  # an error if another is inside, too
            (folder / "inside").rmdir()
            won += 1
    except CheckpointError:
        pass
print(won)
"""


def test_no_two_are_ever_inside(tmp_path: Path) -> None:
    """The lock's file goes when its holder leaves: one who has just opened it must not take it for the lock."""
    command = [sys.executable, "-c", RACE, str(tmp_path / "run")]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    racers = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)
        for _ in range(3)
    ]
    for racer in racers:
        racer.stdin.write("go\n")  # type: ignore[union-attr]
        racer.stdin.flush()  # type: ignore[union-attr]
    won = [int(racer.communicate(timeout=PATIENCE)[0]) for racer in racers]
    assert [racer.returncode for racer in racers] == [0, 0, 0]
    assert sum(won) > 0


def without_fcntl(monkeypatch: pytest.MonkeyPatch, **modules: Any) -> None:
    real = builtins.__import__

    def imported(name: str, *arguments: Any, **named: Any) -> Any:
        if name in ("fcntl", "msvcrt"):
            if name not in modules:
                raise ModuleNotFoundError(name)
            return modules[name]
        return real(name, *arguments, **named)

    monkeypatch.setattr(builtins, "__import__", imported)


def test_where_there_is_no_fcntl_a_byte_behind_the_text_is_locked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on Windows, where other processes cannot read what is locked."""
    taken: set[int] = set()

    def locking(descriptor: int, mode: int, size: int) -> None:
        assert (mode, size) == (2, 1)
        place = os.lseek(descriptor, 0, os.SEEK_CUR)
        if place in taken:
            raise OSError(errno.EACCES, "Permission denied")
        taken.add(place)

    without_fcntl(monkeypatch, msvcrt=types.SimpleNamespace(locking=locking, LK_NBLCK=2))
    with (
        locked(tmp_path / "run"),
        pytest.raises(CheckpointError, match=REFUSED.format(os.getpid())),
        locked(tmp_path / "run"),
    ):
        pass
    assert taken == {1 << 20}


@pytest.mark.parametrize(
    "missing",
    [
        pytest.param(without_fcntl, id="neither module"),
        pytest.param(
            lambda patch: patch.setattr("fcntl.flock", lambda *_: (_ for _ in ()).throw(OSError(errno.ENOLCK, "none"))),
            id="a file system without locks",
        ),
    ],
)
def test_where_there_are_no_locks_all_are_let_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, missing: Callable[[pytest.MonkeyPatch], None]
) -> None:
    missing(monkeypatch)
    train(tmp_path / "run")
