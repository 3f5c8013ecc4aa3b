"""The judges: ways to a value and its gradients that owe nothing to the engines.

PyTorch's float64 autograd is the first. The complex step is the second, and shares no rule with anybody: it only
evaluates the function.
"""

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import scipy.special
import torch

from tests import judges_linalg

Array = npt.NDArray[Any]
Function = Callable[..., Any]
"""f(m, *operands), where the namespace m holds the mathematics: an engine's functions, PyTorch's or NumPy's."""


class Functions(SimpleNamespace):
    """Mathematics by name, of an engine or a judge; `whose` says what to do about a name that is missing."""

    def __init__(self, whose: str, functions: Mapping[str, Any]) -> None:
        super().__init__(**functions)
        vars(self)["_whose"] = whose

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"no {name} in {vars(self).get('_whose', 'this namespace')}")


class Verdict(NamedTuple):
    """What one engine or judge says about f at a point."""

    value: Array
    gradients: list[Array]


def _of_numbers_too(f: Function) -> Function:
    return lambda *operands: f(*[torch.as_tensor(x, dtype=torch.float64) for x in operands])


def _spread(x: Any, index: Any, shape: tuple[int, ...]) -> Any:
    """Zeros with x added at index."""
    return torch.zeros(shape, dtype=x.dtype).index_put(tuple(map(torch.as_tensor, index)), x, accumulate=True)


def _spread_complex(x: Array, index: Any, shape: tuple[int, ...]) -> Array:
    out = np.zeros(shape, complex)
    np.add.at(out, index, x)
    return out


