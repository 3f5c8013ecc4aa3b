"""Layers that slide a window over an image: convolution, and pooling, which makes it smaller."""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from vector import functions, rules
from vector.arrays import Generator
from vector.nn.module import Module, parameter
from vector.rules.sliding import Sides
from vector.tensor import Tensor

Size = int | Sides


class Conv2d(Module):
    """Σ over channels c and places (i, j) of a window of W[o, c, i, j]·x[n, c, i + s·h, j + s·w], plus b[o].

    x: (batch, in, height, width) → (batch, out, ⌊(height + 2·padding − kernel) / stride⌋ + 1, likewise width), as one
    product of a matrix of windows and a matrix of kernels (LeCun et al., 1989; the product as in Chellapilla, Puri &
    Simard, 2006).

    Args:
        in_channels, out_channels, kernel_size: `weight` is (out, in, *kernel) and `bias` (out,), as in PyTorch.
        stride: how far a window is from the next.
        padding: width of the border of zeros.
        bias: whether there is a b; without, `bias` is None.
        dtype: of the parameters.
        generator: source of the initial parameters, uniform in ±1/√(in·kernel area); default: a fresh one.

    Raises ValueError: a size below 1; when called, x is not of that shape or smaller than the kernel.
    """

    bias: Any  # a Tensor, unless it was refused

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: Size, stride: Size = 1, padding: Size = 0, *,
        bias: bool = True, dtype: npt.DTypeLike = np.float32, generator: Generator = None,
    ) -> None:  # fmt: skip
        shape = (out_channels, in_channels, *pair(kernel_size))
        self.stride, self.padding = pair(stride), pair(padding)
        if min(*shape, *self.stride) < 1 or min(self.padding) < 0:
            raise ValueError(
                f"Conv2d: expected channels, kernel_size and stride >= 1 and padding >= 0, got in={in_channels}, "
                f"out={out_channels}, {kernel_size=}, {stride=}, {padding=}"
            )
        generator = generator or np.random.default_rng()
        bound = 1 / math.sqrt(math.prod(shape[1:]))
        self.weight = parameter(generator.uniform(-bound, bound, shape).astype(dtype), "weight")
        self.bias = parameter(generator.uniform(-bound, bound, out_channels).astype(dtype), "bias") if bias else None

    def __call__(self, x: Any) -> Tensor:
        """The images of every kernel."""
        out_channels, in_channels, *kernel = self.weight.shape
        if len(x.shape) == 4 and x.shape[1] != in_channels:
            raise ValueError(f"Conv2d: expected x.shape[1] == {in_channels} (in_channels), got shape {x.shape}")
        check_images("Conv2d", x.shape, (kernel[0], kernel[1]), self.padding)
        seen = rules.windows(x, kernel=tuple(kernel), stride=self.stride, padding=self.padding)
        columns = rules.reshape(seen, shape=(math.prod(seen.shape[:3]), math.prod(seen.shape[3:])))
        if not getattr(columns, "parents", True):  # what x is has not been recorded
            columns.label = columns.label or "windows"
        out = rules.matmul(rules.reshape(self.weight, shape=(out_channels, columns.shape[0])), columns)
        out = rules.transpose(rules.reshape(out, shape=(out_channels, *seen.shape[3:])), axes=(1, 0, 2, 3))
        return out if self.bias is None else out + rules.reshape(self.bias, shape=(1, out_channels, 1, 1))

    def extra_repr(self) -> str:
        """The arguments."""
        out_channels, in_channels, *kernel = self.weight.shape
        sizes = f"{in_channels}, {out_channels}, kernel_size={tuple(kernel)}, stride={self.stride}"
        padding = f", padding={self.padding}" if any(self.padding) else ""
        return sizes + padding + (", bias=False" if self.bias is None else "")


class _Pool2d(Module):
    """The arguments that every kind of pooling takes."""

    _shown = "kernel_size={0.kernel_size}, stride={0.stride}, padding={0.padding}"

    def __init__(self, kernel_size: Size, stride: Size | None = None, padding: Size = 0) -> None:
        self.kernel_size = pair(kernel_size)
        self.stride = pair(kernel_size if stride is None else stride)
        self.padding = pair(padding)
        fits = all(0 <= 2 * p <= k for p, k in zip(self.padding, self.kernel_size, strict=True))
        if min(*self.kernel_size, *self.stride) < 1 or not fits:
            raise ValueError(
                f"{type(self).__name__}: expected kernel_size >= 1, stride >= 1 and 0 <= padding <= kernel_size / 2, "
                f"got {kernel_size=}, {stride=}, {padding=}"
            )

    def _windows(self, x: Any) -> dict[str, Any]:
        """The windows, of which there is one at least."""
        check_images(type(self).__name__, x.shape, self.kernel_size, self.padding)
        return {"kernel": self.kernel_size, "stride": self.stride, "padding": self.padding}


class MaxPool2d(_Pool2d):
    """The largest number under each window: (batch, channels, height, width) → smaller images.

    The first of several that tie gets the gradient, as in PyTorch; the padding never wins.

    kernel_size: of the window. stride: how far a window is from the next, the kernel's size by default.
    padding: width of the border.

    Raises ValueError: kernel_size or stride below 1, or padding outside [0, kernel_size / 2]; when called, x is not of
    that shape or smaller than the kernel.
    """

    def __call__(self, x: Any) -> Any:
        """The largest numbers."""
        return rules.max_pool(x, **self._windows(x))


class AvgPool2d(_Pool2d):
    """The mean under each window, zeros in the padding counted; shapes, arguments and errors as for `MaxPool2d`."""

    def __call__(self, x: Any) -> Any:
        """The means."""
        return rules.transpose(functions.mean(rules.windows(x, **self._windows(x)), (1, 2)), axes=(1, 0, 2, 3))


def pair(size: Size) -> Sides:
    """(height, width) from one number for both, or from two."""
    if isinstance(size, str):
        raise TypeError(f"expected a number, or one for each of two directions, got {size!r}")
    return (size, size) if isinstance(size, int) else size


def check_images(layer: str, shape: tuple[int, ...], kernel: Sides, padding: Sides) -> None:
    """ValueError unless there is a place for a window."""
    if len(shape) != 4 or any(n + 2 * p < k for n, p, k in zip(shape[2:], padding, kernel, strict=True)):
        raise ValueError(
            f"{layer}: expected x of shape (batch, channels, height, width) with height + 2·{padding[0]} >= "
            f"{kernel[0]} and width + 2·{padding[1]} >= {kernel[1]}, got {shape}"
        )
