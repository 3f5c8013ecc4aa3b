"""Long chains and large graphs: no recursion anywhere, and nothing kept alive."""

import gc

import pytest

from scalar import Value


def chain(length: int) -> tuple[Value, Value]:
    x = y = Value(1.0)
    for _ in range(length):
        y = -y
    return x, y


@pytest.mark.slow
def test_a_chain_of_a_million_operations() -> None:
    x, y = chain(1_000_000)
    y.backward()
    assert (y.data, x.grad) == (1.0, 1.0)


def living() -> int:
    return sum(type(thing) is Value for thing in gc.get_objects())


def test_dropping_a_graph_frees_it_without_the_garbage_collector() -> None:
    gc.collect()
    gc.disable()
    try:
        before = living()
        x, y = chain(10_000)
        rule = y.chain_rule()
        y.backward()
        assert [step.total for step in rule] == [1.0, -1.0] * 5_000 + [1.0]
        assert living() == before + 10_001
        del y, rule
        assert living() == before + 1
        assert x.grad == 1.0
    finally:
        gc.enable()
