"""The installed command: what it says where other packages stand in the place of ours, and what a wheel brings."""

import subprocess
import sys
from pathlib import Path

import pytest

import twingrad
from tests import release
from tests.waiting import PATIENCE

ROOT = Path(__file__).parents[1]
PROGRAM = "import sys; sys.path[:0] = {!r}; import twingrad; twingrad.main()"


def run(*paths: Path, arguments: tuple[str, ...] = ("--help",)) -> "subprocess.CompletedProcess[str]":
    """The command in a process that looks for packages along these paths first."""
    program = PROGRAM.format([*map(str, paths)])
    return subprocess.run(
        [sys.executable, "-P", "-c", program, *arguments],
        capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip


def package(home: Path, name: str, text: str = "") -> Path:
    (home / name).mkdir(parents=True)
    (home / name / "__init__.py").write_text(text)
    return home


def test_the_command_runs_where_all_packages_are_ours() -> None:
    assert twingrad.foreign() == []
    done = run(ROOT)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Usage: twingrad " in done.stdout


@pytest.mark.parametrize("name", twingrad.PACKAGES)
def test_a_package_that_hides_ours_is_named(name: str, tmp_path: Path) -> None:
    done = run(package(tmp_path, name), ROOT)
    assert done.returncode == 2
    assert done.stderr.startswith(f"error: {name} is another package, {tmp_path}/{name}/__init__.py, which hides ours")
    assert done.stderr.endswith(f"; {twingrad.ADVICE}\n")


def test_a_package_that_is_gone_is_named(tmp_path: Path) -> None:
    for name in twingrad.PACKAGES[1:]:
        package(tmp_path, name)
    (tmp_path / "twingrad.py").write_text((ROOT / "twingrad.py").read_text())
    program = "import sys, twingrad; sys.path = [sys.path[0]]; print(*twingrad.foreign(), sep='\\n')"
    environment = {"PYTHONPATH": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-S", "-P", "-c", program],
        env=environment, capture_output=True, text=True, timeout=PATIENCE, check=True,
    )  # fmt: skip
    assert done.stdout == f"scalar is not there, but expected in {tmp_path}/scalar\n"


def test_files_that_another_distribution_overwrote_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in twingrad.PACKAGES:
        package(tmp_path, name)
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    empty = "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"  # of no bytes
    recorded = {f"{name}/__init__.py": empty for name in twingrad.PACKAGES}
    monkeypatch.setattr(twingrad, "_recorded", lambda home: recorded)
    owners = {"vector": ["twingrad", "an-older-vector"]}
    assert twingrad.foreign(tmp_path, owners) == []
    (tmp_path / "vector" / "__init__.py").write_text("backend = None\n")
    assert twingrad.foreign(tmp_path, owners) == [
        "vector has files that are not ours, of the distribution an-older-vector"
    ]
    (tmp_path / "viz" / "__init__.py").unlink()
    assert twingrad.foreign(tmp_path, {})[1].startswith("viz is ")


@pytest.mark.slow
def test_a_wheel_brings_all_that_the_command_needs(tmp_path: Path) -> None:
    """Nothing but the wheel and what it asks for, in an environment of its own, outside of the checkout."""
    wheel = release.built(tmp_path)
    told = release.tried(wheel, "", sys.executable, tmp_path / "bare")
    assert told == dict.fromkeys(release.COMMANDS, "") | release.MISSING
