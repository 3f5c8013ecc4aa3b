"""Which rule or function stands behind which NumPy function, so that `np.exp(tensor)` records itself.

What has NumPy's name in `vector.functions` or, for a ufunc, in `vector.rules` stands behind NumPy's function; only
aliases and functions without a derivative are listed here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import ModuleType
from typing import Any

import numpy as np

from vector import functions, rules

Function = Callable[..., Any]


def _same_names(ours: ModuleType, theirs: ModuleType) -> Iterator[tuple[Function, Function]]:
    """(NumPy's function, ours) for each name that both export."""
    for name in ours.__all__:
        if callable(getattr(theirs, name, None)):
            yield getattr(theirs, name), getattr(ours, name)


_PAIRS = [*_same_names(rules, np), *_same_names(functions, np)]

UFUNCS: Mapping[Function, Function] = {
    **{numpys: ours for numpys, ours in _PAIRS if isinstance(numpys, np.ufunc)},
    np.conjugate: rules.positive,
    np.deg2rad: rules.radians,
    np.fabs: rules.absolute,
    np.rad2deg: rules.degrees,
}

FUNCTIONS: Mapping[Function, Function] = {
    **dict(_same_names(functions, np)),
    **dict(_same_names(functions.linalg, np.linalg)),
    np.amax: functions.max,
    np.amin: functions.min,
    np.around: functions.round,
    np.lib.stride_tricks.sliding_window_view: functions.sliding_window_view,
}


def late(function: Function) -> Function | None:
    """Ours for a function of a namespace that NumPy loads only when it is asked for, as `import vector` is not to."""
    if function.__module__ == "numpy.fft" and function.__name__ in functions.fft.__all__:
        return getattr(functions.fft, function.__name__)
    return None


# What a ufunc's methods do: np.add.reduce is a sum.
METHODS: Mapping[str, Mapping[Function, Function]] = {
    "__call__": UFUNCS,
    "reduce": {
        np.add: functions.sum,
        np.logaddexp: functions.logsumexp,
        np.maximum: functions.max,
        np.minimum: functions.min,
        np.multiply: functions.prod,
    },
    "accumulate": {
        np.add: functions.cumsum,
        np.maximum: functions.cummax,
        np.minimum: functions.cummin,
        np.multiply: functions.cumprod,
    },
}

# They write into an array that they are given.
IN_PLACE: frozenset[Function] = frozenset(
    {np.copyto, np.fill_diagonal, np.place, np.put, np.put_along_axis, np.putmask}
)

# Without a derivative: they answer with plain arrays, computed from the tensors' numbers.
NOT_DIFFERENTIABLE: frozenset[Function] = frozenset(
    {
        np.all, np.allclose, np.any, np.argmax, np.argmin, np.argpartition, np.argsort, np.argwhere, np.array2string,
        np.array_equal, np.array_equiv, np.array_repr, np.array_str, np.can_cast, np.common_type, np.count_nonzero,
        np.diag_indices_from, np.digitize, np.einsum_path, np.empty_like, np.equal, np.flatnonzero, np.greater,
        np.greater_equal, np.histogram_bin_edges, np.imag, np.isclose, np.iscomplex, np.iscomplexobj, np.isfinite,
        np.isin, np.isinf, np.isnan, np.isneginf, np.isposinf, np.isreal, np.isrealobj, np.less, np.less_equal,
        np.lexsort, np.linalg.matrix_rank, np.logical_and, np.logical_not, np.logical_or, np.logical_xor,
        np.may_share_memory, np.min_scalar_type, np.nanargmax, np.nanargmin, np.ndim, np.nonzero, np.not_equal,
        np.ones_like, np.result_type, np.save, np.savetxt, np.savez, np.savez_compressed, np.searchsorted, np.shape,
        np.shares_memory, np.signbit, np.size, np.tril_indices_from, np.triu_indices_from, np.zeros_like,
    }
)  # fmt: skip


def checked(name: str, function: Function, kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """NumPy's keyword arguments for one of our functions, without those that stand for "not given".

    Raises:
        TypeError: our function has no such argument.
    """
    given = {key: value for key, value in kwargs.items() if value is not np._NoValue}
    code = getattr(function, "__code__", None)
    taken = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount] if code else ()
    unknown = [key for key in given if key not in taken]
    if refused := [key for key in unknown if given[key] is not None]:
        known = ", ".join(taken[1:]) or "no keyword arguments"
        hint = "; an array has no history: for array += tensor write array = array + tensor" if "out" in refused else ""
        raise TypeError(f"np.{name} of a Tensor: expected {known}, got {', '.join(refused)}{hint}")
    return {key: value for key, value in given.items() if key in taken}


def not_covered(function: Function) -> TypeError:
    """The error for a NumPy function without a rule."""
    if function in IN_PLACE:
        return TypeError(
            f"np.{function.__name__} would change numbers that the graph still needs; write the functional form, "
            "vector.replaced(x, index, values) or np.where(mask, values, x)"
        )
    return TypeError(
        f"np.{function.__name__} has no differentiation rule in vector, and computing it anyway would cut the graph; "
        "write it with covered functions, use .data for plain numbers, or add a row to vector/rules"
    )
