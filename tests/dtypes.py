"""Operands of every dtype, and NumPy's own answer to them."""

import contextlib
import warnings
from collections.abc import Iterator, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np

from tests.judges import Array
from tests.row import Case

DTYPES = [np.dtype(name) for name in ("bool", "int8", "uint8", "int32", "int64", "float16", "float32", "float64")]
NUMPY = SimpleNamespace(**{**vars(np), "sliding_window_view": np.lib.stride_tricks.sliding_window_view})

# Where NumPy gives a number or a shape that ours refuse or have not, and why.
APART = {
    "cond": "a singular matrix is refused; NumPy says inf",
    "linear_map": "only layers use it, whose weights and biases have one floating dtype",
    "geomspace": "ends of different signs are refused; NumPy gives NaN",
    "polymul": "leading zeros stay; NumPy drops them, and a coefficient that happens to be 0 would have no gradient",
}


def as_dtype(x: Array, dtype: np.dtype[Any]) -> Array:
    """The numbers in another dtype; whole ones are rounded away from 0, so that what is not 0 stays so."""
    if dtype.kind == "f":
        return x.astype(dtype)
    x = np.nan_to_num(x)
    if dtype.kind == "b":
        return np.asarray(x > 0)
    whole = np.sign(x) * np.ceil(np.abs(x))
    return np.asarray(np.abs(whole) if dtype.kind == "u" else whole).astype(dtype)


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """No warnings: whole numbers meet divisions by 0, and the narrow dtypes overflow, as NumPy's own do."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def numpys(case: Case, operands: Sequence[Any]) -> Array | None:
    """What NumPy itself answers; None if it has no such function, or refuses these operands."""
    try:
        with quiet():
            return np.asarray(case.f(NUMPY, *operands))
    except (ArithmeticError, AttributeError, IndexError, TypeError, ValueError):
        return None


def rounding(*arrays: Any) -> float:
    """A relative tolerance for what is computed from these arrays: that of the narrowest floating dtype among them."""
    kinds = {np.asarray(x).dtype for x in arrays}
    return max([{"e": 2e-2, "f": 2e-4}.get(kind.char, 1e-9) for kind in kinds])


def same(what: str, got: Array, want: Array, tolerance: float) -> None:
    """Fail unless dtype, shape and numbers are NumPy's; whole numbers must be the same ones."""
    assert got.dtype == want.dtype, f"{what}: dtype {got.dtype}, NumPy's is {want.dtype}"
    assert got.shape == want.shape, f"{what}: shape {got.shape}, NumPy's is {want.shape}"
    if want.dtype.kind == "f":
        scale = np.max(np.abs(want), initial=1, where=np.isfinite(want))
        np.testing.assert_allclose(got, want, tolerance, tolerance * scale, err_msg=what)
    else:
        np.testing.assert_array_equal(got, want, err_msg=what)
