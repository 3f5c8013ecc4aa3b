"""No operation goes untested: what stands in an engine's rules stands in the table, and the other way round."""

import importlib
import pkgutil
from collections.abc import Iterable, Mapping
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

import scalar.op
import scalar.rules
import vector.functions
import vector.rules
from tests import table
from tests.checks import SCALAR, VECTOR
from tests.judges import TORCH
from tests.row import Row


def scalar_rules() -> dict[str, scalar.op.Op]:
    return {name: op for name, op in vars(scalar.rules).items() if isinstance(op, scalar.op.Op)}


def vector_rules() -> dict[str, vector.op.Op]:
    """The operations of every module of the package, exported or not."""
    modules = [
        vector.rules,
        *(importlib.import_module(f"vector.rules.{m.name}") for m in pkgutil.iter_modules(vector.rules.__path__)),
    ]
    return {name: op for module in modules for name, op in vars(module).items() if isinstance(op, vector.op.Op)}


def require_complete(rules: Mapping[str, Any], rows: Iterable[Row], engine: str) -> None:
    names = {row.name for row in rows}
    if missing := sorted(rules.keys() - names):
        row = f'Row("{missing[0]}", lambda m, x: m.{missing[0]}(x), (REAL,))'
        row += "" if hasattr(TORCH, missing[0]) else " with definition=, for PyTorch has none of that name"
        pytest.fail(f"{engine} has {', '.join(missing)} and tests/table.py has not; add a row there, such as {row}")
    if unknown := sorted(names - rules.keys()):
        pytest.fail(f"tests/table.py has {', '.join(unknown)} and {engine} has not; write it there, or remove the row")


def test_a_name_that_is_nowhere_says_where_to_write_it() -> None:
    for functions, place in (
        (SCALAR, "scalar/rules.py"),
        (VECTOR, "vector/rules"),
        (TORCH, "a definition in the words"),
    ):
        with pytest.raises(AttributeError, match=rf"^no gd in .*{place}"):
            functions.gd  # noqa: B018  # the look is what is tested


def test_every_scalar_rule_has_a_row() -> None:
    require_complete(scalar_rules(), table.SCALAR_ROWS, "scalar/rules.py")


def test_every_vector_rule_has_a_row() -> None:
    require_complete(vector_rules(), table.VECTOR_ROWS, "vector/rules")


@pytest.mark.parametrize(
    ("module", "rules", "rows"),
    [(scalar.rules, scalar_rules, table.SCALAR_ROWS), (vector.rules.loss, vector_rules, table.VECTOR_ROWS)],
)
def test_a_rule_without_a_row_fails_with_a_message_that_says_how_to_add_it(
    monkeypatch: pytest.MonkeyPatch, module: ModuleType, rules: Any, rows: list[Row]
) -> None:
    monkeypatch.setattr(module, "cube", module.exp if module is scalar.rules else module.softmax, raising=False)
    with pytest.raises(
        pytest.fail.Exception, match=r"cube.* and tests/table\.py has not; add a row there, such as Row\("
    ):
        require_complete(rules(), rows, module.__name__)


@pytest.mark.parametrize("row", table.SCALAR_ROWS, ids=str)
def test_a_scalar_row_records_the_rule_that_it_names(row: Row) -> None:
    point = row.scalar_case().sample()
    out = row.f(SCALAR, *map(scalar.Value, map(float, point)))
    assert out.op == scalar_rules()[row.name].name


@pytest.mark.parametrize("row", table.VECTOR_ROWS, ids=str)
def test_a_vector_row_records_the_rule_that_it_names(row: Row) -> None:
    case = next(row.cases())
    out = case.f(VECTOR, *[vector.Tensor(x, requires_grad=True) for x in case.sample()])
    assert out.op == vector_rules()[row.name].name


class Recording(SimpleNamespace):
    """The vector engine's mathematics, and the names that were asked of it."""

    def __init__(self) -> None:
        super().__init__(**vars(VECTOR))
        self.asked: set[str] = set()

    def __getattribute__(self, name: str) -> Any:
        if name != "asked":
            self.asked.add(name)
        return super().__getattribute__(name)


def test_every_function_of_the_vector_engine_is_used_by_a_row() -> None:
    m = Recording()
    for row in table.VECTOR_ROWS + table.FUNCTION_ROWS:
        case = next(row.cases())
        case.f(m, *case.sample())
    unused = set(vars(vector.functions)["__all__"]) - m.asked - {"linalg"}
    assert not unused, f"no row of the table of operations uses {', '.join(sorted(unused))}; add one"
