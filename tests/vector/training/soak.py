"""Stop trainings at random moments, resume them, and compare: `python -m tests.vector.training.soak --trials 200`.

Each of five ways says what it did: killed alone, ended by SIGTERM alone, both on two ranks of mpiexec, killed every few
seconds, and two that start in one folder at the same instant.
"""

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from tests.vector.training.victim import EVENTS, READY
from tests.waiting import PATIENCE

ROOT = Path(__file__).parents[3]
COMMAND = [sys.executable, "-m", "tests.vector.training.victim"]


def start(folder: Path, *fate: str, stdin: int | None = None) -> subprocess.Popen[bytes]:
    """Begin or resume a training; returns when it is about to take its first step, or in the one where it waits."""
    process = started([*COMMAND, str(folder), *fate], folder, stdin=stdin, stdout=subprocess.PIPE)
    if process.stdout is not None:
        process.stdout.read(len(READY))
        process.stdout.close()
    return process


def started(command: list[str], folder: Path, **streams: Any) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(command, env=environment, cwd=folder.parent, **streams)


def finish(folder: Path) -> None:
    if status := start(folder).wait():
        raise RuntimeError(f"{folder}: a training that was not stopped ended with status {status}")


def left_behind(folder: Path) -> dict[str, object]:
    """What a training leaves that time has no part in; unfinished files would show."""
    metrics = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    for line in metrics:
        line.pop("seconds", None)
    names = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    contents = {name: (folder / name).read_bytes() for name in names if name.endswith(".safetensors")}
    return {"metrics": metrics, "names": names, **contents}


def steps(folder: Path) -> int:
    """How far the newest checkpoint is; −1 without one."""
    return max((int(path.stem.removeprefix("step-")) for path in folder.glob("checkpoints/step-*")), default=-1)


def compare(folder: Path, expected: dict[str, object]) -> None:
    found = left_behind(folder)
    differing = [name for name in expected if found.get(name) != expected[name]]
    if differing or found.keys() != expected.keys():
        raise RuntimeError(f"{folder} differs from one that was never stopped in {differing or sorted(found)}")


Deaths = Counter[str]
Stop = Callable[[Path, float, random.Random], str | None]
"""Start or resume a training, stop it within the seconds that a whole one takes, and tell how; None: too late."""


def killed(folder: Path, seconds: float, generator: random.Random) -> str | None:
    """By SIGKILL, at a moment, or in the midst of a write, sync or rename."""
    kind = generator.choice(["time", *EVENTS])
    process = start(folder, *([] if kind == "time" else [kind, str(generator.randint(1, EVENTS[kind]))]))
    if kind == "time":
        time.sleep(generator.uniform(0, seconds))
        process.kill()
    if (status := process.wait(PATIENCE)) not in (0, -signal.SIGKILL):
        raise RuntimeError(f"{folder}: a training that was to be killed ended with status {status}")
    return f"SIGKILL, {kind}" if status else None


def ended(folder: Path, seconds: float, generator: random.Random) -> str | None:
    """By SIGTERM: it stops by itself, unless that came before or after the training."""
    process = start(folder)
    time.sleep(generator.uniform(0, seconds))
    process.terminate()
    status = process.wait(PATIENCE)
    if status not in (0, 130, -signal.SIGTERM):
        raise RuntimeError(f"{folder}: a training that was to end ended with status {status}")
    return None if status == 0 else "SIGTERM, before the first step" if status == -signal.SIGTERM else "SIGTERM"


def on_ranks(folder: Path) -> subprocess.Popen[bytes]:
    """Begin or resume a training on two ranks; returns when both run Python."""
    pids = [folder.with_name(f"{folder.name}.{rank}.pid") for rank in (0, 1)]
    for path in pids:
        path.unlink(missing_ok=True)
    mpiexec = str(Path(sys.executable).with_name("mpiexec"))
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = started([mpiexec, "-n", "2", *COMMAND, str(folder), "ranks"], folder, **quiet)
    until(lambda: all(path.exists() and path.read_text() for path in pids) or process.poll() is not None, folder)
    return process


