"""Optimizers and random generators say what they remember, and refuse what is not theirs."""

from typing import Any

import numpy as np
import pytest

from tests.vector.training.victim import make_model, options, samples
from vector import optim, tensor
from vector.training import CheckpointError, Config, Trainer
from vector.training.checkpoints.snapshot import generator_states, set_generator_states


def stepped(kind: Any, steps: int, **options: Any) -> optim.Optimizer:
    x = tensor([1.0, 2.0], requires_grad=True)
    optimizer: optim.Optimizer = kind([x], **options)
    for _ in range(steps):
        x.grad = x.data * 2
        optimizer.step()
    return optimizer


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        (optim.SGD, {}),
        (optim.SGD, {"momentum": 0.9, "dampening": 0.5}),
        (optim.Adagrad, {"lr_decay": 0.1}),
        (optim.RMSprop, {"momentum": 0.9, "centered": True}),
        (optim.Adam, {}),
        (optim.AdamW, {}),
        (optim.NAdam, {}),
        (optim.Lion, {}),
    ],
)
def test_an_optimizer_goes_on_where_another_was(kind: Any, options: dict[str, Any]) -> None:
    first, second = stepped(kind, 3, **options), stepped(kind, 0, **options)
    state = first.state_dict()
    second.load_state_dict(state)
    second.parameters[0].data = first.parameters[0].data.copy()
    for optimizer in (first, second):
        optimizer.parameters[0].grad = np.array([0.5, -0.5])
        optimizer.step()
    assert np.array_equal(first.parameters[0].data, second.parameters[0].data)
    assert state.keys() == second.state_dict().keys()
    for name, value in stepped(kind, 3, **options).state_dict().items():
        assert np.array_equal(value, state[name]), f"{name} is no copy"


def test_an_optimizer_refuses_anothers_state() -> None:
    adam, sgd = stepped(optim.Adam, 1), stepped(optim.SGD, 1)
    with pytest.raises(ValueError, match=r"load_state_dict: expected the names of the optimizer, got missing=\['betas"):
        adam.load_state_dict(sgd.state_dict())
    other = optim.Adam([tensor([1.0, 2.0, 3.0], requires_grad=True)])
    with pytest.raises(ValueError, match=r"load_state_dict: sums\.0\.0 expected shape \(2,\), got \(3,\)"):
        adam.load_state_dict(other.state_dict())


def test_other_generators_are_refused() -> None:
    model = make_model()
    states = generator_states(model)
    assert list(states) == ["1.generator"]
    with pytest.raises(ValueError, match=r"expected random generators \['1\.generator'\], got \[\]"):
        set_generator_states(model, {})


def test_a_moment_that_does_not_fit_is_refused() -> None:
    trainer = Trainer(make_model(), *samples(), Config(**options()))
    state = trainer.capture()
    state["progress"]["mood"] = "good"
    with pytest.raises(CheckpointError, match="it does not fit this training"):
        trainer.restore(state)
