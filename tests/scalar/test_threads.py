"""What several threads do at once is what they would have done one after the other."""

from collections.abc import Callable
from functools import partial

import pytest

from scalar import Value, dot
from tests.waiting import all_calls, in_threads
from tests.waiting import often as often

THREADS = 8
pytestmark = pytest.mark.usefixtures("often")

# Sums of small whole numbers are exact, in whichever order they are added.
LOSSES: dict[str, Callable[[list[Value], int], Value]] = {
    "a product": lambda w, k: w[0] * k,
    "a dot product": lambda w, k: dot(w, [float(k)] * len(w)),
    "squares": lambda w, k: sum((x * x for x in w), Value(float(k))),
}


@all_calls
@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES.keys())
def test_gradients_of_one_leaf_add_up(loss: Callable[[list[Value], int], Value], calls: int) -> None:
    w, alone = ([Value(float(i), role="parameter") for i in range(10)] for _ in range(2))

    def work(w: list[Value], k: int) -> None:
        for _ in range(calls):
            loss(w, k).backward()

    in_threads(*(partial(work, w, k) for k in range(THREADS)))
    for k in range(THREADS):
        work(alone, k)
    assert [x.grad + 0.0 for x in w] == [x.grad + 0.0 for x in alone]
