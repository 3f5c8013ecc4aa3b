"""Calls that cover every parameter of every function: each value of it, crossed with forms of the operands.

Not every combination is called: each value of a parameter meets each form of the operands, and two values of each
other parameter.
"""

import ast
import functools
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from tests.conformance.signatures import Parameter, signatures
from tests.dtypes import as_dtype

Array = np.ndarray[Any, Any]

M = np.array([[0.31, -0.62, 0.46], [0.83, 0.17, -0.28]])
N = np.array([[0.57, 0.74, 0.27], [0.41, 0.92, 0.66]])
V, W = M[0], N[1]
SQUARE = np.array([[2.1, 0.3, 0.5], [0.3, 1.7, -0.4], [0.5, -0.4, 2.6]])
OTHER = np.array([[1.2, -0.4], [0.3, 0.9], [0.7, 0.2]])
CUBE = np.concatenate([M, N]).reshape(2, 3, 2)
MASK = np.array([[True, False, True], [True, True, False]])
VALUES: Mapping[str, Any] = {
    "x2": N,
    "b": N,
    "values": N,
    "v": V,
    "filt": V,
    "p": V,
    "seq_of_zeros": V,
    "a1": V,
    "a2": W,
    "indices": [0, 1],
    "arrays": (M, N),
    "tup": (M, N),
    "arys": (M, N),
    "condition": MASK,
    "shape": (3, 2),
    "indices_or_sections": 1,
    "repeats": 2,
    "n": 2,
    "source": 0,
    "destination": 1,
    "axis1": 0,
    "axis2": 1,
    "q": 0.3,
    "new_shape": (3, 3),
    "kth": 1,
    "obj": 1,
    "shift": 1,
    "reps": 2,
    "pad_width": 1,
    "window_shape": 2,
    "dtype": np.float32,
    "start": V,
    "stop": W,
    "fill_value": np.float64(0.7),
    "args": (),
    "varargs": (),
    "xi": (V, W[:2]),
    "B": N,
    "key": 0,
    "value": N,
    "k": 0,
    "out": None,
}
"""For a parameter that is required, what is given for it; M where nothing is named."""

SPECIAL: Mapping[str, Mapping[str, Any]] = {
    "log log2 log10 sqrt": {"x": N},
    "power float_power": {"x1": N},
    "arccosh": {"x": N + 1},
    "ldexp": {"x2": 2},
    "matmul linalg.matmul": {"x2": OTHER},
    "matvec": {"x2": V},
    "vecmat": {"x1": V, "x2": OTHER},
    "linalg.cholesky linalg.cond linalg.det linalg.inv linalg.slogdet linalg.eigh linalg.eigvalsh linalg.matrix_power"
    " linalg.solve": {"a": SQUARE, "x": SQUARE, "b": OTHER},
    "linalg.lstsq": {"a": OTHER, "b": V},
    "linalg.tensorinv": {"a": SQUARE.reshape(3, 1, 3), "ind": 1},
    "linalg.tensorsolve": {"a": SQUARE, "b": V},
    "linalg.multi_dot": {"arrays": (M, OTHER, M)},
    "linalg.svd": {"a": SQUARE},
    "linalg.pinv linalg.qr": {"a": OTHER},
    "dot": {"b": OTHER},
    "tensordot linalg.tensordot": {"b": OTHER, "x2": OTHER, "axes": 1},
    "vdot inner": {"b": N},
    "compress": {"condition": [True, False, True, False]},
    "take_along_axis": {"indices": np.array([[1], [0]])},
    "choose": {"a": np.array([0, 1, 1]), "choices": (V, W)},
    "select": {"condlist": [MASK, ~MASK], "choicelist": (M, N)},
    "append": {"values": N},
    "insert": {"values": 0.4},
    "dsplit": {"ary": CUBE},
    "apply_along_axis": {"func1d": lambda row: row * row, "axis": 0},
    "apply_over_axes": {"func": np.sum, "axes": 0},
    "piecewise": {"condlist": [M > 0], "funclist": [lambda x: x * x, 0.5]},
    "convolve correlate": {"a": V, "v": W},
    "vander": {"x": V},
    "polyfit": {"x": np.array([0.1, 0.4, 0.5, 0.9]), "y": np.array([1.0, 0.7, 0.2, 0.3]), "deg": 1},
    "einsum": {"operands": ("ij,jk->ik", M, OTHER)},
    "interp": {"xp": np.array([-0.5, 0.1, 0.6]), "fp": W},
    "polyval": {"x": M},
    "broadcast_arrays": {"args": (M, V)},
    "broadcast_to": {"shape": (2, 2, 3)},
    "geomspace": {"start": W, "stop": W + 1},
    "bincount": {"x": [0, 1, 1, 3], "weights": np.array([0.1, 0.2, 0.4, 0.3])},
    "histogram": {"weights": N},
    "expand_dims": {"axis": 0},
    "rollaxis": {"axis": 1},
    "trapezoid": {"y": M},
    "squeeze ndarray.squeeze": {"a": M[None], "self": M[None]},
    "ndarray.dot": {"other": OTHER, "b": OTHER},
    "ndarray.compress": {"condition": [True, False]},
    "ndarray.searchsorted": {"self": np.sort(V), "v": W},
    "ndarray.argsort": {"self": 10 * M},
    "ndarray.choose": {"self": np.array([0, 1, 1]), "choices": (V, W)},
    "ndarray.item": {"self": M[:1, :1]},
    "ndarray.clip": {"min": -0.2, "max": 0.4},
    "ndarray.reshape": {"shape": (3, 2)},
    "linalg.cross": {"x1": M, "x2": N},
    "gradient": {"f": CUBE},
    "flipud fliplr rot90": {"m": M},
    "block": {"arrays": [M, N]},
    "linalg.outer": {"x1": V, "x2": W},
    "lib.stride_tricks.sliding_window_view": {"window_shape": (2, 2)},
}
"""Where a function takes something else; an optional parameter named here is given in every call."""

