"""Handwritten digits of 8 × 8 pixels, which scikit-learn contains: real data without a download.

Source: E. Alpaydin and C. Kaynak, "Optical Recognition of Handwritten Digits", UCI Machine Learning Repository, 1998.
"""

import numpy as np

from vector.data.mnist import Dataset


def digits(test_size: float = 0.2, seed: int = 0) -> Dataset:
    """Load scikit-learn's 1,797 handwritten digits: images (n, 64), float32 in [0, 1], with labels 0 to 9.

    test_size: the share of the samples, in (0, 1), that become the test set. The split is stratified (every digit
    has the same share of both sets) and depends on `seed` alone.

    Raises ImportError when scikit-learn is not installed, ValueError for a `test_size` outside (0, 1).

    >>> [array.shape for array in digits()]
    [(1437, 64), (1437,), (360, 64), (360,)]
    """
    if not 0 < test_size < 1:
        raise ValueError(f"digits: expected 0 < test_size < 1, got {test_size}")
    try:
        from sklearn.datasets import load_digits
        from sklearn.model_selection import train_test_split
    except ImportError as error:
        raise ImportError('digits come with scikit-learn: pip install "twingrad[train]"') from error
    images, labels = load_digits(return_X_y=True)
    images = (images / 16).astype(np.float32)  # pixels count 0 to 16 dots
    train_images, test_images, train_labels, test_labels = train_test_split(
        images, labels.astype(np.int64), test_size=test_size, random_state=seed, stratify=labels
    )
    return Dataset(train_images, train_labels, test_images, test_labels)
