"""`python -m tests.versions`: runs the tests with the oldest dependencies, and on each Python with the newest.

Each runs in an environment of its own, `.venv/versions-NAME`, which is made anew. `oldest` holds the lower bounds of
pyproject.toml, which `constraints-oldest.txt` repeats, on the oldest Python; the others what pip chooses today. PyTorch
is the version of constraints.txt. Where pip has no CPU build of it, it brings gigabytes, so only the Python that
constraints.txt was resolved for gets it; `--torch` installs it on every Python. Tests that ask it are skipped
elsewhere, one by one, and counted.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

from tests import without
from tests.pythons import python
from tests.requirements import OLDEST, requirements

ROOT = Path(__file__).parents[1]
tell = partial(print, flush=True)
NAMES = ("oldest", "3.11", "3.12", "3.13")
FIRST = "3.11"
"""The oldest Python, and the one that constraints.txt was resolved for."""
PART = (
    "tests/scalar", "tests/test_table.py", "tests/twins", "tests/vector/data", "tests/vector/nn", "tests/vector/optim",
    "tests/vector/training", "tests/vector/test_coverage.py", "tests/vector/test_numpy_protocol.py",
    "tests/vector/test_tensor.py", "tests/vector/test_backward.py", "tests/vector/test_edges.py", "scalar", "vector",
)  # fmt: skip
"""What `--part` runs, in a few minutes."""
PART_NAMES = ("oldest", "3.13")


class Outcome(NamedTuple):
    """How the tests of an environment ended."""

    counts: Mapping[str, int]
    """Of tests by what became of them, "passed" and "skipped" among them."""
    for_torch: int
    """How many of those skipped ask PyTorch, which was left out."""
    status: int
    minutes: float

    def __str__(self) -> str:
        counts = {"passed": 0, "failed": 0, "skipped": 0, **self.counts}
        told = ", ".join(f"{count:,} {what}" for what, count in counts.items())
        lacking = f" ({self.for_torch:,} of them for want of PyTorch)" if self.for_torch else ""
        return f"{told}{lacking} in {self.minutes:.1f} minutes"


def prepared(name: str, found: str, folder: Path, *, torch: bool) -> str:
    """Makes the environment; says what is in it.

    Raises RuntimeError: pip could not install something.
    """
    subprocess.run([found, "-m", "venv", "--clear", str(folder)], check=True)
    pins = OLDEST.read_text() if name == "oldest" else ""
    if name != "oldest":
        pins = "".join(re.findall(r"^torch==.*\n", (ROOT / "constraints.txt").read_text(), re.MULTILINE))
    (folder / "constraints.txt").write_text(pins)
    wanted = [each for each in requirements("test") if torch or not each.startswith("torch>=")]
    inside = str(folder / "bin/python")
    done = subprocess.run(
        [inside, "-m", "pip", "install", "-qq", "--disable-pip-version-check", "--editable", str(ROOT), *wanted],
        env={**os.environ, "PIP_CONSTRAINT": str(folder / "constraints.txt")},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"{name}: {done.stdout}{done.stderr}")
    program = "import platform, numpy; print(f'Python {platform.python_version()}, NumPy {numpy.__version__}')"
    said = subprocess.run([inside, "-c", program], capture_output=True, text=True, check=True).stdout.strip()
    return said if torch else f"{said}, without PyTorch"


def tested(folder: Path, paths: Sequence[str], jobs: int, *, torch: bool) -> Outcome:
    """Runs `make test`'s selection, or that of these paths; what pytest says is kept in the folder's `tests.txt`."""
    parallel = ["-n", str(jobs), "--dist", "worksteal"]
    start = time.monotonic()
    with (folder / "tests.txt").open("w") as log:
        done = subprocess.run(
            [str(folder / "bin/python"), "-m", "pytest", "-q", "-ra", *parallel, "-m", "not slow", *paths],
            cwd=ROOT, stdout=log, stderr=subprocess.STDOUT, check=False,
            env={**os.environ, "OMP_NUM_THREADS": "1", "TWINGRAD_WITHOUT": "" if torch else "torch"},
        )  # fmt: skip
    minutes = (time.monotonic() - start) / 60
    return Outcome(*counted((folder / "tests.txt").read_text(errors="replace")), done.returncode, minutes)


def counted(told: str) -> tuple[dict[str, int], int]:
    """The counts in pytest's last line, and of the skips those for want of PyTorch."""
    last = re.findall(r"^(?:=+ )?(\d+ \w+(?:, \d+ \w+)*) in \d", told, re.MULTILINE)
    counts = Counter({what: int(count) for count, what in re.findall(r"(\d+) (\w+)", last[-1] if last else "")})
    reason = re.escape(without.REASON)
    return dict(counts), sum(map(int, re.findall(rf"^SKIPPED \[(\d+)\] .*{reason}", told, re.MULTILINE)))


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit status is 1 where a test fails, or in CI where a Python that was named is missing."""
    parser = argparse.ArgumentParser(prog="python -m tests.versions", description="run the tests in each environment")
    parser.add_argument("names", nargs="*", help=f"of environments, such as 3.14; default: {' '.join(NAMES)}")
    parser.add_argument("--torch", action="store_true", help="install PyTorch on every Python")
    parser.add_argument(
        "--part", action="store_true", help=f"run a part of the tests, by default in {' and '.join(PART_NAMES)}"
    )
    parser.add_argument("--jobs", type=int, default=2, help="processes of the tests (default 2)")
    given = parser.parse_args(arguments)
    wrong = 0
    for name in given.names or (PART_NAMES if given.part else NAMES):
        version = FIRST if name == "oldest" else name
        if (found := python(version)) is None:
            tell(f"{name}: no Python {version} here, left out")
            wrong += bool(given.names) and os.environ.get("CI", "").lower() not in ("", "0", "false")
            continue
        torch = given.torch or name in ("oldest", FIRST)
        wrong += not _passes(name, found, torch, PART if given.part else (), given.jobs)
    return int(wrong > 0)


def _passes(name: str, found: str, torch: bool, paths: Sequence[str], jobs: int) -> bool:
    folder = ROOT / f".venv/versions-{name}"
    start = time.monotonic()
    inside = prepared(name, found, folder, torch=torch)
    tell(f"{name}: {inside}, installed in {(time.monotonic() - start) / 60:.1f} minutes")
    outcome = tested(folder, paths, jobs, torch=torch)
    tell(f"{name}: {outcome}")
    if outcome.status:
        failed = re.findall(r"^(?:FAILED|ERROR) .*", (folder / "tests.txt").read_text(errors="replace"), re.MULTILINE)
        tell("\n".join(failed) or f"pytest ended with status {outcome.status}; see {folder / 'tests.txt'}")
    return not outcome.status


if __name__ == "__main__":
    sys.exit(main())
