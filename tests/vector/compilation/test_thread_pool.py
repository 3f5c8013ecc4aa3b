"""Compiled kernels are split among threads, and no thread reads what another has not finished."""

import platform
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.vector.compilation.twins import classifying
from tests.waiting import PATIENCE, in_threads
from vector import compile, nn, optim, tensor
from vector.compilation import blas, kernels, schedule
from vector.compilation.kernels import Kernel
from vector.compilation.schedule import Part, phases

pytest.importorskip("numba")
pytest.importorskip("threadpoolctl")


@given(st.lists(st.tuples(st.integers(0, 2 * schedule.SMALL), st.integers(1, 64)), max_size=8), st.integers(1, 3))
def test_phases_go_through_all_kernels_in_order(given: Any, threads: int) -> None:
    made = [kernel(work, length) for work, length in given]
    planned = phases(made, threads)
    assert [*dict.fromkeys(part.kernel for phase in planned for parts in phase for part in parts)] == made
    for phase in planned:  # the lists of one phase run at the same time
        assert len(phase) == 1 or len({part.kernel for parts in phase for part in parts}) == 1
        assert len(phase) <= threads


@given(st.integers(1, 200), st.integers(1, 32), st.integers(1, 5))
def test_parts_cover_the_loop_once(length: int, grain: int, threads: int) -> None:
    parts = schedule.split(kernel(schedule.SMALL, length, grain), threads)
    assert [i for part in parts for i in range(part.start, part.stop)] == [*range(length)]
    assert all(part.start % grain == 0 for part in parts)


def test_a_loop_is_split_at_multiples_of_its_grain() -> None:
    whole = kernel(schedule.SMALL, 100, 64)
    assert schedule.split(whole, 3) == [Part(whole, 0, 100)]
    found = schedule.split(kernel(schedule.SMALL, 100, 16), 3)
    assert [(part.start, part.stop) for part in found] == [(0, 32), (32, 64), (64, 100)]


def kernel(work: int, length: int, grain: int = 1) -> Kernel:
    made = Kernel(work)
    made.length, made.grain = length, grain
    return made


def trained(threads: int, batches: Any) -> list[Any]:
    """The weights of a small network after a step for each batch."""
    model = nn.MLP(40, [80, 64, 5], generator=np.random.default_rng(0))
    optimizer = optim.Adam(model.parameters(), lr=1e-2)

    step = compile(classifying(optimizer, model), native=True, threads=threads)
    for x, y in batches:
        step(x, y)
    return [p.data for p in model.parameters()]


@pytest.fixture(scope="module")
def batches() -> Any:
    generator = np.random.default_rng(1)
    return [(generator.normal(size=(48, 40)).astype(np.float32), generator.integers(0, 5, 48)) for _ in range(30)]


def test_more_threads_than_processors_take_the_same_steps(batches: Any) -> None:
    for mine, theirs in zip(trained(1, batches), trained(5, batches), strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-4, atol=1e-5)


def test_steps_in_two_threads_at_once(batches: Any) -> None:
    expected = trained(2, batches)
    results: dict[int, list[Any]] = {}
    in_threads(*(lambda i=i: results.update({i: trained(2, batches)}) for i in range(3)))
    for i in range(3):
        for mine, theirs in zip(expected, results[i], strict=True):
            np.testing.assert_array_equal(mine, theirs)


def test_blas_has_its_threads_back_afterwards(batches: Any) -> None:
    from threadpoolctl import threadpool_limits

    with threadpool_limits(3, user_api="blas"):
        before = blas.threads()
        trained(2, batches[:4])
        assert blas.threads() == before


def test_an_index_out_of_range_stops_all_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedule, "SMALL", 0)
    monkeypatch.setattr(kernels, "ALIGNMENT", 1)
    weight = tensor(np.ones((6, 8)))

    def step(x: Any, i: Any) -> Any:
        picked = x[i, i]
        weight.data = weight.data - np.sum(picked) * x
        return picked

    compiled = compile(step, native=True, threads=2)
    x, i = np.ones((6, 8)), np.array([0, 2])
    for _ in range(3):
        compiled(x, i)
    before = weight.data.copy()
    for _ in range(3):
        with pytest.raises(IndexError, match=r"out of (range|bounds)"):
            compiled(x, i + 5)
        np.testing.assert_array_equal(weight.data, before)
    assert compiled(x, i).tolist() == [1, 1]


def test_a_child_process_has_a_pool_of_its_own() -> None:
    """A fork takes no threads along: a step that waited for its parent's would never end."""
    program = """
import os
import numpy as np
from vector import compile
step = compile(lambda x: (x @ x.T).sum(), native=True, threads=2)
x = np.ones((200, 200))
for _ in range(4):
    expected = step(x)
child = os.fork()
if not child:
    os._exit(0 if step(x) == expected else 3)
raise SystemExit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    subprocess.run([sys.executable, "-W", "ignore", "-c", program], check=True, timeout=PATIENCE)


@pytest.mark.skipif(
    platform.machine().lower() not in ("x86_64", "amd64"), reason="not here: a switch of x86 processors"
)
def test_tiny_numbers_count_as_zero() -> None:
    """Moments that fade away would end among numbers too small for all their digits, which processors are slow with."""
    step = compile(lambda x: x * 0.5, native=True, threads=1)
    x = np.full(8, 2e-38, np.float32)
    assert np.all(x * np.float32(0.5) > 0)
    faded = [step(x) for _ in range(4)]
    assert np.all(faded[-1] == 0)
    assert np.all(x * np.float32(0.5) > 0)  # the switch is back where it was
