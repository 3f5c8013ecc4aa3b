"""Which changes of the engines do the tests let pass? `python -m tests.mutants --seed 1 --count 400`; `make mutants`.

A mutant is the source of one module with one node changed: a sign, an operator, a constant, a comparison, a neighbour's
function. It is imported in the place of the module, in a process forked from one that has loaded NumPy, PyTorch and
pytest, and meets only the tests of its row or function, or of its module. What survives is a hole in the tests, or an
equivalent of the engine: those stand in tests/mutants_equivalent.txt, each with its reason.
"""

import argparse
import ast
import collections
import contextlib
import copy
import importlib.abc
import importlib.machinery
import importlib.util
import os
import random
import signal
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[1]
EQUIVALENT = Path(__file__).with_name("mutants_equivalent.txt")
LIMIT = 90
"""Seconds after which a mutant counts as killed: it does not come to an end."""

MODULES = [
    "scalar/rules.py", "scalar/sweep.py", "scalar/transforms.py", "vector/sweep.py", "vector/transforms.py",
    *(str(path.relative_to(ROOT)) for folder in ("rules", "functions")
      for path in sorted((ROOT / "vector" / folder).glob("*.py")) if path.name != "__init__.py"),
]  # fmt: skip
ROW_TESTS: Mapping[str, Sequence[str]] = {
    "scalar": ["tests/scalar/test_ops.py", "tests/scalar/test_value.py", "tests/scalar/test_losses.py",
               "tests/scalar/diagnostics/test_conventions.py", "tests/twins/test_rows.py"],
    "vector": [
        "tests/vector/test_ops.py", "tests/vector/test_special.py", "tests/vector/test_edges.py",
        "tests/vector/test_axes.py", "tests/vector/test_dtypes.py", "tests/vector/test_real.py",
        "tests/vector/test_linalg.py", "tests/vector/test_einsum.py", "tests/vector/test_lists.py",
        "tests/vector/test_numpy_protocol.py", "tests/vector/test_moving.py", "tests/vector/test_broadcasting.py",
        "tests/vector/diagnostics/test_conventions.py", "tests/vector/diagnostics/test_reading.py",
        "tests/twins/test_ops.py", "tests/twins/test_rows.py",
    ],
}  # fmt: skip
MODULE_TESTS: Mapping[str, Sequence[str]] = {
    "scalar/sweep.py": [
        "tests/scalar/test_backward.py", "tests/scalar/test_transforms.py", "tests/scalar/test_value.py",
    ],
    "scalar/transforms.py": ["tests/scalar/test_transforms.py"],
    "vector/sweep.py": [
        "tests/vector/test_backward.py", "tests/vector/test_walk.py", "tests/vector/test_state_machine.py",
        "tests/vector/test_in_place.py", "tests/vector/test_broadcasting.py", "tests/vector/test_dtypes.py",
        "tests/twins/test_random_functions.py",
    ],
    "vector/transforms.py": ["tests/twins/test_random_functions.py", "tests/vector/test_real.py",
                             "tests/vector/test_axes.py", "tests/vector/test_walk.py"],
}  # fmt: skip


class Mutant(NamedTuple):
    """One change."""

    module: str
    line: int
    what: str
    """The statement's or expression's text, before → after."""
    owner: str
    """The row or function at module level that it belongs to."""
    source: str

    @property
    def name(self) -> str:
        """What it is listed by: without the line, which moves."""
        return f"{self.module} {self.owner}: {self.what}"


# ---------------------------------------------------------------- changes of one node

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
    elif isinstance(node, ast.Call):
        yield from _other_calls(node)


OTHERS: Mapping[float, Sequence[float]] = {0: [1], 1: [0, 2], 2: [1, 3], 0.5: [1.0]}


def _other_numbers(number: Any) -> Sequence[Any]:
    if isinstance(number, bool):
        return [not number]
    return OTHERS.get(number, [number + 1])


def _other_calls(call: ast.Call) -> Iterator[ast.Call]:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if name in NEIGHBOUR:
        other: ast.expr = ast.Name(NEIGHBOUR[name], ast.Load())
        if isinstance(call.func, ast.Attribute):
            other = ast.Attribute(call.func.value, NEIGHBOUR[name], ast.Load())
        yield ast.Call(other, call.args, call.keywords)
    if len(call.args) > 1 and not any(isinstance(x, ast.Starred) for x in call.args[:2]):
        yield ast.Call(call.func, [call.args[1], call.args[0], *call.args[2:]], call.keywords)
    for i, keyword in enumerate(call.keywords):
        if keyword.arg not in (None, "meaning", "kinks", "stacklevel"):
            yield ast.Call(call.func, call.args, call.keywords[:i] + call.keywords[i + 1 :])


