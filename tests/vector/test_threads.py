"""What several threads do at once is what they would have done one after the other."""

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import vector
from tests.checks import grad
from tests.waiting import all_calls, in_threads
from tests.waiting import often as often
from vector import Function, Tensor, modes, nn, optim, tensor

THREADS, SIZE = 8, 2_000
pytestmark = pytest.mark.usefixtures("often")


def at_once(work: Callable[[int], object], threads: int = THREADS) -> None:
    """Call work(0), work(1), … in threads that start together."""
    in_threads(*(functools.partial(work, k) for k in range(threads)))


# Sums of small whole numbers are exact, in whichever order they are added. NumPy lets other threads run while it adds
# two large arrays.
LOSSES: dict[str, Callable[[Tensor, int], Tensor]] = {
    "a leaf": lambda w, k: w.sum(),
    "a product": lambda w, k: (w * float(k)).sum(),
    "a product with itself": lambda w, k: (w * w).sum(),
    "a matrix product": lambda w, k: (w @ np.full(SIZE, float(k))).sum(),
    "an index": lambda w, k: w[k % 2].sum(),
}


@all_calls
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES.keys())
def test_gradients_of_one_leaf_add_up(loss: Callable[[Tensor, int], Tensor], dtype: Any, calls: int) -> None:
    """Four threads that added into one leaf lost a tenth of their sums."""

    def made() -> Tensor:
        return Tensor(np.arange(2 * SIZE, dtype=dtype).reshape(2, SIZE) % 7, requires_grad=True)

    w, alone = made(), made()

    def work(w: Tensor, k: int) -> None:
        for _ in range(calls):
            loss(w, k).backward()

    at_once(lambda k: work(w, k))
    for k in range(THREADS):
        work(alone, k)
    assert grad(w).tobytes() == grad(alone).tobytes()


def test_backward_passes_through_one_graph_add_up() -> None:
    class Doubled(Function):
        @staticmethod
        def forward(ctx: Any, x: Any, y: Any) -> Any:
            return x + y

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g, 2 * g

    x, y = tensor([1.0, 2.0], requires_grad=True), tensor([3.0, 4.0], requires_grad=True)
    out, g = Doubled.apply(x, y), np.ones(2)
    at_once(lambda k: [out.backward(g) for _ in range(100)])
    np.testing.assert_array_equal(grad(x), np.full(2, 100.0 * THREADS))
    np.testing.assert_array_equal(grad(y), np.full(2, 200.0 * THREADS))


def test_a_change_in_place_is_noticed_whoever_else_changes_something() -> None:
    missed = []

    def work(k: int) -> None:
        w = tensor([1.0, 2.0], requires_grad=True)
        for _ in range(300):
            y = (w * w).sum()
            w.data += 1.0
            try:
                y.backward()
                missed.append(k)
            except RuntimeError as refused:
                if "changed in place" not in str(refused):
                    raise

    at_once(work)
    assert missed == []


def test_all_threads_meet_the_same_constants() -> None:
    def look(y: Tensor, met: list[Any], k: int) -> None:
        met.extend([*y.parents, *y.parents])

    for _ in range(100):
        y = tensor([1.0], requires_grad=True) * 2.0
        met: list[Any] = []
        at_once(functools.partial(look, y, met), threads=4)
        assert len(set(map(id, met))) == 2


def test_models_of_their_own_train_as_they_would_alone() -> None:
    x = np.random.default_rng(0).normal(size=(8, 3)).astype(np.float32)

    def trained(seed: int) -> bytes:
        model = nn.MLP(3, [4, 1], generator=np.random.default_rng(seed))
        adam = optim.Adam(model.parameters(), lr=0.1)
        for _ in range(50):
            adam.zero_grad()
            (model(x) ** 2).mean().backward()
            adam.step()
        return b"".join(p.data.tobytes() for p in model.parameters())

    together: dict[int, bytes] = {}
    at_once(lambda k: together.update({k: trained(k)}), threads=4)
    assert together == {k: trained(k) for k in range(4)}


@pytest.mark.parametrize("native", [False, True])
def test_a_compiled_step_may_be_called_from_all(native: bool) -> None:
    """Its plan has its memory once: one thread's numbers came out of another's call."""
    w = tensor(np.arange(4.0), requires_grad=True)
    step = vector.compile(lambda x: ((w * x).exp().sum(), x * 2 + 1), native=native)
    for x in (np.ones(4), np.ones(4)):
        step(x)

    def work(k: int) -> None:
        x = np.full(4, k / 8)
        expected = step.step(x)
        for _ in range(200):
            for ours, theirs in zip(step(x), expected, strict=True):
                np.testing.assert_allclose(getattr(ours, "data", ours), getattr(theirs, "data", theirs), rtol=1e-12)

    at_once(work)


def test_recording_a_step_from_several_threads_at_once() -> None:
    def work(step: Callable[[Any], Any], k: int) -> None:
        for _ in range(4):
            np.testing.assert_array_equal(step(np.ones(k + 1)), np.full(k + 1, 3.0))

    for _ in range(10):
        at_once(functools.partial(work, vector.compile(lambda x: x * 2 + 1, native=False)))


def test_switches_hold_for_the_thread_that_set_them() -> None:
    def work(k: int) -> None:
        x = tensor([1.0], requires_grad=True)
        for _ in range(200):
            if k % 2:
                with vector.no_grad(), vector.detect_anomaly():
                    assert not (x * 2).requires_grad
                    assert modes.hooks.get() is not None
            else:
                assert (x * 2).requires_grad
                assert modes.hooks.get() is None

    at_once(work)
