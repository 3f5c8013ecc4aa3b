"""What both engines read from their rows is the same: names, methods, defaults, and what each is said to mean."""

import inspect
import re
from typing import Any

import numpy as np
import pytest

import scalar
import vector
from scalar import Value, rules
from scalar.op import Activation, Stacked
from tests import table
from tests.checks import SCALAR, VECTOR
from tests.row import Row
from vector import Tensor, nn
from vector.rules import elementwise, ufuncs

TWINS: list[str] = vars(elementwise)["__all__"]
PUBLIC = {
    **{f"scalar.{name}": getattr(rules, name) for name in vars(rules)["__all__"]},
    **{f"vector.{name}": getattr(module, name) for module in (elementwise, ufuncs) for name in vars(module)["__all__"]},
}


def test_both_tables_have_the_same_rows() -> None:
    """Sums of any number of operands are NumPy's functions on the vector engine."""
    ours = {name for name in vars(rules)["__all__"] if not isinstance(getattr(rules, name), Stacked)}
    assert {*TWINS} == ours
    assert [name for name in vars(rules)["__all__"] if name in ours] == TWINS, "in another order"


@pytest.mark.parametrize("name", TWINS)
def test_a_row_means_and_takes_the_same_on_both(name: str) -> None:
    ours, theirs = getattr(rules, name), getattr(elementwise, name)
    assert ours.__doc__ == theirs.__doc__
    assert ours.defaults == theirs.defaults
    assert ours.operands[1:] == (theirs.operands or ours.operands)[1:]
    assert isinstance(ours, Activation) == isinstance(theirs, vector.op.Activation)


@pytest.mark.parametrize("name", TWINS)
def test_every_row_is_a_function_and_a_method_with_its_meaning(name: str) -> None:
    """help(vector.exp) showed what an Op is, and 14 methods of Value were missing on Tensor."""
    for engine, kind in ((scalar, Value), (vector, Tensor)):
        row = getattr(engine, name)
        assert row.__name__ == name
        assert getattr(kind, name).__doc__ == row.__doc__ == inspect.getdoc(row)


@pytest.mark.parametrize("name", PUBLIC)
def test_a_meaning_is_a_line_of_mathematics_and_a_sentence(name: str) -> None:
    meaning = PUBLIC[name].__doc__
    form = "a meaning is one line, the same on both engines: mathematics, a full stop, and a sentence with its own"
    assert re.fullmatch(r".+\. .+\.", meaning), f"{form}; got {meaning!r}"


@pytest.mark.parametrize("name", TWINS)
def test_methods_agree(name: str) -> None:
    numbers = [0.25, 0.75, 0.5][: len(getattr(rules, name).operands)]
    x, *more = numbers
    value, tensor = getattr(Value(x), name)(*more), getattr(Tensor(np.array(x)), name)(*more)
    assert value.op.replace("max", "maximum").replace("min", "minimum") == getattr(elementwise, name).name
    assert value.data == pytest.approx(tensor.item(), rel=1e-15)


@pytest.mark.parametrize("name", [name for name in TWINS if getattr(rules, name).defaults])
def test_an_operand_with_a_default_may_be_left_out_or_named_everywhere(name: str) -> None:
    row = getattr(rules, name)
    named = dict(zip(row.operands[-len(row.defaults) :], [float(x) / 2 for x in row.defaults], strict=True))
    for x in (-0.75, 1.25):
        expected = row(x), row(x, **named)
        assert expected == (row(x, *row.defaults), row(x, *named.values()))
        engines: list[tuple[Any, Any]] = [(scalar, Value(x)), (vector, Tensor(np.array(x)))]
        for engine, operand in engines:
            function = getattr(engine, name)
            results = [function(operand), function(operand, **named)]
            results += [getattr(operand, name)(), getattr(operand, name)(**named)]
            assert [result.data for result in results] == pytest.approx([*expected, *expected], rel=1e-15)
        layer = nn.pointwise.MODULES[name](**named)
        assert layer(np.array(x)) == pytest.approx(expected[1], rel=1e-15)
        assert layer.extra_repr() == ", ".join(f"{key}={value}" for key, value in named.items())


# The second derivative of hypot at the origin is none: the slopes there depend on the way by which one comes.
TURNS = [
    (row, point, i)
    for row in table.SCALAR_ROWS
    for point in row.singular
    for i in range(len(point))
    if np.isfinite(point).all() and not np.any(row.kink(*map(np.float64, point))) and row.name != "hypot"
]


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize(("row", "point", "i"), TURNS, ids=str)
def test_second_derivatives_far_out_agree(row: Row, point: tuple[float, ...], i: int) -> None:
    """Reverse over reverse on both engines, and forward over reverse: 1/cosh x would make NaN of two of them."""

    def f(m: Any, x: Any) -> Any:
        return row.scalar_case().f(m, *(x if j == i else number for j, number in enumerate(point)))

    x = float(point[i])
    slope = scalar.grad(lambda x: f(SCALAR, x))
    if np.isfinite(slope(x)):
        theirs = vector.grad(lambda x: f(VECTOR, x))
        _, moved = vector.jvp(theirs, (np.array(x),), (np.array(1.0),))
        found = [scalar.grad(slope)(x), vector.grad(theirs)(np.array(x))]
        np.testing.assert_allclose(found, float(moved), 1e-9, 1e-12)


@pytest.mark.parametrize("engine", [scalar, vector])
@pytest.mark.parametrize(
    "use",
    [lambda elu, x: elu(x, beta=1), lambda elu, x: elu(x, 1, alpha=1), lambda elu, x: elu()],
    ids=["unknown", "twice", "none"],
)
def test_an_operand_that_there_is_not_is_refused(engine: Any, use: Any) -> None:
    node: Any = Value(1.0) if engine is scalar else Tensor(np.array(1.0))
    for x in (1.0, node):
        with pytest.raises(TypeError, match=r"elu: expected operands x, alpha, got|missing 1 required"):
            use(engine.elu, x)
    with pytest.raises(TypeError, match="elu: expected operands x, alpha, got"):
        node.elu(1, alpha=1)


def test_activations_have_pytorchs_names() -> None:
    names = {name: kind.__name__ for name, kind in nn.pointwise.MODULES.items()}
    assert {"relu": "ReLU", "silu": "SiLU", "gelu": "GELU", "leaky_relu": "LeakyReLU"}.items() <= names.items()
    assert names.keys() == scalar.nn.ACTIVATIONS.keys() - {"linear"}
    assert names.keys() <= nn.ACTIVATIONS.keys()
