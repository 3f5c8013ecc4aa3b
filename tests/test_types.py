"""What an installed copy shows to type checkers: every public name, and every method and module that rows make."""

import importlib
import os
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


def checker(name: str) -> str | None:
    """The program of this name: of this environment, of the one that checks types, or any."""
    homes = [Path(sys.executable).parent, ROOT / ".venv" / "lint" / "bin"]
    return shutil.which(name, path=os.pathsep.join([*map(str, homes), os.environ.get("PATH", "")]))


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what an installation copies, and the program."""
    folder = tmp_path_factory.mktemp("installed")
    build = [
        sys.executable,
        "-c",
        "from setuptools import setup; setup()",
        "-q",
        "build_py",
        "--build-lib",
        str(folder),
    ]
    outcome = subprocess.run(build, cwd=ROOT, capture_output=True, text=True, check=False)
    assert outcome.returncode == 0, outcome.stderr
    (folder / "uses.py").write_text("\n".join(uses()) + "\n", encoding="utf-8")
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("name", ["mypy", *filter(checker, ["pyright"])])
def test_every_name_is_seen(installed: Path, name: str) -> None:
    """`vector.mean` was hidden by a list of names that was computed, and `Tensor.cbrt` was none of them."""
    program = checker(name)
    if program is None:
        pytest.skip(f"{name} is not installed")
    strict = [program, "--strict", "--follow-imports=silent", "--no-incremental", "uses.py"]
    command = strict if name == "mypy" else [program, "uses.py"]
    environment = {**os.environ, "MYPYPATH": str(installed)}
    outcome = subprocess.run(command, cwd=installed, env=environment, capture_output=True, text=True, check=False)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr


@pytest.mark.slow
def test_a_name_that_is_none_is_refused(installed: Path) -> None:
    """Else a checker that believes everything would have passed."""
    program = checker("mypy")
    if program is None:
        pytest.skip("mypy is not installed")
    wrong = "from scalar import Value\nfrom vector import Tensor\nValue(1.0).kosh()\nTensor(1.0).kosh()\n"
    (installed / "wrong.py").write_text(wrong + "from vector.nn import Mush\n", encoding="utf-8")
    command = [program, "--strict", "--follow-imports=silent", "--no-incremental", "wrong.py"]
    environment = {**os.environ, "MYPYPATH": str(installed)}
    outcome = subprocess.run(command, cwd=installed, env=environment, capture_output=True, text=True, check=False)
    assert outcome.stdout.count("error:") == 3, outcome.stdout