def _windows(x: Any, kernel: Any, stride: Any, padding: Any) -> Any:
    columns = torch.nn.functional.unfold(x, kernel, padding=padding, stride=stride) if len(x) else x.reshape(0, 1, 1)
    sizes = [(n + 2 * p - k) // s + 1 for n, k, s, p in zip(x.shape[2:], kernel, stride, padding, strict=True)]
    return columns.reshape(*x.shape[:2], *kernel, *sizes).permute(1, 2, 3, 0, 4, 5)


def _overlap_add(x: Any, shape: Any, kernel: Any, stride: Any, padding: Any) -> Any:
    columns = x.permute(3, 0, 1, 2, 4, 5).reshape(shape[0], shape[1] * math.prod(kernel), -1)
    return torch.nn.functional.fold(columns, shape[2:], kernel, padding=padding, stride=stride)


def _windows_complex(x: Array, kernel: Any, stride: Any, padding: Any) -> Array:
    padded = np.pad(x, [(0, 0), (0, 0), *((p, p) for p in padding)])
    seen = np.lib.stride_tricks.sliding_window_view(padded, kernel, (2, 3))[:, :, :: stride[0], :: stride[1]]
    return seen.transpose(1, 4, 5, 0, 2, 3)


def _overlap_add_complex(x: Array, shape: Any, kernel: Any, stride: Any, padding: Any) -> Array:
    places = _windows_complex(np.arange(1, math.prod(shape) + 1).reshape(shape), kernel, stride, padding)
    return _spread_complex(x, (places,), (math.prod(shape) + 1,))[1:].reshape(shape)


def _prod(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    for i in sorted((a % x.ndim for a in _axes(x, axis)), reverse=True):
        x = torch.prod(x, i, keepdim=keepdims)
    return x


def _of_some(deviation: Function) -> Function:
    """var or std with NumPy's arguments, and without PyTorch's warning about no elements."""

    def f(x: Any, axis: Any = None, ddof: int = 0, keepdims: bool = False) -> Any:
        return deviation(x, axis, correction=ddof, keepdim=keepdims) if x.numel() else x.sum(axis, keepdim=keepdims)

    return f


def _axes(x: Any, axis: Any) -> Sequence[int]:
    return tuple(range(x.ndim)) if axis is None else axis if isinstance(axis, tuple) else (axis,)


def _by_positions(pick: Function) -> Function:
    """A NumPy function that only picks numbers, for PyTorch: it tells which positions it picks."""

    def picked(*args: Any, **params: Any) -> Any:
        flat: list[Any] = []

        def positions(x: Any) -> Any:
            if isinstance(x, (list, tuple)):
                return type(x)(map(positions, x))
            if not isinstance(x, torch.Tensor):
                return x
            start = sum(map(len, flat))
            flat.append(x.reshape(-1))
            return np.arange(start, start + x.numel()).reshape(x.shape)

        places = pick(*map(positions, args), **params)
        if isinstance(places, (list, tuple)):
            return [torch.cat(flat)[torch.tensor(np.array(part, order="C"))] for part in places]
        return torch.cat(flat)[torch.tensor(np.array(places, order="C"))]

    return picked


def _replaced(x: Any, index: Any, values: Any) -> Any:
    out = np.array(x)
    out[index] = values
    return out


def _correlated(x: Any, y: Any, mode: str) -> Any:
    """NumPy's correlation: what convolving with y turned round gives, and for a shorter x the other way round."""
    if len(x) < len(y):
        return _correlated(y, x, mode).flip(0)
    return _convolved(x, y.flip(0), mode)


def _convolved(x: Any, y: Any, mode: str) -> Any:
    """NumPy's convolution as PyTorch's: a correlation with y turned round, of x with a border of zeros."""
    long, short = (x, y) if len(x) >= len(y) else (y, x)
    full = torch.nn.functional.conv1d(long[None, None], short.flip(0)[None, None], padding=len(short) - 1)[0, 0]
    start = {"full": 0, "same": (len(short) - 1) // 2, "valid": len(short) - 1}[mode]
    return full[start : len(full) - start] if mode != "same" else full[start : start + len(long)]


PICKING = [
    "append", "array_split", "block", "choose", "column_stack", "compress", "delete", "dsplit", "extract", "flip",
    "hsplit", "insert", "matrix_transpose", "meshgrid", "pad", "repeat", "roll", "rollaxis", "rot90", "split", "take",
    "take_along_axis", "tile", "unstack", "vsplit",
]  # fmt: skip

TORCH = Functions(
    "PyTorch, the judge: give the row in tests/table.py a definition in the words of functions that it has",
    {
        **{name: f for name, f in vars(torch.nn.functional).items() if callable(f)},
        **vars(torch),
        **{name: _by_positions(getattr(np, name)) for name in PICKING},
        "linalg": judges_linalg.TORCH,
        "replaced": _by_positions(_replaced),
        "astype": lambda x, dtype: x.to(getattr(torch, dtype)),
        "clip": lambda x, low, high: torch.clamp(*torch.broadcast_tensors(x, low, high)),
        "compare": lambda x, y: torch.sign(x - y),
        "convolve": lambda x, y: _convolved(x, y, "full"),
        "convolved": _convolved,
        "correlated": _correlated,
        "constant": torch.as_tensor,
        "cummax": lambda x, axis: torch.cummax(x, axis).values,
        "cummin": lambda x, axis: torch.cummin(x, axis).values,
        "cumprod": lambda x, axis=None: torch.cumprod(x.ravel() if axis is None else x, axis or 0),
        "cumsum": lambda x, axis=None: torch.cumsum(x.ravel() if axis is None else x, axis or 0),
        "diff": lambda x, n=1, axis=-1: torch.diff(x, n, axis),
        "elu": _of_numbers_too(lambda x, alpha: torch.where(x > 0, x, alpha * torch.expm1(torch.where(x > 0, 0, x)))),
        "expand_dims": torch.unsqueeze,
        "leaky_relu": _of_numbers_too(lambda x, slope: torch.where(x > 0, x, slope * x)),
        "hypot": _of_numbers_too(torch.hypot),
        "linear_map": torch.nn.functional.linear,
        "logsigmoid": torch.nn.functional.logsigmoid,
        "max": torch.amax,
        "maximum": _of_numbers_too(torch.maximum),
        "min": torch.amin,
        "minimum": _of_numbers_too(torch.minimum),
        "prod": _prod,
        "quantile": lambda x, q, axis=None: torch.quantile(x, q, axis),
        "rint": torch.round,
        "scatter": _spread,
        "softmax_cross_entropy": lambda x, targets: torch.nn.functional.cross_entropy(x, torch.as_tensor(targets)),
        "softplus": lambda x: torch.logaddexp(x, torch.zeros_like(x)),  # PyTorch's own is the identity from 20 on
        "sort": lambda x, axis: torch.sort(x, dim=axis, stable=True).values,
        "std": _of_some(torch.std),
        "step": _of_numbers_too(lambda x: torch.relu(torch.sign(x))),
        "transpose": lambda x, axes: x.permute(axes or tuple(range(x.ndim))[::-1]),
        "var": _of_some(torch.var),
        "where": lambda c, x, y: torch.where(torch.as_tensor(c), x, y),
        "windows": _windows,
        "overlap_add": _overlap_add,
    },
)


def _softmax(z: Array, axis: int = -1) -> Array:
    return np.exp(z) / np.sum(np.exp(z), axis=axis, keepdims=True)


def _logsumexp(z: Array, axis: int = -1, keepdims: bool = False) -> Array:
    with np.errstate(divide="ignore"):  # of nothing it is −∞
        return np.log(np.sum(np.exp(z), axis=axis, keepdims=keepdims))


def _i0(z: Array) -> Array:
    """Σ (z²/4)ⁿ / n!² (Abramowitz & Stegun 9.6.12), whose terms are all of one sign for real z."""
    total = term = np.ones_like(z)
    for n in range(1, 100):
        term = term * z * z / (4 * n * n)
        total = total + term
    return total


def _var(z: Array, axis: Any = None, ddof: int = 0, keepdims: bool = False) -> Array:
    """np.var without the absolute value that it takes of a complex number."""
    off = z - np.mean(z, axis=axis, keepdims=True)
    out = np.sum(off * off, axis=axis, keepdims=keepdims)
    return out / (z.size / max(out.size, 1) - ddof)


def _quantile(z: Array, q: float, axis: int | None = None) -> Array:
    z = np.sort(z.ravel(), 0) if axis is None else np.moveaxis(np.sort(z, axis), axis, 0)
    place = q * (len(z) - 1)
    below, above = z[int(np.floor(place))], z[int(np.ceil(place))]
    return np.asarray(below + (above - below) * (place % 1))


# NumPy's functions read complex numbers. Here stand the ones it lacks, and those that it does not continue
# analytically: |z|, for example, must be z or −z.
COMPLEX = Functions(
    "NumPy, the judge by complex steps: give the row in tests/table.py a definition in the words of functions it has",
    {
        **vars(np),
        "linalg": judges_linalg.COMPLEX,
        "replaced": _replaced,
        "absolute": lambda z: np.where(z.real > 0, z, -z),
        "astype": lambda z, dtype: z,
        "atan2": lambda w, z: np.arctan(w / z) + np.where(z.real < 0, np.copysign(np.pi, w.real), 0),
        "ceil": lambda z: np.ceil(z.real) + 0 * z,
        "clip": lambda z, low, high: np.where(z.real < low.real, low, np.where(z.real > high.real, high, z)),
        "convolved": np.convolve,
        "correlated": lambda z, w, mode: np.correlate(z, np.conj(w), mode),
        "compare": lambda z, w: np.sign(z.real - w.real) + 0 * z,
        "constant": np.asarray,
        "copysign": lambda z, w: np.where(np.signbit(z.real) == np.signbit(w.real), z, -z),
        "elu": lambda z, alpha: np.where(z.real > 0, z, alpha * np.expm1(z)),
        "erf": scipy.special.erf,  # by the Faddeeva function: a series loses the small slopes far from 0
        "floor": lambda z: np.floor(z.real) + 0 * z,
        "fmax": lambda z, w: np.where(z.real > w.real, z, w),
        "fmin": lambda z, w: np.where(z.real < w.real, z, w),
        "hypot": lambda z, w: np.sqrt(z * z + w * w),
        "i0": _i0,
        "leaky_relu": lambda z, slope: np.where(z.real > 0, z, slope * z),
        "linear_map": lambda x, weight, bias: x @ weight.T + bias,
        "logsigmoid": lambda z: -np.log(1 + np.exp(-z)),
        "log_softmax": lambda z, axis=-1: z - _logsumexp(z, axis, keepdims=True),
        "logsumexp": _logsumexp,
        "maximum": lambda z, w: np.where(z.real > w.real, z, w),
        "minimum": lambda z, w: np.where(z.real < w.real, z, w),
        "quantile": _quantile,
        "relu": lambda z: np.where(z.real > 0, z, 0),
        "rint": lambda z: np.rint(z.real) + 0 * z,
        "scatter": _spread_complex,
        "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
        "sign": lambda z: np.sign(z.real) + 0 * z,
        "softmax": _softmax,
        "softmax_cross_entropy": lambda z, targets: np.mean(
            _logsumexp(z, axis=1) - z[np.arange(len(targets)), targets]
        ),
        "softplus": lambda z: np.log(1 + np.exp(z)),
        "std": lambda z, axis=None, ddof=0, keepdims=False: np.sqrt(_var(z, axis, ddof, keepdims)),
        "step": lambda z: np.heaviside(z.real, 0) + 0 * z,
        "trunc": lambda z: np.trunc(z.real) + 0 * z,
        "var": _var,
        "windows": _windows_complex,
        "overlap_add": _overlap_add_complex,
    },
)


def by_pytorch(f: Function, operands: Sequence[Array], g: Array | None = None) -> Verdict:
    """The value of f and, for the upstream gradient g (ones by default), the gradient for each operand."""
    leaves = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in operands]
    out = f(TORCH, *leaves)
    upstream = torch.ones_like(out) if g is None else torch.tensor(g, dtype=out.dtype)
    gradients = torch.autograd.grad(out, leaves, upstream, allow_unused=True, materialize_grads=True)
    return Verdict(out.detach().numpy(), [x.numpy() for x in gradients])


def hvp_by_pytorch(f: Function, operands: Sequence[Array], g: Array, directions: Sequence[Array]) -> list[Array]:
    """H·t for ⟨g, f⟩ and the directions t, by differentiating ⟨∇⟨g, f⟩, t⟩ once more."""
    leaves = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in operands]
    out = f(TORCH, *leaves)
    zeros: Mapping[str, Any] = {"allow_unused": True, "materialize_grads": True}
    slopes = torch.autograd.grad(out, leaves, torch.tensor(g, dtype=out.dtype), create_graph=True, **zeros)
    along = sum((slope * torch.as_tensor(t)).sum() for slope, t in zip(slopes, directions, strict=True))
    # Adding 0·x keeps a slope that is constant differentiable.
    along = along + sum((0 * x).sum() for x in leaves)
    return [x.numpy() for x in torch.autograd.grad(along, leaves, **zeros)]


def by_complex_step(f: Function, operands: Sequence[Array], g: Array | None = None) -> Verdict:
    """The same from f alone: f(x + ih) = f(x) + ih·f′(x) − …, whose imaginary part over h is f′(x).

    No difference is taken, so no digits cancel and h can be so small that the next term is far below rounding
    (Squire & Trapp, "Using Complex Variables to Estimate Derivatives of Real Functions", SIAM Review 40, 1998).
    """
    h = 1e-100
    value = np.asarray(f(COMPLEX, *[np.asarray(x, complex) for x in operands]))
    gradients = []
    for i, x in enumerate(operands):
        gradient = np.zeros(np.shape(x))
        for index in itertools.product(*map(range, np.shape(x))):
            moved = [np.array(y, complex) for y in operands]
            moved[i][index] += 1j * h
            gradient[index] = np.sum((1 if g is None else g) * np.imag(f(COMPLEX, *moved)) / h)
        gradients.append(gradient)
    return Verdict(value.real, gradients)


JUDGES: Mapping[str, Callable[..., Verdict]] = {"PyTorch": by_pytorch, "the complex step": by_complex_step}


def agree(what: str, ours: Verdict, judge: str, theirs: Verdict, tolerance: float) -> None:
    """Fail, naming the operation, unless value and gradients agree to the relative tolerance."""
    pairs = {"value": (ours.value, theirs.value)}
    for i, gradients in enumerate(zip(ours.gradients, theirs.gradients, strict=True)):
        pairs[f"gradient of operand {i}"] = gradients
    for quantity, (actual, expected) in pairs.items():
        message = f"{what}: the {quantity} disagrees with {judge}"
        assert actual.shape == expected.shape, f"{message}: shape {actual.shape}, expected {expected.shape}"
        # The absolute part lets a sum whose terms cancel keep the rounding of its terms.
        np.testing.assert_allclose(actual, expected, tolerance, tolerance / 100, err_msg=message)
