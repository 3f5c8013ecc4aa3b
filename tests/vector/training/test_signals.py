"""SIGTERM, with which clusters end a job, stops a training as Ctrl-C does; the first checkpoints come soon."""

import itertools
import os
import signal
import subprocess
from pathlib import Path

import pytest

from tests.vector.training.soak import finish, left_behind, start
from tests.vector.training.test_trainer import weights
from tests.vector.training.victim import make_model, options, samples, train
from tests.waiting import PATIENCE
from vector import training
from vector.training import Callback, Trainer


class SendAt(Callback):
    """Signals during a step."""

    def __init__(self, step: int, *signals: signal.Signals) -> None:
        self.step, self.signals = step, signals

    def on_step(self, trainer: Trainer, loss: float) -> None:
        if trainer.progress.step == self.step:
            for number in self.signals:
                os.kill(os.getpid(), number)


@pytest.mark.parametrize("signals", [(signal.SIGTERM,), (signal.SIGTERM, signal.SIGTERM), (signal.SIGTERM, 2)])
def test_sigterm_saves_after_the_step(tmp_path: Path, signals: tuple[signal.Signals, ...]) -> None:
    """A launcher sends it to a group, and hands on its own: the second one must not lose what the first began."""
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    model = make_model()
    with pytest.raises(KeyboardInterrupt):
        training.fit(model, *samples(), folder=tmp_path, callbacks=[SendAt(7, *signals)], **options(epochs=9))
    assert max((tmp_path / "checkpoints").iterdir()).name == "step-000000007.safetensors"
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before
    training.fit(model, *samples(), folder=tmp_path, resume=True, **options(epochs=9))
    assert weights(model) == weights(train(epochs=9))


def test_a_process_that_is_ended_leaves_what_it_has_done(tmp_path: Path) -> None:
    process = start(tmp_path / "run", "wait", "5", stdin=subprocess.PIPE)
    process.terminate()
    process.communicate(b"\n", timeout=PATIENCE)
    assert process.returncode not in (0, -signal.SIGTERM)
    finish(tmp_path / "run")
    finish(tmp_path / "untouched")
    assert left_behind(tmp_path / "run") == left_behind(tmp_path / "untouched")


def test_the_first_checkpoints_come_soon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a training that is killed every few seconds moves on; later they are `checkpoint_seconds` apart."""
    clock = 100.0
    monkeypatch.setattr("vector.training.trainer.time.monotonic", lambda: clock)
    saved: list[float] = []

    class Tick(Callback):
        def on_step(self, trainer: Trainer, loss: float) -> None:
            nonlocal clock
            newest = max((tmp_path / "checkpoints").iterdir()).name
            if newest != (names[-1] if names else ""):
                names.append(newest)
                saved.append(clock - 100)
            clock += 0.5

    names: list[str] = []
    training.fit(
        make_model(), *samples(), folder=tmp_path, callbacks=[Tick()],
        **options(epochs=25, batch=8, checkpoint_seconds=4.0, schedule="constant"),
    )  # fmt: skip
    gaps = [b - a for a, b in itertools.pairwise(saved)]
    assert gaps[:5] == [0.5, 0.5, 1.0, 2.0, 4.0]
    assert set(gaps[5:]) == {4.0}
