"""Arrays that cannot be learnt from are refused before the first step."""

from typing import Any

import numpy as np
import pytest

from demos.tabular import Tabular
from vector import data, nn, training

X = np.random.default_rng(0).normal(size=(6, 3)).astype(np.float32)
Y = np.array([0, 1, 2, 0, 1, 2])


def changed(array: Any, index: Any, value: Any) -> Any:
    array = array.copy()
    array[index] = value
    return array


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        (changed(X, (4, 1), np.nan), Y, r"^x: expected finite numbers, got nan at \(4, 1\) \(1 in all\)$"),
        (changed(X, (0, 2), -np.inf), Y, r"^x: expected finite numbers, got -inf at \(0, 2\)"),
        (X, changed(Y, 3, 3), r"^y: expected 0 <= label < 3 \(classes\), got 3 at 3$"),
        (X, changed(Y, 5, -1), r"^y: expected 0 <= label < 3 \(classes\), got -1 at 5$"),
        (X, Y[:4], r"^x and y: expected as many samples as targets, got 6 and 4$"),
        (X[:0], Y[:0], r"^x: expected at least one sample, got shape \(0, 3\)$"),
        (X, np.zeros(6, int), r"^y: expected at least two different targets to learn from, got only 0$"),
        (X[:, :2], Y, r"^x: the samples do not suit the model: Linear: expected x\.shape\[-1\] == 3"),
        (X[:, 0], Y, r"^x: expected samples of shape \(n, features\), got \(6,\)$"),
        (X.astype(complex), Y, r"^x: expected real numbers, got dtype complex128$"),
        (X.astype(str), Y, r"^x: expected real numbers, got dtype <U32$"),
        ([[1.0, 2.0], [3.0]], Y[:2], r"^x: expected an array, got rows of different lengths$"),
        (
            X,
            Y.astype(float),
            r"^y: expected targets of shape \(n, 3\), as the model gives, got \(6,\); for classes, give",
        ),
        (X, Y.astype(str), r"^y: expected real numbers, got dtype <U21$"),
        (X, Y[:, None], r"^y: expected labels of shape \(n,\), got \(6, 1\)$"),
        (X, 3, r"^y: expected a target for each sample, got a single number$"),
        (X, changed(X, (1, 1), np.nan), r"^y: expected finite numbers, got nan at \(1, 1\)"),
        (X, np.ones((6, 3)), r"^y: expected at least two different targets to learn from, got only 1\.0$"),
        (np.ma.masked_greater(X, 0), Y, r"^x: expected an array without a mask, such as x\.filled\(0\), got a masked"),
        (X, np.ma.masked_equal(Y, 0), r"^y: expected an array without a mask"),
        (changed(X.astype(float), (2, 0), -1e39), Y, r"^x: expected numbers within the range of float32, got -1e"),
        (X, changed(X.astype(float), (2, 0), 1e39), r"^y: expected numbers within the range of float32, got 1e\+"),
        (X, changed(X.astype(float), (2, 0), 1e200), r"^y: expected targets whose variance is a positive"),
        # Offsets that the model's dtype cannot hold beside the differences were rounded away without a word.
        (
            1.7e9 + 36 * X.astype(float),
            Y,
            r"^x: expected numbers that float32 tells apart, got numbers about 1\.7e\+09 ",
        ),
        (
            changed(X.astype(float), (slice(None), 1), 1.7e18 + 1e4 * Y),
            Y,
            r"of a range of .*, where it knows steps of 2e\+11, in column 1; subtract their smallest or",
        ),
        (
            X,
            1.7e9 + 36 * X.astype(float),
            r"^y: expected numbers that float32 tells apart, .* steps of 2e\+02",
        ),
        (X.astype(np.float32), np.where(X > 0, 0.3, 0.3 + 1e-9), r"^y: expected numbers that float32 tells apart"),
    ],
)
def test_training_samples(x: Any, y: Any, message: str) -> None:
    with pytest.raises(data.DataError, match=message):
        training.fit(nn.MLP(3, [3]), x, y, epochs=1)


