"""Machine code is kept for the next process, and never run if another than the user may have written it."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("llvmlite")
pytest.importorskip("threadpoolctl")

from vector.compilation import machine_code

POSIX = pytest.mark.skipif(not hasattr(os, "getuid"), reason="not here: users and modes of files")

STEP = """
import json, os, sys
import numpy as np
import vector

if processor := os.environ.get("PROCESSOR"):
    import llvmlite.binding
    llvmlite.binding.get_host_cpu_name = lambda: processor

def step(x):
    return np.exp(x * 2 + 1)

compiled = vector.compile(step, native=True, threads=1)
x = np.arange(5.0)
got = [compiled(x) for _ in range(3)][-1]
assert np.allclose(got, step(x), rtol=1e-12, atol=0)
print(json.dumps([compiled.explain().splitlines()[-1], "vector.compilation.instructions" in sys.modules]))
"""
"""One kernel, and the three functions of the pool."""


def started(folder: Path, **environment: str) -> "subprocess.Popen[str]":
    home = {"TWINGRAD_CACHE": str(folder), **environment}
    return subprocess.Popen([sys.executable, "-c", STEP], env=os.environ | home, stdout=subprocess.PIPE, text=True)


def told(process: "subprocess.Popen[str]") -> Any:
    """What explain() says of the kernels, and whether what writes instructions was imported."""
    out, _ = process.communicate(timeout=300)
    assert process.returncode == 0
    return json.loads(out)


def files(folder: Path) -> list[Path]:
    return sorted((folder / "kernels").iterdir())


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that two processes filled at once."""
    folder = tmp_path_factory.mktemp("cache")
    both = [started(folder), started(folder)]
    for process in both:
        line, wrote = told(process)
        assert line.startswith("1 kernels of machine code, ")
        assert wrote or line.startswith("1 kernels of machine code, 1 of")
    return folder


@pytest.fixture
def folder(filled: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    (tmp_path / "kernels").mkdir(mode=0o700)
    for file in files(filled):
        copy = tmp_path / "kernels" / file.name
        copy.write_bytes(file.read_bytes())
        copy.chmod(0o600)
    return tmp_path


def test_the_next_process_loads_it_and_compiles_nothing(filled: Path) -> None:
    """Each process compiled for seconds what the one before it had compiled."""
    before = files(filled)
    assert told(started(filled)) == [f"1 kernels of machine code, 1 of them from {filled / 'kernels'}", False]
    assert files(filled) == before
    assert len(before) == 4  # and nothing that a process began to write


@POSIX
def test_it_is_the_users_alone(filled: Path) -> None:
    assert (filled / "kernels").stat().st_mode & 0o777 == 0o700
    assert all(file.stat().st_mode & 0o777 == 0o600 for file in files(filled))


def broken(file: Path) -> None:
    """One byte of the code is another."""
    content = bytearray(file.read_bytes())
    content[-100] ^= 1
    file.write_bytes(content)


SPOILT: dict[str, Any] = {
    "a byte": broken,
    "another's": lambda file: file.rename(file.with_name(file.name[::-1])),
    "cut off": lambda file: file.write_bytes(file.read_bytes()[:-10]),
    "empty": lambda file: file.write_bytes(b""),
    "no text": lambda file: file.write_bytes(b"\xff" * 99),
    "writable by others": lambda file: file.chmod(0o666),
    "a link": lambda file: file.symlink_to(file.rename(file.parent.parent / file.name)),
    "a folder": lambda file: (file.unlink(), file.mkdir()),
}


OF_POSIX = ("writable by others", "a link")


@pytest.mark.parametrize("how", [pytest.param(how, marks=POSIX if how in OF_POSIX else ()) for how in SPOILT])
def test_a_file_that_may_not_be_run_is_none(how: str, folder: Path) -> None:
    machine_code.link()
    for file in files(folder):
        assert machine_code._loaded(file) is not None
    for file in files(folder):
        SPOILT[how](file)
    for file in files(folder):
        assert machine_code._loaded(file) is None


def test_a_broken_file_is_written_again(folder: Path) -> None:
    before = files(folder)
    for file in before:
        broken(file)
    line, wrote = told(started(folder))
    assert "1 kernels of machine code, 0 of them from" in line
    assert wrote
    assert files(folder) == before
    assert all(machine_code._loaded(file) for file in before)


@POSIX
def test_a_folder_that_others_may_write_to_is_not_used(folder: Path) -> None:
    (folder / "kernels").chmod(0o777)
    before = [file.stat().st_mtime_ns for file in files(folder)]
    assert told(started(folder)) == [
        "1 kernels of machine code, 0 of them from no folder, for there is none that the user alone may write to",
        True,
    ]
    assert [file.stat().st_mtime_ns for file in files(folder)] == before


def test_no_folder_can_be_made(tmp_path: Path) -> None:
    """A home that may only be read, or a file in its place."""
    (tmp_path / "file").write_text("")
    line, _ = told(started(tmp_path / "file"))
    assert "from no folder" in line


def test_a_full_disk(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setenv("TWINGRAD_CACHE", str(folder))
    monkeypatch.setattr(Path, "replace", full)
    before = files(folder)
    made = machine_code.code("instructions", "def kernel(arguments, numbers, start, stop):\n    pass\n")
    assert not made.kept
    assert made.address
    assert files(folder) == before


def test_another_processor_has_other_code(folder: Path) -> None:
    line, wrote = told(started(folder, PROCESSOR="generic"))
    assert "0 of them" in line
    assert wrote
    assert len(files(folder)) == 8


def test_the_name_tells_all_that_code_depends_on(monkeypatch: pytest.MonkeyPatch) -> None:
    llvm: Any = pytest.importorskip("llvmlite.binding")
    changes: list[tuple[Any, str, Any]] = [
        (llvm, "get_host_cpu_name", lambda: "another"),
        (np, "__version__", "9"),
        (machine_code, "LARGEST", 0),  # which changes no code
    ]
    names = set()
    for change in changes:
        with monkeypatch.context() as patch:
            patch.setattr(*change)
            machine_code._surroundings.cache_clear()
            names.add(machine_code._name("text"))
    machine_code._surroundings.cache_clear()
    assert machine_code._name("text") in names
    assert len(names | {machine_code._name("other text")}) == 4


def test_the_oldest_go(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = files(folder)
    for age, file in enumerate(kept):
        os.utime(file, (time.time() - age,) * 2)
    assert machine_code._loaded(kept[-1])  # which is a use
    monkeypatch.setattr(machine_code, "LARGEST", sum(file.stat().st_size for file in kept) - 1)
    machine_code._forget_old(folder / "kernels")
    assert files(folder) == sorted({*kept} - {kept[-2]})
