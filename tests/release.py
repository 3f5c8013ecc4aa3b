"""`python -m tests.release`: builds the wheel, installs it with each extra in clean environments, runs every command.

Nothing of the checkout is in reach there: what a command reads, the wheel has brought. With all extras, tables in five
dialects are trained on, predicted and shown. A Python that is not here is left out, and named. With `TWINGRAD_DATA`,
`results` trains too, and with npm on PATH the playground's page is built.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from demos.console import say
from tests.demos.tables import dialects
from tests.pythons import python
from tests.requirements import included

ROOT = Path(__file__).parents[1]
PYTHONS = ("3.11", "3.12", "3.13")
EXTRAS = ("", "pictures", "formulas", "explore", "train", "tables", "playground", "onnx", "compile", "mpi", "all")
LIMIT = 1800.0
"""Seconds that a command may take: a limit against hanging."""


class Command(NamedTuple):
    """A command, and what it does with and without what it needs."""

    line: str
    needs: frozenset[str] = frozenset()
    """Extras; "jinja2", which two of them bring; "npm" and "data", which none does."""
    lacking: str = ""
    """What its last line matches without them."""
    makes: str = ""
    """A file that it writes."""


def _needs(*extras: str) -> frozenset[str]:
    return frozenset(extras)


GRAPHVIZ = "error: drawing svg needs Graphviz, and neither the dot program nor pygraphviz is here"
TRAIN = r'pip install "twingrad\[train\]"'
TABLES = r'pip install "twingrad\[tables\]"'
TABLE = "length,width,kind\n" + "".join(f"1.{i},2.{i},round\n3.{i},1.{i},long\n" for i in range(40))
COMMANDS: Mapping[str, Command] = {
    "draw": Command("draw tanh(a*b) a=1 b=2 -o graph.txt", makes="graph.txt"),
    "draw a picture": Command("draw tanh(a*b) a=1 b=2 -o graph.svg", _needs("pictures"), GRAPHVIZ, "graph.svg"),
    "verify": Command("verify sin(x)*y x=1 y=2"),
    "play": Command("play x*y+x x=1 y=2 -o steps.html", makes="steps.html"),
    "exercise": Command("exercise --level 2 --seed 3"),
    "gallery": Command("gallery"),
    "gallery's site": Command(
        "gallery --html site T2",
        _needs("jinja2"), r'error: the site needs jinja2: pip install "twingrad\[explore\]"', "site/index.html",
    ),
    "train": Command(
        "train --csv plants.csv --target kind --epochs 2 --out run",
        _needs("tables", "train"), f"error: .* need.*({TRAIN}|{TABLES})", "run/model.safetensors",
    ),
    "predict": Command(
        "predict run plants.csv -o said.csv",
        _needs("tables", "train"), f"error: .*(need.*({TRAIN}|{TABLES})|run)", "said.csv",
    ),
    "show": Command("show run --no-open", _needs("tables", "train"), "error: .*run", "run/report.html"),
    "results": Command(
        "results softmax --quick --seeds 1", _needs("train", "data"), f"error: .*{TRAIN}", "runs/quick/mnist.md"
    ),
    "demo": Command(
        "demo", _needs("train"), f"{GRAPHVIZ}|error: digits come with scikit-learn: {TRAIN}", "out/moons/loss.svg"
    ),
    "playground": Command(
        "playground --html page",
        _needs("explore", "formulas", "pictures", "npm"),
        r'error: the playground.s page (needs \w+: pip install "twingrad\[playground\]"|is built with npm)',
        "page/index.html",
    ),
}  # fmt: skip
"""Those that end by themselves, by their names."""
OURS = "packages     scalar, vector, viz, demos: all are twingrad's"
"""The doctor's first line. What comes then are measurements, which take long where every core is busy."""
MPI = "import demos.ranks; from mpi4py import MPI; print(MPI.COMM_WORLD.Get_size())"