def _skipped(node: ast.AST) -> bool:
    """What computes no number: annotations, messages, and the lines that raise."""
    return isinstance(node, (ast.Raise, ast.JoinedStr, ast.arg, ast.AnnAssign, ast.Import, ast.ImportFrom, ast.Assert))


def _places(node: ast.AST, owner: str) -> Iterator[tuple[ast.AST, str, Any, str]]:
    """(parent, field, index, owner) of each node that may be changed."""
    for field, value in ast.iter_fields(node):
        if field in ("returns", "annotation", "decorator_list", "type_params"):
            continue
        children: Any = enumerate(value) if isinstance(value, list) else [(None, value)]
        for i, child in children:
            if isinstance(child, ast.AST) and not _skipped(child):
                of = owner or _named(child)
                if of or isinstance(node, ast.Module):
                    yield node, field, i, of
                yield from _places(child, of)


def _named(node: ast.AST) -> str:
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        return node.name
    target = node.targets[0] if isinstance(node, ast.Assign) else None
    return target.id if isinstance(target, ast.Name) and target.id != "__all__" else ""


def mutants(module: str, text: str | None = None) -> Iterator[Mutant]:
    """Every mutant of a module, a path from the repository's root."""
    tree = ast.parse(text if text is not None else (ROOT / module).read_text(encoding="utf-8"))
    for parent, field, index, owner in list(_places(tree, "")):
        held = getattr(parent, field)
        node = held if index is None else held[index]
        for new in changes(node):
            new = ast.copy_location(copy.deepcopy(new), node)
            _put(parent, field, index, new)
            what = f"{_told(node)} → {_told(new)}"
            if ast.unparse(node) != ast.unparse(new):
                yield Mutant(module, node.lineno, what, owner, ast.unparse(ast.fix_missing_locations(tree)))
            _put(parent, field, index, node)


def _put(parent: ast.AST, field: str, index: Any, node: ast.AST) -> None:
    if index is None:
        setattr(parent, field, node)
    else:
        getattr(parent, field)[index] = node


def _told(node: ast.AST) -> str:
    text = ast.unparse(node.test if isinstance(node, ast.If) else node)
    return " ".join(text.split())[:100]


# ---------------------------------------------------------------- the tests of a mutant


def tests_of(mutant: Mutant) -> list[str]:
    """What pytest is given: the tests whose names name the row, or a row or function that uses it."""
    if mutant.module in MODULE_TESTS:
        return list(MODULE_TESTS[mutant.module])
    names = sorted(_users(mutant.module, mutant.owner))
    return [*ROW_TESTS[mutant.module.partition("/")[0]], "-k", " or ".join(names)]


def _users(module: str, name: str) -> set[str]:
    """The name, or, where it is private, the public ones that lead to it."""
    tree = ast.parse((ROOT / module).read_text(encoding="utf-8"))
    uses = {of: {x.id for x in ast.walk(node) if isinstance(x, ast.Name)} for node in tree.body if (of := _named(node))}
    found, look = {name}, [name]
    while look:
        wanted = look.pop()
        if not wanted.startswith("_"):
            continue
        new = {of for of, names in uses.items() if wanted in names} - found
        found |= new
        look += new
    public = {of for of in found if not of.startswith("_")}
    return public or {name.strip("_")}