OPTIONS: Mapping[str, list[Any]] = {
    "axis": [None, 0, -1, (0, 1), (), (-1,)],
    "keepdims": [True, False],
    "initial": [0.5, 2, -np.inf, np.float32(0.3)],
    "ddof": [0, 1, 0.5, 3],
    "correction": [0, 1],
    "dtype": [np.float32, "float64", np.float16, np.int64, float, np.dtype("uint8"), None],
    "order": ["C", "F", "A", "K"],
    "out": [None],
    "casting": ["same_kind", "unsafe"],
    "subok": [True, False],
    "signature": [None],
    "device": [None, "cpu"],
    "overwrite_input": [False, True],
    "copy": [True, False],
    "axes": [None, (0, 1), (1, 0)],
    "n": [0, 1, 2],
    "decimals": [0, 1],
    "include_initial": [True, False],
    "prepend": [0.1, M[:, :1]],
    "append": [0.2, M[:, :1]],
    "to_end": [0.3, V],
    "to_begin": [0.3, V],
    "dx": [0.5],
    "edge_order": [1, 2],
    "a_min": [-0.2, None, N],
    "a_max": [0.4, None, N],
    "min": [-0.2, None, N],
    "max": [0.4, None, N],
    "deg": [True, False],
    "tol": [100, 10],
    "nan": [0.3],
    "posinf": [0.3, None],
    "neginf": [0.3, None],
    "discont": [None, 4.0],
    "period": [6.5, 1.61],
    "mode": ["raise", "wrap", "clip"],
    "trim": ["f", "b", "fb"],
    "default": [0.4],
    "kind": [None, "stable", "mergesort"],
    "stable": [None, True],
    "increasing": [True, False],
    "N": [None, 2, 4],
    "method": [
        "linear",
        "lower",
        "higher",
        "nearest",
        "midpoint",
        "hazen",
        "weibull",
        "median_unbiased",
        "normal_unbiased",
        "inverted_cdf",
        "averaged_inverted_cdf",
        "closest_observation",
        "interpolated_inverted_cdf",
    ],
    "weights": [None, N],
    "returned": [True, False],
    "m": [1, 2],
    "k": [0, 1, -1],
    "rcond": [None, 1e-9],
    "full": [False, True],
    "w": [None],
    "cov": [False, True],
    "optimize": [False, True, "greedy"],
    "left": [None, 0.3],
    "right": [None, 0.3],
    "num": [5, 1, 0],
    "endpoint": [True, False],
    "retstep": [True, False],
    "base": [10.0, 2.0],
    "shape": [(3, 2), 4],
    "axisa": [-1],
    "axisb": [-1],
    "axisc": [-1, 0],
    "indexing": ["xy", "ij"],
    "sparse": [True, False],
    "offset": [0, 1, -1],
    "axis1": [0, 1],
    "axis2": [1, 0],
    "y": [None, N],
    "rowvar": [True, False],
    "bias": [True, False],
    "fweights": [None, np.array([1, 2, 1])],
    "aweights": [None, np.array([0.3, 0.5, 0.9])],
    "minlength": [0, 6],
    "bins": [4],
    "range": [None, (-1.0, 1.0)],
    "density": [None, True, False],
    "upper": [True, False],
    "UPLO": ["L", "U"],
    "p": [None, 2, -2, 1, -1, np.inf, -np.inf, "fro", "nuc"],
    "ord": [None, 2, 1, -1, -2, 0, 3, np.inf, -np.inf, "fro", "nuc"],
    "hermitian": [False, True],
    "rtol": [None, 1e-9],
    "full_matrices": [False, True],
    "compute_uv": [True, False],
    "ind": [1],
    "writeable": [False],
    "start": [0, 1],
    "x": [None, np.array([0.1, 0.4, 0.9])],
    "side": ["left", "right"],
    "sorter": [None, np.array([0, 1, 2])],
}
"""The values that are given for a parameter of this name, beside its default."""
SPECIAL_OPTIONS: Mapping[str, Mapping[str, list[Any]]] = {
    "where": {"x": [M], "y": [N]},
    "convolve correlate": {"mode": ["full", "same", "valid"]},
    "linalg.qr": {"mode": ["reduced", "complete", "r"]},
    "pad": {
        "mode": [
            "constant",
            "edge",
            "reflect",
            "symmetric",
            "wrap",
            "linear_ramp",
            "maximum",
            "mean",
            "median",
            "minimum",
        ]
    },
    "ndarray.__getitem__": {
        "key": [
            0,
            -1,
            slice(None, None, -1),
            (slice(1), ...),
            (None, 0, ..., -1),
            [1, 0, 1],
            np.array([[0, 1], [1, 1]]),
            ([0, 1], slice(None, 2)),
            np.array([True, False]),
            MASK,
            (slice(None), np.array([True, False, True])),
            (),
            True,
        ]
    },
    "quantile percentile nanquantile nanpercentile": {"q": [0.3, 0, 1, [0.2, 0.9]], "weights": [None, N]},
    "prod nanprod multiply.reduce ndarray.prod": {"initial": [0.5, 2]},  # multiplied last, not first
    "diff": {"n": [0, 1, 2]},
    "polyint": {"k": [None, [0.3]], "m": [1]},
    "polyder": {"m": [0, 1, 2]},
    "polyfit": {"w": [None, np.array([0.3, 0.5, 0.9, 0.4])]},
    "bincount": {"weights": [None, W[[0, 1, 2, 0]]]},
    "linalg.tensorsolve": {"axes": [None, (1,)]},
    "rot90": {"k": [0, 1, 2, 3, -1]},
    "average": {"weights": [None, N]},
    "tensordot linalg.tensordot": {"axes": [1, ([1], [0])]},
    "fft.fftshift fft.ifftshift": {"axes": [None, 0, (0, 1)]},
    "ndarray.item": {"args": [(), (0, 0), (0,)]},
    "transpose ndarray.transpose": {"axes": [None, (1, 0), (0, -1)]},
    "ndarray.all ndarray.any ndarray.argmax ndarray.argmin": {"dtype": [None]},
    "partition": {"kind": ["introselect"]},
    "gradient": {"varargs": [(), (0.5,), (0.5, 0.3, 0.2)]},
    "apply_along_axis": {"args": [()]},
    "partition sort ndarray.argsort": {"order": [None]},
    "reshape ravel ndarray.reshape": {"order": ["C", "F", "A"]},
    "matmul": {"axes": [[(0, 1), (0, 1), (0, 1)], [(-2, -1), (-2, -1), (-1, -2)]], "keepdims": [False]},
    "vecdot": {"axes": [[0, 0], [(0,), (0,), ()]], "axis": [-1, 0], "keepdims": [False, True]},
    "matvec": {"axes": [[(0, 1), (0,), (0,)]], "keepdims": [False]},
    "vecmat": {"axes": [[(0,), (0, 1), (0,)]], "keepdims": [False]},
    "linalg.cross linalg.vecdot": {"axis": [-1, 0]},
    "trim_zeros": {"axis": [None, 0]},
    "cross": {"axis": [None, -1]},
    "ndarray.transpose": {"axes": [(), (1, 0), ((1, 0),), (None,)]},
    "ndarray.round": {"decimals": [0, 1]},
    "unwrap": {"axis": [-1, 0]},
    "resize": {"new_shape": [(3, 3), 4, (2, 2)]},
    "ndarray.astype": {"dtype": [np.float32, "float16", np.int64, bool]},
    "astype": {"dtype": [np.float32, "float16", np.int64, bool]},
    "linalg.matrix_power": {"n": [0, 1, 3, -2]},
    "repeat ndarray.repeat": {"repeats": [2, 1]},
    "tile": {"reps": [2, (2, 1), (2, 1, 1)]},
    "broadcast_to": {"shape": [(2, 2, 3), (2, 3)]},
}