def tracked(*paths: str) -> set[str]:
    """The files of the checkout, or of these paths in it, without those that git ignores."""
    command = ["git", "ls-files", "-co", "--exclude-standard", "-z", "--", *paths]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return {name for name in listed.split("\0") if name and (ROOT / name).is_file()}


def built(folder: Path) -> Path:
    """The wheel of a copy of the checkout, so that nothing is left there."""
    source = folder / "source"
    for name in tracked():
        if not name.startswith(("tests/", "docs/", "benchmarks/")):
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, source / name)
    _done([sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(source)])
    (wheel,) = folder.glob("twingrad-*.whl")
    return wheel


class Installed:
    """A new environment with the wheel and an extra, in a folder of its own where commands run."""

    def __init__(self, wheel: Path, extra: str, interpreter: str, folder: Path) -> None:
        """Make it.

        Raises:
            RuntimeError: pip could not install it.
        """
        self.folder, self.bin = folder, folder / "bin"
        self.has = included(extra)
        if self.has & {"explore", "train"}:
            self.has.add("jinja2")
        _done([interpreter, "-m", "venv", str(folder)])
        self.pip("install", f"{wheel}[{extra}]" if extra else str(wheel))
        (folder / "plants.csv").write_text(TABLE, encoding="utf-8")
        self.environment = {"PATH": str(self.bin), "HOME": str(folder)}
        if data := os.environ.get("TWINGRAD_DATA"):
            self.has |= {"data"}
            self.environment["TWINGRAD_DATA"] = data
        node = shutil.which("node")
        if "all" in self.has and node and (npm := shutil.which("npm")):
            self.has |= {"npm"}
            # The shell is npm's, and `env` that of its first line.
            self.environment["PATH"] = os.pathsep.join(
                [str(self.bin), *{str(Path(x).parent) for x in (node, npm)}, "/bin", "/usr/bin"]
            )

    def pip(self, *arguments: str) -> None:
        """Run pip there."""
        _done([str(self.bin / "python"), "-I", "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments])

    def run(self, *arguments: str, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
        """Run `twingrad`, in another folder than the environment's where one is given."""
        return self._run("twingrad", *arguments, folder=folder)

    def _run(self, program: str, *arguments: str, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(self.bin / program), *arguments], cwd=folder or self.folder, env=self.environment,
            capture_output=True, text=True, timeout=LIMIT, check=False,
        )  # fmt: skip

    def wrong(self) -> Iterator[str]:
        """What does not do what it should, a line each."""
        for name, command in COMMANDS.items():
            if command.needs - self.has == {"data"} or (
                name == "demo" and "pictures" in self.has and "train" not in self.has
            ):
                continue  # it would download MNIST, or train for a while before it misses something
            if told := self._told(command):
                yield f"{name}: {told}"
        for name, look in {"explore": self._explore, "doctor": self._doctor, "mpi": self._mpi}.items():
            if told := look():
                yield f"{name}: {told}"
        if "all" in self.has:
            yield from self._tables()

    def _told(self, command: Command) -> str:
        done = self.run(*command.line.split())
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        if command.needs <= self.has:
            lost = command.makes and not (self.folder / command.makes).is_file()
            return f"status {done.returncode}, {last}" if done.returncode else f"no {command.makes}" if lost else ""
        if done.returncode == 2 and re.match(command.lacking, last):
            return ""
        return f"expected status 2 and {command.lacking}, got {done.returncode} and {last}"

    def _explore(self) -> str:
        line = ["explore", "x*y", "x=2", "--port", "0", "--no-browser"]
        if "explore" not in self.has:
            return self._told(Command(" ".join(line), _needs("explore"), r"error: explore needs \w+: pip install"))

        def fetch(address: str) -> str:
            address = address.partition("#")[0]
            with urllib.request.urlopen(address, timeout=LIMIT) as answer:
                page = answer.read().decode()
            found = re.findall(r'(?:src|href)="/?(static/[^"]*)"', page)
            for path in found:
                with urllib.request.urlopen(address + path, timeout=LIMIT) as answer:
                    answer.read()
            return "" if found else "a page without its scripts"

        return self._interrupted(line, fetch)

    def _doctor(self) -> str:
        return self._interrupted(["doctor"], lambda first: "" if first == OURS else first)

    def first_lines(self, command: str, count: int) -> list[str]:
        """What a command prints first."""
        found: list[str] = []
        with self._started([command]) as process:
            found += [process.stdout.readline().rstrip("\n") for _ in range(count) if process.stdout]
            process.kill()
        return found

    def _started(self, line: list[str]) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [str(self.bin / "twingrad"), *line], cwd=self.folder, env=self.environment,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def _interrupted(self, line: list[str], judge: Callable[[str], str]) -> str:
        """What the judge says of the first line that a command prints; Ctrl-C ends it without a trace."""
        with self._started(line) as process:
            try:
                told = judge(process.stdout.readline().rstrip("\n") if process.stdout else "")
                process.send_signal(signal.SIGINT)
                _, errors = process.communicate(timeout=LIMIT)
            finally:
                process.kill()
        if told or "Traceback" in errors:
            return told or errors
        return "" if process.returncode in (0, 130) else f"status {process.returncode} after Ctrl-C"

    def _tables(self) -> Iterator[str]:
        """scikit-learn's tables in five dialects: `train`, `predict` and `show`."""
        for name in dialects.TABLES:
            (folder := self.folder / name).mkdir()

            def command(*words: str, folder: Path = folder) -> str:
                done = self.run(*words, folder=folder)
                if done.returncode:
                    raise RuntimeError(f"{' '.join(words)}: {done.stderr}")
                return done.stdout

            try:
                yield from dialects.wrong(name, folder, command)
            except RuntimeError as error:
                yield f"{name}: {error}"

    def _mpi(self) -> str:
        if "mpi" not in self.has:
            return ""
        done = self._run("mpiexec", "-n", "2", str(self.bin / "python"), "-c", MPI)
        return "" if done.stdout.split() == ["2", "2"] else f"status {done.returncode}, {done.stdout}{done.stderr}"


def _done(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stdout}{done.stderr}")


def version_and_log() -> None:
    """The changelog begins with the version that is built.

    Raises:
        RuntimeError: it does not.
    """
    found = re.search(r'^version = "(.*)"', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    first = re.search(r"^## (\S+)", (ROOT / "docs/changes.md").read_text(), re.MULTILINE)
    if not found or not first or found[1] != first[1]:
        raise RuntimeError(f"docs/changes.md: expected the version of pyproject.toml first, got {first and first[1]}")


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit status is 1 where a command does not do what it should."""
    parser = argparse.ArgumentParser(prog="python -m tests.release", description="try the wheel with each extra")
    parser.add_argument("--pythons", nargs="*", default=PYTHONS, help=f"default: {' '.join(PYTHONS)}")
    parser.add_argument("--extras", nargs="*", default=EXTRAS, help="default: all of a user's, and none")
    given = parser.parse_args(arguments)
    version_and_log()
    wrong, start = 0, time.monotonic()
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        wheel = built(folder)
        say(f"{wheel.name}, {wheel.stat().st_size:,} bytes")
        for name in given.pythons:
            if (found := python(name)) is None:
                say(f"Python {name}: not here, left out")
                continue
            for extra in given.extras:
                lines = [*Installed(wheel, extra, found, folder / f"{name}-{extra}").wrong()]
                wrong += len(lines)
                say(
                    "\n  ".join(
                        [
                            f"Python {name} [{extra}]: {'wrong' if lines else 'every command does what it should'}",
                            *lines,
                        ]
                    )
                )
                shutil.rmtree(folder / f"{name}-{extra}")
    say(f"{(time.monotonic() - start) / 60:.0f} minutes")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
