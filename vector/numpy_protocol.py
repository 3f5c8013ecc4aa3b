"""Which rule or function stands behind which NumPy function, so that `np.exp(tensor)` records itself.

What has NumPy's name in `vector.functions` or, for a function of each element, in `vector.rules` stands behind NumPy's
function; only aliases and functions without a derivative are listed here.
"""

import functools
import inspect
import linecache
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from vector import functions, rules
from vector.arrays import NUMBERS, operand
from vector.functions.operand import cast, detached
from vector.trees import tree_map

Function = Callable[..., Any]


def _same_names(ours: ModuleType, theirs: ModuleType) -> dict[Function, Function]:
    """From NumPy's function to ours, for each name that both have."""
    names = [name for name in vars(ours)["__all__"] if callable(vars(theirs).get(name))]
    return {getattr(theirs, name): getattr(ours, name) for name in names}


_COMMON = {
    **_same_names(rules.elementwise, np), **_same_names(rules.ufuncs, np), **_same_names(functions, np),
}  # fmt: skip

UFUNCS: Mapping[np.ufunc, Function] = {
    **{numpys: ours for numpys, ours in _COMMON.items() if isinstance(numpys, np.ufunc)},
    np.matmul: rules.matmul, np.deg2rad: rules.radians, np.rad2deg: rules.degrees,
}  # fmt: skip

FUNCTIONS: Mapping[Function, Function] = {
    **{numpys: ours for numpys, ours in _COMMON.items() if not isinstance(numpys, np.ufunc)},
    **_same_names(functions.linalg, np.linalg),
    np.amax: functions.max, np.amin: functions.min, np.around: functions.round,
    np.lib.stride_tricks.sliding_window_view: functions.sliding_window_view,
}  # fmt: skip


POSITIONAL: Mapping[Function, int] = {
    ours: ours.__code__.co_argcount
    for ours in FUNCTIONS.values()
    if hasattr(ours, "__code__") and not ours.__code__.co_flags & inspect.CO_VARARGS
} | {rules.copy: 1}
"""How many arguments ours take by position; those that NumPy's has after them are handed on by name."""


def lazy(function: Function) -> Function | None:
    """Ours for a function of a namespace that NumPy loads only when it is asked for, as `import vector` is not to."""
    if function.__module__ == "numpy.fft" and function.__name__ in functions.fft.__all__:
        return getattr(functions.fft, function.__name__)
    return None


# What a ufunc's methods do: np.add.reduce is a sum.
METHODS: Mapping[str, Mapping[np.ufunc, Function]] = {
    "__call__": UFUNCS,
    "outer": {ufunc: ours for ufunc, ours in UFUNCS.items() if ufunc.nin == 2 and not ufunc.signature},
    "reduce": {
        np.add: functions.sum, np.multiply: functions.prod, np.maximum: functions.max, np.minimum: functions.min,
        np.logaddexp: functions.logsumexp,
    },
    "accumulate": {
        np.add: functions.cumsum, np.multiply: functions.cumprod,
        np.maximum: functions.cummax, np.minimum: functions.cummin,
    },
}  # fmt: skip

# They write into an array that they are given.
IN_PLACE = frozenset[Function]([np.copyto, np.fill_diagonal, np.place, np.put, np.put_along_axis, np.putmask])

# Without a derivative: they answer with plain arrays, computed from the tensors' numbers.
NOT_DIFFERENTIABLE = frozenset[Function]([
    np.all, np.allclose, np.any, np.argmax, np.argmin, np.argpartition, np.argsort, np.argwhere, np.array2string,
    np.array_equal, np.array_equiv, np.array_repr, np.array_str, np.can_cast, np.common_type, np.count_nonzero,
    np.diag_indices_from, np.digitize, np.einsum_path, np.empty_like, np.equal, np.flatnonzero, np.greater,
    np.greater_equal, np.histogram_bin_edges, np.imag, np.isclose, np.iscomplex, np.iscomplexobj, np.isfinite,
    np.isin, np.isinf, np.isnan, np.isneginf, np.isposinf, np.isreal, np.isrealobj, np.less, np.less_equal,
    np.lexsort, np.linalg.matrix_rank, np.logical_and, np.logical_not, np.logical_or, np.logical_xor,
    np.may_share_memory, np.min_scalar_type, np.nanargmax, np.nanargmin, np.ndim, np.nonzero, np.not_equal,
    np.ones_like, np.result_type, np.save, np.savetxt, np.savez, np.savez_compressed, np.searchsorted, np.shape,
    np.shares_memory, np.signbit, np.size, np.tril_indices_from, np.triu_indices_from, np.zeros_like,
])  # fmt: skip


