"""The model of the sum over ranks is what its messages take in a simulation; the page says what the record says."""

import json
from pathlib import Path

import pytest

from benchmarks.scaling import measure, page
from benchmarks.scaling.model import Network, Point, halving, pays_up_to, ring, strong, weak

DOCS = Path(__file__).parents[2] / "docs"
NETWORK = Network(alpha=3.0, beta=0.5, gamma=0.25)


def simulated_ring(ranks: int, size: float) -> float:
    """Round by round, each rank sends a part to the next; in the first p − 1 rounds what came is added."""
    part = size / ranks
    message = NETWORK.alpha + part * NETWORK.beta
    return sum(message + part * NETWORK.gamma for _ in range(ranks - 1)) + sum(message for _ in range(ranks - 1))


def simulated_halving(ranks: int, size: float) -> float:
    """Partners exchange halves of what they still care for and add them; then the same way back, without adding."""
    seconds, part, distance = 0.0, size, ranks
    while distance > 1:
        part, distance = part / 2, distance // 2
        seconds += 2 * (NETWORK.alpha + part * NETWORK.beta) + part * NETWORK.gamma
    return seconds


@pytest.mark.parametrize("ranks", [1, 2, 8, 64])
def test_the_formulas_are_what_the_messages_take(ranks: int) -> None:
    assert ring(NETWORK, ranks, 1000.0) == pytest.approx(simulated_ring(ranks, 1000.0))
    assert halving(NETWORK, ranks, 1000.0) == pytest.approx(simulated_halving(ranks, 1000.0))


def test_scaling() -> None:
    work, sums = {1: 0.5, 4: 2.0, 8: 3.0}, {2: 1.0, 4: 2.0, 8: 4.0}
    assert weak(2.0, work, 4, sums)[1] == Point(ranks=4, batch=4, work=2.0, sum=2.0, speedup=2.0)
    points = strong(3.5, work, 8, sums)
    assert [(p.ranks, p.batch) for p in points] == [(2, 4), (8, 1)]  # of 2 samples the work was not measured
    assert [p.efficiency for p in points] == pytest.approx([3.5 / 3 / 2, 3.5 / 4.5 / 8])
    assert pays_up_to(points) == 2
    assert pays_up_to(points, least=0.9) is None


def test_rounds_are_added_to_a_record() -> None:
    first = measure.summary([{"ms": 1.0}, {"ms": 3.0}], {})
    assert measure.summary([{"ms": 2.5}], first)["ms"] == {"median": 2.5, "spread": 0.5, "rounds": [1.0, 3.0, 2.5]}


def test_ranks_that_learn_something_else_are_noticed() -> None:
    figures = {f"strong, compiled, {p}": {"loss": {"rounds": [2.0, 2.0]}} for p in (1, 2)}
    assert measure.agreed(figures)
    figures["strong, compiled, 2"]["loss"]["rounds"][1] = 2.001
    assert not measure.agreed(figures)


def test_the_page_says_what_the_record_says() -> None:
    record = json.loads((DOCS / "scaling.json").read_text(encoding="utf-8"))
    assert page.page(record) == (DOCS / "scaling.md").read_text(encoding="utf-8")
    assert measure.agreed(record["figures"])
