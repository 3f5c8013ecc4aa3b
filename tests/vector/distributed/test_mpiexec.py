"""Real processes, started by the mpiexec of MPICH's wheel."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.vector.distributed.worker import STEP, train
from tests.waiting import PATIENCE

ROOT = Path(__file__).parents[3]


def mpiexec(size: int, *command: str, blocked: Path | None = None) -> tuple[int, str, str]:
    """Exit status, output and errors of `mpiexec -n size python …`; a module in `blocked` hides the installed one."""
    paths = [str(path) for path in (blocked, ROOT) if path]
    done = subprocess.run(
        [Path(sys.executable).with_name("mpiexec"), "-n", str(size), sys.executable, *command],
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    return done.returncode, done.stdout, done.stderr


def worker(size: int, folder: Path, fate: str = "none") -> tuple[int, str, str]:
    return mpiexec(size, "-m", "tests.vector.distributed.worker", str(folder), fate)


def losses(folder: Path) -> list[float]:
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    return [line["loss"] for line in lines if "epoch" not in line]


def test_a_rank_is_killed_and_the_training_goes_on_with_others(tmp_path: Path) -> None:
    status, _, printed = worker(2, tmp_path / "run", "SIGKILL")
    kept = tmp_path / f"run/checkpoints/step-{STEP - 1:09}.safetensors"
    assert status != 0
    assert printed.splitlines() == [
        f"error: one of the 2 ranks was lost, which ends them all; {kept} is kept: go on from there, on any number of "
        "ranks, with --resume (in Python: resume=True)"
    ]
    assert worker(3, tmp_path / "run") == (0, "", "")
    np.testing.assert_allclose(losses(tmp_path / "run"), train(None).losses, rtol=1e-12)


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_ctrl_c_on_one_rank_stops_all_after_the_same_step(tmp_path: Path, name: str) -> None:
    status, _, printed = worker(2, tmp_path / "run", name)
    assert status == 130
    assert printed.startswith(f"stopped; {tmp_path}/run/checkpoints/step-{STEP:09}.safetensors is kept: go on")
    assert len(printed.splitlines()) == 1
    assert worker(2, tmp_path / "run") == (0, "", "")
    np.testing.assert_allclose(losses(tmp_path / "run"), train(None).losses, rtol=1e-12)


def test_without_shared_memory_the_ranks_send_messages(tmp_path: Path) -> None:
    """As where /dev/shm is missing: the rank that finds out takes the others along."""
    assert worker(2, tmp_path / "run", "no shared memory") == (0, "", "")
    np.testing.assert_allclose(losses(tmp_path / "run"), train(None).losses, rtol=1e-12)


def test_an_error_on_one_rank_ends_all(tmp_path: Path) -> None:
    status, _, printed = worker(3, tmp_path / "run", "raise")
    assert status != 0
    assert "rank 1: Traceback" in printed
    assert f"ValueError: this rank has had enough\nerror: this ends all 3 ranks; {tmp_path}/run/checkpoints/" in printed


def test_without_mpi4py_nothing_is_trained_twice(tmp_path: Path) -> None:
    (tmp_path / "mpi4py.py").write_text("raise ImportError('not here')")
    command = ["-m", "demos", "train", "digits", "--out", str(tmp_path / "run")]
    status, out, printed = mpiexec(2, *command, blocked=tmp_path)
    assert (status, out) == (2, "")
    assert printed == (
        "error: mpiexec started 2 processes, which without MPI for Python would each train alone and write the same "
        'files (not here); install it with: pip install "twingrad[mpi]"\n'
    )
    assert not (tmp_path / "run").exists()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["moons"], "the scalar engine trains in one process: add --engine vector, or leave mpiexec out"),
        (["digits", "--batch", "1"], "expected a batch of at least a sample for each of the 2 ranks, got 1: take a"),
        (["digits", "--hidden", "0", "--out", "nowhere"], "expected --hidden as widths, such as 256,128, got 0"),
    ],
)
def test_mistakes_are_printed_once(arguments: list[str], message: str) -> None:
    status, _, printed = mpiexec(2, "-m", "demos", "train", *arguments)
    assert status == 2
    assert message in printed
    assert len(printed.splitlines()) == 1


@pytest.mark.slow
def test_the_command_line_trains_on_ranks(tmp_path: Path) -> None:
    for size in (1, 3):
        status, out, _ = mpiexec(size, "-m", "demos", "train", "digits", "--out", str(tmp_path / str(size)))
        assert status == 0
        assert out.count("of the 360 test images right (they chose nothing); stated: at least 95.0%") == 1
    assert len(losses(tmp_path / "1")) == len(losses(tmp_path / "3"))
    np.testing.assert_allclose(losses(tmp_path / "1")[:100], losses(tmp_path / "3")[:100], rtol=1e-5)
