"""Modules find their parameters, and carry them out and in again."""

from typing import Any

import numpy as np
import pytest

from vector import tensor
from vector.nn import Linear, Module, parameter


class Nested(Module):
    """A parameter, a module, a list of modules, and things that are no parameters."""

    def __init__(self) -> None:
        self.scale = parameter(np.full(2, 3.0))
        self.size = 7
        self.constant = tensor([1.0, 2.0])
        self.first = Linear(2, 2, dtype=float)
        self.rest = [Linear(2, 1, dtype=float), (Linear(1, 1, dtype=float),)]

    def __call__(self, x: Any) -> Any:
        return self.scale * self.first(x)


NAMES = [
    "scale", "first.weight", "first.bias", "rest.0.weight", "rest.0.bias", "rest.1.0.weight", "rest.1.0.bias",
]  # fmt: skip


def test_names_in_order_of_assignment() -> None:
    model = Nested()
    assert [name for name, _ in model.named_parameters()] == NAMES
    assert [*map(id, model.parameters())] == [id(p) for _, p in model.named_parameters()]
    assert all(p.requires_grad and p.role == "parameter" for p in model.parameters())


def test_zero_grad_forgets() -> None:
    model = Nested()
    model(np.ones((1, 2))).sum().backward()
    assert model.scale.grad is not None
    model.zero_grad()
    assert all(p.grad is None for p in model.parameters())


def test_a_module_without_a_call_says_what_to_write() -> None:
    with pytest.raises(NotImplementedError, match=r"Module: write __call__\(self, x\)"):
        Module()(1.0)


def test_state_goes_round() -> None:
    model, other = Nested(), Nested()
    state = model.state_dict()
    assert list(state) == NAMES
    other.load_state_dict(state)
    for one, two in zip(model.parameters(), other.parameters(), strict=True):
        np.testing.assert_array_equal(one.data, two.data)
        assert not np.shares_memory(one.data, two.data)


def test_the_state_is_a_copy() -> None:
    model = Nested()
    state = model.state_dict()
    before = state["scale"].copy()
    model.scale.data += 1
    np.testing.assert_array_equal(state["scale"], before)


def test_loading_keeps_the_modules_dtype() -> None:
    model = Linear(2, 1)
    model.load_state_dict({"weight": np.ones((1, 2), np.float64), "bias": [0]})
    assert model.weight.dtype == model.bias.dtype == np.float32


def test_loading_is_a_change_in_place() -> None:
    model = Linear(2, 1)
    out = model(tensor([[1.0, 1.0]], requires_grad=True))
    model.load_state_dict(model.state_dict())
    with pytest.raises(RuntimeError, match="'weight' was changed in place"):
        out.backward()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda state: state.pop("bias"), r"got missing=\['bias'\] unknown=\[\]"),
        (lambda state: state.update(bais=1.0), r"got missing=\[\] unknown=\['bais'\]"),
        (lambda state: state.update(bias=np.ones(2)), r"bias expected shape \(1,\), got \(2,\)"),
        (lambda state: state.update(bias=1.0), r"bias expected shape \(1,\), got \(\)"),
    ],
    ids=["missing", "unknown", "wrong shape", "no shape"],
)
def test_a_state_that_does_not_fit_changes_nothing(change: Any, message: str) -> None:
    model = Linear(2, 1)
    before = model.state_dict()
    state: dict[str, Any] = {name: array + 1 for name, array in before.items()}
    change(state)
    with pytest.raises(ValueError, match=message):
        model.load_state_dict(state)
    for name, array in model.state_dict().items():
        np.testing.assert_array_equal(array, before[name])


def test_a_tensor_that_is_no_parameter_is_not_trained() -> None:
    model = Nested()
    assert not any(p is model.constant for p in model.parameters())
    assert Module().parameters() == []
