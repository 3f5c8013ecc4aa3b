"""What counts as an array, and where it lies."""

import contextlib
import ctypes
import functools
import math
import weakref
from collections.abc import Callable, Iterable
from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from vector.trees import tree_leaves

Array: TypeAlias = npt.NDArray[Any]
Generator: TypeAlias = "np.random.Generator | None"  # as text: NumPy loads np.random only when it is asked for
ALIGNMENT = 64
"""Bytes of a cache line, and of the widest registers."""

# glibc gives large pieces of memory back to the system, from which each page is fetched again, at a price above that of
# computing what is on it. Here it may keep pieces of up to 32 MiB, the most that it can, and 512 MiB of them in all.
with contextlib.suppress(AttributeError, TypeError, OSError):  # other C libraries have no such settings
    _mallopt = ctypes.CDLL(None).mallopt
    _mallopt(-3, 1 << 25)  # M_MMAP_THRESHOLD
    _mallopt(-1, 1 << 29)  # M_TRIM_THRESHOLD


class Size(int):
    """A number of elements; called, as PyTorch's `t.size(0)`, it says what to write. To NumPy it is a Python number."""

    def __call__(self, *axis: Any, **named: Any) -> Any:
        """Refuse to be called."""
        index = ", ".join(map(repr, (*axis, *named.values())))
        told = f"t.size is the number of elements, {+self}, as in NumPy; write t.shape{index and f'[{index}]'}"
        raise TypeError(f"t.size({index}): {told}")

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **named: Any) -> Any:
        return getattr(ufunc, method)(*(+x if type(x) is Size else x for x in inputs), **named)


NUMBERS = frozenset([float, int, Size])
"""The kinds of number whose dtype is weak, as NumPy says: that of the array beside it prevails."""


def as_array(x: Any) -> Any:
    """An ndarray; arrays of other libraries, which answer NumPy's functions themselves, stay what they are.

    >>> as_array(np.float64(2.0))
    array(2.)
    """
    if isinstance(x, np.ndarray) or not hasattr(type(x), "__array_function__"):
        return np.asarray(x)
    return x.as_array() if hasattr(x, "as_array") else x  # what stands for a number while a step is recorded has it


def as_numpys(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of arrays that is one to those that answer NumPy's functions themselves: a recording sees one call."""

    @functools.wraps(function)
    def asked(*arrays: Any) -> Any:
        for x in arrays:
            if not isinstance(x, np.ndarray) and (answer := getattr(type(x), "__array_function__", None)):
                found = answer(x, asked, (type(x),), arrays, {})
                if found is not NotImplemented:
                    return found
        return function(*arrays)

    return asked


def array_of(x: Any) -> Any:
    """The array in a Tensor or another node, as it is; anything else itself."""
    return getattr(x, "_array", x)


def operand(x: Any) -> Any:
    """A Tensor or an array as it is; numbers and nested lists as an array, or where they hold Tensors as a Tensor."""
    if hasattr(type(x), "shape"):  # a Tensor's own takes longer to read
        return x
    if isinstance(x, (list, tuple)):
        if any(hasattr(leaf, "_apply") for leaf in tree_leaves(x)):
            return np.stack([*map(operand, x)])  # NumPy hands this to the Tensors
        return np.asarray(x)
    return x if hasattr(x, "shape") else as_array(x)


def check_real(x: Any, where: str) -> None:
    """Refuse what has no derivative here: complex numbers, objects, text, dates and masked arrays.

    Raises TypeError: x is one of these; the message says where it was found.
    """
    if type(x) is np.ndarray and x.dtype.kind in "biuf":
        return
    dtype = getattr(as_array(x), "dtype", np.dtype(float))  # a number that is being traced has none
    if dtype.kind not in "biuf" or hasattr(x, "mask"):
        raise TypeError(
            f"expected real numbers in a plain array {where}, got {type(x).__name__} of {dtype}; for real numbers take "
            ".real, .imag or abs() of complex ones, .astype(float) of objects, .filled() of a masked array"
        )


def aligned(array: Any) -> Any:
    """A copy in the same layout that begins at a cache line; arrays of other libraries stay what they are.

    NumPy's memory begins at a multiple of 16 bytes, so that three times in four each wide load and store touches two
    lines. What every training step reads and writes, such as a weight, is worth a better place: its update, after
    products whose threads have left its lines in the caches of several cores, is faster by a third.

    >>> aligned(np.ones(3)).ctypes.data % 64
    0
    """
    if type(array) is not np.ndarray:
        return array
    memory = np.empty(array.nbytes + ALIGNMENT, np.uint8)
    start = -address(memory) % ALIGNMENT
    order: Literal["C", "F"] = "C" if array.flags.c_contiguous else "F"
    copy = np.ndarray(array.shape, array.dtype, memory, start, order=order)
    copy[...] = array
    return copy


def owner_of(array: Any) -> Any:
    """The array in whose memory an array lies."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array


def layout(array: Any) -> Any:
    """How an array lies."""
    return array.shape, array.dtype, array.strides


def address(array: Any) -> int:
    """Where its first element lies."""
    return array.__array_interface__["data"][0]


def location(array: Any) -> Any:
    """What two arrays that show the same elements of one memory have in common."""
    return address(array), layout(array)


class Memory:
    """The memory of some arrays."""

    def __init__(self, arrays: Iterable[Any]) -> None:
        owners = [*map(owner_of, arrays)]
        self._owners = {*map(id, owners)}
        self._foreign = [x for x in owners if x.base is not None]  # Python's, or a file's: it tells by its address

    def holds(self, *arrays: Any) -> bool:
        """Whether some of one of these arrays lies there."""
        for x in arrays:
            if isinstance(x, np.ndarray):
                if id(x if x.base is None else owner_of(x)) in self._owners:
                    return True
                if self._foreign and any(np.may_share_memory(x, y) for y in self._foreign):
                    return True
        return False


_ALL = (0.0, math.inf)
_writes: dict[int, dict[tuple[float, float], int]] = {}
"""Of arrays that own their memory, by id: between which addresses it was written to, and when for the last time."""


def note_write(array: Any, number: int) -> None:
    """Remember that this memory was written to, whichever arrays and Tensors show it."""
    owner = array if array.base is None else owner_of(array)
    if id(owner) not in _writes:
        weakref.finalize(owner, _writes.pop, id(owner)).atexit = False
        _writes[id(owner)] = {}
    # The memory of an array that `aligned` made is its own; to ask for addresses takes longer than all else here.
    own = owner is array or (owner.dtype == np.uint8 and owner.nbytes == array.nbytes + ALIGNMENT)
    _writes[id(owner)][_ALL if own else np.lib.array_utils.byte_bounds(array)] = number


def last_write(array: Any) -> int:
    """The creation number at which some of an array's memory was last written to; 0 if never."""
    if type(array) is not np.ndarray or not (writes := _writes.get(id(owner_of(array)))):
        return 0
    if writes.keys() == {_ALL}:
        return writes[_ALL]
    low, high = np.lib.array_utils.byte_bounds(array)
    return max((number for (start, stop), number in writes.items() if start < high and low < stop), default=0)
