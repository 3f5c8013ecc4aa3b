"""Whose gradient is whose: the arguments and parameters of two sides, by name and shape, and their layouts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from demos.verification.side import Array, Numbers


class Pair(NamedTuple):
    """One variable under the names that two sides have for it."""

    ours: str
    theirs: str
    transposed: bool = False
    shape: tuple[int, ...] | None = None
    """Theirs, where the same numbers stand in another one."""

    def there(self, array: Array) -> Array:
        """Our numbers in their layout."""
        array = array.T if self.transposed else array
        return array if self.shape is None else array.reshape(self.shape)

    def back(self, array: Array, shape: tuple[int, ...]) -> Array:
        """Their numbers in our layout, of our shape."""
        return array.T if self.transposed else array.reshape(shape)


class Matching(NamedTuple):
    """What belongs together, and what is left over."""

    pairs: tuple[Pair, ...]
    only_ours: tuple[str, ...]
    only_theirs: tuple[str, ...]
    arguments: frozenset[str]
    """Theirs that are given by the caller."""

    def numbers(self, ours: Numbers, theirs: Numbers) -> dict[str, Array]:
        """Our numbers under their names; theirs where we have none."""
        found = {name: array.copy() for name, array in theirs.items()}
        for pair in self.pairs:
            found[pair.theirs] = pair.there(ours[pair.ours]).copy()
        widest = max((x.dtype for x in ours.values()), key=lambda dtype: dtype.itemsize)
        return {name: x if name in {p.theirs for p in self.pairs} else x.astype(widest) for name, x in found.items()}

    def notes(self) -> list[str]:
        """How layouts and names differ."""
        turned = [f"{p.ours} is transposed relative to PyTorch's {p.theirs}" for p in self.pairs if p.transposed]
        shaped = [
            f"{p.ours} has another shape than PyTorch's {p.theirs}: {p.shape}"
            for p in self.pairs
            if p.shape is not None
        ]
        known = [p for p in self.pairs if p.ours != p.theirs and p.theirs not in self.arguments and not p.transposed]
        called = ", ".join(f"{p.ours} is PyTorch's {p.theirs}" for p in known if p.shape is None)
        return [*turned, *shaped, *([called] if called else [])]


def match(ours: Numbers, theirs: Numbers, known: Mapping[str, str]) -> Matching:
    """Pair by name, then by the last part of the name, then by shape in order.

    Args:
        ours: by name.
        theirs: by name.
        known: their names of our arguments.
    """
    pairs = [pair for a, b in known.items() if (pair := _pair(a, b, ours, theirs))]
    left = [name for name in ours if name not in known]
    right = [name for name in theirs if name not in known.values()]

    def take(chosen: Sequence[Pair]) -> None:
        for pair in chosen:
            if pair.ours in left and pair.theirs in right:
                pairs.append(pair)
                left.remove(pair.ours)
                right.remove(pair.theirs)

    take([pair for name in left if name in right and (pair := _pair(name, name, ours, theirs))])
    same_end = [(a, b) for a in left for b in right if a.split(".")[-1].lower() == b.split(".")[-1].lower()]
    take([pair for a, b in _in_order(same_end, left, right, ours, theirs) if (pair := _pair(a, b, ours, theirs))])
    every = [(a, b) for a in left for b in right]
    take([pair for a, b in _in_order(every, left, right, ours, theirs) if (pair := _pair(a, b, ours, theirs))])
    return Matching(tuple(pairs), tuple(left), tuple(right), frozenset(known.values()))


def _in_order(
    candidates: Sequence[tuple[str, str]], left: Sequence[str], right: Sequence[str], ours: Numbers, theirs: Numbers
) -> list[tuple[str, str]]:
    """Each of ours with the first of theirs of the same shape, else of the reversed one, that is not yet taken."""
    taken: set[str] = set()
    found = []
    for reverse in (False, True):
        for a in left:
            if a in taken:
                continue
            shape = ours[a].shape[::-1] if reverse else ours[a].shape
            fits = [b for x, b in candidates if x == a and theirs[b].shape == shape and f"→{b}" not in taken]
            if fits:
                found.append((a, fits[0]))
                taken |= {a, f"→{fits[0]}"}
    return found


def _pair(a: str, b: str, ours: Numbers, theirs: Numbers) -> Pair | None:
    mine, other = ours[a].shape, theirs[b].shape
    if mine == other:
        return Pair(a, b)
    if mine == other[::-1] and len(mine) == 2:
        return Pair(a, b, transposed=True)
    return Pair(a, b, shape=other) if int(np.prod(mine)) == int(np.prod(other)) else None


def turned(matching: Matching, ours: Numbers) -> list[Matching]:
    """The matchings in which one square matrix, or all of them, is read the other way round."""
    square = [pair for pair in matching.pairs if ours[pair.ours].ndim == 2 and len(set(ours[pair.ours].shape)) == 1]
    square = [pair for pair in square if not np.array_equal(ours[pair.ours], ours[pair.ours].T)]

    def flipped(chosen: Sequence[Pair]) -> Matching:
        turn = [p._replace(transposed=not p.transposed) if p in chosen else p for p in matching.pairs]
        return matching._replace(pairs=tuple(turn))

    alone = [flipped([pair]) for pair in square[:8]]
    return [*alone, flipped(square)] if len(square) > 1 else alone
