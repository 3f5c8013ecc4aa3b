"""Several ranks compute what one process computes."""

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import vector
from tests.vector.distributed.thread_ranks import on_ranks
from vector import data, distributed, nn, training
from vector.training.checkpoints.snapshot import generators
from vector.training.processes import SingleProcess

X, Y = data.moons(60, 0.1, np.random.default_rng(1))  # the last of an epoch's minibatches is small
OPTIONS: dict[str, Any] = {"epochs": 4, "batch": 11, "lr": 2e-2, "schedule": "cosine", "validation": 0.2}


class Net(nn.Module):
    """Has running means, constant buffers, a frozen weight and one that the loss does not depend on."""

    buffer_names = ("shift",)

    def __init__(self, dtype: Any, seed: int = 0, norm: bool = False) -> None:
        generator = np.random.default_rng(seed)
        self.shift = np.full(2, 1 / 3)
        self.first = nn.Linear(2, 8, dtype=dtype, generator=generator)
        self.norm = nn.BatchNorm1d(8, dtype=dtype) if norm else nn.Sequential()
        self.last = nn.Linear(8, 2, dtype=dtype, generator=generator)
        self.unused = nn.Linear(1, 1, dtype=dtype, generator=generator)
        self.frozen = nn.Linear(2, 2, dtype=dtype, generator=generator)
        self.frozen.weight.requires_grad_(False)

    def __call__(self, x: Any) -> Any:
        return self.last(self.norm(self.first(self.frozen(x - self.shift.astype(x.dtype)))).tanh())


def noisy_model(generator: np.random.Generator) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(2, 8, generator=generator),
        nn.Dropout(0.4, generator=generator),
        nn.Linear(8, 2, generator=generator),
    )


def trained(group: Any, model: Any, **changes: Any) -> tuple[training.History, dict[str, Any]]:
    history = distributed.fit(model, X, Y, group=group, **(OPTIONS | changes))
    return history, model.state_dict()


def expect_same_weights(states: list[dict[str, Any]]) -> None:
    for state in states[1:]:
        for name, array in states[0].items():
            np.testing.assert_array_equal(state[name], array, strict=True)


@pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 1e-12), ("float32", 1e-5)])
@pytest.mark.parametrize("size", [2, 3, 7])
def test_losses_and_weights_are_those_of_one_process(size: int, dtype: str, tolerance: float) -> None:
    for options in ({}, {"optimizer": "adamw", "patience": 1}, {"optimizer": "sgd", "momentum": 0.9}):
        alone, expected = trained(SingleProcess(), Net(dtype), **options)
        outcomes = on_ranks(size, partial(lambda ranks, **changes: trained(ranks, Net(dtype), **changes), **options))
        expect_same_weights([state for _, state in outcomes])
        for history, state in outcomes:
            np.testing.assert_allclose(history.losses, alone.losses, rtol=tolerance)
            assert history.best_epoch == alone.best_epoch
            for line, other in zip(history.epochs, alone.epochs, strict=True):
                assert {**line, "seconds": 0} == pytest.approx({**other, "seconds": 0}, rel=tolerance)
            for name, array in state.items():
                np.testing.assert_allclose(array, expected[name], rtol=0, atol=30 * tolerance)


def test_a_step_sends_one_message() -> None:
    def count(ranks: Any) -> int:
        trained(ranks, Net("float32"), epochs=3)
        return int(ranks.comm.sums)

    assert on_ranks(2, count) == [3 * 5] * 2  # 48 training samples, 11 in a minibatch


def test_first_weights_are_the_leaders() -> None:
    alone, _ = trained(SingleProcess(), Net("float64", 0))
    (history, _), _ = on_ranks(2, lambda ranks: trained(ranks, Net("float64", ranks.rank)))
    np.testing.assert_allclose(history.losses, alone.losses, rtol=1e-12)


def test_running_means_move_by_the_mean_of_what_the_ranks_see() -> None:
    states = [state for _, state in on_ranks(3, lambda ranks: trained(ranks, Net("float32", norm=True), batch=12))]
    expect_same_weights(states)
    assert np.all(states[0]["norm.running_mean"] != 0)
    np.testing.assert_array_equal(states[0]["shift"], 1 / 3)


@pytest.mark.parametrize("native", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_compiled_steps_give_the_same(monkeypatch: pytest.MonkeyPatch, native: bool) -> None:
    monkeypatch.setattr("vector.training.step.compile", partial(vector.compile, native=native))
    plain, _ = trained(SingleProcess(), Net("float64"))
    (history, state), (_, other) = on_ranks(2, lambda ranks: trained(ranks, Net("float64"), compile=True))
    expect_same_weights([state, other])
    np.testing.assert_allclose(history.losses, plain.losses, rtol=1e-12)


def test_an_augmentation_gives_the_same_on_any_number_of_ranks() -> None:
    def noisy(x: Any, generator: np.random.Generator) -> Any:
        return x + generator.normal(scale=0.1, size=x.shape).astype(x.dtype)

    alone, _ = trained(SingleProcess(), Net("float64"), make_feed=partial(training.Feed, augment=noisy))
    (history, _), _ = on_ranks(
        2, lambda ranks: trained(ranks, Net("float64"), make_feed=partial(training.Feed, augment=noisy))
    )
    np.testing.assert_allclose(history.losses, alone.losses, rtol=1e-12)


class Stop(training.Callback):
    def __init__(self, step: int) -> None:
        self.step = step

    def on_step(self, trainer: training.Trainer, loss: float) -> None:
        if trainer.progress.step == self.step:
            trainer.group.listen(lambda: (False, True))


def test_dropout_differs_between_ranks_and_is_taken_up(tmp_path: Path) -> None:
    drawn: list[float] = []

    def train(ranks: Any, name: str, stop: int = 0) -> Any:
        model = noisy_model(np.random.default_rng(5))
        try:
            history, _ = trained(ranks, model, folder=tmp_path / name, resume=True, callbacks=[Stop(stop)])
        except KeyboardInterrupt:
            return None
        drawn.extend(generator.random() for generator in generators(model).values())
        return history.losses

    whole, _ = on_ranks(2, partial(train, name="whole"))
    assert len(set(drawn)) == 2
    for stop in (3, 12):
        assert on_ranks(2, partial(train, name="parts", stop=stop)) == [None, None]
    assert on_ranks(2, partial(train, name="parts")) == [whole, whole]
    weights = [(tmp_path / name / "model.safetensors").read_bytes() for name in ("whole", "parts")]
    assert weights[0] == weights[1]


def test_a_training_is_taken_up_on_other_numbers_of_ranks(tmp_path: Path) -> None:
    alone, _ = trained(SingleProcess(), Net("float64"))

    def stopped(ranks: Any, stop: int) -> None:
        net = Net("float64", seed=ranks.rank)
        with pytest.raises(KeyboardInterrupt):
            trained(ranks, net, folder=tmp_path, resume=True, callbacks=[Stop(stop)])

    for size, stop in ((4, 3), (2, 9)):
        on_ranks(size, partial(stopped, stop=stop))
    history, _ = trained(SingleProcess(), Net("float64"), folder=tmp_path, resume=True)
    np.testing.assert_allclose(history.losses, alone.losses, rtol=1e-12)
