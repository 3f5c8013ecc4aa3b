"""backward(): where gradients go, what they share, and when they would be wrong."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import vector
from tests.checks import grad
from vector import Tensor, nn, optim, tensor
from vector.sweep import masked_product


def leaf(*numbers: float) -> Tensor:
    return tensor(numbers, requires_grad=True)


def test_a_second_backward_adds_exactly_the_same_again() -> None:
    x = leaf(1.0, 2.0)
    y = x * x
    z = (y + y).sum()
    z.backward()
    np.testing.assert_array_equal(grad(x), [4.0, 8.0])
    z.backward()
    np.testing.assert_array_equal(grad(x), [8.0, 16.0])


def test_two_outputs_that_share_a_node_add_up() -> None:
    x = leaf(3.0)
    shared = x * x
    (shared * 2).backward()
    (shared * 5).backward()
    np.testing.assert_array_equal(grad(x), [42.0])


def test_a_ladder_of_diamonds() -> None:
    x = y = leaf(1.0)
    for _ in range(100):
        y = y + y
    y.backward()
    np.testing.assert_array_equal(grad(x), [2.0**100])


def test_an_upstream_gradient() -> None:
    x = leaf(1.0, 2.0)
    y = x * x
    y.backward([10.0, 100.0])
    np.testing.assert_array_equal(grad(x), [20.0, 400.0])
    y.backward(tensor([1.0, 1.0]))
    np.testing.assert_array_equal(grad(x), [22.0, 404.0])


def test_an_output_of_many_elements_needs_an_upstream_gradient() -> None:
    with pytest.raises(
        ValueError, match=r"expected an output of one element, got shape \(2,\); reduce it, .*\.sum\(\)"
    ):
        (leaf(1.0, 2.0) * 2).backward()


@pytest.mark.parametrize("shape", [(1,), (3,), (1, 2), ()])
def test_an_upstream_gradient_of_another_shape_is_refused(shape: tuple[int, ...]) -> None:
    x = leaf(1.0, 2.0)
    with pytest.raises(ValueError, match=r"expected gradient\.shape == \(2,\), the output's, got"):
        (x * 2).backward(np.ones(shape))
    assert x.grad is None


@pytest.mark.parametrize("shape", [(), (1,), (1, 1)])
def test_an_output_of_one_element_has_any_number_of_axes(shape: tuple[int, ...]) -> None:
    x = Tensor(np.full(shape, 3.0), requires_grad=True)
    (x * x).backward()
    np.testing.assert_array_equal(grad(x), np.full(shape, 6.0))


def test_a_constant_has_no_backward() -> None:
    with pytest.raises(
        RuntimeError, match="expected a tensor computed from one with requires_grad=True, got a constant"
    ):
        (tensor([1.0]) * 2).backward()


def test_backward_of_a_leaf_is_one() -> None:
    x = leaf(3.0)
    x.backward()
    np.testing.assert_array_equal(grad(x), [1.0])


def test_only_leaves_keep_their_gradient() -> None:
    x = leaf(1.0)
    y = x * 2
    (y * 3).backward()
    assert y.grad is None


def test_retain_grad_keeps_one_intermediate_gradient() -> None:
    x = leaf(1.0)
    y = x * 2
    y.retain_grad()
    z = y * 3
    (z * 4).backward()
    np.testing.assert_array_equal(grad(y), [12.0])
    assert z.grad is None


def test_retain_all_keeps_every_gradient() -> None:
    x = leaf(1.0)
    y = x * 2
    z = y * 3
    z.backward(retain_all=True)
    assert [grad(t).tolist() for t in (x, y, z)] == [[6.0], [3.0], [1.0]]


# ---------------------------------------------------------------- memory

SHARING: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "sum of both": lambda a, b: a + b,
    "sum after a reshape": lambda a, b: vector.reshape(a, (2, 1)) + vector.reshape(b, (2, 1)),
    "reduction of both": lambda a, b: (a + b).sum(),
    "broadcast of both": lambda a, b: vector.broadcast_to(a, (3, 2)) + b,
    "parts of one array": lambda a, b: vector.concatenate([a, b]),
    "layers of one array": lambda a, b: vector.stack([a, b]),
    "transposed": lambda a, b: vector.stack([a, b]).T,
    "branches": lambda a, b: vector.where([True, False], a, b),
}


@pytest.mark.parametrize("name", SHARING)
def test_gradients_share_no_memory_and_can_be_written_to(name: str) -> None:
    a, b = leaf(1.0, 2.0), leaf(3.0, 4.0)
    out = SHARING[name](a, b)
    upstream = np.ones(out.shape)
    out.backward(upstream, retain_all=True)
    gradients = [grad(t) for t in (a, b, out)] + [upstream]
    for i, one in enumerate(gradients):
        assert one.flags.writeable
        for other in gradients[i + 1 :]:
            assert not np.shares_memory(one, other)
    grad(a)[:] = 100.0
    np.testing.assert_array_equal(upstream, np.ones(out.shape))


def test_a_gradient_shares_no_memory_with_data() -> None:
    x, y = leaf(1.0, 2.0), leaf(3.0, 4.0)
    (x * y).backward(np.ones(2))
    for gradient in (grad(x), grad(y)):
        assert not np.shares_memory(gradient, x.data)
        assert not np.shares_memory(gradient, y.data)


def test_accumulation_does_not_change_an_array_that_the_user_kept() -> None:
    x = leaf(1.0, 2.0)
    y = (x * x).sum()
    y.backward()
    kept, before = grad(x), grad(x).copy()
    y.backward()
    np.testing.assert_array_equal(kept, before)


def test_the_gradient_of_a_number_is_an_array_that_can_be_zeroed_in_place() -> None:
    w = tensor(2.0, requires_grad=True)
    for _ in range(2):
        (w * 3.0).backward()
    assert grad(w) == 6
    assert type(w.grad) is np.ndarray  # NumPy's sum of two arrays without axes is none
    grad(w).fill(0)
    (w * 3.0).backward()
    assert grad(w) == 3


# ---------------------------------------------------------------- changes in place


def test_a_parameter_changed_between_forward_and_backward_is_an_error_that_names_it() -> None:
    w = tensor([1.0, 2.0], requires_grad=True, label="w")
    y = (w * w).sum()
    w.data -= 0.1
    with pytest.raises(
        RuntimeError, match="backward through ×: 'w' was changed in place after the forward pass used it"
    ):
        y.backward()
    assert w.grad is None


def test_without_a_label_the_shape_is_named() -> None:
    w = leaf(1.0, 2.0)
    y = w.exp().sum()
    w.data = np.zeros(2)
    with pytest.raises(RuntimeError, match=r"backward through exp: operand of shape \(2,\) was changed"):
        y.backward()


def test_a_step_of_an_optimizer_is_such_a_change() -> None:
    model = nn.Linear(2, 1)
    out = model(np.ones((1, 2))) ** 2
    out.backward()
    optim.SGD(model.parameters(), lr=0.1).step()
    x = tensor([[1.0, 1.0]], requires_grad=True)
    again = model(x) ** 2
    again.backward()  # a forward pass after the step is fine
    optim.SGD(model.parameters(), lr=0.1).step()
    with pytest.raises(RuntimeError, match="backward through linear: 'weight' was changed in place"):
        again.backward()


def test_an_operation_that_needs_no_operand_does_not_mind() -> None:
    w = leaf(1.0, 2.0)
    y = (w + 1).sum()
    w.data -= 0.1
    y.backward()
    np.testing.assert_array_equal(grad(w), [1.0, 1.0])


def test_a_change_of_something_that_the_output_does_not_use_is_none() -> None:
    w, other = leaf(1.0, 2.0), leaf(5.0)
    y = (w * w).sum()
    other.data += 1
    y.backward()
    np.testing.assert_array_equal(grad(w), [2.0, 4.0])


def test_a_constant_operand_changed_in_place_is_noticed_too() -> None:
    w, x = leaf(1.0, 2.0), tensor([3.0, 4.0], label="x")
    y = (w * x).sum()
    x.data += 1
    with pytest.raises(RuntimeError, match="'x' was changed in place"):
        y.backward()


def test_a_result_that_its_own_rule_needs_is_watched_too() -> None:
    x = tensor([0.0, 1.0], requires_grad=True)
    y = x.exp()
    y.data *= 2
    with pytest.raises(RuntimeError, match=r"backward through exp: .* was changed in place"):
        y.sum().backward()


def test_the_condition_of_where_is_an_operand_that_its_rule_needs() -> None:
    x, condition = leaf(1.0, 2.0), tensor([True, False])
    y = vector.where(condition, x, 0.0).sum()
    condition.data = np.array([False, True])
    with pytest.raises(RuntimeError, match=r"backward through where: .* was changed in place"):
        y.backward()


def test_an_index_changed_afterwards_does_not_move_the_gradient() -> None:
    x, index = leaf(1.0, 2.0), np.array([0, 0])
    y = x[index].sum()
    index[:] = 1
    y.backward()
    np.testing.assert_array_equal(grad(x), [2.0, 0.0])


# ---------------------------------------------------------------- order


def test_a_hand_made_cycle_is_refused() -> None:
    x = leaf(1.0)
    y = x * 2
    x.parents = (y,)
    with pytest.raises(ValueError, match="expected a graph without cycles"):
        y.backward()


def test_an_operand_made_late_and_used_early_in_the_expression() -> None:
    x = leaf(2.0)
    early = x * 3
    late = leaf(5.0)
    ((late * early) * late + x).backward()
    assert (grad(late).item(), grad(x).item()) == (60.0, 76.0)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_ledgers_totals_are_the_gradients_bit_for_bit(dtype: Any) -> None:
    """The ledger added the first message last, and took 0·∞ for NaN where a backward pass stops."""
    draw = np.random.default_rng(0)
    for _ in range(20):
        x = tensor(draw.normal(size=3).astype(dtype), requires_grad=True)
        scaled = [x * dtype(factor) for factor in draw.normal(size=6)]
        out = (sum(scaled[1:], scaled[0]) * x.sin()).sum() + np.where(x.data > 9, np.sqrt(abs(x - x)), 0).sum()
        out.backward()
        (total,) = (step.total for step in out.chain_rule() if step.variable is x)
        np.testing.assert_array_equal(total, x.grad)
        assert total.dtype == dtype


LAID: dict[str, Callable[[Any], Any]] = {
    "in rows": lambda x: x,
    "in columns": np.asfortranarray,
    "one row": lambda x: np.broadcast_to(x[0], x.shape),
    "one number": lambda x: np.broadcast_to(x[0, 0], x.shape),
    "backwards": lambda x: x[::-1],
}


@pytest.mark.parametrize("slope", LAID)
@pytest.mark.parametrize("g", LAID)
def test_a_product_that_stops_lies_in_memory_as_the_plain_one_and_adds_up_alike(g: str, slope: str) -> None:
    """Recordings stop always; a gradient that one NumPy call laid in rows differed in its sum's last bit."""
    numbers = np.random.default_rng(0).normal(size=(2, 3, 4))
    upstream, local = LAID[g](numbers[0]), LAID[slope](numbers[1])
    assert masked_product(upstream, local).strides == (upstream * local).strides