PLAIN = frozenset(
    {
        "condition",
        "where",
        "condlist",
        "indices",
        "bins",
        "fweights",
        "aweights",
        "q",
        "obj",
        "sorter",
        "ddof",
        "correction",
        "funclist",
        "range",
    }
)
"""What has no gradient in NumPy's sense: masks, indices, and what says how to compute."""


WRAPPED = frozenset(
    {"where", "condition", "indices", "obj", "repeats", "sorter", "fweights", "aweights", "key", "q", "condlist"}
)
"""Masks, indices and plain numbers that may stand in a Tensor."""


class Call(NamedTuple):
    """One call of one function."""

    function: str
    parameter: str
    """The parameter whose cell it belongs to."""
    arguments: Mapping[str, Any]
    positional: frozenset[str]
    form: str
    """How the operands were changed, for messages."""
    beside: frozenset[str] = frozenset()
    """Operands that are not Tensors."""
    wrapped: frozenset[str] = frozenset()
    """Masks and indices that are Tensors."""

    def __str__(self) -> str:
        shown = ", ".join(
            f"{'' if name in self.positional else name + '='}{_shown(value)}" for name, value in self.arguments.items()
        )
        return f"{self.function}({shown})" + (f", {self.form}" if self.form else "")


def _shown(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return f"{value.dtype}{[*value.shape]}" if value.size > 1 else f"{value.dtype}({value.tolist()})"
    if isinstance(value, (tuple, list)) and any(isinstance(part, np.ndarray) for part in value):
        return f"({', '.join(map(_shown, value))})"
    return getattr(value, "__name__", None) or repr(value)


def _put(number: float) -> Callable[[Array], Array]:
    def change(x: Array) -> Array:
        x = x.copy()
        x.flat[:1] = number
        return x

    return change


def _read_only(x: Array) -> Array:
    x = x.copy()
    x.flags.writeable = False
    return x


def _in_dtype(dtype: np.dtype[Any], x: Array) -> Array:
    return as_dtype(4 * x if dtype.kind in "iu" else x, dtype)


FORMS: Mapping[str, Callable[[Array], Any]] = {
    "transposed": np.asfortranarray,
    "strided": lambda x: np.repeat(x, 2, axis=-1)[..., ::2] if x.ndim else x,
    "reversed": lambda x: x[..., ::-1].copy()[..., ::-1] if x.ndim else x,
    "read-only": _read_only,
    **{
        name: functools.partial(_in_dtype, np.dtype(name))
        for name in (
            "bool",
            "int8",
            "int16",
            "int32",
            "int64",
            "uint8",
            "uint16",
            "uint32",
            "uint64",
            "float16",
            "float32",
        )
    },
    "3-d": lambda x: np.stack([x, 0.7 * x + 0.1]),
    "0-d": lambda x: x.reshape(-1)[0].reshape(()),
    "size 1": lambda x: x[(slice(0, 1),) * x.ndim],
    "empty": lambda x: x[:0] if x.ndim else x,
    "NaN": _put(np.nan),
    "inf": _put(np.inf),
    "-inf": _put(-np.inf),
    "-0": _put(-0.0),
    "subnormal": _put(5e-324),
    "huge": _put(1e308),
}
SAME_SHAPE = ("0-d", "size 1", "empty", "3-d")
ENDLESS = frozenset(
    {
        "np.linalg.svd",
        "np.linalg.pinv",
        "np.linalg.lstsq",
        "np.linalg.cond",
        "np.linalg.svdvals",
        "np.linalg.norm",
        "np.linalg.matrix_norm",
        "np.polyfit",
    }
)
"""Of a matrix with an infinity in it, LAPACK may never find the singular values, in NumPy too."""


def _of(table: Mapping[str, Mapping[str, Any]], function: str) -> dict[str, Any]:
    """What a table whose keys hold several names says of a function."""
    out: dict[str, Any] = {}
    for names, entry in table.items():
        if function.removeprefix("np.") in names.split():
            out.update(entry)
    return out


def base(function: str, parameters: list[Parameter]) -> dict[str, Any]:
    """The arguments of the plainest call."""
    special = _of(SPECIAL, function)
    return {
        p.name: special.get(p.name, VALUES.get(p.name, () if p.kind == "VAR_POSITIONAL" else M))
        for p in parameters
        if p.name in special or (p.default is None and p.kind != "VAR_POSITIONAL") or p.kind == "VAR_POSITIONAL"
    } | ({"x": special.get("x", M), "y": N} if function == "np.where" else {})


def is_operand(name: str, value: Any) -> bool:
    """Whether a Tensor can stand here."""
    if name in PLAIN:
        return False
    parts = value if isinstance(value, (tuple, list)) else [value]
    return any(isinstance(part, np.ndarray) and part.dtype.kind == "f" for part in parts)


def _changed(value: Any, form: Callable[[Array], Any]) -> Any:
    if isinstance(value, (tuple, list)):
        return type(value)(_changed(part, form) for part in value)
    return form(value) if isinstance(value, np.ndarray) and value.dtype.kind == "f" else value


def _with(arguments: Mapping[str, Any], form: str) -> dict[str, Any]:
    """The operands in a form: all of them where their shapes must fit, else the first."""
    operands = [name for name, value in arguments.items() if is_operand(name, value)]
    chosen = operands if form in SAME_SHAPE else operands[:1]
    return {name: _changed(x, FORMS[form]) if name in chosen else x for name, x in arguments.items()}


def options(function: str, parameter: Parameter, arguments: Mapping[str, Any]) -> list[Any]:
    """The values that a parameter takes in turn."""
    own = _of(SPECIAL_OPTIONS, function).get(parameter.name)
    if own is not None:
        return list(own)
    first = next((x for name, x in arguments.items() if is_operand(name, x) and isinstance(x, np.ndarray)), M)
    if parameter.name == "where":
        return [np.arange(first.size).reshape(first.shape) % 3 != 1, True]
    if parameter.name == "mean":
        return [np.mean(first, keepdims=True)]
    if parameter.name in arguments and is_operand(parameter.name, arguments[parameter.name]):
        return [arguments[parameter.name]]
    known = list(OPTIONS.get(parameter.name, []))
    if parameter.name in arguments and not any(_same(arguments[parameter.name], value) for value in known):
        known.insert(0, arguments[parameter.name])
    return known


def _same(x: Any, y: Any) -> bool:
    return type(x) is type(y) and (x is y or (not isinstance(x, np.ndarray) and repr(x) == repr(y)))


def calls(function: str, parameters: list[Parameter]) -> Iterator[Call]:
    """The calls of one function, cell by cell."""
    plain = base(function, parameters)
    order = [p.name for p in parameters]
    required = frozenset(p.name for p in parameters if p.default is None or p.kind.startswith("POSITIONAL_ONLY"))
    first = frozenset(name for name in required if _positionally(parameters, name))
    optional = {q.name: options(function, q, plain)[:2] for q in parameters if q.name not in {*required, "out"}}
    for p in parameters:
        values = options(function, p, plain)
        ordered = {name: plain[name] for name in order if name in plain}
        if is_operand(p.name, plain.get(p.name)):
            yield from _of_operand(Call(function, p.name, ordered, first, ""), p, parameters)
            values = [value for value in values if value is not plain[p.name]]
        for value in values:
            arguments = {name: {**plain, p.name: value}[name] for name in order if name in plain or name == p.name}
            call = Call(function, p.name, arguments, first, "")
            yield from _of_value(call, p, parameters, plain, FORMS)
            if p.kind != "POSITIONAL_ONLY":
                yield from _beside_others(call, parameters, optional)


def _of_value(
    call: Call, p: Parameter, parameters: list[Parameter], plain: Mapping[str, Any], forms: Iterable[str]
) -> Iterator[Call]:
    """One value of a parameter, by name and by position, as a Tensor if it is a mask or indices, and with each form."""
    if p.kind in ("KEYWORD_ONLY", "POSITIONAL_OR_KEYWORD"):
        yield call._replace(positional=call.positional - ({p.name} if p is not parameters[0] else set()))
    if p.kind != "KEYWORD_ONLY" and call.function != "np.ndarray.choose":  # to which each positional is a choice
        yield from _by_position(call, p, parameters)
    if p.name in WRAPPED and _is_array(call.arguments[p.name]):
        wrapped = {name: np.asarray(x) if name == p.name else x for name, x in call.arguments.items()}
        yield call._replace(arguments=wrapped, wrapped=frozenset({p.name}), form="as a Tensor")
    for form in forms:
        changed = _with(call.arguments, form)
        if p.name not in plain and form not in SAME_SHAPE:
            changed[p.name] = call.arguments[p.name]
        more = {p.name} if p.kind in ("POSITIONAL_ONLY", "VAR_POSITIONAL") else set()
        yield call._replace(arguments=changed, positional=call.positional | more, form=form)


def _is_array(x: Any) -> bool:
    return isinstance(x, np.ndarray) or (isinstance(x, list) and all(isinstance(part, (int, float)) for part in x))


def _beside_others(call: Call, parameters: list[Parameter], optional: Mapping[str, list[Any]]) -> Iterator[Call]:
    """The value beside two values of each parameter that may be left out."""
    order = [p.name for p in parameters if p.kind != "VAR_POSITIONAL" or p.name in call.arguments]
    for name, others in optional.items():
        for other in others if name != call.parameter and name in order else []:
            both = {**call.arguments, name: other}
            yield call._replace(arguments={key: both[key] for key in order if key in both})


def _of_operand(call: Call, p: Parameter, parameters: list[Parameter]) -> Iterator[Call]:
    """The operand by position and by name, in every form, and beside others that are no Tensors."""
    others = frozenset(name for name, value in call.arguments.items() if is_operand(name, value)) - {p.name, "self"}
    yield call
    if p.kind == "POSITIONAL_OR_KEYWORD":
        before = frozenset(q.name for q in parameters[: parameters.index(p)])
        yield call._replace(positional=call.positional & before)
    for form in FORMS:
        changed = _with(call.arguments, form)
        if form not in SAME_SHAPE:
            changed = {**call.arguments, p.name: _changed(call.arguments[p.name], FORMS[form])}
        yield call._replace(arguments=changed, form=form)
    if others:
        yield call._replace(beside=others, form="beside arrays")
        as_lists = {
            name: x.tolist() if name in others and isinstance(x, np.ndarray) else x
            for name, x in call.arguments.items()
        }
        yield call._replace(arguments=as_lists, beside=others, form="beside lists")
        for number in (0.5, 0, True, np.float32(0.5)):
            numbers = {
                name: number if name in others and isinstance(x, np.ndarray) else x
                for name, x in call.arguments.items()
            }
            yield call._replace(arguments=numbers, beside=others, form=f"beside {number!r}")


def _by_position(call: Call, p: Parameter, parameters: list[Parameter]) -> Iterator[Call]:
    """The parameter by position, with those before it at their defaults."""
    arguments = dict(call.arguments)
    for q in parameters[: parameters.index(p)]:
        if q.name not in arguments:
            if q.default is None or "<" in q.default or q.kind == "KEYWORD_ONLY":
                return
            arguments[q.name] = ast.literal_eval(q.default)
    before = frozenset(q.name for q in parameters[: parameters.index(p) + 1])
    ordered = {q.name: arguments[q.name] for q in parameters if q.name in arguments}
    yield call._replace(arguments=ordered, positional=before)


def _positionally(parameters: list[Parameter], name: str) -> bool:
    """Whether all that stand before a parameter are required, so that it can be given by position."""
    names = [p.name for p in parameters]
    return all(p.default is None for p in parameters[: names.index(name)])


def all_calls() -> Iterator[Call]:
    """Every call of every function."""
    for function, parameters in signatures().items():
        yield from finite(function, parameters)


def finite(function: str, parameters: list[Parameter]) -> Iterator[Call]:
    """The calls of one function that come to an end."""
    for call in calls(function, parameters):
        if not (function in ENDLESS and call.form in ("inf", "-inf", "NaN", "huge")):
            yield call
