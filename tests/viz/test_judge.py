"""A second judge beside the difference quotients, and what becomes of their disagreement."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest

import viz
from tests.viz.engine import Computed, add, mul, relu, sin, total
from tests.viz.stub import Stub
from viz.graph import Graph

RULES: Mapping[str, Any] = {
    "+": lambda x, y: (1.0, 1.0),
    "×": lambda x, y: (y, x),
    "sin": lambda x: (np.cos(x),),
    "relu": lambda x: (1.0 * (x > 0),),
}


class Clerk:
    """Knows four rules, and counts what it is asked."""

    name = "Clerk"

    def __init__(self, **wrong: float) -> None:
        self.wrong = wrong
        self.asked = 0

    def __call__(self, node: Any, upstream: Any) -> Sequence[Any] | None:
        self.asked += 1
        if node.op not in RULES:
            return None
        error = self.wrong.get(node.op, 0.0)
        return [upstream * (local + error) for local in RULES[node.op](*(parent.data for parent in node.parents))]


def judged(output: Computed, judge: Any) -> Graph:
    output.backward()
    return viz.draw(output, verify=judge).graph


def stamps(graph: Graph) -> list[str]:
    return [str(edge.stamp or "") for edge in graph.edges]


def gradients(graph: Graph) -> dict[str, str]:
    return {c.name or c.symbol: str(row.stamp or "") for c in graph.cards for row in c.rows if row.key == "grad"}


def test_both_agree_and_the_legend_names_them() -> None:
    graph = judged(mul(sin(Stub(0.5, "x")), Stub(2.0, "y")), Clerk())
    assert set(stamps(graph)) == set(gradients(graph).values()) == {"✓"}
    assert graph.legend.judges == ("difference quotients", "Clerk")
    assert "✓ agrees with difference quotients and Clerk" in viz.Drawing(graph, 100).source


def test_a_planted_error_is_found_by_both() -> None:
    graph = judged(mul(sin(Stub(0.5, "x"), wrong=0.25), Stub(2.0, "y")), Clerk())
    assert stamps(graph) == ["✗ measured 0.8776, Clerk 0.8776", "✓", "✓"]
    assert gradients(graph)["x"] == "✗ measured 1.755, Clerk 1.755"


def test_where_quotients_cannot_tell_the_second_judge_does() -> None:
    assert stamps(judged(add(Stub(1.0), Stub(1e20)), True)) == ["? lost in rounding", "✓"]
    assert stamps(judged(add(Stub(1.0), Stub(1e20)), Clerk())) == ["✓", "✓"]


def test_one_objection_is_enough() -> None:
    assert stamps(judged(sin(Stub(0.0, "x")), Clerk(sin=1.0))) == ["✗ Clerk 2"]


def test_another_choice_at_a_kink_is_no_mistake() -> None:
    assert stamps(judged(relu(Stub(0.0)), Clerk(relu=0.5))) == ["~ measured 0 … 1, Clerk 0.5"]


def test_what_it_does_not_know_it_says_nothing_of() -> None:
    graph = judged(total(sin(Stub(np.array([1.0, 2.0]), "x"))), Clerk())
    assert stamps(graph) == ["✓", "✓"]
    assert gradients(graph)["x"] == "✓"
    assert graph.judges == ("difference quotients", "Clerk")
    assert judged(total(Stub(np.array([1.0, 2.0]))), Clerk()).judges == ("difference quotients",)


def test_each_operation_is_asked_about_twice_at_most() -> None:
    clerk = Clerk()
    x = Stub(0.5)
    judged(mul(x, x), clerk)
    assert clerk.asked == 2  # its local derivatives, and what flows back


def test_what_is_no_judge() -> None:
    with pytest.raises(TypeError, match=r"expected verify to be True, False or a judge \(see viz.judge\); got 'torch'"):
        viz.draw(sin(Stub(1.0)), verify="torch")  # type: ignore[arg-type]
