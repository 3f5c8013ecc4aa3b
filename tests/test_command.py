"""The installed command: what it says where other packages stand in the place of ours, and what a wheel brings."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import twingrad
from demos.cli import app
from demos.doctor.report import packages
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


def test_the_release_check_runs_every_command() -> None:
    tried = {command.line.split()[0] for command in release.COMMANDS.values()} | {"explore", "doctor"}
    assert tried == {str(command.name) for command in app.registered_commands}


def test_a_name_that_another_distribution_has_too_is_told() -> None:
    owners = {"viz": ["twingrad"], "vector": ["vector", "twingrad", "vector"], "numpy": ["numpy"]}
    told = twingrad.sharing(owners)
    assert told == ["vector is also the name of a package of vector"]
    assert [*packages([], told)][1:] == [f"             {told[0]}", f"             {twingrad.ADVICE}"]
    assert twingrad.sharing({"vector": ["twingrad"]}) == []


def foreign_wheel(folder: Path) -> Path:
    """A distribution called vector, as there is one, with a package of that name."""
    files = {
        "vector/__init__.py": "backend = None\n",
        "vector/own.py": "",
        "vector-9.1.dist-info/METADATA": "Metadata-Version: 2.1\nName: vector\nVersion: 9.1\n",
        "vector-9.1.dist-info/WHEEL": "Wheel-Version: 1.0\nGenerator: hand\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    files["vector-9.1.dist-info/RECORD"] = "".join(f"{name},,\n" for name in [*files, "vector-9.1.dist-info/RECORD"])
    path = folder / "vector-9.1-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return path


@pytest.mark.slow
def test_a_wheel_brings_all_that_the_command_needs(tmp_path: Path) -> None:
    """Nothing but the wheel and what it asks for, in an environment of its own, outside of the checkout."""
    wheel = release.built(tmp_path)
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    kinds = ("__pycache__", "node_modules", ".pyc", ".ipynb", "tests/", "benchmarks/")
    assert [name for name in names if any(kind in name for kind in kinds)] == []
    tracked = release.tracked("scalar", "vector", "viz", "demos", "twingrad.py")
    assert names - {name for name in names if name.startswith("twingrad-")} == tracked
    bare = release.Installed(wheel, "", sys.executable, tmp_path / "bare")
    assert [*bare.wrong()] == []

    ours, theirs = (str(path) for path in (wheel, foreign_wheel(tmp_path)))
    again = ("install", "--no-index", "--no-deps", "--force-reinstall")
    bare.pip(*again, theirs)
    done = bare.run("gallery")
    said = "vector has files that are not ours, of the distribution vector 9.1"
    assert (done.returncode, done.stderr) == (2, f"error: {said}; {twingrad.ADVICE}\n")
    bare.pip(*again, ours)  # which overwrites theirs in turn
    assert bare.run("gallery").returncode == 0
    assert bare.first_lines("doctor", 3) == [
        release.OURS,
        "             vector is also the name of a package of vector 9.1",
        f"             {twingrad.ADVICE}",
    ]
    bare.pip("uninstall", "--yes", "vector")  # which takes our file away
    done = bare.run("doctor")
    assert (done.returncode, done.stderr[:33]) == (2, "error: vector is not there, but e"), done.stderr
    bare.pip(*again, ours)
    assert bare.first_lines("doctor", 1) == [release.OURS]
    assert bare.run("gallery").returncode == 0
