"""Functions of each number that NumPy has not, or mostly computes one by one: in passes over arrays, block by block.

Each is one function to whatever stands for an array while a step is recorded (`as_numpys`).
"""

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from vector.arrays import as_array, as_numpys

BLOCK = 131072
"""Numbers whose intermediate results stay in a processor's caches; of fewer, NumPy's calls cost as much."""

# W. J. Cody, "Rational Chebyshev approximations for the error function", Mathematics of Computation 23 (1969):
# over x as a quotient of polynomials in x² for small x, and eˣ² times its distance from 1 as one in x for the others,
# highest power first; the second is his interval up to 4, which serves up to 6, where it is 1 to the last digit.
ERF_NEAR = (
    (1.85777706184603153e-1, 3.16112374387056560, 1.13864154151050156e2, 3.77485237685302021e2, 3.20937758913846947e3),
    (1.0, 2.36012909523441209e1, 2.44024637934444173e2, 1.28261652607737228e3, 2.84423683343917062e3),
)
ERF_FAR = (
    (2.15311535474403846e-8, 5.64188496988670089e-1, 8.88314979438837594, 6.61191906371416295e1, 2.98635138197400131e2,
     8.81952221241769090e2, 1.71204761263407058e3, 2.05107837782607147e3, 1.23033935479799725e3),
    (1.0, 1.57449261107098347e1, 1.17693950891312499e2, 5.37181101862009858e2, 1.62138957456669019e3,
     3.29079923573345963e3, 4.36261909014324716e3, 3.43936767414372164e3, 1.23033935480374942e3),
)  # fmt: skip
# What float32 needs, with the least relative error: over x in x² up to |x| = 4; and e^(x²/2) times the tail of the
# normal law in |x|, up to 14, where float32 ends.
ERF = (
    (-1.3205064441238154e-08, 4.685339773293466e-06, 0.00037963045125898655, 0.003849676456972752,
     0.054317408967452935, 0.18520316345907525, 1.1283791694554746),
    (6.311597647218376e-05, 0.0013076124313454807, 0.015462294805572362, 0.11395883908390299, 0.49746544418422406, 1.0),
)  # fmt: skip
TAIL = (
    (0.0040782536912835525, 0.04037666633357594, 0.18247369465214008, 0.4372663928558575, 0.5000000028371476),
    (0.010222537340278571, 0.10121609984320472, 0.4674605200612774, 1.1993391529106032, 1.6724177431867524, 1.0),
)


def _in_blocks(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A function of float32 or float64 for arrays of any size and real dtype; float16 is computed in float32."""

    @as_numpys
    @functools.wraps(function)
    def passes(x: Any) -> Any:
        if type(x) is np.ndarray and x.dtype.char in "fd" and x.ndim and x.size <= BLOCK:
            return function(x)
        x = as_array(x)
        wide = np.result_type(x.dtype, np.float32)
        out = np.empty_like(x, dtype=np.result_type(x.dtype, np.float16))
        numbers, results = (x if x.strides == out.strides else x.copy()).ravel("K"), out.ravel("K")
        for start in range(0, x.size, BLOCK):
            block = slice(start, start + BLOCK)
            results[block] = function(numbers[block].astype(wide, copy=False))
        return out

    return passes


def _polynomial(coefficients: tuple[float, ...], x: Any) -> Any:
    """Horner's rule, in one array."""
    total = coefficients[0] * x
    total += coefficients[1]
    for coefficient in coefficients[2:]:
        total *= x
        total += coefficient
    return total


def _quotient(coefficients: tuple[tuple[float, ...], tuple[float, ...]], x: Any) -> Any:
    above, below = (_polynomial(row, x) for row in coefficients)
    return np.divide(above, below, out=above)


@_in_blocks
def sigmoid(x: Any) -> Any:
    """1 / (1 + e⁻ˣ), 0 where the exponential is infinite."""
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(-x))


@_in_blocks
def log1p(x: Any) -> Any:
    """ln(1 + x), and what 1 + x has lost of a small x; many processors compute NumPy's own one by one."""
    near = np.clip(x, -0.5, 2.0**20)
    u = 1 + near
    return np.log(1 + x) + (near - (u - 1)) / u


@_in_blocks
def softplus(x: Any) -> Any:
    """ln(1 + eˣ), from the side where the exponential is small."""
    return np.clip(x, 0, math.inf) + log1p(np.exp(-np.abs(x)))


@_in_blocks
def expm1(x: Any) -> Any:
    """eˣ − 1 = tanh(x/2)·(eˣ + 1), exact near 0; NumPy's own often computes one number at a time."""
    return np.tanh(0.5 * x) * (np.exp(x) + 1)


@_in_blocks
def erf(x: Any) -> Any:
    """2/√π ∫₀ˣ exp(−t²) dt, to the last digit or two."""
    if x.dtype == np.float32:
        near = np.clip(x.astype(np.float64), -4, 4)
        return (near * _quotient(ERF, near * near)).astype(np.float32)
    near, far = np.clip(x, -0.5, 0.5), np.clip(np.abs(x), 0.5, 6)
    tail = np.exp(-far * far) * _quotient(ERF_FAR, far)
    return np.where(np.abs(x) <= 0.5, near * _quotient(ERF_NEAR, near * near), np.copysign(1 - tail, x))


@_in_blocks
def gelu(x: Any) -> Any:
    """x·Φ(x) for the normal law Φ; in float32 x, if it is above 0, less |x| times the tail, which keeps its digits."""
    if x.dtype != np.float32:
        return x * (0.5 * (1 + erf(x * math.sqrt(0.5))))
    far = np.clip(np.abs(x), 0, 15)  # beyond, float32 has no numbers left
    return np.clip(x, 0, math.inf) - far * _quotient(TAIL, far) * np.exp(-0.5 * far * far)


FUNCTIONS = (erf, expm1, gelu, log1p, sigmoid, softplus)
