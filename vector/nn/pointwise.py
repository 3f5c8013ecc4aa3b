"""The activations of the rule table as modules: `nn.LeakyReLU(0.2)` is `vector.leaky_relu(x, 0.2)` of what comes in.

Type checkers and editors read `pointwise.pyi`, which `python -m tests.pages` writes.
"""

import re
from collections.abc import Callable
from typing import Any

from vector.nn.module import Module
from vector.op import Activation, Op
from vector.rules import elementwise


class Pointwise(Module):
    """A function of each number alone; its parameters are the operands of its row that have a default."""

    op: Op

    def __init__(self, *parameters: float, **named: float) -> None:
        completed = self.op.completed((None, *parameters), named) if self.op.defaults or parameters or named else ()
        vars(self).update(zip(self.op.operands[1:], completed[1:], strict=False))

    def __call__(self, x: Any) -> Any:
        """The function of each number."""
        return self.op(x, *[getattr(self, name) for name in self.op.operands[1:]])


def _fast_call(op: Op) -> Callable[[Pointwise, Any], Any]:
    """The same for a function without parameters or with one, in less time."""
    if not op.defaults:
        return lambda self, x: op(x)
    name = op.operands[1]
    return lambda self, x: op(x, getattr(self, name))


def class_name(function: str) -> str:
    """What PyTorch calls the module of a function.

    >>> [class_name(name) for name in ("tanh", "leaky_relu", "silu", "gelu", "logsigmoid")]
    ['Tanh', 'LeakyReLU', 'SiLU', 'GELU', 'LogSigmoid']
    """
    name = "".join(word.capitalize() for word in re.sub("^log", "log_", function).split("_"))
    return re.sub("[GSC]?[Ee]lu", lambda lu: lu[0].upper(), re.sub("(Re|Si)lu", r"\1LU", name))


MODULES: dict[str, type[Pointwise]] = {}
"""By the name of the function; of softplus and gelu those that take more than operands stand in `activations`."""

for _name in elementwise.__all__:
    _op = getattr(elementwise, _name)
    if isinstance(_op, Activation):
        _shown = ", ".join(f"{name}={{0.{name}}}" for name in _op.operands[1:])
        _body = {"op": _op, "_shown": _shown, "__doc__": _op.__doc__, "__module__": __name__}
        _body |= {"__call__": _fast_call(_op)} if len(_op.defaults) < 2 else {}
        MODULES[_name] = type(class_name(_name), (Pointwise,), _body)

__all__ = [kind.__name__ for name, kind in MODULES.items() if name not in ("gelu", "softplus")]
globals().update({kind.__name__: kind for kind in MODULES.values()})
