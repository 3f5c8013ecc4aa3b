"""The mutants of a module: its syntax tree, with one node changed."""

import ast
import collections
import copy
import functools
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import CodeType
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[2]

MODULES = [
    "scalar/floats.py", "scalar/losses.py", "scalar/rules.py", "scalar/sweep.py", "scalar/transforms.py",
    "vector/sweep.py", "vector/transforms.py",
    *(str(path.relative_to(ROOT)) for folder in ("rules", "functions")
      for path in sorted((ROOT / "vector" / folder).glob("*.py")) if path.name != "__init__.py"),
]  # fmt: skip


class Mutant(NamedTuple):
    """One change."""

    module: str
    first: int
    """The lines of what is changed: the first, and the last."""
    last: int
    what: str
    """Before → after, and in what; numbered where the same change stands twice."""
    owner: str
    """The row or function at module level that it belongs to."""
    place: int
    """Its place among the mutants of its module."""

    @property
    def name(self) -> str:
        """What it is listed by: without the line, which moves."""
        return f"{self.module} {self.owner}: {self.what}"


OPERATORS: Mapping[type[ast.AST], Sequence[Any]] = {
    ast.Add: [ast.Sub], ast.Sub: [ast.Add], ast.Mult: [ast.Div], ast.Div: [ast.Mult], ast.Pow: [ast.Mult],
    ast.FloorDiv: [ast.Mult], ast.Mod: [ast.FloorDiv], ast.MatMult: [ast.Mult], ast.BitAnd: [ast.BitOr],
    ast.BitOr: [ast.BitAnd], ast.Lt: [ast.LtE, ast.Gt], ast.LtE: [ast.Lt, ast.GtE], ast.Gt: [ast.GtE, ast.Lt],
    ast.GtE: [ast.Gt, ast.LtE], ast.Eq: [ast.NotEq], ast.NotEq: [ast.Eq], ast.Is: [ast.IsNot], ast.IsNot: [ast.Is],
    ast.In: [ast.NotIn], ast.NotIn: [ast.In], ast.And: [ast.Or], ast.Or: [ast.And],
}  # fmt: skip
NEIGHBOURS = [
    ("sin", "cos"), ("sinh", "cosh"), ("minimum", "maximum"), ("min", "max"), ("log", "log1p"), ("exp", "expm1"),
    ("floor", "ceil"), ("isnan", "isinf"), ("any", "all"), ("sum", "prod"), ("zeros", "ones"), ("argmin", "argmax"),
    ("zeros_like", "ones_like"), ("triu", "tril"), ("less", "greater"), ("sqrt", "square"),
]  # fmt: skip
NEIGHBOUR = {**dict(NEIGHBOURS), **{b: a for a, b in NEIGHBOURS}}
COMMUTATIVE = {
    "maximum", "minimum", "add", "multiply", "hypot", "logaddexp", "max", "min", "equal", "not_equal", "convolve",
    "common_type", "result_type", "promote_types",
}  # fmt: skip
"""Functions whose first two arguments may change places; `x.swapaxes(i, j)` is another."""
UNCHANGED = {None, "meaning", "kinks", "stacklevel", "strict"}
"""Keywords that no number depends on: neither they nor their values are changed."""
OTHERS: Mapping[float, Sequence[float]] = {0: [1], 1: [0, 2], 2: [1, 3], 0.5: [1.0]}


def changes(node: ast.AST) -> Iterator[ast.AST]:  # noqa: C901  # a table of cases
    """The node, changed in each way there is."""
    if isinstance(node, ast.BinOp):
        for new in OPERATORS.get(type(node.op), ()):
            yield ast.BinOp(node.left, new(), node.right)
        if isinstance(node.op, (ast.Add, ast.Sub, ast.Mult)):
            yield node.left
            yield node.right
    elif isinstance(node, ast.Compare) and len(node.ops) == 1:
        for new in OPERATORS.get(type(node.ops[0]), ()):
            yield ast.Compare(node.left, [new()], node.comparators)
    elif isinstance(node, ast.BoolOp):
        yield ast.BoolOp(OPERATORS[type(node.op)][0](), node.values)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.Not, ast.Invert)):
        yield node.operand
    elif isinstance(node, ast.Constant) and type(node.value) in (int, float, bool):
        yield from map(ast.Constant, _other_numbers(node.value))
    elif isinstance(node, ast.IfExp):
        yield ast.IfExp(ast.UnaryOp(ast.Not(), node.test), node.body, node.orelse)
    elif isinstance(node, ast.If):
        yield ast.If(ast.UnaryOp(ast.Not(), node.test), node.body, node.orelse)
        if not node.orelse:
            yield ast.Pass()
    elif isinstance(node, ast.AugAssign) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)):
        yield ast.Pass()
    elif isinstance(node, ast.Call):
        yield from _other_calls(node)


def _other_numbers(number: Any) -> Sequence[Any]:
    if isinstance(number, bool):
        return [not number]
    return OTHERS.get(number, [number + 1])


def _other_calls(call: ast.Call) -> Iterator[ast.Call]:
    name = _called(call)
    if name in NEIGHBOUR:
        other: ast.expr = ast.Name(NEIGHBOUR[name], ast.Load())
        if isinstance(call.func, ast.Attribute):
            other = ast.Attribute(call.func.value, NEIGHBOUR[name], ast.Load())
        yield ast.Call(other, call.args, call.keywords)
    commutes = name in COMMUTATIVE or (name == "swapaxes" and len(call.args) == 2)
    if len(call.args) > 1 and not commutes and not any(isinstance(x, ast.Starred) for x in call.args[:2]):
        yield ast.Call(call.func, [call.args[1], call.args[0], *call.args[2:]], call.keywords)
    for i, keyword in enumerate(call.keywords):
        if keyword.arg not in UNCHANGED:
            yield ast.Call(call.func, call.args, call.keywords[:i] + call.keywords[i + 1 :])


