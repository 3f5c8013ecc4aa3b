"""The lower bounds of pyproject.toml, what a run in each environment tells, and tests without PyTorch."""

import ast
import os
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest
from packaging.version import Version

from tests import requirements, versions, without
from tests.pythons import python
from tests.waiting import PATIENCE

ROOT = Path(__file__).parents[1]
TOLD = """\
=========================== short test summary info ============================
SKIPPED [3] tests/without.py:36: not here: PyTorch, which this run does without
SKIPPED [1] tests/test_a.py:5: not here: another system
SKIPPED [20] tests/without.py:36: not here: PyTorch, which this run does without
FAILED tests/test_a.py::test_one - assert 1 == 2
{line}
"""


def test_the_oldest_versions_are_the_lower_bounds() -> None:
    assert requirements.OLDEST.read_text(encoding="utf-8") == requirements.oldest(), (
        "constraints-oldest.txt is not pyproject.toml's bounds: python -m tests.requirements writes it"
    )


def test_the_versions_that_ci_uses_are_no_older() -> None:
    def pinned(text: str) -> dict[str, Version]:
        found = re.findall(r"^([\w-]+)==([\w.]+)", text, re.MULTILINE)
        return {re.sub("[-_]+", "-", name).lower(): Version(version) for name, version in found}

    used = pinned((ROOT / "constraints.txt").read_text(encoding="utf-8"))
    oldest = pinned(requirements.oldest())
    assert len(oldest) > 35
    assert [name for name, bound in oldest.items() if used[name] < bound] == []


@pytest.mark.parametrize("more", ["rich", "rich<15", "numpy>=1.0"])
def test_a_requirement_without_one_bound_is_refused(more: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requirements, "extras", lambda: {"odd": [more]})
    with pytest.raises(ValueError, match=f"expected NAME>=VERSION, one version for each name, got {more}"):
        requirements.oldest()


def test_a_python_that_pyenv_keeps_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its stand-ins on PATH fail for a version that is not the chosen one."""
    for path, text in {"stand-in/python3.99": "exit 127", "versions/3.99.1/bin/python3.99": "exit 0"}.items():
        (tmp_path / path).parent.mkdir(parents=True)
        (tmp_path / path).write_text(f"#!/bin/sh\n{text}\n")
        (tmp_path / path).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}/stand-in:{os.environ['PATH']}")
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    assert python("3.99") == f"{tmp_path}/versions/3.99.1/bin/python3.99"
    assert python("3.98") is None


def test_an_extra_brings_what_it_includes() -> None:
    assert requirements.included("") == set()
    assert requirements.included("playground") == {"playground", "explore", "formulas", "pictures"}
    assert "mpi" not in requirements.included("all")
    assert set(requirements.extras()) - requirements.included("all") <= {
        "all", "bench", "demos", "lint", "mpi", "playground", "tables-bench", "test", "training",
    }  # fmt: skip


@pytest.mark.slow
def test_every_dependency_of_a_user_is_imported() -> None:
    """An extra that installs what nothing uses costs a download.

    mpich brings a program, `mpiexec`; pygraphviz is imported by a program that `viz.render` starts.
    """
    imported = {name for folder in ("scalar", "vector", "viz", "demos") for name in _imported(ROOT / folder)}
    names = metadata.packages_distributions()
    modules: dict[str, set[str]] = {}
    for module, distributions in names.items():
        for distribution in distributions:
            modules.setdefault(distribution.lower(), set()).add(module)
    wanted = {re.split("[>\\[]", each)[0] for each in requirements.requirements("all", "mpi")}
    unused = {name for name in wanted if not modules.get(name.lower(), set()) & imported}
    assert unused == {"mpich", "pygraphviz"}


def _imported(folder: Path) -> set[str]:
    found = set[str]()
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                found.add(node.module.partition(".")[0])
    return found


@pytest.mark.parametrize(
    ("line", "counts"),
    [
        ("1 failed, 2011 passed, 24 skipped in 60.01s (0:01:00)", {"failed": 1, "passed": 2011, "skipped": 24}),
        ("=== 2 passed, 24 skipped, 3 errors in 1.5s ===", {"passed": 2, "skipped": 24, "errors": 3}),
        ("no tests ran in 0.01s", {}),
    ],
)
def test_what_pytest_tells_is_counted(line: str, counts: dict[str, int]) -> None:
    assert versions.counted(TOLD.format(line=line)) == (counts, 23)


def test_an_outcome_names_what_was_skipped_for_want_of_pytorch() -> None:
    outcome = versions.Outcome({"passed": 2011, "skipped": 24}, 23, 0, 1.25)
    assert str(outcome) == "2,011 passed, 0 failed, 24 skipped (23 of them for want of PyTorch) in 1.2 minutes"


@pytest.mark.parametrize(("ci", "status"), [("", 0), ("true", 1)])
def test_a_python_that_is_missing_is_named_and_fails_in_ci(
    ci: str, status: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CI", ci)
    assert versions.main(["3.99"]) == status
    assert capsys.readouterr().out == "3.99: no Python 3.99 here, left out\n"


def test_a_python_that_was_not_named_is_left_out_in_ci_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CI", "true")
    monkeypatch.setattr(versions, "python", lambda version: None)
    assert versions.main(["--part"]) == 0
    assert capsys.readouterr().out == "oldest: no Python 3.11 here, left out\n3.13: no Python 3.13 here, left out\n"


@pytest.mark.parametrize("path", versions.PART)
def test_the_part_is_there(path: str) -> None:
    assert (ROOT / path).exists()


@pytest.mark.slow
def test_without_pytorch_what_asks_it_is_skipped_and_the_rest_runs(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(
        "import numpy as np\nimport torch\nfrom torch.nn import functional\n"
        "class Net(torch.nn.Module): pass\n"
        "def test_asks(): functional.relu(1)\n"
        "def test_asks_too(): torch.tensor([1.0]).sum()\n"
        "def test_does_not(): assert not isinstance(np.ones(2), torch.Tensor)\n"
        "def test_is_wrong(): assert np.ones(2).sum() == 3\n"
    )
    (tmp_path / "test_read.py").write_text("import torch\nX = torch.ones(2)\ndef test_one(): pass\n")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider", "-p", "tests.conftest", str(tmp_path)],
        cwd=ROOT, env={**os.environ, "CI": "true", "TWINGRAD_WITHOUT": "torch"},
        capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    assert versions.counted(done.stdout) == ({"failed": 1, "passed": 1, "skipped": 3}, 3), done.stdout
    assert without.REASON in done.stdout