@pytest.mark.parametrize("kind", ["validation", "test"])
@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        (changed(X, (0, 0), np.nan), Y, r" x: expected finite numbers, got nan at \(0, 0\)"),
        (X, changed(Y, 0, 7), r" y: expected 0 <= label < 3 \(classes\), got 7 at 0$"),
        (X[:, :1], Y, r" x: expected samples of shape \(3,\), got \(1,\)$"),
        (changed(X.astype(float), (0, 0), 1e39), Y, r" x: expected numbers within the range of float32, got 1e\+39"),
    ],
)
def test_samples_that_are_only_measured(kind: str, x: Any, y: Any, message: str) -> None:
    with pytest.raises(data.DataError, match=f"^{kind}{message}"):
        training.fit(nn.MLP(3, [3]), X, Y, epochs=1, **{kind: (x, y)})


@pytest.mark.parametrize(
    ("model", "change", "message"),
    [
        (nn.ReLU(), {}, r"^model: expected parameters to train, got a model without$"),
        (nn.Conv2d(1, 1, 1), {}, r"^x: the samples do not suit the model"),
        (nn.MLP(3, [3]), {"objective": "margin"}, r"^the objective margin expected a model with 1 output, got 3$"),
        (nn.MLP(3, [3]), {"validation": 0.01}, r"^x: 6 samples cannot be split with a validation share of 0\.01$"),
    ],
)
def test_models_and_splits(model: nn.Module, change: dict[str, Any], message: str) -> None:
    with pytest.raises(data.DataError, match=message):
        training.fit(model, X, Y, epochs=1, **change)


def test_a_column_whose_squares_are_infinite() -> None:
    with pytest.raises(data.DataError, match=r"^x: expected columns with a finite deviation, got inf in column 1$"):
        Tabular(nn.MLP(3, [3]), changed(X.astype(float), (2, 1), 1e200))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_targets_that_differ_by_rounding_alone(dtype: Any) -> None:
    y = np.array([0.1 + 0.2, 0.3, 0.3, 0.3, 0.3, 0.3], dtype)
    y = y if dtype is np.float64 else np.array([0.3, 0.3, np.nextafter(dtype(0.3), dtype(1)), 0.3, 0.3, 0.3], dtype)
    with pytest.raises(data.DataError, match=r"^y: expected numbers that float(32|64) tells apart"):
        training.fit(nn.MLP(3, [1], dtype=dtype), X, y, epochs=1)


def test_whole_numbers_that_one_output_takes_for_labels() -> None:
    with pytest.raises(
        data.DataError, match=r"got 300 at 0; for numbers that are to be met, give objective='regression'"
    ):
        training.fit(nn.MLP(3, [1]), X, 300 + Y, epochs=1)


def test_a_class_that_the_held_out_samples_have_alone() -> None:
    y = np.array([0, 0, 0, 0, 0, 1])
    outcomes = []
    for seed in range(12):
        try:
            training.fit(nn.MLP(3, [2]), X, y, epochs=1, validation=0.5, seed=seed)
        except data.DataError as error:
            outcomes.append(str(error))
    assert set(outcomes) == {
        "y: expected at least two different targets to learn from, got only 0, without the samples that are held out; "
        "take another seed or share"
    }


def test_integers_that_float64_runs_together() -> None:
    y = 1_700_000_000_000_000_000 + np.arange(6)
    body = nn.MLP(3, [1], dtype=np.float64)
    for model in (body, Tabular(body, X, y)):
        with pytest.raises(data.DataError, match=r"^y: expected numbers that float64 tells apart, .* of a range of 5,"):
            training.fit(model, X, y, epochs=1, objective="regression")


@pytest.mark.parametrize("x", [np.float32(2020) + np.arange(6), np.full(6, 0.1), 0.1 + np.eye(6)[0]], ids=str)
def test_columns_that_lose_nothing_that_counts(x: Any) -> None:
    training.fit(nn.MLP(3, [3]), np.column_stack([x, X[:, 1:]]).astype(float), Y, epochs=1)


def test_what_is_no_model() -> None:
    with pytest.raises(TypeError, match=r"^model: expected a Module, such as nn\.MLP\(2, \[16, 2\]\), got function$"):
        training.fit(lambda x: x, X, Y)  # type: ignore[arg-type]


def test_false_and_true_are_two_classes() -> None:
    generator = np.random.default_rng
    histories = [
        training.fit(nn.MLP(3, [1], generator=generator(0)), X, y, epochs=1) for y in (Y > 1, (Y > 1).astype(int))
    ]
    assert histories[0].losses == histories[1].losses


def test_nothing_is_written_before_the_data_are_checked(tmp_path: Any) -> None:
    with pytest.raises(data.DataError):
        training.fit(nn.MLP(3, [3]), X, Y[:4], folder=tmp_path / "run")
    assert not list(tmp_path.iterdir())