class _Substitute(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports the mutant in the place of its module."""

    def __init__(self, mutant: Mutant) -> None:
        self.mutant = mutant
        self.name = mutant.module.removesuffix(".py").replace("/", ".")

    def find_spec(self, fullname: str, path: Any, target: Any = None) -> importlib.machinery.ModuleSpec | None:
        if fullname != self.name:
            return None
        return importlib.util.spec_from_file_location(fullname, ROOT / self.mutant.module, loader=self)

    def exec_module(self, module: ModuleType) -> None:
        exec(compile(self.mutant.source, str(ROOT / self.mutant.module), "exec"), vars(module))  # noqa: S102


def begun(mutant: Mutant, tests: Sequence[str] | None = None) -> int:
    """The id of a process in which the mutant meets its tests; its exit status is pytest's."""
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        status = 1
        with contextlib.suppress(BaseException):
            status = _run(mutant, tests_of(mutant) if tests is None else tests)
        os._exit(status)
    return child


def killed(child: int, until: float) -> bool | None:
    """Whether a test failed, or the engine could not even be imported; None while it runs."""
    done, status = os.waitpid(child, os.WNOHANG)
    if done:
        return os.waitstatus_to_exitcode(status) not in (0, NO_TESTS)
    if time.monotonic() < until:
        return None
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return True


NO_TESTS = 5
"""Pytest's exit status where the names choose no test: such a mutant survives."""


def _run(mutant: Mutant, tests: Sequence[str]) -> int:
    import pytest

    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1)
    os.dup2(nothing, 2)
    sys.meta_path.insert(0, _Substitute(mutant))
    return pytest.main(
        ["-x", "-q", "-p", "no:cacheprovider", "-m", "not slow", "--tb=no", "--rootdir", str(ROOT), *tests]
    )


# ---------------------------------------------------------------- the report


def equivalents() -> Mapping[str, str]:
    """Why, by the name of each mutant that no test can kill."""
    lines = [line for line in EQUIVALENT.read_text(encoding="utf-8").splitlines() if line and line[0] != "#"]
    return {name.strip(): why.strip() for name, _, why in (line.partition(" | ") for line in lines)}


def drawn(seed: int, count: int, only: str = "") -> list[Mutant]:
    """So many of all mutants, without those that are known to be equivalent."""
    known = equivalents()
    every = [m for module in MODULES if only in module for m in mutants(module) if m.name not in known]
    return random.Random(seed).sample(every, min(count, len(every)))


def judged(chosen: Sequence[Mutant], jobs: int, seconds: float) -> Iterator[tuple[Mutant, bool]]:
    """Run mutants in so many processes at a time, and tell of each; after so many seconds none is begun."""
    end, left = time.monotonic() + seconds, list(chosen)
    running: dict[int, tuple[Mutant, float]] = {}
    while running or (left and time.monotonic() < end):
        while left and len(running) < jobs and time.monotonic() < end:
            mutant = left.pop(0)
            running[begun(mutant)] = mutant, time.monotonic() + LIMIT
        for child, (mutant, until) in list(running.items()):
            if (dead := killed(child, until)) is not None:
                del running[child]
                yield mutant, dead
        time.sleep(0.02)


def control() -> bool:
    """Whether an engine that is not changed survives."""
    module = "vector/rules/elementwise.py"
    unchanged = Mutant(module, 0, "", "tanh", (ROOT / module).read_text(encoding="utf-8"))
    child = begun(unchanged)
    verdict: bool | None = None
    while verdict is None:
        time.sleep(0.02)
        verdict = killed(child, time.monotonic() + LIMIT)
    return not verdict


def main() -> int:
    """Judge mutants and print the survivors, and how many died, by module."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__.partition("\n")[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=400)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=1800.0, help="begin no mutant after (default: 1800)")
    parser.add_argument("--only", default="", help="modules whose path has this in it")
    args = parser.parse_args()
    os.environ["CI"] = "true"  # the same examples for each mutant
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    import pytest  # noqa: F401  # loaded once, for all mutants; hypothesis is for pytest to load
    import scipy.special  # noqa: F401
    import torch

    torch.set_num_threads(1)
    if not control():
        sys.stdout.write("the tests fail without a mutant, too: nothing would be told by them\n")
        return 1
    dead: collections.Counter[str] = collections.Counter()
    all_: collections.Counter[str] = collections.Counter()
    start = time.monotonic()

    chosen = drawn(args.seed, args.count, args.only)
    for mutant, is_dead in judged(chosen, args.jobs, args.seconds):
        all_[mutant.module] += 1
        dead[mutant.module] += is_dead
        if not is_dead:
            sys.stdout.write(f"survived, line {mutant.line}: {mutant.name}\n")
    for module in sorted(all_):
        sys.stdout.write(f"{module:36} {dead[module]:4} of {all_[module]:4} killed\n")
    n, k = all_.total(), dead.total()
    spent = time.monotonic() - start
    sys.stdout.write(
        f"seed {args.seed}: {k} of {n} killed ({k / max(n, 1):.1%}) in {spent:.0f} s; {len(chosen)} drawn\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
