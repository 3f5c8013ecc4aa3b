"""The arrows of the house: which room imports which, read from the source. The table is the design; the code obeys it.

Every import counts, those inside functions and those for type checkers too.
"""

import ast
import functools
import shutil
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[1]
HOUSE = ("scalar", "vector", "viz", "demos", "benchmarks", "tests")

ENGINE = "vector vector.rules vector.functions vector.diagnostics"
PACKAGES = "scalar.* vector.* viz.*"
# Each room, and the rooms that it may import beside itself. A package's own files are one room, "vector"; `x.*` is all
# of a package. A module may stand for its room where the rest of the room is out of bounds.
ARROWS = {
    # numbers
    "scalar": "scalar.diagnostics",
    "scalar.diagnostics": "scalar",
    # arrays
    "vector.rules": "vector.op vector.arrays",
    "vector.functions": "vector.op vector.arrays vector.trees vector.rules",
    "vector": ENGINE,
    "vector.diagnostics": "vector",
    "vector.checking": ENGINE,
    "vector.custom": ENGINE,
    "vector.data": "vector.arrays vector.vocabulary",
    "vector.nn": ENGINE,
    "vector.optim": f"{ENGINE} vector.nn",
    "vector.compilation": f"{ENGINE} vector.nn vector.optim",
    "vector.training": f"{ENGINE} vector.data vector.nn vector.optim vector.compilation",
    "vector.distributed": f"{ENGINE} vector.nn vector.optim vector.training",
    # pictures
    "viz": "",
    "viz.playback": "viz",
    # what is not installed
    "demos": f"{PACKAGES} demos.*",
    "demos.explorer": f"{PACKAGES} demos",
    "demos.gallery": f"{PACKAGES} demos demos.explorer demos.plots",
    "demos.playground": f"{PACKAGES} demos demos.explorer",
    "demos.plots": "",
    "demos.scalar_compile": "scalar scalar.diagnostics",
    "demos.distortion": "vector.data vector.arrays",
    "demos.export": f"{ENGINE} vector.data vector.nn vector.training demos.tabular demos.activations",
    "demos.tables": "vector.data vector.training",
    "demos.doctor": "demos",
    "demos.report": f"{ENGINE} vector.nn vector.training demos demos.plots demos.export demos.tables",
    "demos.unfolding": "scalar viz",
    "demos.exercise": f"{PACKAGES} demos",
    "demos.verification": f"{PACKAGES} demos",
    "benchmarks": f"{PACKAGES} demos.* benchmarks.steps benchmarks.suites benchmarks.scaling benchmarks.tables",
    "benchmarks.models": f"{PACKAGES} demos.* benchmarks",
    "benchmarks.steps": f"{PACKAGES} demos.* benchmarks",
    "benchmarks.suites": f"{PACKAGES} demos.* benchmarks benchmarks.steps benchmarks.models",
    "benchmarks.scaling": f"{PACKAGES} demos.* benchmarks",
    "benchmarks.tables": f"{PACKAGES} demos.* benchmarks",
    "tests": f"{PACKAGES} demos.* benchmarks.* tests.*",
}
# What `import x` loads, the file x/__init__.py, beside x's own files. What it loads when first asked for, by
# `__getattr__`, it shows to type checkers too, and that may be anything in x.
SHOWN = {"scalar": "scalar.diagnostics", "vector": ENGINE, "viz": "viz.playback"}

# Imports that close a circle. None does when the modules are loaded: these are for type checkers or inside functions.
BACK = {
    # A fused optimizer is a compiled step, and the compiler knows optimizers.
    "vector.optim.optimizer": ["vector.compilation"],
    # A ledger prints itself.
    "scalar.diagnostics.notation": ["scalar.diagnostics.ledger"],
    "scalar.diagnostics.reasons": ["scalar.diagnostics.ledger"],
    "vector.diagnostics.reading": ["vector.diagnostics.ledger"],
    "vector.diagnostics.notation": ["vector.diagnostics.ledger"],
    "vector.diagnostics.page": ["vector.diagnostics.ledger"],
}


NONE: Mapping[str, Collection[str]] = {}


class Import(NamedTuple):
    """One import of a module of the house by another."""

    source: str
    target: str
    late: bool
    """Whether it is for type checkers or inside a function, so that loading the source does not carry it out."""
    place: str
    """File and line."""

    def __str__(self) -> str:
        return f"{self.place}: {self.source} -> {self.target}"


