"""What is missing is skipped on a developer's machine, and fails in CI: in the tests, and in `.ci/run`."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.waiting import PATIENCE

ROOT = Path(__file__).parents[1]
# A machine without PyTorch, llvmlite and programs on its PATH, such as a browser.
BARE = """
import sys
sys.modules.update(torch=None, llvmlite=None)
import pytest
sys.exit(pytest.main(sys.argv[1:]))
"""
MISSING = {
    "tests/demos/test_pytorch.py": "PyTorch is not installed",
    "tests/vector/compilation/test_thread_pool.py": "could not import 'llvmlite'",
    "tests/viz/test_player_browser.py::test_keyboard": "no browser here, looked for chromium",
}

MADE = ["lint", "test", "slow", "versions", "PART=yes"]
"""What `.ci/run` has make do."""


def outcome(*arguments: str, ci: str) -> str:
    """What a run of pytest on a bare machine tells at its end."""
    done = subprocess.run(
        [sys.executable, "-c", BARE, "-q", "-p", "no:cacheprovider", *arguments],
        cwd=ROOT,
        env={**os.environ, "PATH": "", "CI": ci},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    return done.stdout + done.stderr


@pytest.mark.parametrize(("ci", "end"), [("", "3 skipped in"), ("true", "3 errors in")])
def test_what_is_missing_fails_in_ci_alone(ci: str, end: str) -> None:
    told = outcome("--continue-on-collection-errors", *MISSING, ci=ci)
    assert re.search(rf"^=* ?{end}", told, re.MULTILINE), told
    for reason in MISSING.values():
        assert reason in told


def test_what_no_installation_mends_is_skipped_in_ci_too(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(
        "import pytest\n"
        "def test_one():\n    pytest.skip('not here: another processor')\n"
        "@pytest.mark.xfail\ndef test_two():\n    raise ValueError\n"
    )
    told = outcome("-p", "tests.conftest", str(tmp_path), ci="true")
    assert "1 skipped, 1 xfailed in" in told, told


@pytest.mark.parametrize(
    ("ci", "installs", "status", "ran", "told"),
    [
        ("", True, 0, MADE, ""),
        ("true", True, 0, MADE, ""),
        ("", False, 0, MADE, r"no network\nwithout chromium.*, tests will be skipped or fail\n"),
        ("true", False, 1, [], r"no network\nchromium.* could not be installed, and with CI=true no test is skipped"),
    ],
)
def test_a_machine_without_a_browser(
    tmp_path: Path, ci: str, installs: bool, status: int, ran: list[str], told: str
) -> None:
    programs = {"make": "echo $*", "apt-get": "true" if installs else "echo no network >&2; exit 100"}
    for name, body in programs.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{body}\n")
        (tmp_path / name).chmod(0o755)
    for name in ("bash", "dirname", "find"):
        (tmp_path / name).symlink_to(str(shutil.which(name)))
    (tmp_path / "python3").symlink_to(sys.executable)
    environment = {"PATH": str(tmp_path), "HOME": str(tmp_path), "CI": ci}
    command = [str(tmp_path / "bash"), str(ROOT / ".ci/run")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert (done.returncode, done.stdout.split()) == (status, ran), done.stderr
    assert re.fullmatch(f"{told}.*\n?", done.stderr)
