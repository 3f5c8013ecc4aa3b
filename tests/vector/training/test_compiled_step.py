"""A compiled training is a training: it resumes bit for bit, and says what made a NaN."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import vector
from tests.vector.training.soak import left_behind
from tests.vector.training.test_diverged import Fragile
from tests.vector.training.victim import make_model, options, samples
from vector import training
from vector.training import DivergedError, compiled_step


class Stop(training.Callback):
    """Ctrl-C after so many steps."""

    def __init__(self, step: int) -> None:
        self.step = step

    def on_step(self, trainer: training.Trainer, loss: float) -> None:
        if trainer.progress.step == self.step:
            raise KeyboardInterrupt


def run(folder: Path | None, stops: tuple[int, ...] = (), **changes: Any) -> Any:
    """Dropout, and a last minibatch that is smaller: 32 samples in steps of 7."""
    given: dict[str, Any] = options(**{"batch": 7, "epochs": 4, "make_step": compiled_step, "resume": True} | changes)
    for stop in stops:
        with pytest.raises(KeyboardInterrupt):
            training.fit(make_model(), *samples(), folder=folder, callbacks=[Stop(stop)], **given)
    model = make_model()
    history = training.fit(model, *samples(), folder=folder, **given)
    return history, model.state_dict()


@pytest.mark.parametrize("optimizer", ["adamw", pytest.param("sgd", marks=pytest.mark.slow)])
def test_a_compiled_training_resumes_bit_for_bit(tmp_path: Path, optimizer: str) -> None:
    options = {"optimizer": optimizer, "momentum": 0.9} if optimizer == "sgd" else {"optimizer": optimizer}
    run(tmp_path / "untouched", **options)
    run(tmp_path / "stopped", (1, 2, 5, 6, 13), **options)  # 5 steps are an epoch
    assert left_behind(tmp_path / "stopped") == left_behind(tmp_path / "untouched")


def test_it_is_the_eager_training_to_rounding() -> None:
    (history, weights), (eager, theirs) = run(None), run(None, make_step=training.training_step)
    assert history.losses == pytest.approx(eager.losses, rel=1e-3)
    for name, array in weights.items():
        assert array == pytest.approx(theirs[name], abs=1e-4)


def test_recording_is_no_step() -> None:
    """The first step is the first, also in what a schedule and Adam's corrections see."""
    model, eager = make_model(), make_model()
    x, y = samples()
    x = x.astype(np.float32)
    takes = []
    for net, make in ((model, compiled_step), (eager, training.training_step)):
        optimizer = vector.optim.Adam(net.parameters(), lr=0.1)
        step = make(net, vector.nn.cross_entropy, optimizer)
        takes.append([step(x[:8], y[:8]).item(), step(x[:5], y[:5]).item()])
        assert optimizer.time == [2] * 4
    assert takes[0] == pytest.approx(takes[1], rel=1e-5)
    assert model.parameters()[0].data == pytest.approx(eager.parameters()[0].data, rel=1e-4)


def test_the_operation_that_made_a_nan_is_named() -> None:
    with pytest.raises(DivergedError, match=r"the loss became nan at step \d+; .* is step \d+: sqrt made nan"):
        training.fit(
            Fragile(),
            *samples(),
            **options(lr=0.1, optimizer="lion", checkpoint_seconds=1000.0, make_step=compiled_step),
        )
