"""The rule table as methods: `x.exp()` is `vector.exp(x)`, and `x.maximum(y)` is `vector.maximum(x, y)`.

Type checkers and editors read `methods.pyi`, which `python -m tests.pages` writes.
"""

from collections.abc import Callable
from typing import Any

from vector.op import Op
from vector.rules import elementwise


class Methods:
    """What the rows that both engines have give to `Tensor`."""

    __slots__ = ()


def _method(op: Op) -> Callable[..., Any]:
    if op.nin == 1:  # of other words only `out` may be meant; to read `**named` would take a twentieth longer
        return lambda self, out=None: self._apply(op, (self,)) if out is None else op(self, out=out)

    def method(self: Any, *others: Any, **named: Any) -> Any:
        return op(self, *others, **named)

    return method


for _name in elementwise.__all__:
    _function = _method(_op := getattr(elementwise, _name))
    _function.__name__, _function.__qualname__, _function.__doc__ = _name, f"Tensor.{_name}", _op.__doc__
    setattr(Methods, _name, _function)