class House:
    """The modules below a folder, and their imports of one another."""

    def __init__(self, root: Path) -> None:
        self.files = {_name(path.relative_to(root)): path for folder in HOUSE for path in (root / folder).rglob("*.py")}
        self.imports = [one for module, path in self.files.items() for one in self._imports(module, path, root)]

    def _imports(self, module: str, path: Path, root: Path) -> Iterator[Import]:
        package = module if path.name == "__init__.py" else module.rpartition(".")[0]
        for node, late in _imports(path.read_text(encoding="utf-8")):
            place = f"{path.relative_to(root)}:{node.lineno}"
            for target in _targets(node, package):
                known = target if target in self.files else target.rpartition(".")[0]
                if known in self.files and known != module:
                    yield Import(module, known, late, place)

    def room(self, module: str) -> str:
        """The package of a module, one floor deep; a package's own files, its `__init__` too, are a room."""
        if module.startswith("tests."):
            return "tests"
        depth = module.count(".") + (self.files[module].name == "__init__.py")
        return ".".join(module.split(".")[: min(depth, 2)])

    def against(self, arrows: Mapping[str, str]) -> list[str]:
        """The imports that the table does not allow."""
        return [str(one) for one in self.imports if not self._allowed(one, arrows)]

    def named(self, names: str) -> set[str]:
        """The rooms that a line of the table names."""
        return {
            room
            for name in names.split()
            for room in ARROWS
            if room == (self.room(name) if name in self.files else "") or room.partition(".")[0] + ".*" == name
        }

    def _allowed(self, one: Import, arrows: Mapping[str, str]) -> bool:
        room, other = self.room(one.source), self.room(one.target)
        shown = SHOWN.get(one.source)
        if shown is not None and one.late:
            return other.partition(".")[0] == room
        allowed = (arrows[room] if shown is None else shown).split()
        family = other.partition(".")[0] + ".*"
        return (
            room == other
            or not {other, one.target, family}.isdisjoint(allowed)
            or one.target in BACK.get(one.source, ())
        )

    def circle(self, *, late: bool, without: Mapping[str, Collection[str]] = NONE) -> list[str]:
        """Modules that import one another in a circle, if there are any: when they are loaded, or `late` too."""
        graph: dict[str, set[str]] = {module: set() for module in self.files}
        for one in self.imports:
            if (late or not one.late) and one.target not in without.get(one.source, ()):
                graph[one.source].add(one.target)
        try:
            TopologicalSorter(graph).prepare()
        except CycleError as error:
            return list(reversed(error.args[1]))
        return []


def _name(path: Path) -> str:
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@functools.cache
def _imports(text: str) -> Sequence[tuple[ast.Import | ast.ImportFrom, bool]]:
    """Each import of a module, and whether it is late."""
    return list(_statements(ast.parse(text)))


def _statements(tree: ast.AST, late: bool = False) -> Iterator[tuple[ast.Import | ast.ImportFrom, bool]]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.expr):
            continue
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            yield node, late
        function = isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        typing = isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")
        yield from _statements(node, late or function or typing)


def _targets(node: ast.Import | ast.ImportFrom, package: str) -> Iterable[str]:
    """The full names that are imported: modules, or names in modules."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    above = package.split(".")[: package.count(".") + 2 - node.level] if node.level else []
    module = ".".join([*above, *([node.module] if node.module else [])])
    return [f"{module}.{alias.name}" for alias in node.names]


@pytest.fixture(scope="module")
def house() -> House:
    return House(ROOT)


def test_every_room_stands_in_the_table(house: House) -> None:
    rooms = {house.room(module) for module in house.files}
    assert rooms == ARROWS.keys(), "a room without a line in ARROWS, or a line without a room"


def test_every_import_follows_the_arrows(house: House) -> None:
    wrong = house.against(ARROWS)
    assert not wrong, "against the arrows of tests/test_arrows.py:\n" + "\n".join(wrong)


def test_modules_are_loaded_in_no_circle(house: House) -> None:
    circle = house.circle(late=False)
    assert not circle, " -> ".join(circle)


def test_the_imports_that_close_a_circle_are_known(house: House) -> None:
    circle = house.circle(late=True, without=BACK)
    assert not circle, f"a new circle: {' -> '.join(circle)}; let one of them do without the other"
    found = {(one.source, one.target) for one in house.imports if one.late}
    gone = {(source, target) for source, targets in BACK.items() for target in targets} - found
    assert not gone, f"no longer there, so take them out of BACK: {gone}"


def test_the_drawing_of_the_house_is_the_table(house: House) -> None:
    drawn = drawing((ROOT / "docs" / "design.md").read_text(encoding="utf-8"))
    table = {(_shown(room), _shown(other)) for room, names in ARROWS.items() for other in house.named(names)}
    table -= {(room, room) for room, _ in table}
    assert drawn <= table, "docs/design.md draws an arrow that ARROWS forbids"
    reached = set(drawn)
    for middle in map(_shown, ARROWS):
        reached |= {(room, other) for room, end in reached for start, other in reached if end == start == middle}
    assert table <= reached, "ARROWS allows what no arrows of docs/design.md lead to"


def drawing(page: str) -> set[tuple[str, str]]:
    """The arrows of the page's Mermaid drawing; one to a frame points to every room in it."""
    frames: dict[str, list[str]] = {}
    inside: list[str] = []
    arrows: list[list[str]] = []
    for line in map(str.strip, page.partition("```mermaid\n")[2].partition("```")[0].splitlines()[1:]):
        kind, _, name = line.partition(" ")
        if kind == "subgraph":
            inside = frames[name] = []
        elif kind != "end":
            arrow = line.split(" --> ")
            inside += arrow
            arrows += [arrow] if len(arrow) == 2 else []
        else:
            inside = []
    return {(room, other) for room, end in arrows for other in frames.get(end, [end])}


