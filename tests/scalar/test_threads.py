"""What several threads do at once is what they would have done one after the other."""

import sys
import threading
from collections.abc import Callable, Iterator

import pytest

from scalar import Value, dot

THREADS = 8
calls = pytest.mark.parametrize("calls", [30, pytest.param(1_000, marks=pytest.mark.slow)])


@pytest.fixture(autouse=True)
def often() -> Iterator[None]:
    """Threads take turns as often as Python lets them."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


# Sums of small whole numbers are exact, in whichever order they are added.
LOSSES: dict[str, Callable[[list[Value], int], Value]] = {
    "a product": lambda w, k: w[0] * k,
    "a dot product": lambda w, k: dot(w, [float(k)] * len(w)),
    "squares": lambda w, k: sum((x * x for x in w), Value(float(k))),
}


@calls
@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES.keys())
def test_gradients_of_one_leaf_add_up(loss: Callable[[list[Value], int], Value], calls: int) -> None:
    start = threading.Barrier(THREADS)
    w, alone = ([Value(float(i), role="parameter") for i in range(10)] for _ in range(2))

    def work(w: list[Value], k: int) -> None:
        if w is not alone:
            start.wait()
        for _ in range(calls):
            loss(w, k).backward()

    threads = [threading.Thread(target=work, args=(w, k)) for k in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for k in range(THREADS):
        work(alone, k)
    assert [x.grad + 0.0 for x in w] == [x.grad + 0.0 for x in alone]
