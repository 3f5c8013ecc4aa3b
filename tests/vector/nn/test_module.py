"""Modules find their parameters, and carry them out and in again."""

from typing import Any

import numpy as np
import pytest

from vector import nn, tensor
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


class Tied(Module):
    """One layer under two names."""

    def __init__(self) -> None:
        self.one = Linear(2, 2)
        self.two = self.one
        self.weight = self.one.weight


def test_what_is_shared_is_trained_once_and_stored_under_each_name() -> None:
    model = Tied()
    assert [name for name, _ in model.named_parameters()] == ["one.weight", "one.bias"]
    assert [name for name, _ in model.named_modules()] == ["", "one"]
    assert list(model.state_dict()) == ["one.weight", "one.bias", "two.weight", "two.bias", "weight"]
    other = Tied()
    other.load_state_dict(model.state_dict())
    np.testing.assert_array_equal(other.two.weight.data, model.one.weight.data)


def test_modules_are_named_from_the_outside_in() -> None:
    model = nn.Sequential(Nested(), nn.ReLU())
    assert [(name, type(module).__name__) for name, module in model.named_modules()] == [
        ("", "Sequential"),
        ("0", "Nested"),
        ("0.first", "Linear"),
        ("0.rest.0", "Linear"),
        ("0.rest.1.0", "Linear"),
        ("1", "ReLU"),
    ]
    assert [name for name, _ in model.named_children()] == ["0", "1"]
    assert len([*model.modules()]) == 6


def test_train_and_eval_reach_every_module() -> None:
    model = nn.Sequential(nn.Dropout(), nn.Sequential(nn.BatchNorm1d(2)))
    assert all(module.training for module in model.modules())
    assert model.eval() is model
    assert not any(module.training for module in model.modules())
    assert model.train() is model
    assert all(module.training for module in model.modules())
    assert list(model.state_dict()) == [f"1.0.{name}" for name in BATCHNORM], "training is no part of the state"


BATCHNORM = ["weight", "bias", "running_mean", "running_var", "num_batches_tracked"]


def test_buffers_are_state_but_no_parameters() -> None:
    layer = nn.BatchNorm1d(2)
    assert [name for name, _ in layer.named_parameters()] == BATCHNORM[:2]
    assert [name for name, _ in layer.named_buffers()] == BATCHNORM[2:]
    layer(np.array([[1.0, 2.0], [3.0, 4.0]]))
    other = nn.BatchNorm1d(2)
    state = layer.state_dict()
    other.load_state_dict(state)
    for name, array in other.state_dict().items():
        np.testing.assert_array_equal(array, state[name])
        assert array.dtype == state[name].dtype
    before = state["running_mean"].copy()
    layer(np.ones((3, 2)))
    np.testing.assert_array_equal(state["running_mean"], before)


def test_to_converts_parameters_gradients_and_floating_buffers() -> None:
    model = nn.Sequential(Linear(2, 3), nn.BatchNorm1d(3))
    model(np.eye(2, dtype=np.float32)).sum().backward()
    assert model.to(np.float64) is model
    assert {p.dtype for p in model.parameters()} == {np.dtype(np.float64)}
    assert {np.asarray(p.grad).dtype for p in model.parameters()} == {np.dtype(np.float64)}
    assert [array.dtype.kind for _, array in model.named_buffers()] == ["f", "f", "i"]
    assert model(np.eye(2)).dtype == np.float64
    weight = model.parameters()[0].data
    assert weight.flags.f_contiguous, "the layout that products read fast stays"
    with pytest.raises(TypeError, match="to: expected a floating dtype, got int64"):
        model.to(np.int64)


def test_repr_reads_like_the_architecture() -> None:
    model = nn.Sequential(Linear(4, 3, bias=False), nn.Sequential(nn.Tanh(), nn.Dropout(0.25)), nn.MLP(3, [2, 1]))
    assert (
        repr(model)
        == """\
Sequential(
  (0): Linear(4, 3, bias=False)
  (1): Sequential(
    (0): Tanh()
    (1): Dropout(p=0.25)
  )
  (2): MLP(3 → 2 → relu → 1)
)"""
    )
    assert (
        repr(Nested())
        == """\
Nested(
  (first): Linear(2, 2)
  (rest.0): Linear(2, 1)
  (rest.1.0): Linear(1, 1)
)"""
    )


class Remark(Nested):
    def extra_repr(self) -> str:
        return "a remark"


def test_extra_repr_comes_first() -> None:
    assert repr(Remark()).startswith("Remark(\n  a remark\n  (first): Linear(2, 2)\n")
    assert repr(nn.Sequential()) == "Sequential()"


@pytest.mark.parametrize(
    ("layer", "text"),
    [
        (nn.BatchNorm1d(3), "BatchNorm1d(3, eps=1e-05, momentum=0.1)"),
        (nn.LayerNorm(3), "LayerNorm((3,), eps=1e-05)"),
        (nn.Embedding(5, 2), "Embedding(5, 2)"),
        (nn.Flatten(), "Flatten(start_dim=1, end_dim=-1)"),
        (nn.Conv2d(1, 2, 3), "Conv2d(1, 2, kernel_size=(3, 3), stride=(1, 1))"),
        (
            nn.Conv2d(1, 2, (3, 2), 2, 1, bias=False),
            "Conv2d(1, 2, kernel_size=(3, 2), stride=(2, 2), padding=(1, 1), bias=False)",
        ),
        (nn.MaxPool2d(2), "MaxPool2d(kernel_size=(2, 2), stride=(2, 2), padding=(0, 0))"),
        (nn.Softplus(), "Softplus(beta=1.0)"),
        (nn.LeakyReLU(), "LeakyReLU(negative_slope=0.01)"),
        (nn.RReLU(), "RReLU(lower=0.125, upper=0.3333)"),
        (nn.PReLU(), "PReLU(num_parameters=1)"),
        (nn.ELU(), "ELU(alpha=1.0)"),
        (nn.SELU(), "SELU()"),
        (nn.GELU(), "GELU(approximate='none')"),
    ],
    ids=repr,
)
def test_repr_of_a_layer(layer: Module, text: str) -> None:
    assert repr(layer) == text
