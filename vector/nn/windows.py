"""The sizes of the windows that slide over an image."""

Sides = tuple[int, int]  # (height, width)
Size = int | Sides


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
