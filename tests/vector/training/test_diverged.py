"""A loss that becomes NaN stops the training, names the operation, and leaves a good checkpoint."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import vector
from tests.vector.training.victim import make_model, options, samples
from vector import nn, training
from vector.training import CheckpointError, Config, DivergedError, Trainer


class Fragile(nn.Module):
    """√x of a weight that the training soon makes negative."""

    def __init__(self) -> None:
        self.linear = nn.Linear(2, 2, generator=np.random.default_rng(0))
        self.scale = nn.parameter(np.array(0.05, np.float32))

    def __call__(self, x: Any) -> Any:
        return self.linear(x) * vector.sqrt(self.scale)


@pytest.mark.parametrize("in_folder", [True, False])
def test_the_first_operation_is_named(tmp_path: Path, in_folder: bool) -> None:
    folder = tmp_path if in_folder else None
    config = Config(**options(lr=0.1, optimizer="lion", checkpoint_seconds=1000.0))
    trainer = Trainer(Fragile(), *samples(), config, folder=folder)
    kept = r"; the checkpoint of step (\d) is kept" if in_folder else ""
    said = rf"the loss became nan at step \d+; .* is step \d+: sqrt made nan.*{kept}$"
    with pytest.raises(DivergedError, match=said) as caught:
        trainer.run()
    assert all(np.isfinite(array).all() for array in trainer.model.state_dict().values())
    if in_folder:
        newest = max((tmp_path / "checkpoints").iterdir()).name
        found = re.search(said, str(caught.value))
        assert found
        assert newest == f"step-00000000{found[1]}.safetensors"


def test_the_operation_is_found_many_epochs_after_the_last_checkpoint() -> None:
    trainer = Trainer(
        Fragile(), *samples(), Config(**options(lr=1e-3, optimizer="lion", epochs=40, schedule="constant"))
    )
    trainer.config = replace(trainer.config, checkpoint_seconds=1000.0)
    with pytest.raises(DivergedError, match=r"the loss became nan at step 5\d; .* is step 5\d: sqrt made nan"):
        trainer.run()


def test_parameters_that_overflow_are_never_saved(tmp_path: Path) -> None:
    trainer = Trainer(make_model(), *samples(), Config(**options(lr=3e38, optimizer="sgd")), folder=tmp_path)
    with pytest.raises(DivergedError, match=r"a parameter is no longer finite after step \d+|the loss became nan"):
        trainer.run()
    assert all(np.isfinite(array).all() for array in trainer.model.state_dict().values())
    with pytest.raises(CheckpointError, match="holds checkpoints already"):
        Trainer(make_model(), *samples(), Config(**options()), folder=tmp_path).run()


def test_an_update_can_be_the_first_to_go_wrong() -> None:
    def make_step(model: nn.Module, loss: Any, optimizer: Any) -> Any:
        step = training.training_step(model, loss, optimizer)

        def broken(x: Any, y: Any) -> Any:
            value = step(x, y)
            model.parameters()[0].data[...] = np.nan
            return value

        return broken

    with pytest.raises(DivergedError, match="every operation was finite, the optimizer's update was not"):
        training.fit(make_model(), *samples(), make_step=make_step, **options())


def test_weights_that_are_not_finite_from_the_start() -> None:
    model = make_model()
    model.parameters()[0].data[0, 0] = np.inf
    with pytest.raises(DivergedError, match="a parameter is no longer finite after step 0"):
        training.fit(model, *samples(), **options())
