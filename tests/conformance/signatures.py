"""What the functions of NumPy that `vector` covers take, as NumPy's own signatures name it.

`python -m tests.conformance.signatures` reads them from the NumPy that is installed, which should be the newest, into
signatures.json. An older NumPy is tested on the parameters that it has too.
"""

import functools
import inspect
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from tests.coverage import COVERED, numpy_name
from vector import numpy_protocol

TABLE = Path(__file__).with_name("signatures.json")
METHODS: tuple[str, ...] = (
    "__abs__", "__add__", "__divmod__", "__eq__", "__floordiv__", "__ge__", "__getitem__", "__gt__", "__le__", "__lt__",
    "__matmul__", "__mod__", "__mul__", "__ne__", "__neg__", "__pos__", "__pow__", "__radd__", "__rdivmod__",
    "__rfloordiv__", "__rmatmul__", "__rmod__", "__rmul__", "__rpow__", "__rsub__", "__rtruediv__", "__sub__",
    "__truediv__",
    "all", "any", "argmax", "argmin", "argsort", "astype", "choose", "clip", "compress", "conj", "conjugate", "copy",
    "cumprod", "cumsum", "diagonal", "dot", "flatten", "item", "max", "mean", "min", "nonzero", "prod", "ravel",
    "repeat", "reshape", "round", "searchsorted", "squeeze", "std", "sum", "swapaxes", "take", "tolist", "trace",
    "transpose", "var",
)  # fmt: skip
"""The methods of an array that neither write into it nor speak of its memory."""


class Parameter(NamedTuple):
    """One parameter of one function."""

    name: str
    kind: str
    default: str | None
    """As Python writes it; None where there is none."""


def names() -> Iterator[str]:
    """Functions, methods of ufuncs, and methods of arrays."""
    yield from (numpy_name(function) for function in COVERED)
    for method, functions in numpy_protocol.METHODS.items():
        if method != "__call__":
            yield from (f"np.{ufunc.__name__}.{method}" for ufunc in functions)
    yield from (f"np.ndarray.{name}" for name in METHODS)


@functools.cache
def found(name: str) -> Callable[..., Any] | None:
    """NumPy's function of this name, if the NumPy that is installed has it."""
    function: Any = np
    for part in name.split(".")[1:]:
        function = getattr(function, part, None)
    return function


def installed(name: str) -> list[inspect.Parameter]:
    """The parameters of a function of the NumPy that is installed; what it hides in **kwargs are those of np.sum."""
    function = found(name)
    if function is None:
        return []
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except ValueError:  # NumPy 2.3 and before give their C functions no signature
        return []
    hidden = name.rpartition(".")[2] if "ndarray" in name else "sum"
    if parameters and parameters[-1].kind is inspect.Parameter.VAR_KEYWORD and name.count(".") == 2:
        own = {parameter.name for parameter in parameters}
        whole = inspect.signature(getattr(np, hidden)).parameters.values()
        parameters[-1:] = [
            p.replace(kind=p.KEYWORD_ONLY) for p in whole if p.default is not p.empty and p.name not in own
        ]
    return [p for p in parameters if p.kind is not p.VAR_KEYWORD]


@functools.cache
def signatures() -> Mapping[str, list[Parameter]]:
    """The committed table, without what the NumPy that is installed has not."""
    table = json.loads(TABLE.read_text(encoding="utf-8"))["functions"]
    out: dict[str, list[Parameter]] = {}
    for name, rows in table.items():
        if found(name) is not None:
            there = {parameter.name for parameter in installed(name)}
            out[name] = [Parameter(*row) for row in rows if not there or row[0] in there]
    return out


def read() -> str:
    """The text of signatures.json."""
    functions = {
        name: [
            Parameter(p.name, p.kind.name, None if p.default is p.empty else repr(p.default)) for p in installed(name)
        ]
        for name in names()
    }
    lines = ",\n".join(f"  {json.dumps(name)}: {json.dumps(rows)}" for name, rows in functions.items())
    return f'{{"numpy": "{np.__version__}", "functions": {{\n{lines}\n}}}}\n'


if __name__ == "__main__":
    TABLE.write_text(read(), encoding="utf-8")