def _shown(room: str) -> str:
    """The room's name in the drawing, which leaves out the rooms of what is not installed."""
    package = room.partition(".")[0]
    return package if package in ("demos", "benchmarks") else room


# ---------------------------------------------------------------- the test itself


@pytest.mark.parametrize(
    ("module", "line", "told"),
    [
        ("scalar/value.py", "import vector", "scalar.value -> vector"),
        ("vector/op.py", "from scalar.op import Op", "vector.op -> scalar.op"),
        ("viz/node.py", "def f():\n    from tests import table", "viz.node -> tests.table"),
        ("viz/walk.py", "from demos.machine import processor", "viz.walk -> demos.machine"),
        ("demos/cli.py", "from benchmarks import page", "demos.cli -> benchmarks.page"),
        (
            "vector/sweep.py",
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import vector.nn.module",
            "nn.module",
        ),
        ("vector/__init__.py", "from vector.nn import module", "vector -> vector.nn.module"),
        ("vector/nn/module.py", "from ..training import Trainer", "vector.nn.module -> vector.training"),
        ("vector/training/checkpoints/snapshot.py", "from ... import distributed", "snapshot -> vector.distributed"),
        ("vector/rules/shape.py", "from vector.tensor import Tensor", "vector.rules.shape -> vector.tensor"),
        ("vector/optim/sgd.py", "from vector.compilation import compile", "vector.optim.sgd -> vector.compilation"),
    ],
)
def test_a_wrong_import_is_found(copy: Path, module: str, line: str, told: str) -> None:
    with planted(copy, module, line) as house:
        (wrong,) = house.against(ARROWS)
    assert told in wrong
    assert wrong.startswith(f"{module}:"), wrong


def test_a_circle_is_found(copy: Path) -> None:
    with planted(copy, "vector/arrays.py", "from vector.op import Op") as house:
        assert {"vector.arrays", "vector.op"} <= set(house.circle(late=False))


def test_a_late_circle_is_found(copy: Path) -> None:
    with planted(copy, "scalar/topology.py", "def f():\n    from scalar import sweep") as house:
        assert not house.circle(late=False)
        assert "scalar.topology" in house.circle(late=True, without=BACK)


def test_an_arrow_to_a_frame_points_to_all_that_is_in_it() -> None:
    page = "```mermaid\nflowchart TD\n    a --> b\n    subgraph b\n        c --> d\n        e\n    end\n```\n"
    assert drawing(page) == {("a", "c"), ("a", "d"), ("a", "e"), ("c", "d")}


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("house")
    for name in HOUSE:
        for path in (ROOT / name).rglob("*.py"):
            (folder / path.relative_to(ROOT)).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, folder / path.relative_to(ROOT))
    return folder


@contextmanager
def planted(folder: Path, module: str, line: str) -> Iterator[House]:
    """The house with one more line at the end of a module."""
    text = (folder / module).read_text(encoding="utf-8")
    (folder / module).write_text(f"{text}\n{line}\n", encoding="utf-8")
    yield House(folder)
    (folder / module).write_text(text, encoding="utf-8")
