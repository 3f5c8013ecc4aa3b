"""What an installed copy shows to type checkers: every public name, and every method and module that rows make."""

import importlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import scalar.methods
import vector.methods
from vector.nn import pointwise

ROOT = Path(__file__).parents[1]
MODULES = [
    "scalar",
    "vector",
    "vector.nn",
    "vector.optim",
    "vector.data",
    "vector.training",
    "vector.distributed",
    "viz",
]


def uses() -> Iterator[str]:
    """A program that imports each public name, and calls what the rows make."""
    for module in MODULES:
        for name in vars(importlib.import_module(module))["__all__"]:
            yield f"from {module} import {name} as {module.replace('.', '_')}_{name}"
    yield "from scalar import Value\nfrom vector import Tensor, nn\nv, t = Value(0.5), Tensor(0.5)"
    for methods, owner, kind in ((scalar.methods, "v", "Value"), (vector.methods, "t", "Tensor")):
        rows = vars(scalar.rules if kind == "Value" else vector.rules)
        for name in (name for name in vars(methods.Methods) if name[0] != "_"):
            others = len(scalar.rules.__dict__[name].operands) - 1 - len(rows[name].defaults)
            yield f"{owner}_{name}: {kind} = {owner}.{name}({', '.join([owner] * others)})"
            for operand in rows[name].operands[1 + others :]:
                yield f"{owner}_{name}_{operand}: {kind} = {owner}.{name}({operand}=0.5)"
    for layer in pointwise.MODULES.values():
        yield f"layer_{layer.__name__}: nn.Module = nn.{layer.__name__}()"


def checker(name: str) -> str:
    """The program of this name: of this environment, of the one that `make lint` uses, or any."""
    homes = [Path(sys.executable).parent, ROOT / ".venv" / "lint" / "bin"]
    program = shutil.which(name, path=os.pathsep.join([*map(str, homes), os.environ.get("PATH", "")]))
    if program is None:
        pytest.skip(f"{name} is not installed")
    return program


COMMANDS = {
    "mypy": ["mypy", "--strict", "--follow-imports=silent", "--no-incremental"],
    "pyright": ["pyright", "--pythonpath", sys.executable],
}


def checked(name: str, file: str, installed: Path) -> subprocess.CompletedProcess[str]:
    program, *options = COMMANDS[name]
    environment = {**os.environ, "MYPYPATH": str(installed), "PYRIGHT_PYTHON_IGNORE_WARNINGS": "1"}
    command = [checker(program), *options, file]
    return subprocess.run(command, cwd=installed, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder into which the distribution was installed, not in place, with two programs: a right one, a wrong one."""
    source, target = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("installed")
    for package in ("scalar", "vector", "viz"):
        shutil.copytree(ROOT / package, source / package, ignore=shutil.ignore_patterns("__pycache__"))
    for file in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / file, source)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "-q", "--no-deps"]
    command = [*pip, "--no-build-isolation", "--no-index", "--target", str(target), str(source)]
    outcome = subprocess.run(command, capture_output=True, text=True, check=False)
    assert outcome.returncode == 0, outcome.stderr
    (target / "uses.py").write_text(STRICT + "\n".join(uses()) + "\n", encoding="utf-8")
    (target / "wrong.py").write_text(STRICT + WRONG, encoding="utf-8")
    return target


STRICT = "# pyright: strict, reportUnusedImport=false\n"
WRONG = """\
from scalar import Value
from vector import Tensor
from vector.nn import Mush
Value(1.0).kosh()
Tensor(1.0).kosh()
"""


@pytest.mark.slow
@pytest.mark.parametrize("name", COMMANDS)
def test_every_name_is_seen(installed: Path, name: str) -> None:
    """`vector.mean` was hidden by a list of names that was computed, and `Tensor.cbrt` was none of them."""
    outcome = checked(name, "uses.py", installed)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr


@pytest.mark.slow
@pytest.mark.parametrize("name", COMMANDS)
def test_a_name_that_is_none_is_refused(installed: Path, name: str) -> None:
    """Else a checker that believes everything would have passed."""
    outcome = checked(name, "wrong.py", installed)
    lines = {int(found[1]) for found in re.finditer(r"wrong\.py:(\d+).* error:", outcome.stdout)}
    assert lines == {4, 5, 6}, outcome.stdout + outcome.stderr
