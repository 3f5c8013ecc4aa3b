"""What PyTorch's names and parameters get here."""

import inspect
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

import vector
from tests.vocabulary.torch_names import names
from vector import Tensor, nn, optim, vocabulary

OPTIMIZER = optim.SGD([nn.parameter(np.ones(2))], lr=0.1)
OBJECTS: dict[str, tuple[str, Any]] = {
    "Tensor": ("t", Tensor(np.ones((2, 3)))), "torch": ("vector", vector), "nn": ("nn", nn),
    "nn.Module": ("model", nn.Linear(3, 2)), "nn.functional": ("nn.functional", nn.functional),
    "optim": ("optim", optim), "optim.Optimizer": ("optimizer", OPTIMIZER),
    "optim.lr_scheduler": ("optim.lr_scheduler", optim.lr_scheduler),
    "optim.Schedule": ("schedule", optim.StepLR(OPTIMIZER, 1)),
}  # fmt: skip
"""What stands for each of PyTorch's namespaces: how it is written here, and one of its kind."""


class Answer(NamedTuple):
    """What one name, or one parameter of it, gets."""

    space: str
    name: str
    parameter: str
    kind: str
    """"here", "answered", or "bare" for an error that helps nobody."""
    text: str


def of_name(space: str, name: str) -> Answer:
    """What a name gets."""
    try:
        getattr(OBJECTS[space][1], name)
    except AttributeError as error:
        _, answered, text = str(error).partition("; ")
        return Answer(space, name, "", "answered" if answered else "bare", text or str(error))
    except Exception as error:
        return Answer(space, name, "", "bare", repr(error))
    return Answer(space, name, "", "here", "")


def of_parameter(space: str, name: str, parameter: str) -> Answer:
    """What a parameter of a name that is here gets, as a keyword."""
    thing = getattr(OBJECTS[space][1], name)
    if parameter in _taken(thing):
        return Answer(space, name, parameter, "here", "")
    operands: Sequence[Any] = (
        [np.ones(3)] if space in ("torch", "nn.functional") and not isinstance(thing, type) else []
    )
    try:
        thing(*operands, **{parameter: float if parameter == "dtype" else 1})
    except TypeError as error:
        _, answered, text = str(error).partition("; ")
        return Answer(space, name, parameter, "answered" if answered else "bare", text or str(error))
    except Exception as error:
        return Answer(space, name, parameter, "bare", repr(error))
    return Answer(space, name, parameter, "here", "")


def _taken(thing: Any) -> Sequence[str]:
    if isinstance(thing, vector.op.Op):
        return thing.operands if thing.defaults else ()
    try:
        return [p.name for p in inspect.signature(thing).parameters.values() if p.kind is not p.VAR_POSITIONAL]
    except ValueError:  # a list and a dictionary do not say
        return ()


def answers() -> Iterator[Answer]:
    """All of them."""
    for space, table in names().items():
        for name, parameters in table.items():
            answer = of_name(space, name)
            yield answer
            if answer.kind == "here" and callable(getattr(OBJECTS[space][1], name)):
                yield from (of_parameter(space, name, parameter) for parameter in parameters)


def differences(space: str) -> Iterator[tuple[str, str]]:
    """(names, how they differ) of what has PyTorch's name and NumPy's meaning."""
    text = vocabulary.TABLE.read_text(encoding="utf-8").partition(f"\n[{space}]\n")[2].partition("\n[")[0]
    for line in text.splitlines():
        if line.startswith("~ "):
            same, _, how = line[2:].partition(": ")
            yield same, how
