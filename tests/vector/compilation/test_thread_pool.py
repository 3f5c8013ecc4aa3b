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
from vector.compilation.kernels import Kernel, ParallelLoop
from vector.compilation.program import Array
from vector.compilation.schedule import Part, phases

pytest.importorskip("numba")
pytest.importorskip("threadpoolctl")


def array(number: int, value: Any) -> Array:
    return Array(number, value, "outside")


class TestPhases:
    """Kernels over random pieces of one memory, in which each list of a phase may run before or after the others."""

    memory = np.zeros(64, np.int8)

    def kernel(self, number: int, reads: tuple[int, int], writes: tuple[int, int], divided: bool) -> Kernel:
        pieces = [
            array(2 * number + i, self.memory[start : start + 8 * n]) for i, (start, n) in enumerate([reads, writes])
        ]
        kernel = Kernel([pieces[1]], work=schedule.SMALL)
        kernel.arguments = [*pieces]
        if divided:
            steps: Any = {x: x.value.size // 8 for x in pieces}
            kernel.parallel = ParallelLoop(8, steps)
        return kernel

    pieces = st.tuples(st.integers(0, 48), st.integers(1, 2))

    @given(st.lists(st.tuples(pieces, pieces, st.booleans()), max_size=8), st.integers(1, 3))
    def test_lists_of_one_phase_do_not_touch_each_other(self, given: Any, threads: int) -> None:
        made = [self.kernel(i, *one) for i, one in enumerate(given)]
        planned = phases(made, threads, lambda x: x.value)
        order = [part.kernel for phase in planned for parts_ in phase for part in parts_]
        assert set(order) == set(made)
        for phase in planned:
            for i, mine in enumerate(phase):
                for other in phase[i + 1 :]:
                    for one in mine:
                        for two in other:
                            if one.kernel is not two.kernel:
                                assert not self.collide(one, two)
                                assert not self.collide(two, one)

    @given(st.lists(st.tuples(pieces, pieces, st.booleans()), max_size=8), st.integers(1, 3))
    def test_what_depends_on_something_comes_after_it(self, given: Any, threads: int) -> None:
        made = [self.kernel(i, *one) for i, one in enumerate(given)]
        places: dict[Kernel, list[int]] = {}
        for number, phase in enumerate(phases(made, threads, lambda x: x.value)):
            for list_ in phase:
                for part in list_:
                    places.setdefault(part.kernel, []).append(number)
        for i, first in enumerate(made):
            for second in made[i + 1 :]:
                one, two = (Part(kernel, 0, kernel.parallel.length) for kernel in (first, second))
                if self.collide(one, two) or self.collide(two, one):
                    assert max(places[first]) <= min(places[second])

    def collide(self, one: Part, two: Part) -> bool:
        """Whether the first writes what the second touches."""
        return bool(self.touched(one, written=True) & self.touched(two))

    def touched(self, part: Part, *, written: bool = False) -> set[int]:
        found: set[int] = set()
        for x in part.kernel.written if written else part.kernel.arguments:
            assert isinstance(x, Array)
            low, high = part.region(x, x.value)
            found.update(range(low, high))
        return found


def test_parts_cover_the_loop_once() -> None:
    kernel = Kernel([], work=schedule.SMALL)
    kernel.parallel = ParallelLoop(100, grain=16)
    found = schedule.split(kernel, 3)
    assert [(part.start, part.stop) for part in found] == [(0, 32), (32, 64), (64, 100)]
    kernel.parallel.grain = 64
    assert schedule.split(kernel, 3) == [Part(kernel, 0, 100)]


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
