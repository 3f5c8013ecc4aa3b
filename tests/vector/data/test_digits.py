"""scikit-learn's digits: the split is complete, stratified and seeded."""

import sys

import numpy as np
import pytest
from sklearn.datasets import load_digits

from vector.data import digits


def test_types_and_range() -> None:
    data = digits()
    for images, labels in [data[:2], data[2:]]:
        assert images.shape == (len(labels), 64)
        assert images.dtype == np.float32
        assert labels.dtype == np.int64
        assert (images.min(), images.max()) == (0, 1)


def test_the_split_holds_every_sample_with_its_own_label() -> None:
    def rows(images: np.ndarray, labels: np.ndarray) -> list[list[float]]:
        return sorted(np.column_stack([images, labels]).tolist())

    images, labels = load_digits(return_X_y=True)
    data = digits()
    train, test = rows(data.train_images, data.train_labels), rows(data.test_images, data.test_labels)
    assert sorted(train + test) == rows(images / 16, labels)


def test_the_split_is_stratified() -> None:
    data = digits(test_size=0.25)
    train, test = np.bincount(data.train_labels), np.bincount(data.test_labels)
    np.testing.assert_allclose(test / (train + test), 0.25, atol=0.01)


def test_the_seed_decides_the_split() -> None:
    np.testing.assert_array_equal(digits(seed=1).test_images, digits(seed=1).test_images)
    assert not np.array_equal(digits(seed=1).test_images, digits(seed=2).test_images)


@pytest.mark.parametrize("test_size", [0, 1, -0.1, float("nan")])
def test_test_size_is_a_share(test_size: float) -> None:
    with pytest.raises(ValueError, match=f"expected 0 < test_size < 1, got {test_size}"):
        digits(test_size)


def test_without_scikit_learn_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(ImportError, match=r'pip install "twingrad\[train\]"'):
        digits()
