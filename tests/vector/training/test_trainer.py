"""The loop: what it records, when it stops, and that equal options give equal weights."""

import dataclasses
import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import demos.perceptron  # noqa: F401  # which names its objective
from demos.tabular import Tabular
from tests.vector.training.victim import make_model, options, samples
from vector import Tensor, data, nn, training
from vector.training import Callback, Config, Trainer


class StopAt(Callback):
    """Ctrl-C during a step."""

    def __init__(self, step: int) -> None:
        self.step = step

    def on_step(self, trainer: Trainer, loss: float) -> None:
        if trainer.progress.step == self.step:
            os.kill(os.getpid(), signal.SIGINT)


def weights(model: nn.Module) -> dict[str, Any]:
    return {name: array.tolist() for name, array in model.state_dict().items()}


def fitted(folder: Path | None = None, **changes: Any) -> tuple[nn.Module, training.History]:
    model = make_model()
    history = training.fit(model, *samples(), folder=folder, **options(**changes))
    return model, history


def test_the_same_seed_gives_the_same_weights() -> None:
    assert weights(fitted()[0]) == weights(fitted()[0])
    assert weights(fitted()[0]) != weights(fitted(seed=1)[0])


def test_checkpoints_change_nothing(tmp_path: Path) -> None:
    assert weights(fitted(tmp_path / "run")[0]) == weights(fitted()[0])


@pytest.mark.parametrize("optimizer", sorted(training.OPTIMIZERS))
@pytest.mark.parametrize("step", [1, 4, 9])
def test_a_stopped_training_goes_on_bit_for_bit(tmp_path: Path, optimizer: str, step: int) -> None:
    changes: dict[str, Any] = {"optimizer": optimizer, "lr": 1e-2, "checkpoint_seconds": 1000}
    changes |= {"momentum": 0.9} if optimizer in ("sgd", "rmsprop") else {}
    model = make_model()
    with pytest.raises(KeyboardInterrupt):
        training.fit(model, *samples(), folder=tmp_path, callbacks=[StopAt(step)], **options(**changes))
    resumed, history = fitted(tmp_path, resume=True, **changes)
    untouched, whole = fitted(**changes)
    assert weights(resumed) == weights(untouched)
    assert history.losses == whole.losses
    assert [line["validation_loss"] for line in history.epochs] == [line["validation_loss"] for line in whole.epochs]


def test_a_finished_training_is_left_as_it_is(tmp_path: Path) -> None:
    model, _ = fitted(tmp_path)
    again, history = fitted(tmp_path, resume=True)
    assert weights(again) == weights(model)
    assert len(history.epochs) == 6


def test_more_epochs_can_be_added_at_a_constant_rate(tmp_path: Path) -> None:
    fitted(tmp_path, schedule="constant", epochs=2)
    longer, _ = fitted(tmp_path, schedule="constant", epochs=5, resume=True)
    assert weights(longer) == weights(fitted(schedule="constant", epochs=5)[0])


@pytest.mark.parametrize(
    "generator",
    [np.random.PCG64, np.random.MT19937, np.random.Philox, np.random.SFC64, np.random.PCG64DXSM],
    ids=lambda kind: kind.__name__,
)
def test_every_kind_of_random_generator_is_taken_up(tmp_path: Path, generator: Any) -> None:
    def model() -> nn.Module:
        made = make_model()
        made[1].generator = np.random.Generator(generator(5))  # type: ignore[index]
        return made

    stopped, resumed, untouched = model(), model(), model()
    with pytest.raises(KeyboardInterrupt):
        training.fit(stopped, *samples(), folder=tmp_path, callbacks=[StopAt(5)], **options())
    training.fit(resumed, *samples(), folder=tmp_path, resume=True, **options())
    training.fit(untouched, *samples(), **options())
    assert weights(resumed) == weights(untouched)


def test_early_stopping_keeps_the_best_weights() -> None:
    x, y = samples()
    model = make_model()
    history = training.fit(model, x, y, validation=(x, y), patience=3, epochs=200, lr=0.3)
    losses = [line["validation_loss"] for line in history.epochs]
    assert history.best_epoch == 1 + int(np.argmin(losses))
    assert len(losses) == history.best_epoch + 3 < 200
    objective = training.OBJECTIVES["classification"](y, 2)
    assert training.evaluate(model, objective, x, y)["loss"] == pytest.approx(min(losses), rel=1e-6)


