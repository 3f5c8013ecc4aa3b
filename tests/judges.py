"""The judges: ways to a value and its gradients that owe nothing to the engines.

PyTorch's float64 autograd is the first. The complex step is the second, and shares no rule with anybody: it only
evaluates the function.
"""

import itertools
from collections.abc import Callable, Mapping, Sequence
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import torch

Array = npt.NDArray[Any]
Function = Callable[..., Any]
"""f(m, *operands), where the namespace m holds the mathematics: an engine's functions, PyTorch's or NumPy's."""


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


TORCH = SimpleNamespace(
    **{
        **vars(torch),
        "astype": lambda x, dtype: x.to(getattr(torch, dtype)),
        "compare": lambda x, y: torch.sign(x - y),
        "elu": lambda x, alpha: torch.where(x > 0, x, alpha * torch.expm1(torch.where(x > 0, 0, x))),
        "expand_dims": torch.unsqueeze,
        "leaky_relu": lambda x, slope: torch.where(x > 0, x, slope * x),
        "linear_map": torch.nn.functional.linear,
        "logsigmoid": torch.nn.functional.logsigmoid,
        "max": torch.amax,
        "maximum": _of_numbers_too(torch.maximum),
        "min": torch.amin,
        "minimum": _of_numbers_too(torch.minimum),
        "scatter": _spread,
        "softmax_cross_entropy": lambda x, targets: torch.nn.functional.cross_entropy(x, torch.as_tensor(targets)),
        "softplus": lambda x: torch.logaddexp(x, torch.zeros_like(x)),  # PyTorch's own is the identity from 20 on
        "step": lambda x: torch.relu(torch.sign(x)),
        "transpose": lambda x, axes: x.permute(axes or tuple(range(x.ndim))[::-1]),
        "where": lambda c, x, y: torch.where(torch.as_tensor(c), x, y),
    }
)


def _softmax(z: Array, axis: int = -1) -> Array:
    return np.exp(z) / np.sum(np.exp(z), axis=axis, keepdims=True)


def _logsumexp(z: Array, axis: int = -1, keepdims: bool = False) -> Array:
    return np.log(np.sum(np.exp(z), axis=axis, keepdims=keepdims))


def _erf(z: Array) -> Array:
    """2/√π e^(−z²) Σ 2ⁿ z²ⁿ⁺¹ / (2n + 1)!! (Abramowitz & Stegun 7.1.6), whose terms are all of one sign for real z."""
    total = term = z
    for n in range(1, 100):
        term = term * 2 * z * z / (2 * n + 1)
        total = total + term
    return 2 / np.sqrt(np.pi) * np.exp(-z * z) * total


# NumPy's functions read complex numbers. Here stand the ones it lacks, and those that it does not continue
# analytically: |z|, for example, must be z or −z.
COMPLEX = SimpleNamespace(
    **{
        **vars(np),
        "absolute": lambda z: np.where(z.real > 0, z, -z),
        "astype": lambda z, dtype: z,
        "atan2": lambda w, z: np.arctan(w / z) + np.where(z.real < 0, np.copysign(np.pi, w.real), 0),
        "compare": lambda z, w: np.sign(z.real - w.real) + 0 * z,
        "elu": lambda z, alpha: np.where(z.real > 0, z, alpha * np.expm1(z)),
        "erf": _erf,
        "hypot": lambda z, w: np.sqrt(z * z + w * w),
        "leaky_relu": lambda z, slope: np.where(z.real > 0, z, slope * z),
        "linear_map": lambda x, weight, bias: x @ weight.T + bias,
        "logsigmoid": lambda z: -np.log(1 + np.exp(-z)),
        "log_softmax": lambda z, axis=-1: z - _logsumexp(z, axis, keepdims=True),
        "logsumexp": _logsumexp,
        "maximum": lambda z, w: np.where(z.real > w.real, z, w),
        "minimum": lambda z, w: np.where(z.real < w.real, z, w),
        "relu": lambda z: np.where(z.real > 0, z, 0),
        "scatter": _spread_complex,
        "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
        "sign": lambda z: np.sign(z.real) + 0 * z,
        "softmax": _softmax,
        "softmax_cross_entropy": lambda z, targets: np.mean(
            _logsumexp(z, axis=1) - z[np.arange(len(targets)), targets]
        ),
        "softplus": lambda z: np.log(1 + np.exp(z)),
        "step": lambda z: np.heaviside(z.real, 0) + 0 * z,
    }
)


def by_pytorch(f: Function, operands: Sequence[Array], g: Array | None = None) -> Verdict:
    """The value of f and, for the upstream gradient g (ones by default), the gradient for each operand."""
    leaves = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in operands]
    out = f(TORCH, *leaves)
    upstream = torch.ones_like(out) if g is None else torch.tensor(g, dtype=out.dtype)
    gradients = torch.autograd.grad(out, leaves, upstream, allow_unused=True, materialize_grads=True)
    return Verdict(out.detach().numpy(), [x.numpy() for x in gradients])


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
