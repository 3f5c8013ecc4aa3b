"""scalar_compile.compile: what it takes and gives."""

from typing import Any

import numpy as np

import scalar
from demos import scalar_compile
from demos.scalar_compile import Compiled
from scalar import Value


def test_columns_shared_values_and_structures() -> None:
    f = scalar_compile.compile(
        lambda p, data, scale: {"out": p[0] * data["x"][1] + p[1], "more": [data["y"] * scale, 3.0]}
    )
    p = [Value(2.0), Value(1.0)]
    out = f(p, {"x": np.array([[0, 1], [0, 2], [0, 3]]), "y": (1, 2, 3)}, 10)
    np.testing.assert_array_equal(out["out"], [3.0, 5.0, 7.0])
    np.testing.assert_array_equal(out["more"], [[10.0, 20.0, 30.0], [3.0] * 3])


def test_a_function_without_columns_is_one_example() -> None:
    w = Value(3.0)
    f = scalar_compile.compile(lambda scale: scale * w * w)
    assert f(2.0) == 18.0
    assert type(f(2.0)) is float
    for total in (f.sum(2.0), f.mean(2.0)):
        assert total.data == 18.0
        assert total.locals == [12.0]


def test_what_all_examples_share_counts_once_for_each_in_a_sum() -> None:
    w = Value(3.0)
    f = scalar_compile.compile(lambda x: w * w)
    assert f.sum([1.0, 2.0]).data == 18.0
    assert f.sum([1.0, 2.0]).locals == [12.0]
    assert f.mean([1.0, 2.0]).locals == [6.0]


def test_an_argument_or_an_outer_value_as_the_result() -> None:
    w = Value(3.0)
    np.testing.assert_array_equal(scalar_compile.compile(lambda x: x)([1, 2]), [1.0, 2.0])
    assert scalar_compile.compile(lambda x: w).mean([1.0, 2.0]).locals == [1.0]
    assert scalar_compile.compile(lambda x: 5).mean([1.0, 2.0]).data == 5.0


def test_each_call_reads_the_numbers_of_the_moment() -> None:
    w = Value(2.0)
    compiled = scalar_compile.compile(lambda x: w * x)
    np.testing.assert_array_equal(compiled([1.0, 2.0]), [2.0, 4.0])
    w.data = -1.0
    np.testing.assert_array_equal(compiled([3.0, 4.0, 5.0]), [-3.0, -4.0, -5.0])
    assert compiled.explain().count("f: 1 operations") == 1  # another number of examples is no other form
    compiled(np.float32(3.0))
    assert compiled.explain().count("f: 1 operations") == 2


def test_a_new_form_is_recorded_anew() -> None:
    f = scalar_compile.compile(scalar.sum)
    np.testing.assert_array_equal(f([[1, 2], [3, 4]]), [3.0, 7.0])
    np.testing.assert_array_equal(f([[1, 2, 3]]), [6.0])
    assert f.explain().count("array operation") == 2


def test_no_examples() -> None:
    f = scalar_compile.compile(lambda x: scalar.dot(x, x).tanh())
    assert f(np.empty((0, 3))).shape == (0,)


def test_gradients_go_on_to_what_the_outer_values_were_computed_from() -> None:
    a = Value(2.0)
    w = a * a
    f = scalar_compile.compile(lambda x: w * x)
    (f.mean([1.0, 3.0]) * 10).backward()
    assert (w.grad, a.grad) == (20.0, 80.0)


def test_decorator_and_names() -> None:
    @scalar_compile.compile
    def loss(x: Any) -> Any:
        """Half a square."""
        return x * x / 2

    assert isinstance(loss, Compiled)
    assert (repr(loss), loss.__doc__) == ("Compiled(loss)", "Half a square.")
    assert repr(scalar_compile.compile(lambda x: x)) == "Compiled(f)"


def test_the_ledger_of_a_compiled_loss() -> None:
    w = Value(3.0, "w")
    loss = scalar_compile.compile(lambda x: w * x * x).mean([1.0, 2.0])
    loss.label = "L"
    assert loss.op == "mean f"
    assert "w̄ = L̄·∂f/∂w = 1·2.5" in str(loss.chain_rule())
    assert loss.evaluate(4.0) == 10.0  # what finite differences ask
    assert loss.rule is not None
    assert loss.rule.local(10.0, 4.0) == [2.5]


def test_explain() -> None:
    w = [Value(1.0), Value(2.0)]
    f = scalar_compile.compile(lambda x: scalar.dot(w, x).relu() ** 2)
    lines = f.explain([[1.0, 2.0]]).splitlines()
    assert lines[0] == "f: 3 operations of one example in 3 array operations"
    assert [line.split()[:3] for line in lines[2:]] == [["1", "·", "1"], ["2", "relu", "1"], ["3", "**", "1"]]
    assert lines[2].endswith("2×1 shared · 2×1 per example  y, x")
    assert lines[3].endswith("step(x)")