def test_metrics_are_json_lines(tmp_path: Path) -> None:
    _, history = fitted(tmp_path)
    lines = [json.loads(line) for line in (tmp_path / "metrics.jsonl").read_text().splitlines()]
    assert [line for line in lines if "epoch" in line] == history.epochs
    assert [line["loss"] for line in lines if "epoch" not in line] == history.losses
    assert history.epochs[-1].keys() == {
        "epoch", "step", "lr", "loss", "seconds", "validation_loss", "validation_accuracy",
    }  # fmt: skip
    assert history.epochs[0]["loss"] == pytest.approx(np.mean(history.losses[:4]))


def test_a_regression_is_measured_in_its_own_unit() -> None:
    x = np.linspace(-1, 1, 64)[:, None]
    y = 5000 + 300 * x[:, 0]
    model = Tabular(nn.MLP(1, [1], dtype=np.float64, generator=np.random.default_rng(0)), x, y)
    history = training.fit(model, x, y, epochs=80, lr=0.1, test=(x, y))
    assert history.epochs[-1]["test_rmse"] < 1
    assert history.epochs[-1]["test_r2"] > 0.999


def test_a_tables_means_and_deviations_are_saved_with_its_weights(tmp_path: Path) -> None:
    x, _ = samples()
    model = Tabular(nn.MLP(2, [2]), 1e9 + x)
    other = Tabular(nn.MLP(2, [2]), x)
    training.save_weights(model, tmp_path / "model.safetensors")
    training.load_weights(other, tmp_path / "model.safetensors")
    assert np.array_equal(other(1e9 + x).data, model(1e9 + x).data)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_targets_with_a_large_offset(dtype: Any) -> None:
    """Seconds since 1970 were rounded to 128 in float32: a loss of 0, a root mean square error of 33."""
    x = np.random.default_rng(0).normal(size=(64, 1))
    y = 1.7e9 + 36 * x[:, 0]
    model = Tabular(nn.MLP(1, [1], dtype=dtype, generator=np.random.default_rng(0)), x, y)
    history = training.fit(model, x, y, epochs=500, lr=0.1, schedule="cosine", test=(x, y))
    assert history.epochs[-1]["test_rmse"] < 1e-3
    assert history.epochs[-1]["test_r2"] > 1 - 1e-9
    assert history.epochs[-1]["test_loss"] == pytest.approx(1 - history.epochs[-1]["test_r2"], rel=1e-3, abs=1e-12)


def test_means_and_deviations_keep_their_digits_in_another_dtype() -> None:
    x = 1.7e9 + np.random.default_rng(0).normal(size=(9, 1))
    model = nn.Sequential(Tabular(nn.MLP(1, [2]), x, x))
    said = model(x).data
    np.testing.assert_array_equal(model.to(np.float64).to(np.float32)(x).data, said)


@pytest.mark.parametrize(
    "column",
    [np.full(49, 0.1), np.full(49, np.float32(0.1)), np.where(np.arange(49) < 9, 0.3, 0.1 + 0.2), np.full(49, 10**17)],
    ids=["0.1", "0.1 in float32", "0.1 + 0.2 and 0.3", "a large whole number"],
)
def test_a_constant_column_has_the_deviation_1(column: Any) -> None:
    # That of 0.1, 49 times, is 2.8e-17 by rounding, and made 3.6e15 of a new row's 0.2.
    x = np.column_stack([column, np.arange(49).astype(column.dtype)])
    model = Tabular(nn.MLP(2, [2]), x)
    np.testing.assert_allclose(model.deviation, [1, np.arange(49).std()])
    np.testing.assert_allclose(model.mean, x.astype(float).mean(axis=0), rtol=1e-6)


def test_a_column_that_changes_by_little_is_not_constant() -> None:
    x = 1 + 1e-12 * np.arange(9.0)[:, None]
    assert Tabular(nn.MLP(1, [2]), x).deviation == pytest.approx(1e-12 * np.arange(9).std(), rel=1e-3)