# Of other libraries' ufuncs, those that vector has under another name.
_TWINS: Mapping[str, str] = {"expit": "sigmoid", "log_expit": "logsigmoid"}
_LIBRARIES = frozenset({"vector", "numpy", "scipy", "contextlib"})
"""Packages whose lines are not the user's."""


def qualified(function: Any, method: str = "__call__") -> str:
    """What users call a function of NumPy or another library: np.fft.rfft, np.add.outer, scipy.special.expit."""
    name = getattr(function, "__name__", str(function))
    module = getattr(function, "__module__", None)
    if isinstance(function, np.ufunc):
        homes = (home for home in ("numpy", "scipy.special") if home in sys.modules)
        module = next((home for home in homes if getattr(sys.modules[home], name, None) is function), "")
        name += "" if method == "__call__" else f".{method}"
    return f"{module}.{name}".replace("numpy.", "np.", 1).replace("np.lib.scimath", "np.emath").lstrip(".")


_NOT_HERE: Mapping[str, tuple[Any, ...]] = {
    "order": ("C", "F", "A", "K"), "device": ("cpu",), "overwrite_input": (True,), "subok": (False, True),
}  # fmt: skip
"""Arguments about memory and classes, which say nothing about a Tensor's numbers."""


@functools.cache
def _parameters(function: Function) -> Mapping[str, inspect.Parameter]:
    """What a function of NumPy takes; nothing where it does not say, as before NumPy 2.4 those in C."""
    try:
        return inspect.signature(function).parameters
    except ValueError:
        return {}


@functools.cache
def _own(ours: Function) -> tuple[Any, ...]:
    """The names of what one of our functions takes; 0, its place, stands for the operand of a row."""
    code = getattr(ours, "__code__", None)
    return code.co_varnames[: code.co_argcount + code.co_kwonlyargcount] if code else (0,)


def adapted(theirs: Function, ours: Function, args: Any, kwargs: Mapping[str, Any]) -> tuple[Any, dict[str, Any]]:
    """A call of NumPy's function as one of ours: parameters that ours has under another name or by keyword alone."""
    own = _own(ours)
    count = POSITIONAL.get(ours, len(args))
    if kwargs.keys() <= set(own) and len(args) <= count:
        return args, {key: value for key, value in kwargs.items() if value is not np._NoValue}
    names = [name for name, p in _parameters(theirs).items() if p.kind is not p.KEYWORD_ONLY]
    given = dict(kwargs)
    if ours in POSITIONAL:
        given.update(zip(names[count:], args[count:], strict=False))
        args = args[:count]
    for name, own_name in zip(names[len(args) : count], own[len(args) : count], strict=False):
        if name in given and name not in own:
            if own_name == 0:
                args = (given.pop(name),)
            else:
                given[own_name] = given.pop(name)
    return args, checked(theirs, ours, given)


def with_keywords(ufunc: np.ufunc, ours: Function, inputs: Any, kwargs: Mapping[str, Any], method: str) -> Any:
    """A ufunc with keywords: `dtype` casts the operands, and where `where` is False the result is 0, not undefined."""
    given = dict(kwargs)
    if axes := given.pop("axes", None):  # where the vectors or matrices lie in each operand, and in the result
        places = [np.atleast_1d(np.asarray(axis, int)).tolist() for axis in axes]
        last = [range(-len(place), 0) for place in places]
        out = ufunc(*map(functions.moveaxis, inputs, places, last), **given)
        return functions.moveaxis(out, last[-1], places[-1]) if len(places) > ufunc.nin else out
    dtype, where, casting = given.pop("dtype", None), given.pop("where", True), given.pop("casting", "same_kind")
    if dtype is not None or casting != "same_kind":
        weak = [float if type(x) is float else int if type(x) in NUMBERS else operand(x).dtype for x in inputs]
        signature = (None,) * ufunc.nin + (dtype and np.dtype(dtype),) * ufunc.nout
        kinds = ufunc.resolve_dtypes((*weak, *(None,) * ufunc.nout), signature=signature, casting=casting)
        inputs = [cast(x, kind) for x, kind in zip(inputs, kinds, strict=False)]
    given = checked(ufunc, ours, given, method)
    if where is True:
        return ours(*inputs, **given)
    with np.errstate(all="ignore"):
        out = ours(*inputs, **given)
    mask = detached(where)
    return tree_map(lambda y: rules.where(mask, y, np.zeros((), y.dtype)), out)