def stopped_on_ranks(number: signal.Signals) -> Stop:
    """The same of a training on two ranks: one of them is sent the signal, or mpiexec."""

    def stop(folder: Path, seconds: float, generator: random.Random) -> str | None:
        process = on_ranks(folder)
        ranks = [int(folder.with_name(f"{folder.name}.{rank}.pid").read_text()) for rank in (0, 1)]
        target, name = generator.choice([(ranks[0], "rank 0"), (ranks[1], "rank 1"), (process.pid, "mpiexec")])
        time.sleep(generator.uniform(0, seconds))
        with suppress(ProcessLookupError):
            os.kill(target, number)
        status = process.wait(PATIENCE)
        until(lambda: not any(map(alive, ranks)), folder)
        return f"{number.name}, {name}" if status else None

    return stop


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def until(condition: Callable[[], bool], folder: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            raise RuntimeError(f"{folder}: it takes too long")
        time.sleep(0.01)


def finish_on_ranks(folder: Path) -> None:
    if status := on_ranks(folder).wait(PATIENCE):
        raise RuntimeError(f"{folder}: a training on ranks that was not stopped ended with status {status}")


def soak(trials: int, seed: int, root: Path, stop: Stop = killed, end: Callable[[Path], None] = finish) -> Deaths:
    """Stop trainings up to four times each, `trials` times in all at least, let them end, and count how.

    Raises:
        RuntimeError: a training ended otherwise than one that was never stopped.
    """
    generator = random.Random(seed)
    end(root / "untouched")
    expected = left_behind(root / "untouched")
    begun = time.perf_counter()
    end(root / "timed")
    seconds = time.perf_counter() - begun
    deaths: Deaths = Counter()
    number = 0
    while deaths.total() < trials:
        folder = root / f"trial-{number}"
        for _ in range(generator.randint(1, 4)):
            if (how := stop(folder, seconds, generator)) is None:
                break  # the moment never came: it is done
            deaths[how] += 1
        end(folder)
        compare(folder, expected)
        shutil.rmtree(folder)
        number += 1
    return deaths


def killed_again_and_again(folder: Path, times: int, seconds: float) -> list[int]:
    """The newest checkpoint's step after each of the lives of a few seconds, with the checkpoints' usual distance.

    Raises:
        RuntimeError: a life left the training where the one before did.
    """
    reached: list[int] = []
    for _ in range(times):
        process = started([*COMMAND, str(folder), "slow"], folder)
        time.sleep(seconds)
        process.kill()
        process.wait()
        reached.append(steps(folder))
        if reached[-1] <= max([0, *reached[:-1]]):
            raise RuntimeError(f"{folder}: a life of {seconds} s ended where the one before did: steps {reached}")
    return reached


def races(times: int, root: Path) -> int:
    """Two processes with other first weights start in one folder at once: one wins, the other is told, each time.

    Raises:
        RuntimeError: both or none did, or the folder holds something of the one that lost.
    """
    for seed in (0, 1):
        racer = start(root / f"alone-{seed}", "race", str(seed), stdin=subprocess.PIPE)
        racer.communicate(b"go\n", PATIENCE)
    expected = [left_behind(root / f"alone-{seed}") for seed in (0, 1)]
    for number in range(times):
        folder = root / f"race-{number}"
        racers = [start_race(folder, seed) for seed in (0, 1)]
        for racer in racers:
            racer.stdin.write(b"go\n")  # type: ignore[union-attr]
            racer.stdin.flush()  # type: ignore[union-attr]
        told = [racer.communicate(timeout=PATIENCE)[1].decode() for racer in racers]
        statuses = [racer.returncode for racer in racers]
        if sorted(statuses) != [0, 3]:
            raise RuntimeError(f"{folder}: expected one winner, and one that is told, got {statuses}, {told}")
        if "no one trains, but" not in (said := told[statuses.index(3)]) and "checkpoints already" not in said:
            raise RuntimeError(f"{folder}: the second was told {said!r}")
        compare(folder, expected[statuses.index(0)])
        shutil.rmtree(folder)
    return times


def start_race(folder: Path, seed: int) -> subprocess.Popen[bytes]:
    streams = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    process = started([*COMMAND, str(folder), "race", str(seed)], folder, **streams)
    process.stdout.read(len(READY))  # type: ignore[union-attr]
    return process


@contextmanager
def told(what: str) -> Iterator[list[str]]:
    """Print what a part did, and how long it took."""
    begun, said = time.perf_counter(), list[str]()
    yield said
    print(f"{what}: {'; '.join(said)}, in {time.perf_counter() - begun:.0f} s", flush=True)  # noqa: T201


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    ways: dict[str, tuple[Stop, Callable[[Path], None]]] = {
        "killed": (killed, finish),
        "ended": (ended, finish),
        "killed on two ranks": (stopped_on_ranks(signal.SIGKILL), finish_on_ranks),
        "ended on two ranks": (stopped_on_ranks(signal.SIGTERM), finish_on_ranks),
    }
    for name, (stop, end) in ways.items():
        with tempfile.TemporaryDirectory() as root, told(name) as said:
            deaths = soak(arguments.trials, arguments.seed, Path(root), stop, end)
            said += [f"{count} by {how}" for how, count in sorted(deaths.items())]
            said.append("weights, metrics and checkpoints are those of a training never stopped")
    with tempfile.TemporaryDirectory() as root, told("killed every 5 s") as said:
        reached = killed_again_and_again(Path(root) / "run", max(arguments.trials // 10, 1), 5.0)
        said.append(f"the newest checkpoint is of step {', '.join(map(str, reached))}")
    with tempfile.TemporaryDirectory() as root, told("races") as said:
        said.append(f"{races(max(arguments.trials // 2, 1), Path(root))} times one won and the other was told")


if __name__ == "__main__":
    main()