def test_lists_and_whole_numbers_have_means_and_deviations() -> None:
    model = Tabular(nn.MLP(1, [1]), [[1], [3]], [10, 30])  # type: ignore[arg-type]
    assert [float(x[0]) for x in (model.mean, model.deviation, model.target_mean, model.target_deviation)] == [
        2,
        1,
        20,
        10,
    ]


def test_one_score_for_two_classes() -> None:
    x, y = samples()
    model = nn.MLP(2, [16, 16, 1], generator=np.random.default_rng(0))
    history = training.fit(model, x, y, epochs=120, lr=3e-2, test=(x, y))
    assert history.epochs[-1]["test_accuracy"] > 0.95


LABELS = ["bool", "uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64"]


@pytest.mark.parametrize("dtype", LABELS)
@pytest.mark.parametrize("objective", ["margin", "classification", "perceptron"])
def test_labels_of_every_dtype_are_the_same_labels(objective: str, dtype: str) -> None:
    """As unsigned bytes, which IDX files hold, 2·0 − 1 was 255: a score of −2 for class 0 cost 511."""
    x, y = samples()
    width = 1 if objective == "margin" else 2

    def history(labels: Any) -> Any:
        model = nn.MLP(2, [8, width], generator=np.random.default_rng(0))
        return training.fit(model, x, labels, epochs=3, objective=objective, validation=0.25)

    expected, got = history(y), history(y.astype(dtype))
    assert got.losses == expected.losses
    without_time = [{k: v for k, v in line.items() if k != "seconds"} for line in got.epochs]
    assert without_time == [{k: v for k, v in line.items() if k != "seconds"} for line in expected.epochs]


@pytest.mark.parametrize("dtype", LABELS[1:])
def test_the_margin_by_hand(dtype: str) -> None:
    y = np.array([1, 0], dtype)
    objective = training.OBJECTIVES["margin"](y, 1)
    assert objective.loss(Tensor(np.array([[2.0], [-2.0]])), y).item() == 0
    assert objective.loss(Tensor(np.array([[-1.0], [0.5]])), y).item() == (2 + 1.5) / 2


@pytest.mark.parametrize("dtype", ["uint8", "int8", "int16", "float16", "float32", "int64"])
def test_targets_of_every_dtype_are_the_same_numbers(dtype: str) -> None:
    x, _ = samples()
    y = (np.arange(len(x)) % 100).astype(dtype)

    def history(targets: Any) -> Any:
        model = Tabular(nn.MLP(2, [8, 1], generator=np.random.default_rng(0)), x, targets)
        return training.fit(model, x, targets, epochs=3, objective="regression", test=(x, targets))

    expected, got = history(y.astype(float)), history(y)
    assert got.losses == expected.losses
    for name in ("test_rmse", "test_r2", "test_loss"):
        assert got.epochs[-1][name] == expected.epochs[-1][name]


def test_the_step_and_the_feed_can_be_replaced() -> None:
    seen: list[str] = []

    def make_step(*parts: Any) -> Any:
        step = training.training_step(*parts)

        def recorded(x: Any, y: Any) -> Any:
            seen.append("step")
            return step(x, y)

        return recorded

    def augment(x: Any, generator: np.random.Generator) -> Any:
        seen.append("augment")
        return x + generator.normal(scale=0.01, size=x.shape).astype(x.dtype)

    make_feed = partial(training.Feed, augment=augment)
    training.fit(make_model(), *samples(), **options(epochs=1), make_step=make_step, make_feed=make_feed)
    assert seen == ["augment", "step"] * 4


def test_callbacks_see_every_step_and_epoch() -> None:
    class Count(Callback):
        def __init__(self) -> None:
            self.seen: list[str] = []

        def on_start(self, trainer: Trainer) -> None:
            self.seen.append("start")

        def on_step(self, trainer: Trainer, loss: float) -> None:
            self.seen.append("step")

        def on_epoch(self, trainer: Trainer, metrics: Mapping[str, float]) -> None:
            self.seen.append("epoch")

        def on_end(self, trainer: Trainer) -> None:
            self.seen.append("end")

    count = Count()
    training.fit(make_model(), *samples(), **options(epochs=2), callbacks=[count])
    assert count.seen == ["start", *["step"] * 4, "epoch", *["step"] * 4, "epoch", "end"]