def of_method(ufunc: np.ufunc, method: str, inputs: Any, kwargs: Mapping[str, Any]) -> Any:
    """A method of a ufunc: `outer` is the ufunc of operands spread apart, `reduce` and `accumulate` have functions."""
    ours = METHODS.get(method, {}).get(ufunc)
    if ours is None:
        raise not_covered(ufunc, method)
    if method == "outer":
        x, y = map(operand, inputs)
        return with_keywords(ufunc, ours, (functions.reshape(x, x.shape + (1,) * len(y.shape)), y), kwargs, method)
    given = {"axis": 0, **kwargs}
    if method == "accumulate" and isinstance(given["axis"], tuple):
        (given["axis"],) = given["axis"]
    dtype = given.pop("dtype", None)
    if ufunc is np.logaddexp and dtype is None:  # of booleans float16, where other sums are in float64
        dtype = ufunc.resolve_dtypes((inputs[0].dtype, inputs[0].dtype, None))[2]
    return cast(ours(cast(inputs[0], dtype), **checked(ufunc, ours, given, method)), dtype)


def checked(theirs: Function, ours: Function, kwargs: Mapping[str, Any], method: str = "__call__") -> dict[str, Any]:
    """NumPy's keyword arguments for one of our functions, without those that stand for "not given" or change nothing.

    Raises TypeError: our function has no such argument.
    """
    given = {key: value for key, value in kwargs.items() if value is not np._NoValue}
    taken, parameters = _own(ours), _parameters(theirs)
    unknown = [key for key in given if key not in taken]
    if refused := [key for key in unknown if not _is_default(key, given[key], parameters.get(key))]:
        known = ", ".join(taken[1:]) or "no keyword arguments"
        hint = "leave it out, or give plain numbers: x.data"
        if "out" in refused:
            hint = "an array has no history: for array += tensor write array = array + tensor"
        raise TypeError(f"{qualified(theirs, method)} of a Tensor: expected {known}, got {', '.join(refused)}; {hint}")
    return {key: value for key, value in given.items() if key in taken}


def _is_default(key: str, value: Any, parameter: inspect.Parameter | None) -> bool:
    """Whether an argument is what NumPy takes without it, or says nothing about numbers."""
    if isinstance(value, tuple):
        return all(part is None for part in value)
    default = parameter.default if parameter else None
    plain = isinstance(value, (str, bool, int, float))
    return value is None or (plain and (value == default or value in _NOT_HERE.get(key, ())))


def not_covered(function: Function, method: str = "__call__") -> TypeError:
    """The error for a function without a rule, or a method of a ufunc."""
    name = qualified(function, method)
    if function in IN_PLACE or method == "at":
        return TypeError(
            f"{name} would change numbers that the graph still needs; write the functional form, "
            "vector.replaced(x, index, values) or np.where(mask, values, x)"
        )
    why, instead = _reason(function)
    if not name.startswith("np.") and (ours := _twin(function.__name__)):
        instead = f"write {ours}"
    return TypeError(
        f"{name} has no differentiation rule in vector{why and f', for {why}'}, and computing it anyway would cut the "
        f"graph; {instead}, use .data for plain numbers, or add a row to vector/rules"
    )


def _reason(function: Any) -> tuple[str, str]:
    """Why a function has no rule, where that is known, and what to write instead."""
    if getattr(function, "__module__", "") == "numpy.fft":
        return "it computes with complex numbers", "write the sums of cosines and sines as products with matrices"
    if function.__name__ in ("eig", "eigvals", "roots", "sort_complex"):
        return "its numbers may be complex", "write np.linalg.eigh or eigvalsh of a symmetric matrix"
    kinds = {types[0] for types in getattr(function, "types", ())}
    if "l" in kinds and "d" not in kinds:
        return "it works on whole numbers", "write it with covered functions"
    return "", "write it with covered functions"


def _twin(name: str) -> str:
    """What vector calls a function of another library; "" if it has none."""
    ours = _TWINS.get(name, name)
    return f"vector.{ours}" if hasattr(rules, ours) or hasattr(functions, ours) else ""


def users_line() -> str:
    """The user's line that led here, and what to write instead of SciPy's."""
    frame, twin = sys._getframe(1), ""
    while (library := frame.f_globals.get("__name__", "").partition(".")[0]) in _LIBRARIES:
        if frame.f_back is None:
            return ""
        twin = _twin(frame.f_code.co_name) if library == "scipy" else ""
        frame = frame.f_back
    return f"{twin and f'; write {twin}'}{in_line(frame.f_code.co_filename, frame.f_lineno)}"


def in_line(file: str, number: int) -> str:
    """A line of the user's, in brackets."""
    return f" (in: {Path(file).name}:{number}: {linecache.getline(file, number).strip()})"
