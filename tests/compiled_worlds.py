"""A world for a compiled step: what lies around it, the step, and calls of it, as Python text that can be run twice.

One twin calls the step itself, the other what `vector.compile` makes of it. After every call both must have given the
same and left the same around them.
"""

import ast
import contextlib
import functools
import re
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import FunctionType, ModuleType
from typing import Any, NamedTuple

import numpy as np

import scalar
import vector
from demos import activations, scalar_compile
from tests.checks import VECTOR
from tests.row import Case
from tests.table import VECTOR_ROWS
from vector import modes
from vector.trees import tree_leaves, tree_map

CASES: Mapping[str, Case] = {str(case): case for row in VECTOR_ROWS for case in row.cases()}
"""Every function of the table with its shapes and parameters."""

BOUND = {np.dtype("float32"): 1e-6, np.dtype("float64"): 1e-12}
"""How far machine code may be from NumPy, relative to the largest number of an array."""
PATIENCE = 10
"""How many times as far as rounding moves the step itself machine code may go, where that is beyond the bound."""

Compiler = Callable[[Any], Any]

_HELPERS = """
class Box:
    def __init__(self, **attributes): vars(self).update(attributes)
class Caller:
    def __init__(self, step): self.step = step
    def __call__(self, *args, **kwargs): return self.step(*args, **kwargs)
    def run(self, *args, **kwargs): return self.step(*args, **kwargs)
def given(*args, **kwargs): return args, kwargs
"""


class Call(NamedTuple):
    """One call of the step: statements before it, and its arguments."""

    before: tuple[str, ...]
    arguments: str


@dataclass(frozen=True)
class World:
    """A program.

    Attributes:
        home: how the step reaches the names of `setup`: "globals", "closure", "attributes" or "items".
        entry: the expression that is compiled.
        late: whether it is compiled before `setup` has run.
    """

    kind: str
    seed: int
    setup: tuple[str, ...]
    parameters: str
    body: tuple[str, ...]
    result: str
    calls: tuple[Call, ...]
    home: str = "globals"
    entry: str = "step"
    late: bool = False

    def __str__(self) -> str:
        calls = [(*map(self._moved, call.before), self._moved(f"made({call.arguments})")) for call in self.calls]
        lines = [
            f"# {self.kind} --world {self.seed}",
            *self.pieces(),
            "# the calls",
            *(x for call in calls for x in call),
        ]
        return "\n".join(lines)

    @functools.cached_property
    def outside(self) -> list[str]:
        """The names that `setup` assigns."""
        return list(dict.fromkeys(name for line in self.setup for name in _assigned(line)))

    def pieces(self) -> list[str]:
        """The definitions, in the order in which they run."""
        setup = [*self._home(), *map(self._moved, self.setup)]
        entry = f"entry = {self._moved(self.entry)}"
        made = "made = compiler(entry)"
        return [self._step(), entry, made, *setup] if self.late else [*setup, self._step(), entry, made]

    def before(self, i: int) -> str:
        """The statements before a call."""
        return "\n".join(map(self._moved, self.calls[i].before))

    def arguments(self, i: int) -> str:
        """The arguments of a call."""
        return self._moved(f"given({self.calls[i].arguments})")

    def _home(self) -> list[str]:
        return {"attributes": ["home = Box()"], "items": ["home = {}"]}.get(self.home, [])

    def _moved(self, text: str) -> str:
        return ast.unparse(_Moved(self.home, self.outside).visit(ast.parse(text)))

    def _step(self) -> str:
        body = [self._moved(line) for line in (*self.body, f"return {self.result}")]
        stored = [name for line in self.body for name in _assigned(line) if name in self.outside]
        word = {"globals": "global", "closure": "nonlocal"}.get(self.home)
        if stored and word:
            body.insert(0, f"{word} {', '.join(dict.fromkeys(stored))}")
        text = f"def step({self.parameters}):\n{_indented(body)}"
        if self.home != "closure":
            return text
        names = ", ".join(
            name for name in self.outside if any(name in _names(line) for line in (*self.body, self.result))
        )
        return f"def make({names}):\n{_indented([text, 'return step'])}\nstep = make({names})"


