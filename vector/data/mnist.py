"""MNIST: 70,000 handwritten digits of 28 × 28 pixels, found on disk or downloaded once.

Source: Y. LeCun, L. Bottou, Y. Bengio and P. Haffner, "Gradient-based learning applied to document recognition", 1998.
"""

import contextlib
import io
import os
import tempfile
import textwrap
import warnings
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import DTypeLike, NDArray

from vector.data.idx import DataError, decode_idx, read_idx

MIRRORS = ("https://ossci-datasets.s3.amazonaws.com/mnist/", "https://storage.googleapis.com/cvdf-datasets/mnist/")

# SHA-256 of each file's uncompressed contents, so that a plain file and one compressed again count as the same.
FILES = {
    "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}

# The training pixels' mean and standard deviation, in the four digits in common use.
MEAN, STD = 0.1307, 0.3081


class Dataset(NamedTuple):
    """Images and their labels, split for training and testing.

    Images: (samples, pixels), floating point; labels: (samples,), int64, from 0 to 9.
    """

    train_images: NDArray[np.floating[Any]]
    train_labels: NDArray[np.int64]
    test_images: NDArray[np.floating[Any]]
    test_labels: NDArray[np.int64]


def mnist(normalize: bool = False, dtype: DTypeLike = np.float32) -> Dataset:
    """Load MNIST: 60,000 training and 10,000 test images, (n, 784), with labels 0 to 9.

    The four files, gzipped or not, are searched for in `$TWINGRAD_DATA/mnist`, then in the user's cache
    (`pooch.os_cache("twingrad")/mnist`); a missing file is downloaded into the cache.

    normalize: False gives pixels in [0, 1]; True gives (pixel - 0.1307) / 0.3081, of mean 0 and variance 1.
    dtype: the images' floating-point type; labels are int64.

    Raises DataError for a file that is damaged or not MNIST's (every file's SHA-256 is checked), or that is neither
    found nor downloaded; ImportError for a download without pooch.
    """
    if not np.issubdtype(dtype, np.floating):
        raise TypeError(f"mnist: expected a floating-point dtype, such as np.float32, got {np.dtype(dtype)}")
    arrays = [read_idx(_find(name) or _download(name), sha256) for name, sha256 in FILES.items()]
    train_images, test_images = (_scale(images, normalize, dtype) for images in arrays[0::2])
    train_labels, test_labels = (labels.astype(np.int64) for labels in arrays[1::2])
    return Dataset(train_images, train_labels, test_images, test_labels)


def mnist_available() -> bool:
    """Whether all four files are on disk, so that `mnist()` needs no download; their contents are not read."""
    return all(_find(name) for name in FILES)


def _scale(images: NDArray[np.uint8], normalize: bool, dtype: DTypeLike) -> NDArray[np.floating[Any]]:
    pixels: NDArray[np.floating[Any]] = np.divide(images.reshape(len(images), -1), 255, dtype=dtype)
    if normalize:
        pixels -= MEAN
        pixels /= STD
    return pixels


def _find(name: str) -> Path | None:
    root = os.environ.get("TWINGRAD_DATA")
    folders = [Path(root, "mnist")] if root else []
    with contextlib.suppress(ImportError):  # Looking in TWINGRAD_DATA must work without pooch.
        folders.append(_cache())
    files = (folder / (name + suffix) for folder in folders for suffix in (".gz", ""))
    return next((file for file in files if file.is_file()), None)


def _cache() -> Path:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # in a notebook, tqdm, which pooch imports, would like ipywidgets
        import pooch

    return Path(pooch.os_cache("twingrad"), "mnist")


def _download(name: str) -> Path:
    """Fetch one file into the cache from the first mirror that has it whole, and return its path."""
    instead = "or set TWINGRAD_DATA to a folder that holds MNIST's four files in mnist/"
    try:
        folder = _cache()
        import pooch
        import tqdm  # noqa: F401  pooch draws its progress bar with it
    except ImportError as error:
        raise ImportError(f'downloading MNIST needs {error.name}: pip install "twingrad[train]", {instead}') from error
    problems = []
    for mirror in MIRRORS:
        url, contents = f"{mirror}{name}.gz", io.BytesIO()
        try:
            pooch.HTTPDownloader(progressbar=True, chunk_size=1 << 16)(url, contents, None)
            contents.seek(0)
            decode_idx(contents, url, FILES[name])  # a wrong file never touches the disk
            # All or nothing: a reader, another process or an interruption never sees half a file.
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=folder) as scratch:
                part = Path(scratch, f"{name}.gz")
                part.write_bytes(contents.getvalue())
                return part.replace(folder / part.name)
        except DataError as error:
            problems.append(str(error))
        except OSError as error:  # the network's errors, and a cache that cannot be written
            problems.append(f"{url}: {textwrap.shorten(str(error), 100)}")
    problem = "; ".join(problems)
    raise DataError(f"{name}.gz: not found and not downloaded ({problem}); check the network, {instead}")
