"""First values of weights, written into a tensor in place; names and arguments are PyTorch's.

A weight is (out, in, ...), the axes after the second being a kernel's: its fan-in is in·kernel, its fan-out
out·kernel. Every function takes `generator`, the source of the numbers (default: a fresh one), and returns the tensor.
"""

import math

import numpy as np

from vector.arrays import Array, Generator
from vector.tensor import Tensor

_GAINS = {"linear": 1.0, "sigmoid": 1.0, "tanh": 5 / 3, "relu": math.sqrt(2), "selu": 0.75}


def calculate_gain(nonlinearity: str, param: float = 0.01) -> float:
    """How much larger weights must be to keep the variance through an activation.

    nonlinearity: "linear", "sigmoid", "tanh", "relu", "selu" or "leaky_relu". param: the slope of "leaky_relu" below 0.

    Raises ValueError: another name.
    """
    if nonlinearity == "leaky_relu":
        return math.sqrt(2 / (1 + param**2))
    if nonlinearity not in _GAINS:
        known = sorted([*_GAINS, "leaky_relu"])
        raise ValueError(f"calculate_gain: expected a nonlinearity in {known}, got {nonlinearity!r}")
    return _GAINS[nonlinearity]


def xavier_uniform_(tensor: Tensor, gain: float = 1.0, generator: Generator = None) -> Tensor:
    """Uniform with variance gain²·2 / (fan-in + fan-out) (Glorot & Bengio, AISTATS 2010, equation 16).

    Raises ValueError: the tensor has fewer than two axes; so for all functions of this file.

    >>> from vector import nn
    >>> layer = nn.Linear(300, 100)
    >>> weight = xavier_uniform_(layer.weight)
    >>> weight is layer.weight, bool(abs(weight.data).max() <= (6 / 400) ** 0.5)
    (True, True)
    """
    return _uniform(tensor, gain * math.sqrt(2 / sum(_fans(tensor))), generator)


def xavier_normal_(tensor: Tensor, gain: float = 1.0, generator: Generator = None) -> Tensor:
    """Normal with variance gain²·2 / (fan-in + fan-out) (Glorot & Bengio, AISTATS 2010, equation 12)."""
    return _normal(tensor, gain * math.sqrt(2 / sum(_fans(tensor))), generator)


def kaiming_uniform_(
    tensor: Tensor, a: float = 0.0, mode: str = "fan_in", nonlinearity: str = "leaky_relu", generator: Generator = None
) -> Tensor:
    """Uniform with variance gain² / fan (He et al., ICCV 2015, equations 10 and 14).

    Args:
        a: the slope of "leaky_relu" below 0.
        mode: "fan_in" keeps the variance of activations, "fan_out" that of gradients.
        nonlinearity: whose gain, see `calculate_gain`.
    """
    return _uniform(tensor, calculate_gain(nonlinearity, a) / math.sqrt(_fan(tensor, mode)), generator)


def kaiming_normal_(
    tensor: Tensor, a: float = 0.0, mode: str = "fan_in", nonlinearity: str = "leaky_relu", generator: Generator = None
) -> Tensor:
    """Normal with variance gain² / fan; the arguments are those of `kaiming_uniform_`.

    With nonlinearity "linear" it is LeCun's, 1 / fan-in, as `SELU` networks want it (Klambauer et al., 2017).
    """
    return _normal(tensor, calculate_gain(nonlinearity, a) / math.sqrt(_fan(tensor, mode)), generator)


def orthogonal_(tensor: Tensor, gain: float = 1.0, generator: Generator = None) -> Tensor:
    """gain times a matrix (out, in·kernel) with orthonormal rows or columns, whichever are fewer (Saxe et al., 2014).

    Each such matrix is as likely as any other: the signs of R's diagonal make QR unique (Mezzadri, 2007).
    """
    _fans(tensor)
    rows, columns = tensor.shape[0], math.prod(tensor.shape[1:])
    normal = (generator or np.random.default_rng()).normal(size=(max(rows, columns), min(rows, columns)))
    q, r = np.linalg.qr(normal)
    q *= np.sign(np.diag(r))
    return _filled(tensor, gain * (q if rows >= columns else q.T).reshape(tensor.shape))


def _fans(tensor: Tensor) -> tuple[int, int]:
    """(fan-in, fan-out)."""
    if tensor.ndim < 2:
        raise ValueError(f"init: expected a weight of two or more axes (out, in, ...), got shape {tensor.shape}")
    kernel = math.prod(tensor.shape[2:])
    return tensor.shape[1] * kernel, tensor.shape[0] * kernel


def _fan(tensor: Tensor, mode: str) -> int:
    if mode not in ("fan_in", "fan_out"):
        raise ValueError(f"init: expected mode 'fan_in' or 'fan_out', got {mode!r}")
    return _fans(tensor)[mode == "fan_out"]


def _uniform(tensor: Tensor, deviation: float, generator: Generator) -> Tensor:
    bound = math.sqrt(3) * deviation  # the deviation of a uniform law is its bound / √3
    return _filled(tensor, (generator or np.random.default_rng()).uniform(-bound, bound, tensor.shape))


def _normal(tensor: Tensor, deviation: float, generator: Generator) -> Tensor:
    return _filled(tensor, (generator or np.random.default_rng()).normal(0, deviation, tensor.shape))


def _filled(tensor: Tensor, numbers: Array) -> Tensor:
    data = tensor.data
    data[...] = numbers
    tensor.data = data  # tells the graph that the numbers changed
    return tensor