class Failure(NamedTuple):
    """Where the twins part: at which call, in what (the result, an argument, something outside, an error), and how."""

    call: int
    kind: str
    what: str

    def __str__(self) -> str:
        return f"at call {self.call}: {self.what}"


class Unfit(Exception):  # noqa: N818  # no error: an outcome
    """What was drawn is no program."""


class Refused(Exception):  # noqa: N818  # no error: an outcome
    """The compiler would rather not."""


@dataclass
class Moment:
    """What one call gave and left."""

    seen: dict[str, Any]
    error: Exception | None = None


@dataclass
class Measured:
    """How far machine code was from the step.

    Attributes:
        largest: the largest relative error within the bound, by dtype.
        magnified: in how many arrays it was beyond, but so is the step itself when it is rounded otherwise.
        furthest: how many times as far, there.
    """

    largest: dict[str, float] = field(default_factory=dict)
    magnified: int = 0
    furthest: float = 0.0


def trace(
    world: World, compiler: Compiler, *, nudge: np.random.Generator | None = None, owned: bool = False
) -> list[Moment]:
    """What each call gave and left; the last one may have raised.

    Args:
        nudge: moves each floating number around the step by a rounding before each call, and each result within it
            (D. S. Parker, "Monte Carlo Arithmetic", 1997).
        owned: whether a result must stay what it was, whatever the step does next.
    """
    names = known() | {"compiler": compiler}
    moments: list[Moment] = []
    kept: list[tuple[Any, dict[str, Any]]] = []
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        hidden = {*names, "made", "entry"}
        for piece in world.pieces():
            execute(piece, names)
        for i in range(len(world.calls)):
            try:
                execute(world.before(i), names)
                args, kwargs = evaluate(world.arguments(i), names)
            except Exception as error:
                raise Unfit(str(error)) from error
            around = _outside(names, hidden)
            for tensor in _found([args, around], vector.Tensor):
                tensor.grad = None  # what a compiled step leaves there is no promise
            if nudge:
                _nudge([args, around], nudge)
            rounding = modes.switched(modes.hooks, Rounding(nudge)) if nudge else contextlib.nullcontext()
            try:
                with rounding:
                    output = names["made"](*args, **kwargs)
            except Exception as error:  # whatever the step raises is its outcome
                if isinstance(error, vector.CaptureError):
                    raise Refused(str(error)) from None
                return [*moments, Moment({}, error)]
            given = look("result", output)
            around = look("argument", [args, kwargs]) | look("outside", _outside(names, hidden))
            moments.append(Moment(given | around))
            kept.append((output, given))
    for i, (output, given) in enumerate(kept):
        if owned and (found := difference(given, look("result", output))):
            moments[-1].seen[f"later, the result of call {i}"] = found
    return moments


def _outside(names: Mapping[str, Any], hidden: set[str]) -> dict[str, Any]:
    return {name: x for name, x in names.items() if name not in hidden and not name.startswith("__")}


def known() -> dict[str, Any]:
    """The names that every world knows."""
    names: dict[str, Any] = {"np": np, "vector": vector, "nn": vector.nn, "optim": vector.optim, "scalar": scalar}
    names["activations"] = activations
    names |= {"functools": functools, "Tensor": vector.Tensor, "CASES": CASES, "V": VECTOR}
    execute(_HELPERS, names)
    return names


def execute(text: str, names: dict[str, Any]) -> None:
    """Run statements of a world."""
    exec(compile(text, "<world>", "exec"), names)  # noqa: S102  # written by this module's own draws


def evaluate(text: str, names: dict[str, Any]) -> Any:
    """The value of an expression of a world."""
    return eval(compile(text, "<world>", "eval"), names)  # noqa: S307  # written by this module's own draws


def as_it_is(kind: str) -> Compiler:
    """What stands in the place of the compiler for the twin that calls the step itself."""
    return by_examples if kind.startswith("scalar") else lambda step: step


