"""`p -= …`: what changes the numbers of a leaf, what gives a name to a new tensor, and what is refused."""

import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

import vector
from tests.checks import grad
from vector import Tensor, nn, optim, tensor

ASSIGNMENTS: dict[str, Callable[[Any, Any], Any]] = {
    "+=": operator.iadd,
    "-=": operator.isub,
    "*=": operator.imul,
    "/=": operator.itruediv,
    "**=": operator.ipow,
    "%=": operator.imod,
    "//=": operator.ifloordiv,
    "@=": operator.imatmul,
}
all_assignments = pytest.mark.parametrize("assign", ASSIGNMENTS.values(), ids=ASSIGNMENTS.keys())


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_loop_of_pytorchs_tutorial_trains(dtype: Any) -> None:
    """It gave each name another tensor, and changed nothing."""
    model = nn.Linear(2, 1, generator=np.random.default_rng(0))
    for p in model.parameters():
        p.data = p.data.astype(dtype)
    theirs = [torch.tensor(p.data, requires_grad=True) for p in model.parameters()]
    x = np.array([[1.0, 2.0], [3.0, -1.0]], dtype)
    for _ in range(3):
        model.zero_grad()
        (model(x) ** 2).sum().backward()
        with vector.no_grad():
            for p in model.parameters():
                p -= 0.01 * grad(p)
        loss = (torch.nn.functional.linear(torch.tensor(x), *theirs) ** 2).sum()
        slopes = torch.autograd.grad(loss, theirs)
        with torch.no_grad():
            for q, slope in zip(theirs, slopes, strict=True):
                q -= 0.01 * slope
    for p, q in zip(model.parameters(), theirs, strict=True):
        assert p.dtype == dtype
        np.testing.assert_allclose(p.data, q.detach().numpy(), rtol=1e-6)


@pytest.mark.parametrize(
    ("assign", "dtype"),
    [
        (assign, dtype)
        for assign in ASSIGNMENTS.values()
        for dtype in (np.float16, np.float32, np.float64, np.int64)
        if not (assign is operator.itruediv and dtype is np.int64)  # a quotient is no integer
    ],
)
def test_under_no_grad_a_leaf_is_changed_where_it_lies(assign: Callable[[Any, Any], Any], dtype: Any) -> None:
    array = np.array([[6, 3], [4, 8]], dtype)
    v = np.array([[2, 1], [1, 2]], dtype)
    expected = assign(array.copy(), v)
    for other in (v, tensor(v), v.tolist()):
        data = array.copy()
        t = name = Tensor(data, requires_grad=np.dtype(dtype).kind == "f", label="w")
        with vector.no_grad():
            name = assign(name, other)
        assert name is t
        assert t.data is data
        assert data.dtype == dtype
        np.testing.assert_array_equal(data, expected)
        assert (t.label, t.op, t.grad) == ("w", "", None)


@all_assignments
def test_a_leaf_that_requires_a_gradient_is_not_changed_while_it_is_recorded(
    assign: Callable[[Any, Any], Any],
) -> None:
    p = tensor([[6.0, 3.0], [4.0, 8.0]], requires_grad=True)
    with pytest.raises(RuntimeError, match=r"p .= …|p ..= …") as error:
        assign(p, np.ones((2, 2)))
    assert "with vector.no_grad(): p" in str(error.value)
    np.testing.assert_array_equal(p.data, [[6.0, 3.0], [4.0, 8.0]])


@all_assignments
@pytest.mark.parametrize("kind", ["constant", "result", "result under no_grad"])
def test_elsewhere_the_name_gets_a_new_tensor(assign: Callable[[Any, Any], Any], kind: str) -> None:
    w = tensor([[2.0, 1.0], [1.0, 2.0]], requires_grad=True)
    total = old = tensor([[6.0, 3.0], [4.0, 8.0]]) if kind == "constant" else w * 3
    before = old.data.copy()
    if kind == "result under no_grad":
        with vector.no_grad():
            total = assign(total, w)
        assert (total.op, total.requires_grad) == ("", False)
    else:
        total = assign(total, w)
        total.sum().backward()
        assert np.isfinite(grad(w)).all()
    assert total is not old
    np.testing.assert_array_equal(old.data, before)
    np.testing.assert_allclose(total.data, assign(before, w.data))


def test_a_sum_of_losses() -> None:
    w = tensor([1.0, 2.0], requires_grad=True)
    total = tensor(0.0)
    for k in range(3):
        total += (k * w * w).sum()
    total.backward()
    np.testing.assert_array_equal(grad(w), [6.0, 12.0])


def test_a_change_in_place_is_marked() -> None:
    w = tensor([1.0, 2.0], requires_grad=True, label="w")
    y = (w * w).sum()
    with vector.no_grad():
        w -= 0.1
    with pytest.raises(RuntimeError, match="backward through ×: 'w' was changed in place"):
        y.backward()


def test_what_would_change_shape_or_dtype_is_refused() -> None:
    p, n = tensor([1.0, 2.0], requires_grad=True), tensor([1, 2])
    with vector.no_grad():
        with pytest.raises(ValueError, match=r"shape \(2,\) doesn't match the broadcast shape \(3,2\)"):
            p -= np.ones((3, 1))
        with pytest.raises(TypeError, match="same_kind"):
            n *= 0.5
        with pytest.raises(TypeError, match="expected a Tensor, an array or numbers, got NoneType"):
            p -= p.grad  # type: ignore[arg-type]  # before any backward
    np.testing.assert_array_equal(p.data, [1.0, 2.0])
    np.testing.assert_array_equal(n.data, [1, 2])


