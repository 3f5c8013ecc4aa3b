"""The doctor reads limits, tries settings and names the one that helps most; here with machines made up."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from demos.doctor import measures
from demos.doctor.command import examine
from demos.doctor.limits import Limits, limits, quota
from demos.doctor.measures import Measured
from demos.doctor.report import advice, machine
from demos.doctor.settings import Setting, candidates, gains
from demos.machine import blas_in_use

FOUR = Limits(cores=4, allowed=4, quota=None)


def write(root: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param({}, None, id="no control groups"),
        pytest.param({"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": "max 100000\n"}, None, id="2, no limit"),
        pytest.param({"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": "150000 100000\n"}, 1.5, id="2"),
        pytest.param(
            {
                "proc/self/cgroup": "0::/pod/box\n",
                "sys/fs/cgroup/pod/cpu.max": "100000 100000\n",
                "sys/fs/cgroup/pod/box/cpu.max": "400000 100000\n",
            },
            1.0,
            id="2, the outer group is tighter",
        ),
        pytest.param(
            {
                "proc/self/cgroup": "4:memory:/x\n3:cpu,cpuacct:/box\n",
                "sys/fs/cgroup/cpu,cpuacct/box/cpu.cfs_quota_us": "200000\n",
                "sys/fs/cgroup/cpu,cpuacct/box/cpu.cfs_period_us": "100000\n",
            },
            2.0,
            id="1",
        ),
        pytest.param(
            {
                "proc/self/cgroup": "3:cpu:/\n",
                "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n",
                "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
            },
            None,
            id="1, no limit",
        ),
    ],
)
def test_a_containers_limit(tmp_path: Path, files: Mapping[str, str], expected: float | None) -> None:
    assert quota(write(tmp_path, files)) == expected


def test_a_limit_rounds_up_to_threads_and_never_to_none(tmp_path: Path) -> None:
    assert Limits(8, 4, 1.5).threads == 2
    assert Limits(8, 4, 0.2).threads == 1
    assert Limits(8, 4, 16.0).threads == 4
    assert limits(tmp_path).threads == limits(tmp_path).allowed <= limits(tmp_path).cores


@pytest.mark.parametrize(
    ("environment", "limits", "threads", "expected"),
    [
        ({}, Limits(1, 1, None), 1, []),
        ({}, Limits(2, 2, None), 2, ["export OPENBLAS_NUM_THREADS=1"]),
        ({}, FOUR, 4, ["export OPENBLAS_NUM_THREADS=2", "export OPENBLAS_NUM_THREADS=1"]),
        ({"OPENBLAS_CORETYPE": "Haswell"}, Limits(1, 1, None), 1, ["unset OPENBLAS_CORETYPE"]),
        ({"OMP_NUM_THREADS": "1"}, FOUR, 1, ["unset OMP_NUM_THREADS"]),
        ({}, Limits(8, 8, 1.0), 8, ["export OPENBLAS_NUM_THREADS=1"]),
    ],
)
def test_what_is_tried(environment: dict[str, str], limits: Limits, threads: int, expected: list[str]) -> None:
    assert [setting.what for setting in candidates(environment, limits, threads)] == expected


def test_a_setting_changes_a_copy() -> None:
    environment = {"OPENBLAS_CORETYPE": "Haswell", "HOME": "/"}
    setting = Setting("", "", {"OPENBLAS_CORETYPE": None, "OMP_NUM_THREADS": "1"})
    assert setting.applied(environment) == {"HOME": "/", "OMP_NUM_THREADS": "1"}
    assert environment == {"OPENBLAS_CORETYPE": "Haswell", "HOME": "/"}


def test_gains_are_ratios_to_the_environment_as_it_is() -> None:
    settings = candidates({"OPENBLAS_CORETYPE": "Haswell"}, Limits(2, 2, None), 2)
    found = gains(settings, {"OPENBLAS_CORETYPE": "Haswell"}, lambda e: 3.0 if "OPENBLAS_CORETYPE" in e else 2.0)
    assert found == [1.5, 1.0]


def test_the_best_setting_is_the_advice() -> None:
    slower, faster = (Setting(name, "because", {}) for name in ("slower", "faster"))
    said = list(advice([slower, faster], [1.2, 1.6]))
    assert "ADVICE       faster" in said
    assert "1.60 times as fast" in said[-1]


@pytest.mark.parametrize("gains", [[], [1.01]])
def test_without_a_gain_nothing_is_advised(gains: list[float]) -> None:
    settings = [Setting("x", "y", {})] * len(gains)
    assert "leave everything as it is" in list(advice(settings, gains))[-1]


def test_a_busy_machine_is_told() -> None:
    assert any("busy" in line for line in machine(FOUR, {}, load=5.0))
    assert not any("busy" in line for line in machine(FOUR, {}, load=0.1))


def test_a_whole_examination(tmp_path: Path) -> None:
    def ask(environment: Mapping[str, str], *, everything: bool) -> Measured:
        held = "OPENBLAS_CORETYPE" in environment
        return Measured({512: 100.0} if everything else {}, 2.0 if held else 1.0, 20.0, "openblas 1, Some kernels", 1)

    said: list[str] = []
    root = write(tmp_path, {"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": "50000 100000\n"})
    examine({"OPENBLAS_CORETYPE": "Haswell"}, said.append, root=root, ask=ask)
    text = "\n".join(said)
    assert "a container's limit of 0.5" in text
    assert "OPENBLAS_CORETYPE=Haswell" in text
    assert "openblas 1, Some kernels, threads: 1" in text
    assert "ADVICE       unset OPENBLAS_CORETYPE" in text
    assert "2.00 times as fast" in text


def test_a_process_of_its_own_measures() -> None:
    found = measures.ask(os.environ, everything=False)
    assert found.step > 0
    assert found.sgemm == {}


def test_without_threadpoolctl_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "threadpoolctl", None)
    blas, threads = blas_in_use()
    assert "pip install threadpoolctl" in blas
    assert threads is None


@pytest.mark.slow
def test_its_measures() -> None:
    assert measures.product_speed(8) > 0
    assert len(measures.times(lambda: None, budget=0)) == 3


def test_it_has_a_help_page() -> None:
    command = [sys.executable, "-m", "demos", "doctor", "--help"]
    assert "which BLAS" in subprocess.run(command, capture_output=True, text=True, check=True).stdout
