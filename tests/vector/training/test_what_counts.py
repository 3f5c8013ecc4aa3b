"""Weights of samples, losses of one's own, indices as inputs, and an epoch's last sample."""

from typing import Any

import numpy as np
import pytest

from tests.vector.training.victim import options, samples
from vector import Tensor, data, nn, tensor, training
from vector.data import DataError
from vector.training import Config, Feed, Trainer

X, Y = samples()


def model(width: int = 2, seed: int = 0, inputs: int = 2) -> nn.MLP:
    return nn.MLP(inputs, [8, width], dtype=np.float64, generator=np.random.default_rng(seed))


def arrays(trained: nn.Module) -> list[Any]:
    return [p.data.copy() for p in trained.parameters()]


def fitted(x: Any = X, y: Any = Y, width: int = 2, **changes: Any) -> list[Any]:
    trained = model(width, inputs=x.shape[1])
    training.fit(trained, x, y, **options(validation=0.0, epochs=3) | changes)
    return arrays(trained)


@pytest.mark.parametrize("name", ["classification", "margin", "perceptron", "regression"])
def test_a_sample_that_counts_twice_is_as_good_as_two(name: str) -> None:
    """Of all samples at once; their own and the copies' gradients add up."""
    from demos import perceptron  # noqa: F401  # which names its objective

    y = X[:, :1] * 2 if name == "regression" else Y
    weight = np.array([2.0] * 10 + [1.0] * 30)
    width = 1 if name in ("margin", "regression") else 2
    twice = np.concatenate([np.arange(10), np.arange(40)])
    objective = training.OBJECTIVES[name](y, width)
    outputs = np.random.default_rng(3).normal(size=(40, width))
    loss = objective.loss(Tensor(outputs), y, weight / weight.mean()).item()
    assert loss == pytest.approx(objective.loss(Tensor(outputs[twice]), y[twice]).item(), rel=1e-12)


def test_weights_count_in_the_training_and_their_scale_does_not() -> None:
    weight = np.random.default_rng(0).uniform(0.1, 3, 40)
    plain, weighed, scaled = fitted(), fitted(sample_weight=weight), fitted(sample_weight=1000 * weight)
    assert not np.allclose(plain[0], weighed[0])
    for a, b in zip(weighed, scaled, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9)
    for a, b in zip(plain, fitted(sample_weight=np.ones(40)), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9)


def test_a_sample_of_no_weight_has_no_effect() -> None:
    wrong = np.concatenate([X, X + 5]), np.concatenate([Y, 1 - Y])
    weight = np.repeat([1.0, 0.0], 40)
    left = fitted(*wrong, sample_weight=weight, batch=80)
    for a, b in zip(left, fitted(batch=40, epochs=3), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6)  # Adam takes no notice of the loss's scale, but for its ε


def test_weights_are_held_out_with_their_samples() -> None:
    weight = np.arange(40.0)
    trainer = Trainer(model(), X, Y, Config(validation=0.25, seed=4), sample_weight=weight)
    kept, held = trainer.samples.weight, trainer.samples.validation_weight
    assert kept is not None
    assert held is not None
    assert kept.mean() == pytest.approx(1)
    both = np.concatenate([kept, held]) / held.max()
    assert both.shape == (40,)
    x_all = np.concatenate([trainer.samples.x, trainer.samples.validation[0]])  # type: ignore[index]
    place = [int(np.flatnonzero((row == X).all(axis=1))[0]) for row in x_all]
    np.testing.assert_allclose(both, weight[place] / weight[place][30:].max(), rtol=1e-12)


