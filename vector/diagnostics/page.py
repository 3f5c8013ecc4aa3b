"""The ledger in a notebook: its lines as data, which a script in assets/ draws, and as text where no script runs."""

from __future__ import annotations

import base64
import html as escaping
import json
from importlib import resources
from typing import TYPE_CHECKING, Any

import numpy as np

from vector.diagnostics import formula, notation
from vector.diagnostics.expression import Expression
from vector.names import bracketed, written

if TYPE_CHECKING:
    from vector.diagnostics.ledger import ChainRule

MOST_NUMBERS = 2**19  # in heat maps; arrays beyond are shown by their corners


def html(ledger: ChainRule) -> str:
    """A self-contained piece of HTML; a long ledger shows its first steps."""
    style, script = (
        resources.files(__package__).joinpath("assets", name).read_text(encoding="utf-8")
        for name in ("ledger.css", "ledger.js")
    )
    text = notation.text(ledger, notation.SHOWN)
    data = json.dumps(_data(ledger, text), separators=(",", ":")).replace("<", "\\u003c")
    return (
        f'<div class="twingrad-ledger"><style>{style}</style><pre tabindex="0">{escaping.escape(text)}</pre>'
        f'<script type="application/json">{data}</script><script>{script}</script></div>'
    )


def _data(ledger: ChainRule, text: str) -> dict[str, Any]:
    """The steps, the arrays in them, each once, and what the signs in the text mean."""
    symbols = ledger.symbols
    arrays: list[dict[str, Any]] = []
    places: dict[int, tuple[int, Any]] = {}
    room = [MOST_NUMBERS]

    def place(x: Any) -> int:
        """The array's place in the list."""
        if id(x) not in places:
            places[id(x)] = len(arrays), x
            arrays.append(_array(np.asarray(x), room))
        return places[id(x)][0]

    def piece(x: Any) -> Any:
        if isinstance(x, (str, Expression)):
            return x if isinstance(x, str) else bracketed(symbols.get(x.name, x.name))
        return {"array": place(x)} if np.ndim(x) else written(x, formula.DIGITS)

    def line(x: Expression) -> dict[str, Any]:
        sides = [[piece(y) for y in side] for side in notation.sides(x)]
        if np.ndim(x.value) and not notation.is_small(x.value):
            sides[-1][0]["made"] = formula.made(x, place)
        factors = [
            symbols.get(y.name, y.name) or formula.flat(y, symbols)
            for y in formula.numbers(x)
            if isinstance(y, Expression) and y.ndim
        ]
        return {"name": symbols.get(x.name, x.name), "sides": sides, "factors": factors}

    steps = [
        {"kind": kind, "parts": [{"lines": [*map(line, lines)], "why": why} for lines, why in found]}
        for kind, found in notation.parts(ledger, symbols, notation.SHOWN)
    ]
    hidden = notation.hidden(ledger, notation.SHOWN)
    return {"arrays": arrays, "steps": steps, "hidden": hidden, "signs": notation.legend(ledger, text)}


def _array(array: Any, room: list[int]) -> dict[str, Any]:
    """A small array as text, a large one for a heat map while there is room; the numbers for reading."""
    about: dict[str, Any] = {"shape": array.shape, "caption": ", ".join(notation.caption(array))}
    small, fits = notation.is_small(array), array.size <= room[0]
    if fits:
        room[0] -= array.size
        about["bits"] = 32 if array.dtype == np.float32 else 64
        about["data"] = base64.b64encode(np.ascontiguousarray(array, f"<f{about['bits'] // 8}").tobytes()).decode()
    if array.ndim and (small or not fits):
        slices = list(np.ndindex(array.shape[:-2])) if small else [()]
        about |= {"slices": [*map(list, slices)], "cells": [notation.cells(array[at]) for at in slices]}
    return about
