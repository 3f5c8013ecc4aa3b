"""What the page is built of: npm packages with checksums, and files of ours that need nothing else."""

import json
import socket
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from demos.errors import CommandError
from demos.playground import build, npm, parts
from demos.playground.examples import GROUPS
from demos.playground.server import listen
from tests.demos.conftest import Cli


def test_every_npm_package_has_a_version_and_a_checksum_and_no_address() -> None:
    lock = json.loads((npm.WEB / "package-lock.json").read_text(encoding="utf-8"))
    packages = {place: about for place, about in lock["packages"].items() if place}
    assert len(packages) > 10
    for place, about in packages.items():
        assert about["version"], place
        assert about["integrity"].startswith("sha512-"), place
        assert "resolved" not in about, place
    assert "ignore-scripts=true" in (npm.WEB / ".npmrc").read_text(encoding="utf-8").splitlines()


def test_without_npm_one_line_says_so(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    outcome = cli("playground", "--single", "page.html")
    assert outcome.status == 2
    (line,) = outcome.err.splitlines()
    assert line == f"error: {npm.NEEDED}"


def test_npm_that_fails_is_told_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("npm", "node"):
        (tmp_path / name).write_text("#!/bin/sh\necho no network >&2\nexit 1\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CommandError, match=r"^npm could not fetch the packages of the page: no network$"):
        npm.packages(tmp_path / "cache")
    assert list((tmp_path / "cache").iterdir()) == []


ALONE = """
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("numpy", "sympy", "flask", "werkzeug", "jinja2", "rich", "typer", "vector"):
            raise ImportError(f"{name} is absent here")

sys.meta_path.insert(0, Absent())
sys.path.insert(0, sys.argv[1])
import importlib, json, pkgutil
import demos.playground.inside as inside
for found in pkgutil.walk_packages(inside.__path__, "demos.playground.inside."):
    importlib.import_module(found.name)
from demos.playground.inside import channel
print(json.loads(channel.dispatch("program.run", json.dumps({"source": "1 + 1"})))["printed"])
assert all(name.startswith(sys.argv[1]) for name in inside.__path__)
"""


def test_what_is_unpacked_in_the_page_needs_the_standard_library_alone(tmp_path: Path) -> None:
    archive = tmp_path / "packages.zip"
    archive.write_bytes(parts.zipped(build.own_and_installed()))
    folder = tmp_path / "unpacked"
    zipfile.ZipFile(archive).extractall(folder)
    command = [sys.executable, "-I", "-S", "-c", ALONE, str(folder)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "2\n\n", "")
    assert not any(name.endswith(".so") for name in zipfile.ZipFile(archive).namelist())


def test_an_archive_is_the_same_bytes_each_time() -> None:
    files = [("a.py", b"1"), ("b/c.py", b"2")]
    assert parts.zipped(iter(files)) == parts.zipped(iter(files))


def test_every_example_has_its_file_and_every_file_its_place() -> None:
    folder = Path(build.__file__).with_name("examples")
    listed = [id for ids in GROUPS.values() for id in ids]
    assert sorted(listed) == sorted(path.stem for path in folder.glob("[!_]*.py"))


def test_a_port_in_use_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CommandError, match=f"cannot listen on port {port}: .*; choose another with --port"):
            listen(port).__enter__()


def test_the_players_script_is_allowed_by_its_hash() -> None:
    assert build.player_hash().startswith("sha256-")
