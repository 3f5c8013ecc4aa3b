"""What must be the same for a checkpoint to be resumed: options, data, model, and callables, compared by value."""

import functools
import hashlib
import inspect
import pickle
from collections.abc import Callable, Mapping
from types import CodeType, FunctionType, MappingProxyType, ModuleType
from typing import Any

import numpy as np

from vector.nn import Module
from vector.tensor import Tensor
from vector.training.checkpoints.files import CheckpointError
from vector.training.checkpoints.snapshot import fingerprint
from vector.training.config import OPTIMIZERS, SCHEDULES, Config
from vector.training.samples import Samples

_FREE = ("keep", "checkpoint_seconds", "patience")  # options that change none of the steps already taken
_OURS = ("vector.", "demos.distortion.", "demos.prefetch")  # modules whose classes are described by values alone
_PLAIN = (bool, int, float, complex, str, bytes, type(None))


def requirements(model: Module, samples: Samples, config: Config, augment: Any = None, **made: Any) -> dict[str, Any]:
    """What decides the steps: architecture, dtypes, data, options, and callables that are not this library's."""
    options = {name: value for name, value in vars(config).items() if name not in _FREE}
    if callable(config.objective):
        options["objective"] = "a loss"
    if config.schedule == "constant":  # the others are stretched over the epochs
        options.pop("epochs")
    dtypes = sorted({p.dtype.name for p in model.parameters()})
    data = fingerprint(samples.x, samples.with_weight(), *(samples.validation or ()))
    made |= {"optimizer": OPTIMIZERS[config.optimizer], "schedule": SCHEDULES[config.schedule]}
    made |= {"objective": getattr(samples.objective, "given", type(samples.objective))}
    decide = {"augment": augment, **{f"{name}'s code": x for name, x in made.items() if not _is_ours(x)}}
    described: dict[str, str | None] = {}
    for name, x in decide.items():
        try:
            described[name] = None if x is None else description(x)
        except CheckpointError as error:
            raise CheckpointError(
                f"{name}: expected what a resumed training, or another process, can compare by its values, but {error}"
            ) from None
    return {"model": repr(model), "dtypes": dtypes, "data": data, **described, **options}


def with_former(theirs: Mapping[str, Any], ours: Mapping[str, Any], augment: Any) -> Mapping[str, Any]:
    """A checkpoint's requirements; an earlier version's, which name `augment` by its repr, as this version has them."""
    former = getattr(augment, "__qualname__", repr(augment))
    return {**theirs, "augment": ours["augment"]} if theirs.get("augment") == former else theirs


def _is_ours(x: Any) -> bool:
    return str(getattr(getattr(x, "func", x), "__module__", "")).startswith(_OURS)


def require_same(theirs: Mapping[str, Any], ours: Mapping[str, Any],
                 refuse: Callable[[str], Exception] = CheckpointError,
                 message: str = "it is of another training: its {name} is {theirs}, here {ours}") -> None:  # fmt: skip
    """Raise `refuse(message)` where the requirements differ, for the first name at which they do."""
    for name in sorted(ours.keys() | theirs.keys()):
        if ours.get(name) != theirs.get(name):
            there, here = (" ".join(repr(x.get(name)).split()) for x in (theirs, ours))
            first = next((i for i, (a, b) in enumerate(zip(there, here, strict=False)) if a != b), 0)
            there, here = (_short(text, max(0, first - 30)) for text in (there, here))
            raise refuse(message.format(name=name, theirs=there, ours=here))


def _short(text: str, start: int) -> str:
    """The text, or 78 characters of a longer one from `start` on."""
    return text if len(text) <= 80 else f"{'…' * (start > 0)}{text[start : start + 78]}{'…' * (len(text) > start + 78)}"


def description(x: Any, above: tuple[int, ...] = ()) -> str:
    """A text that is the same for equal values, and for callables of equal code, arguments, closures and attributes.

    >>> description(functools.partial(np.clip, a_min=0.0))
    "partial(args=tuple(), func=clip(), keywords=dict(tuple('a_min', 0.0)))"
    """
    if isinstance(x, _PLAIN):
        return repr(x)
    if id(x) in above:
        return "…"
    if hasattr(type(x), "__array__"):  # PyTorch's, too
        array = np.asarray(x.data if isinstance(x, Tensor) else x)
        return f"{array.dtype}{array.shape}#{_digest(array.tolist() if array.dtype == object else array.tobytes())}"
    text = functools.partial(description, above=(*above, id(x)))
    match x:
        case CodeType():
            return _digest((x.co_code, x.co_names, [*map(text, x.co_consts)]))
        case MappingProxyType():
            return _digest(sorted(map(text, x.items())))
        case list() | tuple():
            texts = [*map(text, x)]
        case dict():
            texts = sorted(map(text, x.items()))
        case set() | frozenset():
            texts = sorted(map(text, x))
        case _:
            texts = sorted(f"{name}={text(part)}" for name, part in _parts(x).items())
    return f"{getattr(x, '__qualname__', type(x).__qualname__)}({', '.join(texts)})"


def _parts(x: Any) -> dict[str, Any]:
    """By name, the values that a function reads, or that an object holds."""
    if isinstance(x, np.random.Generator | np.random.RandomState):
        raise CheckpointError("a random generator of its own would not go on where it stopped: use the one it is given")
    if isinstance(x, functools.partial):
        return {"func": x.func, "args": x.args, "keywords": x.keywords}
    if not isinstance(getattr(x, "__self__", x), ModuleType) and hasattr(x, "__self__"):  # a method
        return {"self": x.__self__}
    if hasattr(x, "__qualname__") and (isinstance(x, type) or str(x.__module__).startswith(("numpy", *_OURS))):
        return {}
    if isinstance(x, FunctionType):
        read = inspect.getclosurevars(x)
        own = {"code": x.__code__, "defaults": x.__defaults__, "keywords": x.__kwdefaults__}
        return _comparable(read.globals) | dict(read.nonlocals) | own
    slots = [name for kind in type(x).__mro__ for name in getattr(kind, "__slots__", ()) if hasattr(x, name)]
    in_python = all(getattr(type(x), name) is getattr(object, name) for name in ("__reduce_ex__", "__reduce__"))
    if in_python and (slots or hasattr(x, "__dict__")):
        kinds = [kind for kind in reversed(type(x).__mro__) if not kind.__module__.startswith(("builtins", *_OURS))]
        found = {name: part for kind in kinds for name, part in _comparable(vars(kind)).items()}
        does = {name: part for name, part in found.items() if name == "__call__" or not name.startswith("__")}
        own = getattr(x, "__dict__", {}) | {name: getattr(x, name) for name in slots}
        return own | {"class": MappingProxyType(does)} if does else own
    try:
        return {"value": pickle.dumps(x)}
    except Exception as error:  # pickle raises what it likes
        raise CheckpointError(f"a {type(x).__qualname__} cannot be compared ({error})") from None


def _comparable(values: Mapping[str, Any]) -> dict[str, Any]:
    """Among the globals that a function reads, or what a class defines: numbers, texts and functions."""
    return {name: value for name, value in values.items() if isinstance(value, (*_PLAIN, FunctionType))}


def _digest(x: Any) -> str:
    return hashlib.sha256(x if isinstance(x, bytes) else repr(x).encode()).hexdigest()[:12]
