"""Copies and pickles of Tensors are Tensors of their own."""

import copy
import pickle
from collections.abc import Callable

import numpy as np
import pytest

from tests.checks import grad
from vector import Tensor, nn, tensor

COPIES: dict[str, Callable[[Tensor], Tensor]] = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "pickle": lambda x: pickle.loads(pickle.dumps(x)),
}


@pytest.mark.parametrize("how", COPIES)
def test_a_leaf_and_its_copy_in_one_graph_get_a_gradient_each(how: str) -> None:
    x = tensor([3.0], requires_grad=True, label="x")
    twin = COPIES[how](x)
    assert (twin.label, twin.requires_grad, twin.data.tolist()) == ("x", True, [3.0])
    (x * twin * twin).backward()
    np.testing.assert_array_equal(x.grad, [9.0])
    np.testing.assert_array_equal(twin.grad, [18.0])


def test_a_tensor_from_another_process_is_older_than_its_results() -> None:
    x = tensor([3.0], requires_grad=True)
    x.number = 10**15  # in a process that has made many
    twin = pickle.loads(pickle.dumps(x))
    (twin * twin).backward()
    np.testing.assert_array_equal(twin.grad, [6.0])


def test_a_deep_copy_of_a_model_learns_on_its_own() -> None:
    model = nn.MLP(2, [3, 1], generator=np.random.default_rng(0))
    twin = copy.deepcopy(model)
    x = np.ones((4, 2), np.float32)
    np.testing.assert_array_equal(model(x).data, twin(x).data)
    (model(x) - 2 * twin(x)).sum().backward()
    for one, other in zip(model.parameters(), twin.parameters(), strict=True):
        assert not np.shares_memory(one.data, other.data)
        np.testing.assert_allclose(grad(other), -2 * grad(one))
