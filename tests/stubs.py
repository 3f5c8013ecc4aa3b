"""What type checkers and editors read of the methods and modules that rows make: `.pyi` files, written from the rows.

`python -m tests.pages` writes them; a test fails when one is out of date.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import scalar.methods
import vector.methods
from tests.coverage_page import ROOT
from vector.nn import pointwise

WRITTEN = '"""Made from the rule table by `python -m tests.pages`."""\n'


def stubs() -> Mapping[Path, str]:
    """Each file and its text."""
    return {
        ROOT / "scalar/methods.pyi": _methods(vars(scalar.rules), scalar.methods.Methods, "Value"),
        ROOT / "vector/methods.pyi": _methods(vars(vector.rules), vector.methods.Methods, "Tensor"),
        ROOT / "vector/nn/pointwise.pyi": "\n".join(_modules()),
    }


def _methods(rows: Mapping[str, scalar.op.Op | vector.op.Op], methods: type, result: str) -> str:
    """One line for each method."""
    lines = []
    for name in (name for name in vars(methods) if name[0] != "_"):
        others = _parameters(rows[name], f"{result} | float" if result == "Value" else "Any")
        arguments = ", ".join(["self", *others])
        lines.append(f'    def {name}({arguments}) -> {result}: """{rows[name].__doc__}"""')
    engine = methods.__module__.partition(".")[0]
    imports = [f"from {engine}.{result.lower()} import {result}\n"]
    if result == "Tensor":
        imports.insert(0, "from typing import Any\n")
    return "\n".join([WRITTEN, *imports, "class Methods:", *lines, ""])


def _parameters(op: scalar.op.Op | vector.op.Op, kind: str) -> Sequence[str]:
    """The operands after the first, with their defaults."""
    others = _operands(op)[1:]
    start = len(others) - len(op.defaults)
    return [f"{name}: {kind}" + (f" = {op.defaults[i - start]}" if i >= start else "") for i, name in enumerate(others)]


def _operands(op: scalar.op.Op | vector.op.Op) -> Sequence[str]:
    if op.operands or isinstance(op, scalar.op.Op):
        return op.operands
    return op.vjps[0].__code__.co_varnames[2 : op.vjps[0].__code__.co_argcount]


def _modules() -> Iterator[str]:
    """The class of each module, and its parameters."""
    yield f"{WRITTEN}\nfrom typing import Any\n\nfrom vector.nn.module import Module\nfrom vector.op import Op\n"
    yield "class Pointwise(Module):\n    op: Op\n    def __init__(self) -> None: ...\n"
    yield "def class_name(function: str) -> str: ...\n\nMODULES: dict[str, type[Pointwise]]\n"
    for kind in pointwise.MODULES.values():
        if kind.__name__ in vars(pointwise)["__all__"]:
            parameters = _parameters(kind.op, "float")
            start = "\n    " if parameters else " "
            yield f'class {kind.__name__}(Pointwise):{start}"""{kind.op.__doc__}"""'
            yield from (f"    {parameter.partition(' = ')[0]}" for parameter in parameters)
            if parameters:
                yield f"    def __init__({', '.join(['self', *parameters])}) -> None: ..."
    yield ""
