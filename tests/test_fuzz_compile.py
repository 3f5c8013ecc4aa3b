"""The fuzz of compiled steps: some of its worlds, faults planted in the compiler that it must find, its shrinking."""

import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from tests.compiled_draws import KINDS, draw
from tests.compiled_worlds import Failure, Refused, World
from tests.fuzz_compile import Report, Variant, shrunk
from vector.compilation import compiled
from vector.compilation.planning import make_plan
from vector.compilation.surroundings import Surroundings

WORLDS: Mapping[str, Sequence[int]] = {
    "training": [0, 1, 6, 7],
    "in_place": [1, 4, 5, 6],
    "expressions": [1, 3, 4, 5],
    "control": [0, 1, 2, 5],
    "scalar": [0, 1, 2],
}
MOST = 60
"""How many worlds a planted fault may take to be found."""


@pytest.mark.parametrize("kind", WORLDS)
def test_twins_agree(kind: str) -> None:
    report = Report()
    for seed in WORLDS[kind]:
        report.run(kind, seed, [Variant()])
    assert not report.failures


def test_a_world_is_the_same_each_time() -> None:
    for kind in KINDS:
        assert str(draw(kind, 3)) == str(draw(kind, 3))


def test_a_world_is_made_smaller_while_it_fails() -> None:
    world = draw("control", 0)
    kept = world.body[-1]
    small = shrunk(world, lambda smaller: kept in smaller.body and len(smaller.calls) > 1)
    assert (small.body, len(small.calls), small.setup, small.entry) == ((kept,), 2, (), "step")


def outcome(world: World) -> Failure | None:
    try:
        return Variant().compare(world)
    except Refused:
        return None


def found(monkeypatch: pytest.MonkeyPatch, kind: str, plant: Callable[[pytest.MonkeyPatch], None]) -> World | None:
    """The first world whose twins agree without a fault, and with it do not."""
    for seed in range(MOST):
        world = draw(kind, seed)
        with monkeypatch.context() as planted:
            plant(planted)
            failure = outcome(world)
        if failure and not outcome(world):
            return world
    return None


def plan_changed(monkeypatch: pytest.MonkeyPatch, change: Callable[[list[Any]], None]) -> None:
    """Change the calls of each plan."""

    def wrong(*args: Any, **kwargs: Any) -> Any:
        plan = make_plan(*args, **kwargs)
        change(plan.calls)
        return plan

    monkeypatch.setattr(compiled, make_plan.__name__, wrong)


def drop_a_write(calls: list[Any]) -> None:
    writing = [call for call in calls if call.writes]
    if writing:
        calls.remove(writing[len(writing) // 2])


def swap_two_calls(calls: list[Any]) -> None:
    """The first two that follow each other, the second of which reads what the first one writes."""
    for i, (first, second) in enumerate(itertools.pairwise(calls)):
        written = {x.of for x in (*first.results, *first.writes) if hasattr(x, "of")}
        if not first.is_view and not second.is_view and any(x.of in written for x in second.reads()):
            calls[i : i + 2] = second, first
            return


def modes_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    fixed = Surroundings.fixed

    def blind(surroundings: Surroundings) -> Any:
        """All places but those of modes, and but the lengths that the first mode to be set changes."""
        return [it for it in fixed(surroundings) if it[0].key != "training" and it[0].kind != "length"]

    monkeypatch.setattr(Surroundings, "fixed", blind)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["training", "in_place"])
def test_a_dropped_write_is_found(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    assert found(monkeypatch, kind, lambda m: plan_changed(m, drop_a_write))


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["training", "expressions"])
def test_two_calls_in_the_wrong_order_are_found(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    assert found(monkeypatch, kind, lambda m: plan_changed(m, swap_two_calls))


@pytest.mark.slow
def test_a_stale_mode_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    assert found(monkeypatch, "training", modes_ignored)
