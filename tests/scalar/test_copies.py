"""Copies and pickles of Values are Values of their own."""

import copy
import pickle
import random
from collections.abc import Callable

import pytest

from scalar import Value, nn

COPIES: dict[str, Callable[[Value], Value]] = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "pickle": lambda x: pickle.loads(pickle.dumps(x)),
}


@pytest.mark.parametrize("how", COPIES)
def test_a_copy_of_a_leaf_has_its_number_label_and_role(how: str) -> None:
    x = Value(3.0, "x", role="parameter")
    twin = COPIES[how](x)
    assert twin is not x
    assert (twin.data, twin.label, twin.role, twin.parents) == (3.0, "x", "parameter", ())


@pytest.mark.parametrize("how", COPIES)
def test_a_leaf_and_its_copy_in_one_graph_get_a_gradient_each(how: str) -> None:
    x = Value(3.0)
    twin = COPIES[how](x)
    (x * twin * twin).backward()
    assert (x.grad, twin.grad) == (9.0, 18.0)


def test_a_value_from_another_process_is_older_than_its_results() -> None:
    x = Value(3.0)
    x.number = 10**15  # in a process that has made many
    twin = pickle.loads(pickle.dumps(x))
    (twin * twin).backward()
    assert twin.grad == 6.0


def test_a_deep_copy_of_a_model_learns_on_its_own() -> None:
    model = nn.Neuron(1, nonlin=False, generator=random.Random(0))
    twin = copy.deepcopy(model)
    (model([2.0]) * twin([5.0])).backward()
    for one, other in zip(model.parameters(), twin.parameters(), strict=True):
        assert one is not other
        assert one.grad != 0
        assert other.grad != 0
