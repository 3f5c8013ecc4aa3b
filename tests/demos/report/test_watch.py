from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from demos.engines import Engine
from demos.recipes import Recipe
from demos.report import page as page_of_run
from demos.report import watch as watching
from demos.report.run import Run
from demos.report.watch import Watch
from demos.train_run import make_trainer
from tests.demos.conftest import Cli
from tests.demos.report.runs import task
from vector.training import CheckpointError, Trainer
from vector.training.checkpoints import files


@pytest.fixture
def watched(tmp_path: Path) -> tuple[Watch, Trainer]:
    """A training of 50 steps, and who watches it."""
    learnt, recipe = task(), Recipe(0.0, Engine.vector, (4,), 8, {"epochs": 10})
    watch = Watch("here", {"problem": "xor"}, learnt, recipe, tmp_path / "run", resumable=False)
    return watch, make_trainer(learnt, recipe, None, False, [watch])


class Clock:
    """A time that goes on when it is told to."""

    now = 100.0

    def monotonic(self) -> float:
        return self.now

    def time(self) -> float:
        return 1e9 + self.now


def paced(monkeypatch: pytest.MonkeyPatch, *, step: float, page: float) -> tuple[Clock, list[float]]:
    """A clock by which a step and a page take so long, and the times at which pages are begun."""
    clock, begun = Clock(), []
    monkeypatch.setattr(watching, "time", clock)
    real, written = Watch.on_step, page_of_run.run_page

    def on_step(self: Watch, trainer: Trainer, loss: float) -> None:
        clock.now += step
        real(self, trainer, loss)

    def run_page(run: Run) -> str:
        begun.append(clock.now)
        clock.now += page
        return written(run)

    monkeypatch.setattr(Watch, "on_step", on_step)
    monkeypatch.setattr(watching, "run_page", run_page)
    return clock, begun


def test_a_page_comes_every_two_seconds_at_most(watched: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    _, trainer = watched
    _, begun = paced(monkeypatch, step=0.5, page=0.01)
    trainer.run()
    gaps = [b - a for a, b in pairwise(begun)]
    assert len(begun) == 1 + 50 // 4  # the first step that ends two seconds after the last page
    assert min(gaps) >= 2


def test_slow_pages_take_two_percent_of_the_time_at_most(watched: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    _, trainer = watched
    clock, begun = paced(monkeypatch, step=10.0, page=1.0)
    start = clock.now
    trainer.run()
    assert len(begun) > 5
    assert (len(begun) - 1) / (clock.now - start) <= 0.02


def test_a_page_that_cannot_be_written_does_not_end_the_training(
    watched: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _, trainer = watched
    monkeypatch.setattr(watching, "_LEAST", 0.0)
    monkeypatch.setattr(watching, "_SHARE", 0)
    real = files.write_whole

    def full(path: Path, contents: bytes) -> None:
        if trainer.progress.step:
            raise CheckpointError(f"cannot write {path}: No space left on device")
        real(path, contents)

    monkeypatch.setattr(watching, "write_whole", full)
    trainer.run()
    assert trainer.progress.step == 50
    told = capsys.readouterr().out
    assert told.count("no more of report.html before the end: cannot write") == 1


def test_an_error_in_the_training_is_not_hidden_by_one_of_the_page(
    watched: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch, trainer = watched
    trainer.run()
    monkeypatch.setattr(watching, "run_page", lambda run: 1 / 0)
    with pytest.raises(KeyError, match="the training's own"), watch:
        raise KeyError("the training's own")


def test_who_does_not_lead_writes_nothing(watched: Any) -> None:
    watch, _ = watched  # of a follower, the trainer calls no callbacks
    with watch:
        pass
    assert not watch.folder.exists()


def looked_at(monkeypatch: pytest.MonkeyPatch) -> list[tuple[dict[str, Any], int]]:
    """Of each page that is made the state, and how many losses it shows."""
    seen: list[tuple[dict[str, Any], int]] = []
    real = page_of_run.run_page

    def run_page(run: Run) -> str:
        seen.append((dict(run.state), len(run.losses)))
        return real(run)

    monkeypatch.setattr(watching, "run_page", run_page)
    return seen


def test_the_time_left_is_that_of_the_steps_so_far(watched: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    _, trainer = watched
    paced(monkeypatch, step=2.0, page=0.0)
    seen = looked_at(monkeypatch)
    trainer.run()
    (first, _), *others = seen
    assert first["left"] is None
    assert len(others) > 5
    assert all(state["left"] == 2.0 * (50 - state["step"]) for state, _ in others)


def test_the_losses_that_a_page_shows_are_those_so_far(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "_LEAST", 0.0)
    monkeypatch.setattr(watching, "_SHARE", 0)
    seen = looked_at(monkeypatch)
    cli("train", "xor", "--engine", "vector", "--epochs", "10")
    assert [(state["step"], losses) for state, losses in seen] == [(step, step) for step in [*range(11), 10]]


def test_an_engine_is_named(cli: Cli) -> None:
    cli("train", "xor", "--epochs", "2")
    assert '"engine": "scalar"' in Path("runs/xor/run.json").read_text()
