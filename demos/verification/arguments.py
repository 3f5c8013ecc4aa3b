"""What a verified function is called with: numbers that are differentiated by, and what is held fixed."""

from __future__ import annotations

import ast
import inspect
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from demos.console import CommandError
from demos.expression import ExpressionError
from demos.parser import parse

FORMS = "2.5, -pi/2, [[1.0, 2.0], [3.0, 4.0]], x.npy, normal(3, 4), uniform(3), ones(2, 2), zeros(2), integers(10, 5)"
"""How a value may be written."""
MAX_ELEMENTS = 10_000_000


class Given(NamedTuple):
    """One argument."""

    value: Any
    """An array of floating-point numbers, or what is held fixed: whole numbers, a name, None."""
    varies: bool
    """Whether it is differentiated by."""
    narrow: bool = False
    """Whether it is an array in a dtype of the user's choice, narrower than that of a number as it is written."""


def read_arguments(assignments: Sequence[str]) -> dict[str, Any]:
    """`name=value` each, read and never executed; see `FORMS`. `@7` behind random numbers is their seed.

    Raises:
        CommandError: an assignment that cannot be read, or comes twice.
    """
    values: dict[str, Any] = {}
    for assignment in assignments:
        text, equals, value = assignment.partition("=")
        name = unicodedata.normalize("NFKC", text.strip())
        if not equals or not name.isidentifier():
            raise CommandError(f"expected name=value, such as x={FORMS.split(', ')[0]}, got {assignment!r}")
        if name in values:
            raise CommandError(f"{name} is given twice")
        values[name] = _read(name, value.strip())
    return values


def _read(name: str, text: str) -> Any:
    if text.endswith(".npy"):
        try:
            return np.load(Path(text), allow_pickle=False)
        except (OSError, ValueError, EOFError) as error:
            raise CommandError(f"{name}={text}: cannot read the array: {error}") from None
    try:
        tree = ast.parse(text, mode="eval").body
        return _drawn(name, tree) if _is_draw(tree) else ast.literal_eval(tree)
    except (SyntaxError, ValueError, TypeError, MemoryError, RecursionError):
        pass
    try:
        number = parse(text)
    except ExpressionError:
        number = None
    if number is None or number.names:
        raise CommandError(f"{name}={text}: expected a value such as {FORMS}")
    import math

    return float(number.evaluate(math, {}))


_DRAWS: Mapping[str, Callable[[np.random.Generator, tuple[int, ...]], Any]] = {
    "normal": lambda generator, shape: generator.standard_normal(shape),
    "uniform": lambda generator, shape: generator.random(shape),
    "ones": lambda _, shape: np.ones(shape),
    "zeros": lambda _, shape: np.zeros(shape),
    "integers": lambda generator, shape: generator.integers(shape[0], size=shape[1:]),
}


def _is_draw(tree: ast.expr) -> bool:
    call = tree.left if isinstance(tree, ast.BinOp) and isinstance(tree.op, ast.MatMult) else tree
    return isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in _DRAWS


def _drawn(name: str, tree: ast.expr) -> Any:
    """`normal(3, 4)@7`: numbers of a shape. Without a seed each name has numbers of its own, the same each time."""
    seed = list(name.encode())
    if isinstance(tree, ast.BinOp):
        seed, tree = [int(ast.literal_eval(tree.right))], tree.left
    if not isinstance(tree, ast.Call) or not isinstance(tree.func, ast.Name):
        raise ValueError("no draw")
    kind, sizes = tree.func.id, [ast.literal_eval(size) for size in tree.args]
    fits = all(isinstance(size, int) and size >= 0 for size in [*sizes, *seed]) and not tree.keywords
    if not fits or (kind == "integers" and not (sizes and sizes[0] > 0)):
        what = "integers(number of classes, *shape)" if kind == "integers" else f"{kind}(*shape)"
        raise CommandError(f"{name}={ast.unparse(tree)}: expected {what}, such as {what[: what.find('(')]}(3, 4)")
    if np.prod(sizes[kind == "integers" :], dtype=float) > MAX_ELEMENTS:
        raise CommandError(f"{name}={ast.unparse(tree)}: expected at most {MAX_ELEMENTS:,} elements")
    return _DRAWS[kind](np.random.default_rng(seed), tuple(sizes))


