"""The link that holds a state of the page: `#e=(x + y)*z&x=-2&y=5&z=-4`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import quote

# Left as they are, so that a link can be read; browsers and their scripts keep them.
_READABLE = "()*+,/"


class Example(NamedTuple):
    """One of the expressions that the page offers."""

    title: str
    expression: str
    inputs: Mapping[str, float]

    @property
    def link(self) -> str:
        """The page with this expression."""
        return fragment(self.expression, self.inputs)


EXAMPLES = (
    Example("a first graph", "(x + y)*z", {"x": -2, "y": 5, "z": -4}),
    Example("two paths", "ln(x1) + x1*x2 - sin(x2)", {"x1": 2, "x2": 5}),
    Example("a neuron's loss", "(sigmoid(w*x + b) - t)**2 / 2", {"w": 0.8, "x": 1.5, "b": -0.3, "t": 0.2}),
    Example("kinks", "relu(x) + max(x, y)", {"x": 0, "y": 0}),
)


def fragment(expression: str, inputs: Mapping[str, float]) -> str:
    """The end of the address. No input is called e, for that is a constant of the grammar."""
    values = {name: f"{value:g}" if float(f"{value:g}") == value else repr(value) for name, value in inputs.items()}
    pairs = {"e": expression.strip(), **values}
    return "#" + "&".join(f"{quote(key)}={quote(text, safe=_READABLE)}" for key, text in pairs.items())