def by_examples(pair: tuple[Callable[..., Any], list[scalar.Value]]) -> Callable[..., Any]:
    """A function of one example, called for each."""
    f, variables = pair

    def run(columns: Sequence[Any], shared: Sequence[Any]) -> Any:
        examples = ([tree_map(scalar.Value, np.asarray(x).tolist()) for x in row] for row in zip(*columns, strict=True))
        outs = [f(*example, *shared) for example in examples]
        rows = [[float(x.data if isinstance(x, scalar.Value) else x) for x in tree_leaves(out)] for out in outs]
        mean = None if len(rows[0]) > 1 else sum((out for out in outs), scalar.Value(0.0)) / len(outs)
        return _with_gradients(tree_map(lambda x: 0, outs[0]), list(np.array(rows).T), mean, variables)

    return run


def by_columns(pair: tuple[Callable[..., Any], list[scalar.Value]]) -> Callable[..., Any]:
    """What `scalar_compile.compile` makes of it."""
    f, variables = scalar_compile.compile(pair[0]), pair[1]

    def run(columns: Sequence[Any], shared: Sequence[Any]) -> Any:
        out = f(*columns, *shared)
        mean = None if len(list(tree_leaves(out))) > 1 else f.mean(*columns, *shared)
        return _with_gradients(tree_map(lambda x: 0, out), list(tree_leaves(out)), mean, variables)

    return run


def _with_gradients(form: Any, columns: list[Any], mean: Any, variables: list[scalar.Value]) -> Any:
    if mean is None:
        return form, columns
    for variable in variables:
        variable.grad = scalar.NOT_COMPUTED
    mean.backward()
    return form, columns, np.array(mean.data), np.array([variable.grad + 0.0 for variable in variables])


def compare(
    world: World, compiler: Compiler, *, native: bool = False, measured: Measured | None = None
) -> Failure | None:
    """Where a compiled step and the step itself part: bit for bit, or beyond the bounds of machine code.

    Raises:
        Refused: the compiler refused the step.
    """
    expected, found = trace(world, as_it_is(world.kind)), trace(world, compiler, owned=True)
    moved: list[dict[str, float]] = []
    for i, (mine, theirs) in enumerate(zip(found, expected, strict=False)):
        if type(mine.error) is not type(theirs.error):
            kind = f"{type(mine.error).__name__}, {type(theirs.error).__name__}"
            return Failure(i, kind, f"raised {mine.error!r} where the step itself raises {theirs.error!r}")
        parted = difference(theirs.seen, mine.seen, measured, native=native)
        if parted and native:
            moved = moved or _moved_by_rounding(world, expected)
            parted = difference(theirs.seen, mine.seen, measured, native=True, moved=moved[i])
        if parted:
            return Failure(i, re.split(r"\W", parted)[0], parted)
    return None


def _moved_by_rounding(world: World, expected: Sequence[Moment]) -> list[dict[str, float]]:
    """At each call, for each array, how far the step itself is moved by a rounding.

    By roundings of what it works on and of what its operations give, and, where that is float32, by all of its own: as
    far as it is from float64.
    """
    plain = as_it_is(world.kind)
    twins = [trace(world, plain, nudge=np.random.default_rng(seed)) for seed in range(4)]
    texts = {name: getattr(world, name) for name in ("setup", "body", "result", "calls", "entry")}
    wide = evaluate(repr(texts).replace("np.float32", "np.float64"), {"Call": Call})
    twins.append(trace(replace(world, **wide), plain))
    moved: list[dict[str, float]] = [{} for _ in expected]
    for twin in twins:
        for own, base, other in zip(moved, expected, twin, strict=False):
            for path, x in other.seen.items():
                y = base.seen.get(path)
                if isinstance(x, np.ndarray) and isinstance(y, np.ndarray) and x.shape == y.shape:
                    own[path] = max(own.get(path, 0.0), error_of(x, y))
    return moved


# ---------------------------------------------------------------- looking


