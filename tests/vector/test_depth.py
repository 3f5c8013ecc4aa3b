"""Long chains and large graphs: no recursion anywhere, and nothing kept alive."""

import gc

import numpy as np

from vector import Tensor, tensor


def chain(length: int) -> tuple[Tensor, Tensor]:
    x = y = tensor([1.0, 2.0], requires_grad=True)
    for _ in range(length):
        y = -y
    return x, y


def test_a_chain_of_a_hundred_thousand_operations() -> None:
    x, y = chain(100_000)
    y.backward([1.0, 10.0])
    np.testing.assert_array_equal(x.grad, [1.0, 10.0])


def living() -> int:
    return sum(type(thing) is Tensor for thing in gc.get_objects())


def test_dropping_a_graph_frees_it_without_the_garbage_collector() -> None:
    gc.collect()
    gc.disable()
    try:
        before = living()
        x, y = chain(10_000)
        y.backward([1.0, 1.0], retain_all=True)
        assert living() == before + 10_001
        del y
        assert living() == before + 1
        assert x.grad is not None
    finally:
        gc.enable()
