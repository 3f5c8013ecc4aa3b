"""The names that PyTorch gives to its users, and the parameters of each.

`python -m tests.vocabulary.torch_names` reads them from the PyTorch that is installed into torch_names.json.
"""

import inspect
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

TABLE = Path(__file__).with_name("torch_names.json")

NAMESPACES = {
    "Tensor": "torch.Tensor", "torch": "torch", "nn": "torch.nn", "nn.Module": "torch.nn.Module",
    "nn.functional": "torch.nn.functional", "optim": "torch.optim", "optim.Optimizer": "torch.optim.Optimizer",
    "optim.lr_scheduler": "torch.optim.lr_scheduler", "optim.Schedule": "torch.optim.lr_scheduler.LRScheduler",
}  # fmt: skip
SEEN_ON_OBJECTS = {
    "optim.Optimizer": ("param_groups", "state", "defaults"),
    "optim.Schedule": ("base_lrs", "last_epoch"),
}
"""What an object has beside what its class shows."""

MODULES = frozenset({
    "amp", "autograd", "backends", "cuda", "distributed", "distributions", "fft", "func", "functional", "hub", "jit",
    "linalg", "mps", "nn", "onnx", "optim", "profiler", "random", "sparse", "special", "testing", "utils", "init",
    "lr_scheduler", "parameter", "swa_utils",
})  # fmt: skip
CLASSES = frozenset({
    "BoolTensor", "ByteTensor", "CharTensor", "DoubleTensor", "FloatTensor", "Generator", "HalfTensor", "IntTensor",
    "LongTensor", "ShortTensor", "Size", "Tensor", "autocast", "device", "dtype", "enable_grad", "finfo", "iinfo",
    "inference_mode", "no_grad", "set_grad_enabled",
})  # fmt: skip
"""The modules, and of torch itself the classes, that are written in models; the others are machinery."""


def names() -> Mapping[str, Mapping[str, list[str]]]:
    """The committed table: namespace → name → parameters."""
    return json.loads(TABLE.read_text(encoding="utf-8"))["names"]


def version() -> str:
    """The version of PyTorch that the table was read from."""
    return json.loads(TABLE.read_text(encoding="utf-8"))["torch"]


def installed(space: str) -> Iterator[tuple[str, list[str]]]:
    """(name, parameters) of each public name that the installed PyTorch has there."""
    import torch

    owner: Any = torch
    for part in NAMESPACES[space].split(".")[1:]:
        owner = getattr(owner, part)
    for name in (*dir(owner), *SEEN_ON_OBJECTS.get(space, ())):
        thing = getattr(owner, name, None)
        if not name.startswith("_") and _meant(space, name, thing):
            yield name, parameters(thing)


def _meant(space: str, name: str, thing: Any) -> bool:
    """Whether users are to write the name, in an expression."""
    if NAMESPACES[space].rpartition(".")[2][0].isupper():  # a class
        return True
    home = str(getattr(thing, "__module__", None) or "torch" * (space == "torch")).partition(".")[0]
    if inspect.ismodule(thing):
        return name in MODULES
    if space == "torch":
        kind = type(thing).__name__
        named = isinstance(thing, (float, type(None))) or kind == "dtype"
        return named or name in CLASSES or (callable(thing) and not isinstance(thing, type) and home == "torch")
    return home == "torch" and (name not in CLASSES) and (name != "Optimizer" or space == "optim")


def parameters(thing: Any) -> list[str]:
    """The names of what a function or class takes; of builtin ones, as the first lines of their docstrings say."""
    if not callable(thing):
        return []
    try:
        signature = inspect.signature(thing)
        return [
            name
            for name, p in signature.parameters.items()
            if name != "self" and p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)
        ]
    except (TypeError, ValueError):
        pass
    found: dict[str, None] = {}
    for line in re.findall(r"^\s*[\w.]*\((.*)\) *(?:->.*)?$", thing.__doc__ or "", re.MULTILINE):
        found |= dict.fromkeys(re.findall(r"(?:^|[,( ])\*?(?:\w+ )?([a-z]\w*) *(?=[,=)]|$)", line))
    return [name for name in found if name not in ("self", "None", "True", "False")]


def read() -> str:
    """The text of torch_names.json."""
    import torch

    spaces = []
    for space in NAMESPACES:
        rows = ",\n".join(f"   {json.dumps(name)}: {json.dumps(taken)}" for name, taken in installed(space))
        spaces.append(f'  "{space}": {{\n{rows}\n  }}')
    version = torch.__version__.partition("+")[0]
    return f'{{"torch": "{version}", "names": {{\n' + ",\n".join(spaces) + "\n}}\n"


if __name__ == "__main__":
    TABLE.write_text(read(), encoding="utf-8")
