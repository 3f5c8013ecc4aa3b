"""Numbers written to between the forward and the backward pass: `detect_anomaly` notices, and names them."""

import gc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import vector
from tests.checks import VECTOR
from tests.row import Case
from tests.table import FUNCTION_ROWS, VECTOR_ROWS
from vector import Function, Tensor, modes, nn, tensor
from vector.diagnostics.anomaly import Detector

Made = tuple[Any, np.ndarray[Any, Any], str]

INPUT = np.array([[0.5, -1.0, 2.0], [1.5, 0.25, -0.75]])


def product(x: Tensor) -> Made:
    a = np.array([1.0, 2.0, 3.0])
    return x * a, a, "operand 1"


def named_leaf(x: Tensor) -> Made:
    w = Tensor(np.ones(3), label="w")
    return x * w, w.data, "'w'"


def own_leaf(x: Tensor) -> Made:
    return x * x, x.data, "'x'"


def own_value(x: Tensor) -> Made:
    y = x.exp()
    return y, y.data, "its value"


def mask(x: Tensor) -> Made:
    chosen = x.data > 0
    return vector.where(chosen, x, 0.0), chosen, "operand 0"


def mask_of_a_view(x: Tensor) -> Made:
    chosen = np.zeros((3, 4), bool)
    return vector.where(chosen.T[:2, :3], x, 0.0), chosen, "operand 0"


def bounds(x: Tensor) -> Made:
    lowest = np.zeros(3)
    return np.clip(x, lowest, 1.0), lowest, "operand 1"


def classes(x: Tensor) -> Made:
    targets = np.array([1, 1])
    return nn.cross_entropy(x, targets), targets, "its targets"


def matrix(x: Tensor) -> Made:
    a = np.asfortranarray(np.ones((3, 4)))
    return x @ a, a, "operand 1"


def conditions(x: Tensor) -> Made:
    chosen = x.data > 0
    return np.select([chosen], [x], 0.0), chosen, "operand 0"


def own_operation(x: Tensor) -> Made:
    class Scaled(Function):
        @staticmethod
        def forward(ctx: Any, x: Any, a: Any) -> Any:
            ctx.save_for_backward(a)
            return x * a

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g * ctx.saved_tensors[0], None

    a = np.ones(3)
    return Scaled.apply(x, a), a, "operand 1"


@pytest.mark.parametrize(
    "make",
    [
        product, named_leaf, own_leaf, own_value, mask, mask_of_a_view, bounds, classes, matrix,
        conditions, own_operation,
    ],
)  # fmt: skip
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_what_was_written_to_is_named(make: Callable[[Tensor], Made], dtype: Any) -> None:
    x = Tensor(INPUT.astype(dtype), requires_grad=True, label="x")
    with vector.detect_anomaly():
        made, array, name = make(x)
        out = made.sum()
        out.backward()  # nothing was written yet
        array[...] = array == 0
    with vector.detect_anomaly(), pytest.raises(RuntimeError, match=f": {name}, an array of .* was changed in place"):
        out.backward()


def test_one_number_of_many_is_enough_and_the_same_number_is_no_change() -> None:
    x, a = tensor(np.ones(1000), requires_grad=True), np.ones(1000)
    with vector.detect_anomaly():
        out = (x * a).sum()
        a[500] = 1.0
        out.backward()
        a[500] = np.nextafter(1.0, 2.0)
        with pytest.raises(RuntimeError, match="operand 1"):
            out.backward()
        a[500] = 1.0
        out.backward()


def test_second_derivatives_are_watched_too() -> None:
    a = np.array([1.0, 2.0])

    def f(x: Any) -> Any:
        y = (x * x * a).sum()
        a[0] += 1
        return y

    with vector.detect_anomaly(), pytest.raises(RuntimeError, match="operand 1, an array of"):
        vector.grad(lambda x: vector.grad(f)(x).sum())(np.ones(2))


def test_both_passes_must_run_in_such_a_block() -> None:
    for forward, backward in ((True, False), (False, True)):
        x, a = tensor([1.0, 2.0], requires_grad=True), np.ones(2)
        with modes.switched(modes.hooks, Detector() if forward else None):
            out = (x * a).sum()
        a[0] = 5.0
        with modes.switched(modes.hooks, Detector() if backward else None):
            out.backward()
        np.testing.assert_array_equal(x.grad, [5.0, 1.0])


def test_checksums_go_with_their_graph() -> None:
    x = tensor(np.ones(10), requires_grad=True)
    gc.collect()
    before = len(gc.get_objects())
    gc.disable()
    try:
        with vector.detect_anomaly():
            for _ in range(100):
                (x * x).exp().sum().backward()
                x.grad = None
            assert len(gc.get_objects()) < before + 50
    finally:
        gc.enable()


class OnlyChanges(Detector):
    """Does not mind infinity, with which some functions compute."""

    def on_result(self, name: str, result: Any, operands: Any, where: str) -> None:
        """Nothing."""


CASES = {row.name: next(row.cases()) for row in VECTOR_ROWS + FUNCTION_ROWS}


@pytest.mark.parametrize("case", CASES.values(), ids=str)
def test_every_operation_refuses_or_gives_the_gradient_of_before(case: Case) -> None:
    for place in range(len(case.shapes)):
        operands = case.sample(seed=1)
        for constant in (False, True) if len(operands) > 1 else (False,):
            arrays = [x.copy() for x in operands]
            leaves = [Tensor(x, requires_grad=not (constant and i == place)) for i, x in enumerate(arrays)]
            given = [arrays[i] if constant and i == place else leaf for i, leaf in enumerate(leaves)]
            with np.errstate(all="ignore"), modes.switched(modes.hooks, OnlyChanges()):
                out = case.f(VECTOR, *given)
                if not (isinstance(out, Tensor) and out.requires_grad):
                    continue
                g = np.ones(out.shape, out.dtype)
                out.backward(g)
                before = [leaf.grad for leaf in leaves]
                arrays[place][...] = arrays[place] * 0.75 + 0.125
                for leaf in leaves:
                    leaf.grad = None
                try:
                    out.backward(g)
                except RuntimeError as refused:
                    if "was changed in place after the forward pass used it" not in str(refused):
                        raise
                    continue
            for leaf, expected in zip(leaves, before, strict=True):
                np.testing.assert_array_equal(leaf.grad, expected)