def test_options_may_be_numpys_numbers(tmp_path: Path) -> None:
    """They come from sweeps, and JSON does not hold them."""
    changes = {"epochs": np.int64(2), "seed": np.int32(3), "lr": np.float64(2e-2), "validation": np.float32(0.25)}
    model, _ = fitted(tmp_path, **changes)
    again, _ = fitted(tmp_path, resume=True, epochs=2, seed=3, lr=2e-2, validation=0.25)
    assert weights(again) == weights(model)


def test_what_a_batch_holds_depends_on_its_place_alone() -> None:
    feed = training.Feed(np.arange(10.0)[:, None], np.arange(10), 4, seed=3)
    whole = [y.tolist() for _, y in feed(2)]
    assert [y.tolist() for _, y in feed(2, start=1)] == whole[1:]
    assert sorted(label for labels in whole for label in labels) == list(range(10))
    assert whole != [y.tolist() for _, y in feed(3)]
    assert [len(y) for y in whole] == [4, 4, 2]


@pytest.mark.parametrize("kind", [np.uint8, np.int8, np.int64])
def test_numpys_small_integers_do_not_wrap_around(kind: Any) -> None:
    x, y = np.arange(600.0)[:, None], np.arange(600)
    for ours, numpys in (
        (training.Feed(x, y, 100, 0)(0), training.Feed(x, y, kind(100), 0)(0)),
        (data.batches(x, y, 100), data.batches(x, y, kind(100))),
    ):
        assert [b.tolist() for _, b in ours] == [b.tolist() for _, b in numpys]
    spirals = [data.spirals(n, 1.5, 0.0, c, np.random.default_rng(0)) for n, c in ((90, 4), (kind(90), kind(4)))]
    np.testing.assert_array_equal(spirals[0][0], spirals[1][0])
    with pytest.raises(TypeError, match="cannot be interpreted as an integer"):
        training.Feed(x, y, 2.5, 0)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"epochs": 0}, r"expected epochs >= 1, got 0"),
        ({"batch": 0}, r"expected batch >= 1, got 0"),
        ({"lr": 0.0}, r"expected 0 < lr < infinity, got 0\.0"),
        ({"lr": float("nan")}, r"expected 0 < lr < infinity, got nan"),
        ({"validation": 1.0}, r"expected 0 <= validation < 1, got 1\.0"),
        ({"patience": 0}, r"expected patience >= 1, got 0"),
        ({"keep": 0}, r"expected keep >= 1, got 0"),
        ({"seed": -1}, r"expected seed >= 0, got -1"),
        ({"optimizer": "adm"}, r"expected optimizer in \['adagrad', .*\], got 'adm'"),
        ({"schedule": "cos"}, r"expected schedule in \['constant', .*\], got 'cos'"),
        ({"momentum": 0.9}, r"expected momentum == 0 for adam, got 0\.9"),
        ({"weight_decay": -1.0}, r"expected weight_decay >= 0, got -1\.0"),
        ({"epochs": 2.5}, r"expected epochs as a whole number, got 2\.5"),
        ({"patience": "3"}, r"expected patience as a whole number, got '3'"),
        ({"lr": "1e-3"}, r"expected lr as a number, got '1e-3'"),
    ],
)
def test_options_out_of_range(change: dict[str, Any], message: str) -> None:
    with pytest.raises((TypeError, ValueError), match=message):
        dataclasses.replace(Config(), **change)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"objective": "margins"}, r"expected objective in \['classification', .*\], got 'margins'"),
        ({"patience": 3, "validation": 0.0}, r"patience needs validation samples"),
    ],
)
def test_options_that_do_not_fit(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        fitted(**change)


def test_vector_is_imported_without_training() -> None:
    code = "import sys, vector; sys.exit('vector.training' in sys.modules or 'safetensors' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[3], check=False).returncode == 0
