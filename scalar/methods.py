"""The rule table as methods: `x.exp()` is `scalar.exp(x)`, and `x.maximum(y)` is `scalar.maximum(x, y)`.

Type checkers and editors read `methods.pyi`, which `python -m tests.pages` writes.
"""

from collections.abc import Callable
from typing import Any

from scalar import rules
from scalar.op import Op, Stacked


class Methods:
    """What the rows of the rule table give to `Value`."""

    __slots__ = ()


def _method(op: Op) -> Callable[..., Any]:
    if len(op.operands) == 1:
        return lambda self: self._apply(op, self)

    def method(self: Any, *others: Any, **named: Any) -> Any:
        others = others or (() if named else op.defaults)
        if named or len(others) + 1 != len(op.operands):
            return self._apply(op, *op.completed((self, *others), named))
        return self._apply(op, self, *others)

    return method


for _name in rules.__all__:
    _op = getattr(rules, _name)
    if not isinstance(_op, Stacked):
        _function = _method(_op)
        _function.__name__, _function.__qualname__, _function.__doc__ = _name, f"Value.{_name}", _op.__doc__
        setattr(Methods, _name, _function)
