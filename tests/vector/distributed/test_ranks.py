"""What the ranks agree on, and how they fail together."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from demos.death_notice import DeathNotice
from tests.vector.distributed.thread_ranks import on_ranks
from vector import data, distributed, nn, training
from vector.distributed import RanksError, launched
from vector.distributed.launcher import world
from vector.training import CheckpointError, DivergedError

X, Y = data.moons(40, 0.1, np.random.default_rng(1))


def model(seed: int = 0) -> nn.MLP:
    return nn.MLP(2, [8, 2], generator=np.random.default_rng(seed))


def train(ranks: Any, net: nn.Module | None = None, **options: Any) -> training.History:
    return distributed.fit(net or model(), X, Y, group=ranks, **({"epochs": 2, "batch": 10} | options))


def all_errors(size: int, work: Any) -> list[Exception]:
    """The error of each rank, all of which must fail."""

    def failing(ranks: Any) -> Exception:
        try:
            work(ranks)
        except Exception as error:
            return error
        raise AssertionError("expected an error")

    return on_ranks(size, failing)


@pytest.mark.parametrize(
    ("change", "name"),
    [
        (lambda rank: {"lr": 0.1 * rank + 0.1}, "lr"),
        (lambda rank: {"epochs": 2 + rank, "schedule": "linear"}, "epochs"),
        (lambda rank: {"net": nn.MLP(2, [8 + rank, 2])}, "model"),
    ],
)
def test_ranks_must_train_the_same(change: Any, name: str) -> None:
    errors = all_errors(3, lambda ranks: train(ranks, **change(ranks.rank)))
    assert all(isinstance(error, RanksError) for error in errors)
    assert f"expected the same {name} on every rank, got" in str(errors[1])


def test_ranks_must_have_the_same_data() -> None:
    def other(ranks: Any) -> None:
        distributed.fit(model(), X + ranks.rank, Y, group=ranks, batch=10)

    assert all("expected the same data on every rank" in str(error) for error in all_errors(2, other))


def test_only_the_leader_writes_and_calls_and_all_raise_its_failure(tmp_path: Path) -> None:
    class Count(training.Callback):
        steps = 0

        def on_step(self, trainer: training.Trainer, loss: float) -> None:
            self.steps += 1

    def count(ranks: Any) -> int:
        counter = Count()
        train(ranks, folder=tmp_path / f"rank {ranks.rank}", callbacks=[counter])
        return counter.steps

    assert on_ranks(2, count) == [8, 0]
    assert [path.name for path in tmp_path.iterdir()] == ["rank 0"]
    errors = all_errors(2, lambda ranks: train(ranks, folder=tmp_path / "rank 0"))
    assert all(isinstance(error, CheckpointError) for error in errors)
    assert "holds checkpoints already" in str(errors[1])


def test_a_loss_that_leaves_the_finite_numbers_on_one_rank_is_raised_on_all() -> None:
    class Log(nn.Module):
        def __init__(self, bad: bool) -> None:
            self.body, self.bad = model(), bad

        def __call__(self, x: Any) -> Any:
            return self.body(x).log() if self.bad else self.body(x)

    errors = all_errors(2, lambda ranks: train(ranks, Log(ranks.rank == 1)))
    assert all(isinstance(error, DivergedError) for error in errors)
    assert "the first to go wrong is step 1: log made nan" in str(errors[0])
    assert str(errors[0]) == str(errors[1])


def test_weights_that_part_end_the_training() -> None:
    class Meddle(nn.Module):
        def __init__(self, rank: int) -> None:
            self.body, self.rank = model(), rank

        def __call__(self, x: Any) -> Any:
            if self.rank == 2:
                self.body.layers[0].weight.data[0, 0] += 1e-6
            return self.body(x)

    errors = all_errors(3, lambda ranks: train(ranks, Meddle(ranks.rank)))
    assert all("rank 2 has other weights than rank 0" in str(error) for error in errors)


def test_one_rank_that_wants_to_stop_stops_all_after_the_same_step() -> None:
    steps = []

    def stop(ranks: Any) -> None:
        trainer = training.Trainer(model(), X, Y, training.Config(batch=10), **distributed.parallel(ranks, 10))
        listen = ranks.listen
        ranks.listen = lambda wishes: listen(lambda: (False, ranks.rank == 1 and trainer.progress.step == 6))
        with pytest.raises(KeyboardInterrupt):
            trainer.run()
        steps.append(trainer.progress.step)

    on_ranks(3, stop)
    assert steps == [7, 7, 7]


def test_an_error_that_cannot_be_pickled_is_sent_as_its_text() -> None:
    class OddError(Exception):
        def __init__(self, one: int, two: int) -> None:
            super().__init__("it is odd")

    def fail(ranks: Any) -> None:
        with ranks.together():
            if ranks.rank == 1:
                raise OddError(1, 2)

    first, second = all_errors(2, fail)
    assert (type(first), str(first)) == (RuntimeError, "OddError: it is odd")
    assert isinstance(second, OddError)


def test_who_was_launched(monkeypatch: pytest.MonkeyPatch) -> None:
    assert launched({}) == (0, 1)
    assert launched({"OMPI_COMM_WORLD_RANK": "1", "OMPI_COMM_WORLD_SIZE": "3"}) == (1, 3)
    monkeypatch.setenv("PMI_RANK", "1")
    monkeypatch.setenv("PMI_SIZE", "3")
    monkeypatch.setitem(sys.modules, "mpi4py", None)
    world.cache_clear()
    with pytest.raises(ImportError, match=r'mpiexec started 3 processes.*pip install "twingrad\[mpi\]"'):
        world()


@pytest.mark.parametrize(("orderly", "printed"), [(True, ""), (False, "two\n")])
def test_a_notice_is_printed_when_the_process_is_killed(orderly: bool, printed: str) -> None:
    end = "" if orderly else "; os.kill(os.getpid(), signal.SIGKILL)"
    code = (
        f"import os, signal; from {DeathNotice.__module__} import DeathNotice\n"
        f"notice = DeathNotice(); notice.write('one'); notice.write('two'){end}"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, stderr=subprocess.PIPE, text=True)
    assert done.stderr == printed
