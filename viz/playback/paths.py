"""The paths from a variable to the output, read off the ledger: its terms are the edges."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from viz.node import Node, Term

Uses = Mapping[int, Sequence[Term]]
"""The terms of each variable, by the variable's id(); the output has none."""


def count_paths(uses: Uses) -> dict[int, int]:
    """The number of paths from each variable to the output; linear in the number of terms, however many paths.

    `uses` has the ledger's order: each variable after all results that it is used in.
    """
    counts: dict[int, int] = {}
    for variable, terms in uses.items():
        counts[variable] = sum(counts[id(term.child)] for term in terms) if terms else 1
    return counts


def walk_paths(variable: Node, uses: Uses) -> Iterator[tuple[Term, ...]]:
    """Each path from `variable` to the output, as the terms along it. There can be exponentially many: count first."""
    stack: list[tuple[Any, tuple[Term, ...]]] = [(variable, ())]
    while stack:
        node, path = stack.pop()
        terms = uses[id(node)]
        if not terms:
            yield path
        stack.extend((term.child, (*path, term)) for term in reversed(terms))