def test_the_validation_loss_weighs_its_samples() -> None:
    weight = np.where(Y == 1, 5.0, 1.0)
    trainer = Trainer(model(), X, Y, Config(validation=0.25, epochs=1, batch=8), sample_weight=weight)
    history = trainer.run()
    x, y = trainer.samples.validation  # type: ignore[misc]
    each = nn.cross_entropy(trainer.model(x), y, reduction="none").data
    expected = np.mean(each * trainer.samples.validation_weight)
    assert history.epochs[0]["validation_loss"] == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(
    ("weight", "message"),
    [
        (np.ones(39), r"^sample_weight: expected 40 numbers >= 0, one for each sample, got shape \(39,\)$"),
        (-np.ones(40), r"^sample_weight: expected 40 numbers >= 0, one for each sample, got -1$"),
        (np.zeros(40), r"^sample_weight: expected a sample that counts, got only zeros$"),
        (np.full(40, np.nan), r"^sample_weight: expected finite numbers, got nan at \(0,\)"),
    ],
)
def test_weights_that_are_none(weight: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        training.fit(model(), X, Y, sample_weight=weight)


@pytest.mark.parametrize("compiled", [False, True])
def test_weights_in_a_compiled_step(compiled: bool) -> None:
    weight = np.random.default_rng(0).uniform(0.1, 3, 40)
    make_step = training.compiled_step if compiled else training.training_step
    for a, b in zip(fitted(sample_weight=weight, make_step=make_step), fitted(sample_weight=weight), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9)


def smoothed(outputs: Any, y: Any) -> Tensor:
    return nn.cross_entropy(outputs, y, label_smoothing=0.1)


def of_labels(outputs: Any, y: Any) -> Tensor:
    return nn.binary_cross_entropy_with_logits(outputs, y.astype(outputs.dtype))


def test_a_loss_of_ones_own_with_the_metrics_of_the_targets() -> None:
    history = training.fit(model(), X, Y, objective=smoothed, epochs=60, batch=8, lr=2e-2, validation=0.25)
    assert history.epochs[-1]["validation_accuracy"] > 0.8
    assert history.losses[-1] > 0.1  # which smoothed labels do not let it fall below


def test_a_loss_of_several_labels_a_sample() -> None:
    labels = np.stack([Y, X[:, 0] > 0, X[:, 1] > 0], axis=1).astype(int)
    history = training.fit(model(3), X, labels, objective=of_labels, epochs=40, batch=8, lr=2e-2, validation=0.25)
    assert history.epochs[-1]["validation_loss"] < history.epochs[0]["validation_loss"]
    assert "validation_accuracy" not in history.epochs[-1]


def test_a_loss_of_numbers_has_an_error_in_their_unit() -> None:
    def absolute(outputs: Any, y: Any) -> Tensor:
        return nn.l1_loss(outputs[:, 0], y)

    history = training.fit(model(1), X, X[:, 0] * 3.0, objective=absolute, epochs=2, validation=0.25)
    assert {"validation_rmse", "validation_r2"} <= history.epochs[-1].keys()


@pytest.mark.parametrize(
    ("objective", "options", "message"),
    [
        (lambda outputs, y: 3.0, {}, r"^objective: expected a loss\(outputs, y\) that gives a Tensor of one element, "),
        (lambda outputs, y: outputs, {}, r"that gives a Tensor of one element, got Tensor\("),
        (smoothed, {"sample_weight": np.ones(40)}, r"got sample_weight, which it does not know$"),
    ],
)
def test_a_loss_that_is_none(objective: Any, options: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError, match=message):
        training.fit(model(), X, Y, objective=objective, **options)


def test_a_training_is_resumed_with_the_same_loss_alone(tmp_path: Any) -> None:
    training.fit(model(), X, Y, objective=smoothed, epochs=1, folder=tmp_path)
    training.fit(model(), X, Y, objective=smoothed, epochs=2, folder=tmp_path, resume=True)

    def other(outputs: Any, y: Any) -> Tensor:
        return nn.cross_entropy(outputs, y, label_smoothing=0.2)

    with pytest.raises(training.CheckpointError, match="objective's code"):
        training.fit(model(), X, Y, objective=other, epochs=2, folder=tmp_path, resume=True)


def test_whole_numbers_are_samples_like_any() -> None:
    counts = np.random.default_rng(0).integers(0, 9, (40, 2))
    for a, b in zip(fitted(counts), fitted(counts.astype(np.float64)), strict=True):
        np.testing.assert_array_equal(a, b)
    fitted(counts > 4)


class Words(nn.Module):
    """The mean of the vectors of a few words → two classes."""

    def __init__(self) -> None:
        self.table = nn.Embedding(11, 6, generator=np.random.default_rng(0))
        self.out = nn.Linear(6, 2, generator=np.random.default_rng(1))

    def __call__(self, x: Any) -> Any:
        return self.out(self.table(x).mean(1))


def test_indices_reach_an_embedding_as_they_are() -> None:
    words = np.random.default_rng(0).integers(0, 11, (200, 4), dtype=np.uint8)
    y = (words == 3).any(axis=1).astype(int)
    history = training.fit(Words(), words, y, epochs=40, batch=20, lr=3e-2, validation=0.2)
    assert history.epochs[-1]["validation_accuracy"] > 0.9
    with pytest.raises(DataError, match=r"^validation x: expected indices, as in x, got dtype float64$"):
        training.fit(Words(), words, y, validation=(words + 0.5, y))
    with pytest.raises(DataError, match=r"^x: the samples do not suit the model: Embedding: expected 0 <= index < 11"):
        training.fit(Words(), words + 9, y)


@pytest.mark.parametrize(("count", "batch", "sizes"), [
    (9, 4, [4, 5]), (10, 4, [4, 4, 2]), (8, 4, [4, 4]), (1, 4, [1]), (3, 1, [1, 1, 1]), (5, 4, [5]), (3, 2, [3]),
])  # fmt: skip
def test_one_sample_alone_joins_the_minibatch_before(count: int, batch: int, sizes: list[int]) -> None:
    feed = Feed(np.arange(count), np.arange(count), batch, 0)
    minibatches = list(feed(0))
    assert len(feed) == len(minibatches)
    assert [len(x) for x, _ in minibatches] == sizes
    assert sorted(np.concatenate([x for x, _ in minibatches])) == list(range(count))


def test_batch_norm_trains_where_one_sample_is_left() -> None:
    layers = nn.Sequential(nn.Linear(2, 4), nn.BatchNorm1d(4), nn.ReLU(), nn.Linear(4, 2))
    x, y = data.moons(33, 0.1, np.random.default_rng(0))
    history = training.fit(layers, x, y, batch=32, epochs=2)
    assert len(history.losses) == 2


@pytest.mark.parametrize(
    ("word", "answer"),
    [
        ("learning_rate", "write lr="), ("batch_size", "write batch="), ("n_epochs", "write epochs="),
        ("validation_split", "write validation="), ("class_weight", r"write sample_weight=weights\[y\]"),
        ("early_stopping", "write patience="), ("random_state", "write seed="), ("loss", "write objective="),
        ("epoch", "."), ("optimiser", r"did you mean optimizer\?"),
    ],
)  # fmt: skip
def test_other_words_are_answered_with_ours(word: str, answer: str) -> None:
    with pytest.raises(TypeError, match=rf"^fit: expected .*, got {word}; .*{answer}"):
        training.fit(model(), X, Y, **{word: 1})


def test_tensor_weights_are_arrays() -> None:
    assert fitted(sample_weight=tensor(np.ones(40)).data)[0].shape == (8, 2)
