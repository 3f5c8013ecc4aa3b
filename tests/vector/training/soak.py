"""Kill a training at random moments, resume it, and compare: `python -m tests.vector.training.soak --trials 200`."""

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
from pathlib import Path

from tests.vector.training.victim import EVENTS, READY

ROOT = Path(__file__).parents[3]


def start(folder: Path, *fate: str, stdin: int | None = None) -> subprocess.Popen[bytes]:
    """Begin or resume a training; returns when it is about to take its first step, or in the one where it waits."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "tests.vector.training.victim", str(folder), *fate]
    process = subprocess.Popen(command, env=environment, cwd=folder.parent, stdin=stdin, stdout=subprocess.PIPE)
    if process.stdout is not None:
        process.stdout.read(len(READY))
        process.stdout.close()
    return process


def finish(folder: Path) -> None:
    if status := start(folder).wait():
        raise RuntimeError(f"{folder}: a training that was not killed ended with status {status}")


def left_behind(folder: Path) -> dict[str, object]:
    """What a training leaves that time has no part in; unfinished files would show."""
    metrics = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    for line in metrics:
        line.pop("seconds", None)
    names = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    contents = {name: (folder / name).read_bytes() for name in names if name.endswith(".safetensors")}
    return {"metrics": metrics, "names": names, **contents}


def trial(folder: Path, seconds: float, generator: random.Random) -> list[str]:
    """Kill the training up to four times, at least once, let it end, and tell how it was killed.

    seconds: how long one takes that is left alone.
    """
    deaths: list[str] = []
    for _ in range(generator.randint(1, 4)):
        kind = generator.choice(["time", *EVENTS])
        process = start(folder, *([] if kind == "time" else [kind, str(generator.randint(1, EVENTS[kind]))]))
        if kind == "time":
            time.sleep(generator.uniform(0, seconds))
            process.kill()
        if (status := process.wait()) == 0:
            break  # the moment never came: it is done
        if status != -signal.SIGKILL:
            raise RuntimeError(f"{folder}: a training that was to be killed ended with status {status}")
        deaths.append(kind)
    if not deaths:
        shutil.rmtree(folder)
        return trial(folder, seconds, generator)
    finish(folder)
    return deaths


def soak(trials: int, seed: int, root: Path) -> Counter[str]:
    """Run the trials and count the deaths.

    Raises:
        RuntimeError: a training ended otherwise than one that was never stopped.
    """
    generator = random.Random(seed)
    finish(root / "untouched")
    expected = left_behind(root / "untouched")
    process, begun = start(root / "timed"), time.perf_counter()
    process.wait()
    seconds = time.perf_counter() - begun
    deaths: Counter[str] = Counter()
    for number in range(trials):
        folder = root / f"trial-{number}"
        deaths.update(trial(folder, seconds, generator))
        found = left_behind(folder)
        differing = [name for name in expected if found.get(name) != expected[name]]
        if differing or found.keys() != expected.keys():
            raise RuntimeError(f"trial {number} (seed {seed}) differs in {differing or sorted(found)}; see {folder}")
    return deaths


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    begun = time.perf_counter()
    with tempfile.TemporaryDirectory() as root:
        deaths = soak(arguments.trials, arguments.seed, Path(root))
    counts = ", ".join(f"{count} at {kind}" for kind, count in sorted(deaths.items()))
    print(  # noqa: T201
        f"{arguments.trials} trainings killed {deaths.total()} times ({counts}) and resumed: every one left the same "
        f"weights, metrics and checkpoints as one never stopped, in {time.perf_counter() - begun:.0f} s"
    )


if __name__ == "__main__":
    main()
