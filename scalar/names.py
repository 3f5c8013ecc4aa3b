"""What to call the variables of a graph: the user's labels, and v1, v2, … where there are none."""

from __future__ import annotations

import unicodedata
from collections import Counter
from typing import TYPE_CHECKING

from scalar.topology import reverse_topological

if TYPE_CHECKING:
    from scalar.value import Value

_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def name_all(root: Value) -> dict[Value, str]:
    """A distinct name for root and each variable below it, in order of creation.

    A label that several variables share gets subscripts (w₁, w₂, …); unlabelled variables are v1, v2, …;
    a constant's name is its number.
    """
    nodes = list(reverse_topological(root))[::-1]
    shared = {label for label, uses in Counter(node.label for node in nodes).items() if uses > 1}
    taken = {node.label for node in nodes}
    met: Counter[str] = Counter()
    names: dict[Value, str] = {}
    for node in nodes:
        if node.role == "constant":
            names[node] = f"{node.data:g}"
        elif node.label and node.label not in shared:
            names[node] = node.label
        else:
            names[node] = _next_name(node.label, met, taken)
    return names


def _next_name(label: str, met: Counter[str], taken: set[str]) -> str:
    """The first of w₁, w₂, … (v1, v2, … without a label) that is no label of the graph."""
    while True:
        met[label] += 1
        count = str(met[label])
        name = label + count.translate(_SUBSCRIPTS) if label else "v" + count
        if name not in taken:
            return name


def bar(name: str) -> str:
    """The name of a variable's gradient: w̄ for w, the bar over the first letter.

    >>> bar("L_reg")
    'L̄_reg'
    """
    return unicodedata.normalize("NFC", name[:1] + "\N{COMBINING MACRON}" + name[1:])
