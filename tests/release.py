"""`python -m tests.release`: builds the wheel, installs it with each extra in clean environments, runs every command.

It takes some ten minutes, most of them for downloads. Pythons that are not on PATH are left out, and named.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from demos.console import say

ROOT = Path(__file__).parents[1]
PYTHONS = ("python3.11", "python3.12", "python3.13")
EXTRAS = ("", "pictures", "formulas", "explore", "train", "onnx", "compile", "all")
COMMANDS: Mapping[str, str] = {
    "draw": "draw tanh(a*b) a=1 b=2 -o graph.txt",
    "verify": "verify sin(x)*y x=1 y=2",
    "play": "play x*y+x x=1 y=2 -o steps.html",
    "exercise": "exercise --level 2 --seed 3",
    "gallery": "gallery",
    "train": "train moons --epochs 2",
    "show": "show --help",
    "explore": "explore --help",
    "playground": "playground --help",
    "doctor": "doctor --help",
    "results": "results --help",
    "demo": "demo --help",
}
"""What is run, by its name."""
MISSING = {"train": 'error: checkpoints need safetensors; install it with: pip install "twingrad[train]"'}
"""What commands say that need an extra, where there is none."""
NEEDED = {"train": {"train", "all"}}
"""The extras with which they run."""


def built(folder: Path) -> Path:
    """The wheel of a copy of the checkout, so that nothing is left there."""
    source = folder / "source"
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file() and not name.startswith(("tests/", "docs/", "benchmarks/")):
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, source / name)
    _done([sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(source)])
    (wheel,) = folder.glob("twingrad-*.whl")
    return wheel


def tried(wheel: Path, extra: str, python: str, folder: Path) -> dict[str, str]:
    """What each command says in a new environment with the wheel and an extra: "" where it runs, else its last line."""
    _done([python, "-m", "venv", str(folder)])
    bin, wanted = folder / "bin", f"{wheel}[{extra}]" if extra else str(wheel)
    _done([str(bin / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", wanted])
    told = {}
    for name, command in COMMANDS.items():
        done = subprocess.run(
            [str(bin / "twingrad"), *command.split()],
            cwd=folder, env={"PATH": str(bin), "HOME": str(folder)}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        told[name] = "" if not done.returncode else (done.stderr.strip().splitlines() or ["no message"])[-1]
    return told


def _done(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stdout}{done.stderr}")


def version_and_log() -> None:
    """The changelog begins with the version that is built.

    Raises RuntimeError: it does not.
    """
    found = re.search(r'^version = "(.*)"', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    first = re.search(r"^## (\S+)", (ROOT / "docs/changes.md").read_text(), re.MULTILINE)
    if not found or not first or found[1] != first[1]:
        raise RuntimeError(f"docs/changes.md: expected the version of pyproject.toml first, got {first and first[1]}")


def main() -> int:
    """The exit status is 1 where a command does not do what it should."""
    version_and_log()
    wrong = 0
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        wheel = built(folder)
        say(f"{wheel.name}, {wheel.stat().st_size:,} bytes")
        for name in PYTHONS:
            python = shutil.which(name)
            if python is None or subprocess.run([python, "-c", ""], capture_output=True, check=False).returncode:
                say(f"{name}: not here, left out")
                continue
            for extra in EXTRAS:
                told = tried(wheel, extra, python, folder / f"{name}-{extra}")
                expected = {name: "" if extra in NEEDED[name] else line for name, line in MISSING.items()}
                differing = {key: said for key, said in told.items() if said != expected.get(key, "")}
                wrong += len(differing)
                say(f"{name} [{extra}]: {differing or 'every command does what it should'}")
                shutil.rmtree(folder / f"{name}-{extra}")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
