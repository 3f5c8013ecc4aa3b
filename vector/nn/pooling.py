"""Layers that make images smaller, one number for each window."""

from typing import Any

from vector import functions, rules
from vector.nn.convolution import Size, check_images, pair
from vector.nn.module import Module


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

    Args:
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
