"""Pickles and copies of whole graphs; test_copies.py is about single Values."""

import copy
import math
import pickle
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

import scalar
from scalar import NOT_COMPUTED, Value
from scalar.topology import reverse_topological
from tests.checks import SCALAR
from tests.table import SCALAR_ROWS

ROOT = Path(__file__).parents[2]


def pickled(protocol: int, y: Value) -> Value:
    return pickle.loads(pickle.dumps(y, protocol))


COPIES: dict[str, Callable[[Value], Value]] = {
    "deepcopy": copy.deepcopy,
    **{f"pickle {protocol}": partial(pickled, protocol) for protocol in (2, 5)},
}
how = pytest.mark.parametrize("how", COPIES)


def graph() -> Value:
    """Every kind of node: shared leaves, a parameter, constants, an n-ary operation, a label on an operation."""
    x, w = Value(0.5, "x"), Value(-1.5, "w", role="parameter")
    inside = scalar.dot([x, 2, w], [w, x, x]) - x**3
    inside.label = "inside"
    return scalar.maximum(inside, scalar.hypot(x, w)) / (1 + scalar.elu(inside, 0.5)) + inside


def records(y: Value) -> list[tuple[Any, ...]]:
    """All that is known of each node, depth first, with operands as places in that order."""
    place: dict[Value, int] = {}
    stack = [y]
    while stack:
        node = stack.pop()
        if node not in place:
            place[node] = len(place)
            stack.extend(reversed(node.parents))
    return [
        (n.data, n.grad, n.label, n.role, n.op, [place[parent] for parent in n.parents], list(n.locals)) for n in place
    ]


@how
def test_a_copied_graph_is_the_same_graph_of_other_nodes(how: str) -> None:
    y = graph()
    twin = COPIES[how](y)
    assert records(twin) == records(y)
    assert not set(reverse_topological(twin)) & set(reverse_topological(y))
    assert all(node.grad is NOT_COMPUTED for node in reverse_topological(twin))


@how
def test_gradients_are_kept_and_the_copy_can_be_differentiated_on_its_own(how: str) -> None:
    y = graph()
    y.backward()
    twin = COPIES[how](y)
    assert records(twin) == records(y)
    before = records(y)
    twin.backward()
    assert records(y) == before
    doubled = [2 * row[1] for row in before if row[3] != "constant"]
    assert [row[1] for row in records(twin) if row[3] != "constant"] == doubled


@how
def test_the_copy_can_be_computed_with(how: str) -> None:
    twin = COPIES[how](graph())
    (x,) = (node for node in reverse_topological(twin) if node.role == "input")
    (twin * twin).backward()
    assert x.grad == pytest.approx(2 * twin.data * scalar.grad(again)(0.5))
    assert len(list((twin * x).chain_rule())) > 5


def again(x: Value) -> Value:
    """What `graph` computes, as a function of x."""
    inside = scalar.dot([x, 2, -1.5], [-1.5, x, x]) - x**3
    return scalar.maximum(inside, scalar.hypot(x, -1.5)) / (1 + scalar.elu(inside, 0.5)) + inside


def test_graphs_copied_together_share_their_leaves() -> None:
    x = Value(3.0, "x")
    pair = [x * x, x * 5, x]
    for twins in (copy.deepcopy(pair), pickle.loads(pickle.dumps(pair))):
        y, z, leaf = twins
        assert y.parents[0] is y.parents[1] is z.parents[0] is leaf
        y.backward()
        z.backward()
        assert (leaf.grad, x.grad) == (6.0 + 5.0, NOT_COMPUTED)


def test_the_recorded_derivatives_travel_not_the_changed_numbers() -> None:
    x = Value(3.0)
    y = x * x
    x.data = 100.0
    twin = pickle.loads(pickle.dumps(y))
    twin.backward()
    assert (twin.parents[0].data, twin.parents[0].grad) == (100.0, 6.0)


def test_nan_and_infinity_travel() -> None:
    twin = pickle.loads(pickle.dumps([Value(math.nan), Value(-math.inf)]))
    assert math.isnan(twin[0].data)
    assert twin[1].data == -math.inf


@pytest.mark.slow
@pytest.mark.parametrize("how", ["deepcopy", "pickle 5"])
def test_a_graph_a_hundred_thousand_operations_deep(how: str) -> None:
    x = y = Value(1.0, "x")
    for _ in range(100_000):
        y = y + x
    twin = COPIES[how](y)
    twin.backward()
    *_, leaf = reverse_topological(twin)
    assert (leaf.label, leaf.grad, twin.data) == ("x", 100_001.0, 100_001.0)


def test_a_pickle_loads_in_a_fresh_interpreter_and_is_older_than_what_comes_after(tmp_path: Path) -> None:
    """Creation numbers start anew in each process: the graph must be sorted among the new nodes all the same."""
    for _ in range(10_000):
        Value(0.0)  # so that the numbers here are higher than any in the other process
    y = graph()
    y.backward()
    path = tmp_path / "graph.pickle"
    path.write_bytes(pickle.dumps(y))
    code = f"""
import pickle
from pathlib import Path
y = pickle.loads(Path({str(path)!r}).read_bytes())
before = y.grad
z = y * y
z.backward()
print(repr([z.data, y.grad - before, z.conventions(), len(list(z.chain_rule()))]))
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == repr([y.data**2, 2 * y.data, [], len(list(y.chain_rule())) + 1])


@how
@pytest.mark.parametrize("gradient", [3, True, np.float64(3.0), 0.0, -0.0, math.nan])
def test_a_gradient_of_any_type_of_number_is_kept(how: str, gradient: float) -> None:
    """One that was no float, as after `x.grad = 0`, was lost."""
    x = Value(2.0)
    y = x * x
    x.grad = y.grad = gradient
    for node in (twin := COPIES[how](y), twin.parents[0], COPIES[how](x)):
        assert repr(node.grad) == repr(gradient)
        assert type(node.grad) is type(gradient)


@how
def test_a_gradient_that_is_not_computed_stays_the_one_there_is(how: str) -> None:
    copied: Any = COPIES[how](cast(Value, NOT_COMPUTED))
    assert copied is NOT_COMPUTED
    assert COPIES[how](Value(2.0)).grad is NOT_COMPUTED


def test_every_operation_can_be_pickled() -> None:
    for row in SCALAR_ROWS:
        y = row.f(SCALAR, *[Value(0.5 + 0.125 * i) for i in range(len(row.domains))])
        twin = pickle.loads(pickle.dumps(y))
        assert (twin.rule, twin.locals) == (y.rule, y.locals), row.name


@pytest.mark.parametrize("former", scalar.pickling._FORMER)
def test_graphs_pickled_under_a_rows_former_name_load(former: str) -> None:
    op = vars(scalar.rules)[scalar.pickling._FORMER[former]]
    leaves = [Value(float(i)) for i in range(1, 1 + max(len(op.operands), 2))]
    out = scalar.pickling._graph([*leaves, (former, (0, 1), (1.0, 0.0), 2.0, 0.0, "y")])
    assert (out.rule, out.data, out.label) == (op, 2.0, "y")
