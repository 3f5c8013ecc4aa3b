"""What a callable is, by value, so that a run's continuation, or another process, can tell whether it has the same."""

from __future__ import annotations

import functools
import hashlib
import pickle
from collections.abc import Iterable
from types import CodeType, FunctionType, MappingProxyType, ModuleType
from typing import Any

import numpy as np

from vector.tensor import Tensor
from vector.training.errors import CheckpointError

_PLAIN = (bool, int, float, complex, str, bytes, type(None))


def description(x: Any, above: tuple[int, ...] = ()) -> str:
    """A text that is the same for what does the same: name and code, arguments, values of the closure, attributes.

    above: the ids of the objects that this one is part of.

    Raises:
        CheckpointError: something in it cannot be compared.

    >>> description(functools.partial(np.clip, a_min=0.0))
    "partial(args=tuple(), func=clip(), keywords=dict(tuple('a_min', 0.0)))"
    """
    if isinstance(x, _PLAIN):
        return repr(x)
    if id(x) in above:
        return "…"

    def listed(values: Iterable[Any]) -> list[str]:
        return [description(value, (*above, id(x))) for value in values]

    if hasattr(type(x), "__array__"):  # PyTorch's, too
        array = np.asarray(x.data if isinstance(x, Tensor) else x)
        return f"{array.dtype}{array.shape}#{_digest(array.tolist() if array.dtype == object else array.tobytes())}"
    if isinstance(x, CodeType):
        return _digest((x.co_code, x.co_names, listed(x.co_consts)))
    if isinstance(x, MappingProxyType):
        return _digest(sorted(listed(x.items())))
    if isinstance(x, list | tuple):
        return f"{type(x).__name__}({', '.join(listed(x))})"
    if isinstance(x, dict | set | frozenset):
        return f"{type(x).__name__}({', '.join(sorted(listed(x.items() if isinstance(x, dict) else x)))})"
    parts = _parts(x)
    texts = [f"{name}={text}" for name, text in zip(parts, listed(parts.values()), strict=True)]
    return f"{getattr(x, '__qualname__', type(x).__qualname__)}({', '.join(sorted(texts))})"


def _parts(x: Any) -> dict[str, Any]:
    """By name, what a function reads, or an object holds."""
    if isinstance(x, np.random.Generator | np.random.RandomState):
        raise CheckpointError("a random generator of its own would not go on where it stopped: use the one it is given")
    if isinstance(x, functools.partial):
        return {"func": x.func, "args": x.args, "keywords": x.keywords}
    if not isinstance(getattr(x, "__self__", x), ModuleType) and hasattr(x, "__self__"):  # a method
        return {"self": x.__self__}
    if hasattr(x, "__qualname__") and (isinstance(x, type) or str(x.__module__).startswith(("numpy", "vector."))):
        return {}
    if isinstance(x, FunctionType):
        code, around = x.__code__, x.__globals__
        near = {
            name: around[name] for name in code.co_names if isinstance(around.get(name, len), (*_PLAIN, FunctionType))
        }
        cells = [cell.cell_contents for cell in x.__closure__ or ()]
        own = {"code": code, "defaults": x.__defaults__, "keywords": x.__kwdefaults__}
        return near | dict(zip(code.co_freevars, cells, strict=True)) | own
    slots = [name for kind in type(x).__mro__ for name in getattr(kind, "__slots__", ()) if hasattr(x, name)]
    in_python = all(getattr(type(x), name) is getattr(object, name) for name in ("__reduce_ex__", "__reduce__"))
    if in_python and (slots or hasattr(x, "__dict__")):
        kinds = [kind for kind in reversed(type(x).__mro__) if not kind.__module__.startswith(("builtins", "vector."))]
        does = {
            name: part
            for kind in kinds
            for name, part in vars(kind).items()
            if isinstance(part, (*_PLAIN, FunctionType)) and (name == "__call__" or not name.startswith("__"))
        }
        own = getattr(x, "__dict__", {}) | {name: getattr(x, name) for name in slots}
        return own | {"class": MappingProxyType(does)} if does else own
    try:
        return {"value": pickle.dumps(x)}
    except Exception as error:  # pickle raises what it likes
        raise CheckpointError(f"a {type(x).__qualname__} cannot be compared ({error})") from None


def _digest(x: Any) -> str:
    return hashlib.sha256(x if isinstance(x, bytes) else repr(x).encode()).hexdigest()[:12]