def look(path: str, x: Any, seen: set[int] | None = None) -> dict[str, Any]:
    """Everything below x that can be compared: path → array or constant; names with "_" in front are scratch space."""
    seen = set() if seen is None else seen
    if isinstance(x, (np.ndarray, np.generic)):
        kind = {} if isinstance(x, np.generic) or type(x) is np.ndarray else {f"{path} is": type(x).__name__}
        return kind | {path: np.array(x)}
    if isinstance(x, vector.Tensor):
        held: list[Any] = [x.data] if x.grad is None else [x.grad, x.data]
        if any(type(y) not in (np.ndarray, np.float64, np.float32) for y in held):
            return {path: "a stand-in"}
        return {f"{path}.data": np.array(x.data)}
    if isinstance(x, scalar.Value):
        return {f"{path}.data": np.array(float(x.data))}
    if x is None or isinstance(x, (bool, int, float, str, slice)):
        return {path: f"{type(x).__name__} {x!r}"}
    if isinstance(x, (set, frozenset)):
        return {path: repr(sorted(x, key=repr))}
    if isinstance(x, np.random.Generator):
        return {path: repr(x.bit_generator.state)}
    if id(x) in seen or isinstance(x, (ModuleType, type)):
        return {}
    if not isinstance(x, (list, tuple, dict)):  # which a result may hold twice, and twins as two copies
        seen.add(id(x))
    return {f"{path} is": type(x).__name__} | {
        below: leaf for name, y in _members(x) for below, leaf in look(f"{path}{name}", y, seen).items()
    }


def _members(x: Any) -> list[tuple[str, Any]]:
    if isinstance(x, dict):
        return [(f"[{name!r}]", y) for name, y in x.items()]
    if isinstance(x, (list, tuple)):
        return [(f"[{i}]", y) for i, y in enumerate(x)]
    if isinstance(x, FunctionType):
        cells = x.__closure__ or ()
        return [(f".{name}", cell.cell_contents) for name, cell in zip(x.__code__.co_freevars, cells, strict=True)]
    return [(f".{name}", y) for name, y in getattr(x, "__dict__", {}).items() if not name.startswith("_")]


def difference(
    expected: Mapping[str, Any],
    found: Mapping[str, Any],
    measured: Measured | None = None,
    *,
    native: bool = False,
    moved: Mapping[str, float] | None = None,
) -> str | None:
    """Where two looks differ, in words."""
    for path in dict.fromkeys([*expected, *found]):
        if path not in expected or path not in found:
            pair = [
                next((_told(x) for p, x in seen.items() if p.startswith(path)), "nothing") for seen in (expected, found)
            ]
            return f"{path}: expected {pair[0]}, got {pair[1]}"
        x, y = expected[path], found[path]
        if isinstance(x, np.ndarray) and isinstance(y, np.ndarray):
            if x.dtype != y.dtype or x.shape != y.shape:
                return f"{path}: expected {x.dtype} {x.shape}, got {y.dtype} {y.shape}"
            if not (_close(x, y, measured, moved.get(path) if moved else None) if native else same_bits(x, y)):
                return f"{path}: expected {_told(x)}, got {_told(y)}, an error of {error_of(y, x):.1e}"
        elif type(x) is not type(y) or x != y:
            return f"{path}: expected {_told(x)}, got {_told(y)}"
    return None


def same_bits(x: Any, y: Any) -> bool:
    """Whether two arrays hold the same numbers, NaN among them, and the same zeros."""
    if x.dtype.kind != "f":
        return bool(np.array_equal(x, y))
    return bool(np.array_equal(x, y, equal_nan=True)) and bool(((np.signbit(x) == np.signbit(y)) | np.isnan(x)).all())


def error_of(x: Any, y: Any) -> float:
    """The largest difference, relative to the largest number; infinite where only one is finite."""
    if x.dtype.kind != "f":
        return 0.0 if np.array_equal(x, y) else np.inf
    finite = np.isfinite(y)
    if not np.array_equal(x[~finite], y[~finite], equal_nan=True) or not np.isfinite(x[finite]).all():
        return np.inf
    if not finite.any():
        return 0.0
    gap = float(np.abs(x[finite].astype(float) - y[finite]).max())
    return gap / max(float(np.abs(y[finite]).max()), 1e-30)


