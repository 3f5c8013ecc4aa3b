"""What is timed is the same work: the step of each contestant gives the same losses."""

import numpy as np
import pytest

from benchmarks.figures import agree
from benchmarks.problem import LR, Setting
from benchmarks.steps import floor, ours, pytorch
from benchmarks.suites import load, moons


@pytest.mark.parametrize("optimizer", sorted(LR))
def test_the_same_losses(optimizer: str) -> None:
    setting = Setting((12, 8, 3), 6, optimizer)
    steps = [
        ours.eager(setting),
        ours.compiled(setting, native=False),
        pytorch.eager(setting, fused=False),
        pytorch.eager(setting, fused=True),
    ]
    losses = [[step() for _ in range(10)] for step in steps]
    assert agree(losses, 1e-4)
    assert losses[0][-1] < losses[0][0]


@pytest.mark.parametrize(
    ("suite", "names"),
    [
        ("overhead", ["vector", "torch"]),
        ("growth", ["scalar", "vector"]),
        ("moons", ["scalar", "scalar compiled"]),
        ("imports", ["scalar"]),
        ("mnist", ["floor", "peak sgemm"]),
        ("rows", ["vector", "torch"]),
    ],
)
def test_other_suites_measure_the_same_work(suite: str, names: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moons, "STEPS", 1)
    there = load(suite)
    turns = [there.contestants[name](there.cases[0])() for name in names]
    assert agree([turn.outcome for turn in turns], there.tolerance)
    assert all(figure > 0 for turn in turns for figure in turn.figures.values())


@pytest.mark.parametrize("order", "CF")
def test_the_floor_is_the_products_of_the_step(order: str) -> None:
    calls = floor.products(Setting((12, 8, 3), 6, "SGD"), weights=order)
    assert len(calls) == 5  # forward and weights of two layers, and the hidden layer's gradient
    assert floor.seconds(calls) > 0
    assert floor.flops(Setting((12, 8, 3), 6, "SGD")) == 2 * 6 * (2 * 12 * 8 + 3 * 8 * 3)


def test_aligned_arrays_begin_at_a_cache_line() -> None:
    array = floor.aligned(3, 5)
    assert array.ctypes.data % 64 == 0
    assert (array.shape, array.dtype) == ((3, 5), np.float32)
