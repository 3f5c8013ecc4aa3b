"""What NumPy answers to a call, what ours answers with Tensors in its place, and whether the two agree."""

import re
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np

import vector
from tests.conformance.cases import Call, is_operand
from tests.conformance.signatures import found, signatures
from vector import Tensor

Array = np.ndarray[Any, Any]
ROUNDING = {"float16": 2e-2, "float32": 2e-4, "float64": 1e-9}
SYMMETRIC = frozenset({"np.linalg.cholesky", "np.linalg.eigh", "np.linalg.eigvalsh"})
"""What reads one triangle, and has the gradient of a symmetric matrix."""
PLAIN_RESULTS = frozenset({"np.ndarray.item", "np.ndarray.tolist"})
"""What gives a plain number, as documented."""
STEP, SLOPE = 1e-6, 2e-5


class Verdict(NamedTuple):
    """How one call went."""

    kind: Literal["right", "refused", "wrong", "undefined"]
    """undefined: NumPy itself refuses the call."""
    why: str = ""


RIGHT = Verdict("right")


def numpys(call: Call) -> Any:
    """What NumPy answers."""
    function = found(call.function)
    assert function is not None
    with np.errstate(all="ignore"):
        return _called(function, call, {})


def judged(call: Call) -> Verdict:
    """The verdict on one call."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return _judged(call)


def _judged(call: Call) -> Verdict:
    function = found(call.function)
    assert function is not None
    overwritten = {id(x): x.copy() for x in _operands(call) if call.arguments.get("overwrite_input")}
    try:
        theirs = _leaves(_called(function, call, overwritten))
    except Exception:
        return Verdict("undefined")
    arrays = list(_operands(call))
    before = [x.tobytes() for x in arrays]
    plain = {id(call.arguments[name]) for name in call.wrapped}
    tensors = [Tensor(x, requires_grad=x.dtype.kind == "f" and id(x) not in plain) for x in arrays]
    try:
        ours = _leaves(_called(_ours(call, function), call, {id(x): t for x, t in zip(arrays, tensors, strict=True)}))
    except (TypeError, ValueError, NotImplementedError) as error:
        return _refusal(call, error)
    except Exception as error:
        return Verdict("wrong", f"{type(error).__name__}: {_line(error)}")
    try:
        wrong = (
            _apart(call, ours, theirs)
            or _changed(arrays, before)
            or _slopes_apart(call, function, arrays, tensors, ours, theirs)
        )
    except Exception as error:
        return Verdict("wrong", f"after the value, {type(error).__name__}: {_line(error)}")
    return Verdict("wrong", wrong) if wrong else RIGHT


def _ours(call: Call, function: Callable[..., Any]) -> Callable[..., Any]:
    """NumPy's function, which asks the Tensors; or the Tensor's method."""
    if call.function.startswith("np.ndarray."):
        name = call.function.rpartition(".")[2]
        return lambda self, *args, **named: getattr(self, name)(*args, **named)
    return function


def _called(function: Callable[..., Any], call: Call, replaced: Mapping[int, Any]) -> Any:
    """The call, with other objects in the place of some."""
    kinds = {p.name: p.kind for p in signatures()[call.function]}
    args: list[Any] = []
    named: dict[str, Any] = {}
    for name, value in call.arguments.items():
        value = _replaced(value, replaced)
        if kinds[name] == "VAR_POSITIONAL":
            args += value
        elif name in call.positional or kinds[name] == "POSITIONAL_ONLY":
            args.append(value)
        else:
            named[name] = value
    return function(*args, **named)


def _replaced(value: Any, replaced: Mapping[int, Any]) -> Any:
    if isinstance(value, (tuple, list)) and any(isinstance(part, np.ndarray) for part in value):
        return type(value)(_replaced(part, replaced) for part in value)
    return replaced.get(id(value), value)


def _operands(call: Call) -> Iterator[Array]:
    """The arrays that become Tensors."""
    plain = {"a"} if call.function == "np.histogram" else set()  # its edges are plain
    kept = {name: x for name, x in call.arguments.items() if name not in call.beside | plain}
    seen: set[int] = set()
    first = True
    for name, value in kept.items():
        wide = isinstance(value, np.ndarray) and first and name not in ("condition", "where", "condlist")
        first = first and not wide
        for part in value if isinstance(value, (tuple, list)) else [value]:
            there = isinstance(part, np.ndarray)
            floats = there and part.dtype.kind == "f" and is_operand(name, value)
            if (floats or (there and (wide or name in call.wrapped))) and id(part) not in seen:
                seen.add(id(part))
                yield part


def _leaves(value: Any) -> list[Any]:
    if isinstance(value, (tuple, list)):
        return [leaf for part in value for leaf in _leaves(part)]
    return [value]


def _refusal(call: Call, error: Exception) -> Verdict:
    """A refusal names function and argument, in one line."""
    text = _line(error)
    name = call.function.rpartition(".")[2]
    where = call.function.split(".")[-2] if name in ("reduce", "accumulate", "outer") else name
    said = text.rpartition(" got ")[2] if " of a Tensor: expected " in text else text
    spelled = set(re.findall(r"\w+", said)) | set(re.findall(r"\w+", text.partition(":")[0]))
    if where in spelled and call.parameter in spelled and "\n" not in str(error):
        return Verdict("refused", text)
    others = [other for other in call.arguments if other != call.parameter and other in spelled]
    if where in spelled and others:
        return Verdict("undefined")  # it counts in the other's cell
    return Verdict("wrong", f"{type(error).__name__}: {text}")


def _line(error: Exception) -> str:
    return str(error).strip().split("\n")[0][:200]


def _apart(call: Call, ours: Sequence[Any], theirs: Sequence[Any]) -> str:
    """Where the values differ, or ""."""
    if len(ours) != len(theirs):
        return f"{len(ours)} results, NumPy's {len(theirs)}"
    for mine, his in zip(ours, theirs, strict=True):
        mine = mine.data if isinstance(mine, Tensor) and not mine.requires_grad else getattr(mine, "_array", mine)
        if np.shape(mine) != np.shape(his):
            return f"shape {np.shape(mine)}, NumPy's {np.shape(his)}"
        number = type(mine) in (int, float) and np.ndim(his) == 0
        mine, his = np.asarray(mine), np.asarray(his)
        if mine.dtype != his.dtype and not number:
            return f"dtype {mine.dtype}, NumPy's {his.dtype}"
        if call.function == "np.partition":  # the order beside the kth place is free
            mine, his = np.sort(mine, axis=None), np.sort(his, axis=None)
        rounding = max(ROUNDING.get(str(x.dtype), 0) for x in (his, *_floats(call), _asked(call)))
        there = np.broadcast_to(call.arguments.get("where", True), his.shape) if _is_ufunc(call) else True
        with_order = (call.form == "huge") & ~np.isfinite(his) & np.isfinite(mine)  # NumPy's overflows on the way
        if not np.all(np.isclose(mine, his, rounding, rounding, equal_nan=True) | ~np.asarray(there) | with_order):
            return f"value {_short(mine)}, NumPy's {_short(his)}"
    return ""


def _changed(arrays: list[Array], before: list[bytes]) -> str:
    return "an operand is written into" if [x.tobytes() for x in arrays] != before else ""


def _asked(call: Call) -> Array:
    """A number of the dtype that the call asks for."""
    return np.zeros((), call.arguments.get("dtype"))


def _floats(call: Call) -> list[Array]:
    return [x for x in _operands(call) if x.dtype.kind == "f"]


def _is_ufunc(call: Call) -> bool:
    function = found(call.function)
    return isinstance(function, np.ufunc) or call.function.endswith(".outer")


def _short(x: Array) -> str:
    return np.array2string(x.ravel()[:4], precision=5, separator=",")


def _slopes_apart(
    call: Call, function: Any, arrays: list[Array], tensors: list[Tensor], ours: list[Any], theirs: list[Any]
) -> str:
    """Where a gradient differs from the central difference in a random direction, or ""."""
    generator = np.random.default_rng(7)
    moving = [i for i, tensor in enumerate(tensors) if tensor.requires_grad]
    chosen = [i for i, out in enumerate(ours) if isinstance(out, Tensor) and out.dtype.kind == "f"]
    g = {i: np.asarray(generator.uniform(0.5, 1.5, ours[i].shape), ours[i].dtype) for i in chosen}
    for i in chosen:
        if ours[i].requires_grad:
            ours[i].backward(g[i])
    directions = [np.asarray(generator.uniform(0.5, 1.5, arrays[i].shape)) for i in moving]
    if call.function in SYMMETRIC:
        directions = [t + np.swapaxes(t, -1, -2) for t in directions]
    directions = [np.asarray(t, arrays[i].dtype) for i, t in zip(moving, directions, strict=True)]

    def run(*variables: Tensor) -> list[Any]:
        given = {id(x): t for x, t in zip(arrays, tensors, strict=True)}
        given.update({id(arrays[i]): v for i, v in zip(moving, variables, strict=True)})
        outs = _leaves(_called(_ours(call, function), call, given))
        return [outs[i] for i in chosen]

    speeds: list[Any] = []
    if moving and chosen:
        speeds = [*map(np.asarray, vector.jvp(run, [arrays[i] for i in moving], directions)[1])]
    back = [np.zeros_like(arrays[i]) if (t := tensors[i].grad) is None else t for i in moving]
    if apart := _of_other_kind([arrays[i] for i in moving], back) or _of_other_kind(ours, speeds, chosen):
        return apart
    if apart := _adjoints_apart(call, [g[i] for i in chosen], speeds, back, directions):
        return apart
    if not moving or not all(np.all(np.isfinite(x)) and x.dtype.itemsize > 2 for x in arrays if x.dtype.kind == "f"):
        return ""
    if call.form in ("-0", "subnormal", "huge") or not all(np.all(np.isfinite(x)) for x in map(_numbers, theirs)):
        return ""
    return _moved_apart(call, function, arrays, moving, directions, ours, chosen, g, tensors, speeds)


def _of_other_kind(those: Sequence[Any], slopes: Sequence[Array], chosen: Sequence[int] | None = None) -> str:
    """Where a gradient, or a speed, has not the shape and dtype of what it belongs to, or ""."""
    for i, slope in zip(range(len(those)) if chosen is None else chosen, slopes, strict=False):
        if (slope.shape, slope.dtype) != (those[i].shape, those[i].dtype):
            return f"slopes {slope.dtype}{slope.shape} of {those[i].dtype}{those[i].shape}"
    return ""


def _adjoints_apart(call: Call, g: list[Array], speeds: list[Array], back: list[Array], directions: list[Array]) -> str:
    """Where ⟨g, J·t⟩ is not ⟨Jᵀ·g, t⟩, whatever the dtype, unless one is not finite."""
    ahead = [np.multiply(x, y, dtype=float) for x, y in zip(g, speeds, strict=True)] if speeds else []
    behind = [np.multiply(x, y, dtype=float) for x, y in zip(back, directions, strict=True)] if speeds else []
    both = [*ahead, *behind]
    scale = sum(float(np.sum(np.abs(x))) for x in both)
    gap = abs(sum(float(np.sum(x)) for x in ahead) - sum(float(np.sum(x)) for x in behind))
    tolerance = max([ROUNDING.get(str(_asked(call).dtype), 1e-9), *(ROUNDING[str(x.dtype)] for x in (*g, *back))])
    if np.isfinite(scale) and scale < 1e100 and gap > tolerance * scale + tolerance:
        return f"the adjoint: ⟨g, J·t⟩ − ⟨Jᵀ·g, t⟩ is {gap:.3g} among numbers of size {scale:.3g}"
    return ""


def _moved_apart(
    call: Call, function: Any, arrays: list[Array], moving: list[int], directions: list[Array], ours: list[Any],
    chosen: list[int], g: Mapping[int, Array], tensors: list[Tensor], speeds: list[Any],
) -> str:  # fmt: skip
    ends = _ends(call, function, arrays, moving, directions)
    if not ends:
        return ""
    there = call.arguments.get("where", True) if _is_ufunc(call) else True
    slopes = [np.where(there, _numbers(a) - _numbers(b), 0) / (2 * STEP) for a, b in zip(*ends, strict=True)]
    dtypes = [_asked(call).dtype, *(ours[i].dtype for i in chosen), *(arrays[i].dtype for i in moving)]
    tolerance = max([SLOPE, *(ROUNDING.get(str(dtype), 0) for dtype in dtypes)])
    plain = [i for i in range(len(ours)) if i not in chosen and np.asarray(ours[i]).dtype.kind == "f"]
    if call.function not in PLAIN_RESULTS and any(np.any(np.abs(slopes[i]) > tolerance) for i in plain):
        return "the graph is cut: a plain result moves with an operand"
    if not chosen:
        return ""
    for i, speed in zip(chosen, speeds, strict=True):
        if not np.allclose(np.asarray(speed, float), slopes[i], tolerance, tolerance):
            return f"forward mode {_short(np.asarray(speed))}, central differences {_short(np.asarray(slopes[i]))}"
    expected = sum(float(np.sum(g[i] * slopes[i])) for i in chosen)
    found_ = sum(
        float(np.sum(tensors[i].grad * t))
        for i, t in zip(moving, directions, strict=True)
        if tensors[i].grad is not None
    )
    if not np.isclose(found_, expected, 10 * tolerance, 10 * tolerance):
        return f"reverse mode gives {found_:.6g} in a direction, central differences {expected:.6g}"
    return ""


def _ends(call: Call, function: Any, arrays: list[Array], moving: list[int], directions: list[Array]) -> list[Any]:
    """NumPy's results a step ahead and a step back, in float64; none where the result is of whole numbers."""
    if (dtype := call.arguments.get("dtype")) is not None:
        if np.dtype(dtype).kind != "f":
            return []
        call = call._replace(arguments={**call.arguments, "dtype": np.float64})
    ends = []
    for sign in (STEP, -STEP):
        given = {id(x): x for x in arrays}
        for i, t in zip(moving, directions, strict=True):
            given[id(arrays[i])] = arrays[i].astype(float)  # in the same order of memory, which some functions read
            given[id(arrays[i])] += sign * t
        ends.append(_leaves(_called(function, call, given)))
    return ends


def _numbers(x: Any) -> Array:
    x = np.asarray(x)
    return x.astype(float) if x.dtype.kind in "biuf" else np.zeros(())