def test_a_wider_number_does_not_widen_the_leaf() -> None:
    p = tensor(np.array([1.0, 2.0], np.float32), requires_grad=True)
    with vector.no_grad():
        p -= np.array([0.1, 0.2])
    assert p.dtype == np.float32
    np.testing.assert_array_equal(p.data, np.array([0.9, 1.8], np.float32))


def test_a_view_of_a_leaf_writes_into_it_as_in_numpy_and_pytorch() -> None:
    w = tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    with vector.no_grad():
        for row in w:
            row *= 2
    np.testing.assert_array_equal(w.data, [[2.0, 4.0], [6.0, 8.0]])


@pytest.mark.parametrize("index", [0, (slice(None), 1), [1, 0], np.array([[True, False], [False, True]]), ...])
def test_a_part_of_a_leaf_is_changed_under_no_grad_and_marked(index: Any) -> None:
    w, expected = tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True, label="w"), np.array([[1.0, 2.0], [3.0, 4.0]])
    y = (w * w).sum()
    with pytest.raises(TypeError, match="a leaf can be written to under"):
        w[index] -= 0.5
    np.testing.assert_array_equal(w.data, expected)
    with vector.no_grad():
        w[index] -= 0.5
        w[0, 0] = tensor(7.0)
        with pytest.raises(TypeError, match="would change numbers that the graph still needs"):
            y[...] = 0.0
    expected[index] -= 0.5
    expected[0, 0] = 7
    np.testing.assert_array_equal(w.data, expected)
    with pytest.raises(RuntimeError, match="'w' was changed in place"):
        y.backward()


def test_an_array_does_not_take_a_tensors_numbers_unseen() -> None:
    array, t = np.zeros(2), tensor([1.0, 2.0], requires_grad=True)
    with pytest.raises(TypeError, match=r"write array = array \+ tensor"):
        array += t
    t.data -= 0.5 * np.ones(2)
    np.testing.assert_array_equal(t.data, [0.5, 1.5])


def test_what_is_assigned_to_data_is_an_array_of_the_right_kind() -> None:
    w = tensor([1.0, 2.0], requires_grad=True)
    w.data = (w * 2).detach()  # as in PyTorch
    assert type(w.data) is np.ndarray
    w.data = w - w.data
    np.testing.assert_array_equal(w.data, [0.0, 0.0])
    with pytest.raises(TypeError, match="expected a floating dtype, got int64"):
        w.data = np.array([1, 2])
    with pytest.raises(TypeError, match="expected a floating dtype, got <U1"):
        w.data = ["a", "b"]
    with pytest.raises(TypeError, match="Tensor: expected numbers, got a Tensor"):
        Tensor(w)


@pytest.mark.parametrize("native", [False, True])
@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_in_a_compiled_step_it_is_what_it_is_elsewhere(native: bool, momentum: float) -> None:
    x = np.random.default_rng(0).normal(size=(5, 2)).astype(np.float32)

    def trained(compiled: bool) -> list[Any]:
        model = nn.MLP(2, [3, 1], generator=np.random.default_rng(1))
        velocities = [tensor(np.zeros_like(p.data)) for p in model.parameters()]

        def step(x: Any, lr: float) -> Any:
            loss = (model(x) ** 2).mean()
            model.zero_grad()
            loss.backward()
            with vector.no_grad():
                for p, v in zip(model.parameters(), velocities, strict=True):
                    v *= momentum
                    v += grad(p)
                    p -= lr * v
            return loss

        run = vector.compile(step, native=native) if compiled else step
        losses = [run(x, 0.1 / (1 + k)).item() for k in range(6)]
        return [*losses, *(p.data for p in model.parameters()), *(v.data for v in velocities)]

    for ours, theirs in zip(trained(True), trained(False), strict=True):
        if native:
            np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-6)
        else:
            np.testing.assert_array_equal(ours, theirs)


def test_a_compiled_step_changes_what_it_computed_under_no_grad_too() -> None:
    w = tensor([1.0, 2.0], requires_grad=True)

    def step(x: Any) -> Any:
        with vector.no_grad():
            m = w * x
            m += 1
            m *= m
            w[:1] -= 0.5
        return m

    compiled = vector.compile(step, native=False)
    for k in range(5):
        expected = (w.data * k + 1) ** 2
        np.testing.assert_array_equal(compiled(np.array(float(k))).data, expected)
        np.testing.assert_array_equal(w.data, [1.0 - 0.5 * (k + 1), 2.0])


@pytest.mark.parametrize("read", [float, Tensor.item, bool])
def test_a_compiled_step_does_not_read_a_parameters_number(read: Callable[[Any], Any]) -> None:
    p = tensor([2.0], requires_grad=True)
    step = vector.compile(lambda x: x * read(p))
    with pytest.raises(vector.compilation.CaptureError):
        step(np.ones(1))


def test_in_a_compiled_step_arrays_and_floats_may_stand_before_a_tensor() -> None:
    p = tensor([2.0, 3.0], requires_grad=True)
    step = vector.compile(lambda x, k: (x * p, k * p, x @ p, p**k, np.stack([x, p]), x < p, p.argmax()), native=False)
    for k in (1.0, 2.0, 3.0, 4.0, 0.5):
        p.data += k
        x = np.array([k, 4.0])
        for ours, theirs in zip(step(x, k), step.step(x, k), strict=True):
            np.testing.assert_array_equal(getattr(ours, "data", ours), getattr(theirs, "data", theirs))


def test_optimizers_and_assignments_may_take_turns() -> None:
    w = tensor([1.0, 2.0], requires_grad=True)
    descent = optim.SGD([w], lr=0.5)
    (w * w).sum().backward()
    descent.step()
    with vector.no_grad():
        w += 1
    descent.zero_grad()
    (w * w).sum().backward()
    np.testing.assert_array_equal(grad(w), [2.0, 2.0])