def _called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _skipped(node: ast.AST) -> bool:
    """What computes no number: annotations, messages, the lines that raise, and some keywords."""
    if isinstance(node, ast.keyword):
        return node.arg in UNCHANGED - {None}
    return isinstance(node, (ast.Raise, ast.JoinedStr, ast.arg, ast.Import, ast.ImportFrom, ast.Assert))


def _places(node: ast.AST, owner: str) -> Iterator[tuple[ast.AST, str, Any, str]]:
    """(parent, field, index, owner) of each node that may be changed."""
    for field, value in ast.iter_fields(node):
        if field in ("returns", "annotation", "decorator_list", "type_params"):
            continue
        children: Any = enumerate(value) if isinstance(value, list) else [(None, value)]
        for i, child in children:
            if isinstance(child, ast.AST) and not (_skipped(child) or _for_type_checkers(child)):
                of = owner or named(child)
                if of:
                    yield node, field, i, of
                yield from _places(child, of)


def _free_sizes(tree: ast.AST) -> set[ast.AST]:
    """The −1 of `reshape(x, (-1, 1))`: any negative number leaves a size free."""
    calls = [x for x in ast.walk(tree) if isinstance(x, ast.Call) and _called(x) == "reshape"]
    shapes = [x for call in calls for x in (*call.args, *(keyword.value for keyword in call.keywords))]
    sizes = [x for shape in shapes for x in getattr(shape, "elts", [shape])]
    return {part for x in sizes if ast.unparse(x) == "-1" for part in ast.walk(x)}


def _for_type_checkers(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"


def named(node: ast.AST) -> str:
    """The name that a statement at module level gives; none where it is a type's, as `Axes = int | tuple[int, ...]`."""
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        return node.name
    target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
    if isinstance(node, ast.Assign) and isinstance(node.value, ast.BinOp) and ast.unparse(node.targets[0]).istitle():
        return ""
    if isinstance(target, ast.Tuple):
        target = target.elts[0]
    return target.id if isinstance(target, ast.Name) and target.id != "__all__" else ""


def mutants(module: str, text: str | None = None) -> Iterator[Mutant]:
    """Every mutant of a module, a path from the repository's root."""
    seen: collections.Counter[tuple[str, str]] = collections.Counter()
    every = _changed(parsed(module, text)) if text else _changes_of(module)[1]
    for place, (parent, node, new, owner) in enumerate(every):
        what = f"{_told(node)} → {_told(new)}"
        if isinstance(node, (ast.Constant, ast.Name)):
            what += f" in {_told(parent)}"
        seen[owner, what] += 1
        number = seen[owner, what]
        what += f" ({number})" if number > 1 else ""
        yield Mutant(module, node.lineno, node.end_lineno or node.lineno, what, owner, place)


def parsed(module: str, text: str | None = None) -> ast.Module:
    """The tree of a module."""
    return ast.parse(text if text is not None else (ROOT / module).read_text(encoding="utf-8"))


def compiled(mutant: Mutant | str) -> CodeType:
    """The code of a mutant, or of a module as it is: with the same lines and columns but for the change."""
    module = mutant if isinstance(mutant, str) else mutant.module
    tree, every = _changes_of(module)
    if isinstance(mutant, str):
        return compile(tree, str(ROOT / module), "exec")
    parent, node, new, _ = every[mutant.place]
    new = ast.fix_missing_locations(ast.copy_location(copy.deepcopy(new), node))
    _put(parent, node, new)
    try:
        return compile(tree, str(ROOT / module), "exec")
    finally:
        _put(parent, new, node)


@functools.cache
def _changes_of(module: str) -> tuple[ast.Module, list[tuple[ast.AST, Any, ast.AST, str]]]:
    tree = parsed(module)
    return tree, list(_changed(tree))


def _changed(tree: ast.Module) -> Iterator[tuple[ast.AST, Any, ast.AST, str]]:
    """(parent, node, changed node, owner) of each change."""
    free = _free_sizes(tree)
    for parent, field, index, owner in list(_places(tree, "")):
        held = getattr(parent, field)
        node = held if index is None else held[index]
        for new in changes(node) if node not in free else ():
            if ast.unparse(ast.fix_missing_locations(new)) != ast.unparse(node):
                yield parent, node, new, owner


def _put(parent: ast.AST, node: ast.AST, new: ast.AST) -> None:
    """Another node in the place of a node."""
    for field, value in ast.iter_fields(parent):
        if value is node:
            setattr(parent, field, new)
        elif isinstance(value, list):
            value[:] = [new if x is node else x for x in value]


def _told(node: ast.AST) -> str:
    text = ast.unparse(node.test if isinstance(node, ast.If) else node)
    return " ".join(text.split())[:100]


@functools.cache
def users(module: str, name: str) -> tuple[set[str], set[int]]:
    """The row or function, or, where it is private, the public ones that lead to it; and the lines of all of them."""
    tree = parsed(module)
    nodes = {of: node for node in tree.body if (of := named(node))}
    uses = {of: {x.id for x in ast.walk(node) if isinstance(x, ast.Name)} for of, node in nodes.items()}
    found, look = {name}, [name]
    while look:
        wanted = look.pop()
        if wanted.startswith("_") or wanted.isupper():
            new = {of for of, names in uses.items() if wanted in names} - found
            found |= new
            look += new
    public = {of for of in found if not of.startswith("_")} or {name.strip("_")}
    lines = {i for of in found for i in range(nodes[of].lineno, (nodes[of].end_lineno or 0) + 1)}
    return public, lines
