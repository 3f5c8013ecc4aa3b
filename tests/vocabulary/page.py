"""docs/vocabulary.md, made by `make vocabulary`: PyTorch's names beside NumPy's and ours."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from tests.vocabulary.answers import OBJECTS, Answer, answers, differences
from tests.vocabulary.torch_names import NAMESPACES, version

PAGE = Path(__file__).parents[2] / "docs" / "vocabulary.md"
HEAD = """\
# PyTorch's vocabulary, NumPy's, and the one here

Arrays are called as in NumPy; gradients, layers and optimizers as in PyTorch. {names} public names of PyTorch {version}
and {parameters} parameters of those that are here too:

| | here, by that name | answered: the error says what to write, or why there is none | bare error |
|---|---|---|---|
| names | {here} | {answered} | {bare} |
| parameters, as keywords | {here_} | {answered_} | {bare_} |

An unknown name is answered where it is looked up, an unknown keyword where the call fails; `hasattr` says no. Names
that end in `_` and change in place are answered like the name without, and are left out below.
This page is made by `make vocabulary`.
"""


def page() -> str:
    """The text of docs/vocabulary.md."""
    found = list(answers())
    of_names = Counter(it.kind for it in found if not it.parameter)
    of_parameters = Counter(it.kind for it in found if it.parameter)
    kinds = ("here", "answered", "bare")
    head = HEAD.format(
        version=version(), names=of_names.total(), parameters=of_parameters.total(),
        **{kind: of_names[kind] for kind in kinds}, **{f"{kind}_": of_parameters[kind] for kind in kinds},
    )  # fmt: skip
    parts = [head]
    for space, path in NAMESPACES.items():
        own = [it for it in found if it.space == space and not it.parameter and not it.name.endswith("_")]
        parts.append("\n".join([f"## `{path}`, here `{OBJECTS[space][0]}`\n", *_section(space, own), ""]))
    parts.append("\n".join(["## Keywords\n", *_table([it for it in found if it.parameter])]))
    return "\n".join(parts).rstrip("\n") + "\n"


def _section(space: str, own: Sequence[Answer]) -> Iterator[str]:
    here = [f"`{it.name}`" for it in own if it.kind == "here"]
    if here:
        yield f"By the same name: {' '.join(here)}\n"
    other = [f"| `{names}` | {how} |" for names, how in differences({"torch": "vector"}.get(space, space))]
    if other:
        yield "\n".join(["| the same name | NumPy's meaning, and PyTorch's |", "|---|---|", *other, ""])
    yield from _table(own)


def _table(own: Sequence[Answer]) -> Iterator[str]:
    """One row for each answer, with the names that get it and NumPy's word in it."""
    by_text: dict[str, dict[str, None]] = {}
    for it in own:
        if it.kind != "here":
            by_text.setdefault(it.text.replace("|", "\\|"), {})[f"`{it.parameter or it.name}`"] = None
    yield "| PyTorch | NumPy | here |"
    yield "|---|---|---|"
    for text, names in by_text.items():
        words = dict.fromkeys(re.findall(r"\b(?:np|t|x|vector)\.(\w+)", text))
        numpys = [f"`{word}`" for word in words if word in vars(np) or hasattr(np.ndarray, word)]
        yield f"| {' '.join(names)} | {' '.join(numpys)} | {text} |"