def _close(x: Any, y: Any, measured: Measured | None, moved: float | None) -> bool:
    """Whether machine code is near enough: within its bound, or where the step itself may be by rounding.

    Whole numbers that depend on others jump where those round: without machine code they are compared bit for bit.
    """
    if x.dtype.kind != "f":
        return True
    error, name = error_of(y, x), str(x.dtype)
    if error <= BOUND.get(x.dtype, 0.0):
        if measured:
            measured.largest[name] = max(measured.largest.get(name, 0.0), error)
        return True
    if not moved or error > PATIENCE * moved:
        return False
    if measured:
        measured.magnified += 1
        measured.furthest = max(measured.furthest, error / moved)
    return True


def _told_below(seen: Mapping[str, Any], path: str) -> str:
    return next((_told(x) for name, x in seen.items() if name.startswith(path)), "nothing")


def _told(x: Any) -> str:
    if not isinstance(x, np.ndarray):
        return str(x)
    return " ".join(f"{x.dtype} {np.array2string(x, precision=9, threshold=9, edgeitems=2)}".split())


class Rounding(modes.Hooks):
    """Rounds each fresh result of an operation, and each gradient that it sends back, towards 0 or not."""

    def __init__(self, generator: np.random.Generator) -> None:
        self.generator = generator

    def on_result(self, name: str, result: Any, operands: Sequence[Any], where: str) -> None:
        """Move a result's numbers, unless they lie in memory that an operand shows too."""
        if (
            isinstance(result, np.ndarray)
            and result.base is None
            and not any(isinstance(x, np.ndarray) and np.may_share_memory(x, result) for x in operands)
        ):
            _nudge(result, self.generator)


def _nudge(around: Any, generator: np.random.Generator) -> None:
    """Move every floating number by up to two roundings towards 0, where a domain such as [0, 1] holds it, in place."""
    for value in _found(around, scalar.Value):
        value.data *= 1 + 2 * float(np.finfo(float).eps) * generator.choice([-1, -0.5, 0])
    for x in _found(around, np.ndarray):
        if x.dtype.kind == "f" and x.flags.writeable:
            x *= (1 + 2 * np.finfo(x.dtype).eps * generator.choice([-1, -0.5, 0], x.shape)).astype(x.dtype)


def _found(x: Any, kind: type, seen: dict[int, Any] | None = None) -> list[Any]:
    """Everything of a type below x, each once."""
    seen = {} if seen is None else seen
    if id(x) in seen or isinstance(x, (ModuleType, type)):
        return []
    seen[id(x)] = x
    inner = [x.data] if isinstance(x, vector.Tensor) else [y for _, y in _members(x)]
    return [x] * isinstance(x, kind) + [found for y in inner for found in _found(y, kind, seen)]


# ---------------------------------------------------------------- text


class _Moved(ast.NodeTransformer):
    """Names of the setup become attributes or items of one object."""

    def __init__(self, home: str, names: Sequence[str]) -> None:
        self.home, self.names = home, names

    def visit_Name(self, node: ast.Name) -> ast.expr:  # ast's name
        if node.id not in self.names or self.home in ("globals", "closure"):
            return node
        home = ast.Name("home", ast.Load())
        if self.home == "attributes":
            return ast.Attribute(home, node.id, node.ctx)
        return ast.Subscript(home, ast.Constant(node.id), node.ctx)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.ClassDef:  # ast's name
        return node


def _assigned(text: str) -> list[str]:
    nodes = [node for part in ast.parse(text).body if not isinstance(part, ast.ClassDef) for node in ast.walk(part)]
    names = [node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)]
    return [name for name in names if not name.startswith("_")]  # those of a comprehension do


def _names(text: str) -> set[str]:
    return {node.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)}


def _indented(lines: Sequence[str]) -> str:
    return "\n".join(f"    {part}" for line in lines for part in line.splitlines())


def parts_of(text: str) -> list[str]:
    """The parts of an expression that is a tuple, list or dictionary, or else None in its place."""
    node = ast.parse(text, mode="eval").body
    parts: Any = node.elts if isinstance(node, (ast.Tuple, ast.List)) else getattr(node, "values", [])
    return [ast.unparse(x) for x in parts] or ["None"] * (text != "None")
