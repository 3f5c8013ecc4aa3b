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
from vector.compilation import blas, kernels
from vector.compilation.kernels import Kernel

pytest.importorskip("llvmlite")
pytest.importorskip("threadpoolctl")


@given(st.integers(1, 200), st.integers(1, 32), st.integers(1, 5))
def test_parts_cover_the_loop_once(length: int, grain: int, threads: int) -> None:
    kernel = Kernel(work=kernels.SMALL)
    kernel.length, kernel.grain = length, grain
    ends = kernel.ends(threads)
    assert ends == sorted(set(ends))
    assert (ends[0], ends[-1]) == (0, length)
    assert all(start % grain == 0 for start in ends[:-1])
    assert len(ends) in (2, threads + 1)


def test_a_loop_is_split_at_multiples_of_its_grain() -> None:
    kernel = Kernel(work=kernels.SMALL)
    kernel.length, kernel.grain = 100, 16
    assert kernel.ends(3) == [0, 32, 64, 100]
    kernel.grain = 64
    assert kernel.ends(3) == [0, 100]


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
        before = blas.library().threads()
        trained(2, batches[:4])
        assert blas.library().threads() == before


def test_an_index_out_of_range_stops_all_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernels, "SMALL", 0)
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