def taken_apart(inputs: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Arguments with dictionaries, and lists of arrays, as their leaves by name, and what they were, of these names.

    >>> taken_apart({"p": {"w": 1.0, "b": 2.0}, "x": [3.0, 4.0]})
    ({"p['w']": 1.0, "p['b']": 2.0, 'x': [3.0, 4.0]}, {'p': {'w': "p['w']", 'b': "p['b']"}})
    """
    leaves: dict[str, Any] = {}

    def named(path: str, value: Any) -> Any:
        if isinstance(value, dict):
            return {key: named(f"{path}[{key!r}]", part) for key, part in value.items()}
        if isinstance(value, (list, tuple)) and not _is_array(value):
            return type(value)(named(f"{path}[{i}]", part) for i, part in enumerate(value))
        leaves[path] = value
        return path

    found = {name: named(name, value) for name, value in inputs.items()}
    return leaves, {name: tree for name, tree in found.items() if tree != name}


def _is_array(value: Any) -> bool:
    """Whether a list is written numbers, and no list of arrays."""
    if isinstance(value, (list, tuple)):
        return all(map(_is_array, value))
    return isinstance(value, (int, float, str)) or value is None


def put_together(tree: Any, leaves: Mapping[str, Any]) -> Any:
    """The opposite for one argument."""
    if isinstance(tree, dict):
        return {key: put_together(part, leaves) for key, part in tree.items()}
    if isinstance(tree, (list, tuple)):
        return type(tree)(put_together(part, leaves) for part in tree)
    return leaves[tree]


def given(name: str, value: Any, annotation: Any = inspect.Parameter.empty) -> Given:
    """An argument as the judges take it: a whole number is meant as a float, unless it is annotated otherwise.

    Raises:
        CommandError: an array of complex numbers, of objects, or with NaN or infinity.
    """
    if hasattr(value, "detach"):  # a tensor of either library, whose numbers alone count
        value = value.detach()
        value = value.cpu().numpy() if hasattr(value, "cpu") else value.data
    annotated = annotation in (int, bool, str, "int", "bool", "str")
    if isinstance(value, (bool, str)) or value is None or (isinstance(value, int) and annotated):
        return Given(value, False)
    typed = isinstance(value, (np.ndarray, np.generic))
    try:
        array = np.array(float(value) if isinstance(value, int) else value)
    except (ValueError, OverflowError):  # a ragged list, or a number too large
        array = np.array(None)
    if array.dtype.kind in "biu" and array.size:
        return Given(array, False)
    if array.dtype.kind != "f":
        if typed or (isinstance(value, (list, tuple)) and all(isinstance(x, (int, float, list)) for x in value)):
            raise CommandError(f"{name}: expected an array of real numbers, got {_kind(value, array)}")
        return Given(value, False)
    if not np.isfinite(array).all():
        raise CommandError(f"{name}: expected finite numbers, got NaN or infinity; derivatives there say nothing")
    return Given(array, True, typed and array.dtype.itemsize < 8)


def _kind(value: Any, array: Any) -> str:
    return "rows of different lengths" if array.dtype.kind == "O" and isinstance(value, list) else f"{array.dtype}"


def parameters_of(function: Callable[..., Any]) -> list[inspect.Parameter] | None:
    """What a function is called with; None where Python cannot tell."""
    # A module of PyTorch's is called through its hooks, which take anything.
    function = getattr(function, "forward", function) if not inspect.isfunction(function) else function
    try:
        return list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return None


def check_names(what: str, parameters: Sequence[inspect.Parameter] | None, names: Sequence[str]) -> None:
    """Refuse arguments that a function does not have, and one that lacks a value.

    Raises:
        CommandError: with the function's own names.
    """
    if parameters is None or any(p.kind in (p.VAR_KEYWORD, p.VAR_POSITIONAL) for p in parameters):
        return
    known = [p.name for p in parameters]
    missing = [p.name for p in parameters if p.default is p.empty and p.name not in names]
    takes = f"{what} takes {', '.join(known) or 'nothing'}"
    for name in names:
        if name not in known:
            close = get_close_matches(name, missing, 1)
            hint = f"; for {close[0]}?" if close else f"; without a value: {', '.join(missing)}" if missing else ""
            raise CommandError(f"{takes}, and no {name}{hint}")
    if missing:
        raise CommandError(f"{takes}; add {' '.join(f'{name}=…' for name in missing)}")
