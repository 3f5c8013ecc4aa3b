"""Random distortions of images: rotation, scaling, shear, translation, and elastic displacements.

Source: P. Simard, D. Steinkraus and J. Platt, "Best practices for convolutional neural networks applied to visual
document analysis", ICDAR 2003; strengths in its units, as in D. Cireşan, U. Meier, L. Gambardella and J. Schmidhuber,
"Deep, big, simple neural nets for handwritten digit recognition", Neural Computation 22, 2010.
"""

import functools
from dataclasses import dataclass

import numpy as np

from demos.distortion.bilinear import bilinear
from vector.arrays import Array
from vector.data.batches import check_generator

_CHUNK = 16  # images at a time, few enough to stay in the cache
_KEPT = 0.999  # the part of the elastic displacements' variance that is kept


@dataclass(frozen=True)
class Distortion:
    """images, generator → images, each distorted by a random map of its own; what `training.Feed` takes as `augment`.

    The pixel at p shows what was at c + M·(p − c) + t + e(p), by bilinear interpolation: c is the centre, M rotates,
    scales and shears, t translates, and e is the elastic displacement. Outside, an image is 0.

    Args:
        shape: height and width; images are (n, height, width) or (n, height·width).
        rotation: degrees; the angle is uniform in ±rotation.
        scaling: each axis is scaled by its own factor, uniform in 1 ± scaling.
        shear: x moves by s·y, s uniform in ±shear.
        translation: pixels; each coordinate is shifted uniformly in ±translation.
        alpha: α, how far the elastic displacements go; 0 for none.
        sigma: σ, pixels, how smooth they are. Simard's numbers, uniform in ±1 at each pixel, convolved with a Gaussian
            of deviation σ and multiplied by α: a displacement of mean 0 and deviation α / (√3·2√π·σ), about 1.2 pixels
            for α = 36 and σ = 5.

    Raises:
        ValueError: a strength out of its range.

    >>> ones = np.ones((2, 4, 4), np.float32)
    >>> shift = Distortion((4, 4), translation=1.0)
    >>> shift(ones, np.random.default_rng(0)).shape
    (2, 4, 4)
    >>> np.array_equal(Distortion((4, 4))(ones, np.random.default_rng(0)), ones)  # no strength, no change
    True
    """

    shape: tuple[int, int]
    rotation: float = 0.0
    scaling: float = 0.0
    shear: float = 0.0
    translation: float = 0.0
    alpha: float = 0.0
    sigma: float = 5.0

    def __post_init__(self) -> None:
        if len([side for side in self.shape if side >= 1]) != 2:
            raise ValueError(f"Distortion: expected shape (height, width), each at least 1, got {self.shape}")
        for name in ("rotation", "shear", "translation", "alpha"):
            if not 0 <= getattr(self, name) < np.inf:
                raise ValueError(f"Distortion: expected {name} >= 0, got {getattr(self, name)}")
        if not 0 <= self.scaling < 1:
            raise ValueError(f"Distortion: expected 0 <= scaling < 1, got {self.scaling}")
        if not 0 < self.sigma < np.inf:
            raise ValueError(f"Distortion: expected sigma > 0, got {self.sigma}")

    def __call__(self, images: Array, generator: np.random.Generator) -> Array:
        """(n, height, width) or (n, height·width), floating → the same shape and dtype.

        Raises:
            ValueError: images of another shape. TypeError: images or a generator of another type.
        """
        check_generator("Distortion", generator)
        height, width = self.shape
        if images.shape[1:] not in ((height, width), (height * width,)):
            raise ValueError(f"Distortion: expected images (n, {height}, {width}), flat or not, got {images.shape}")
        if not np.issubdtype(images.dtype, np.floating):
            raise TypeError(f"Distortion: expected floating-point images, got {images.dtype}")
        maps = self._maps(len(images), generator)
        fields = _fields(self.shape, self.sigma if self.alpha else None)
        out = np.empty((len(images), height * width), images.dtype)
        for start in range(0, len(images), _CHUNK):
            part = slice(start, start + _CHUNK)
            y, x = maps[:, part] @ fields
            out[part] = bilinear(images[part].reshape(-1, height, width), y, x)
        return out.reshape(images.shape)

    def _maps(self, n: int, generator: np.random.Generator) -> Array:
        """(2, n, fields), float32: the weight of each field in the sums that are the positions along y and along x."""

        def uniform(strength: float, *shape: int) -> Array:
            return generator.uniform(-strength, strength, shape)

        angle, shear = uniform(np.deg2rad(self.rotation), n), uniform(self.shear, n)
        cosine, sine = np.cos(angle), np.sin(angle)
        matrix = np.array([[cosine + sine * shear, sine], [cosine * shear - sine, cosine]])  # turn · shear
        matrix *= 1 + uniform(self.scaling, 1, 2, n)
        shift = (np.array(self.shape)[:, None] - 1) / 2 + uniform(self.translation, 2, n)
        maps = np.concatenate([matrix, shift[:, None]], axis=1).transpose(0, 2, 1).astype(np.float32)
        if not self.alpha:
            return maps
        weights = generator.standard_normal((2, n, len(_elastic(self.shape, self.sigma))), np.float32)
        return np.concatenate([maps, weights * np.float32(self.alpha / np.sqrt(3))], axis=2)


@functools.cache
def _fields(shape: tuple[int, int], sigma: float | None) -> Array:
    """(fields, height·width), float32: y − c, x − c and 1, then, unless sigma is None, the elastic ones."""
    y, x = (axis.reshape(-1) for axis in np.mgrid[: shape[0], : shape[1]])
    plane = np.array([y - (shape[0] - 1) / 2, x - (shape[1] - 1) / 2, np.ones(y.size)], np.float32)
    return plane if sigma is None else np.concatenate([plane, _elastic(shape, sigma)])


@functools.cache
def _elastic(shape: tuple[int, int], sigma: float) -> Array:
    """(fields, height·width), float32: their sum, weighted by normal numbers, is white noise convolved with a Gaussian.

    Gaussian noise is determined by its covariance, so no convolution at each pixel is needed: the fields are the
    eigenvectors of the covariance, products of one along y and one along x, each times the root of its eigenvalue. A
    few of them are enough, instead of a number for each pixel.
    """
    # White noise along a line, convolved with a Gaussian, has a Gaussian as covariance, too, of deviation √2·σ.
    distances = [np.subtract.outer(np.arange(size), np.arange(size)) for size in shape]
    covariances = [np.exp(-((d / (2 * sigma)) ** 2)) / (2 * np.sqrt(np.pi) * sigma) for d in distances]
    (along_y, rows), (along_x, columns) = map(np.linalg.eigh, covariances)
    variances = np.outer(along_y, along_x).reshape(-1)
    largest = np.argsort(-variances)
    parts = np.cumsum(variances[largest]) / variances.sum()
    i, j = np.divmod(largest[: np.searchsorted(parts, _KEPT) + 1], shape[1])
    fields = np.sqrt(along_y[i] * along_x[j]) * rows[:, None, i] * columns[None, :, j]
    return np.ascontiguousarray(fields.reshape(shape[0] * shape[1], -1).T, np.float32)
