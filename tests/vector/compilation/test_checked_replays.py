"""A compiled step in several threads, and with the eager step beside it."""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import vector
from tests.vector.compilation.twins import (
    MOVING,
    Runs,
    World,
    batch,
    both,
    contents,
    kinds,
    learning,
    network,
    repeat,
    rows,
    same,
    trained,
    twins,
    weights,
)
from tests.waiting import in_threads
from tests.waiting import often as often
from vector import nn, optim
from vector.compilation import compile, planning


def pure() -> Callable[[Any], Any]:
    model = nn.Sequential(nn.Linear(4, 16, generator=np.random.default_rng(0)), nn.Tanh(), nn.LayerNorm(16)).eval()
    w = weights((16, 3))

    def step(x: Any) -> Any:
        out = vector.softmax(model(x) @ w)
        return out, (out * out).sum(1)

    return step


@both
@pytest.mark.parametrize(
    ("threads", "calls"), [(3, 40), pytest.param(8, 1_000, marks=pytest.mark.slow)], ids=["3", "8"]
)
def test_one_compiled_function_in_several_threads(native: bool, threads: int, calls: int, often: None) -> None:
    """They mixed their memory: one in eight results was another thread's. At recording, too."""
    eager, compiled = pure(), compile(pure(), native=native)
    expected = [[x.data for x in eager(rows(i, (5 + i % 2, 4)))] for i in range(24)]

    def work(start: int) -> None:
        for n in range(start, start + calls):
            i = n % 24
            for mine, theirs in zip(compiled(rows(i, (5 + i % 2, 4))), expected[i], strict=True):
                if native:
                    np.testing.assert_allclose(mine.data, theirs, rtol=1e-5, atol=1e-6)
                else:
                    assert mine.data.tobytes() == theirs.tobytes()

    in_threads(*(functools.partial(work, 5 * k) for k in range(threads)))
    assert compiled.explain()


@both
@pytest.mark.slow
def test_eight_threads_are_bit_equal_to_one(native: bool, often: None) -> None:
    inputs = [rows(i, (5 + i % 2, 4)) for i in range(1_000)]
    compiled = compile(pure(), native=native)
    for x in inputs[:6]:
        compiled(x)
    expected = [[y.data.tobytes() for y in compiled(x)] for x in inputs]

    def work() -> None:
        for x, theirs in zip(inputs, expected, strict=True):
            assert [y.data.tobytes() for y in compiled(x)] == theirs

    in_threads(*[work] * 8)


def test_trainings_of_their_own_in_several_threads(often: None) -> None:
    """One compiled step, given each thread's own model and optimizer, trains each as alone."""

    def step(model: Any, optimizer: Any, x: Any) -> Any:
        optimizer.zero_grad()
        loss = (model(x) ** 2).mean()
        loss.backward()
        optimizer.step()
        return loss

    def train(one: Callable[..., Any], seed: int) -> dict[str, Any]:
        model = nn.Sequential(nn.Linear(4, 3, generator=np.random.default_rng(seed)), nn.Tanh())
        optimizer = optim.Adam(model.parameters(), lr=0.1)
        for i in range(20):
            one(model, optimizer, rows(i))
        return model.state_dict()

    compiled = compile(step, native=False)

    def work(seed: int) -> None:
        same(contents(train(step, seed)), contents(train(compiled, seed)), f"thread {seed}", native=False)

    in_threads(*(functools.partial(work, seed) for seed in range(3)))


# -------------------------------------------------------------------- a net


def test_the_usual_call_runs_no_python_of_the_step() -> None:
    """All tests here would be passed by a step that is never compiled."""
    world = trained(lambda p: optim.Adam(p, lr=0.1))
    compiled = compile(world.step, native=False)
    for i in range(100):
        compiled(rows(i))
    with Runs(world.step) as runs:
        for i in range(4):
            compiled(rows(i))
    assert runs.count == 0
    with Runs(world.step) as runs:
        world.optimizer.weight_decay = 0.1
        compiled(rows(0))
    assert runs.count > 0


@kinds(["Adam", "SGD"], "Adam")
def test_a_net_under_a_good_step(native: bool, kind: str) -> None:
    """The eager step beside the replay leaves no mark: parameters, moments, time and generators are those of one."""

    def make() -> World:
        model = network()
        optimizer = MOVING[kind](model.parameters())
        return World(step=learning(optimizer, model), draw=batch, model=model, optimizer=optimizer)

    twins(make, native=native, check=2)


def test_a_net_finds_what_no_guard_can_see(tmp_path: Path) -> None:
    """A file that is read in the step is no object that could be compared."""
    file = tmp_path / "scale"
    file.write_text("2.0")

    def step(x: Any) -> Any:
        return np.tanh(x) * float(file.read_text())

    compiled = compile(step, native=False, check=2)
    for i in range(8):
        compiled(rows(i))
    file.write_text("3.0")
    with pytest.raises(RuntimeError, match="multiply"):
        repeat(compiled, batch, 4)


def test_the_first_replays_have_a_net(tmp_path: Path) -> None:
    file = tmp_path / "scale"
    file.write_text("2.0")

    def step(x: Any) -> Any:
        return np.tanh(x) * float(file.read_text())

    compiled = compile(step, native=False)
    repeat(compiled, batch, 2)
    file.write_text("3.0")
    with pytest.raises(RuntimeError, match="multiply"):
        repeat(compiled, batch, 4)


def test_a_net_finds_a_write_that_a_plan_drops(monkeypatch: pytest.MonkeyPatch) -> None:
    """A planted fault: the planner forgets the last call that changes something."""
    whole: Any = planning.without_dead_code
    dropped = []

    def forgetful(*args: Any, **kwargs: Any) -> Any:
        calls = whole(*args, **kwargs)
        writing = [call for call in calls if call.writes]
        dropped.extend(writing[-1:])
        return [call for call in calls if call is not (writing or [None])[-1]]

    monkeypatch.setattr(planning, "without_dead_code", forgetful)
    w = weights()

    def step(x: Any) -> Any:
        w.data += x * 2
        return w.data.sum()

    compiled = compile(step, native=False, check=2)
    with pytest.raises(RuntimeError, match=r"add|copyto|difference"):
        repeat(compiled, lambda i: (rows(i, (4, 4)),))
    assert dropped


@pytest.mark.skipif(
    np.lib.NumpyVersion(np.__version__) >= "2.5.0", reason="not here: a NumPy whose `at` writes to what is read-only"
)
def test_what_is_read_only_is_put_back_too() -> None:
    """NumPy's `at` writes to it as well, before 2.5; the net could not undo that and raised."""
    b = np.zeros((3, 4))
    diagonal = np.diagonal(b)
    step = vector.compile(lambda: np.add.at(diagonal, [0, 0], 0.5), check=1)
    for n in range(1, 5):
        step()
        assert b[0, 0] == n
    assert not diagonal.flags.writeable
