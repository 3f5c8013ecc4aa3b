"""scalar.compile: what it takes and gives, and that it gives what the engine itself gives."""

import math
import random
import subprocess
import sys
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import scalar
from scalar import AnomalyError, Value, losses, nn, rules
from scalar.compilation import Compiled
from scalar.optim import SGD
from scalar.unknown import UnknownNumber

Function = Callable[..., Any]


def gradients(values: Sequence[Value]) -> list[float]:
    return [value.grad + 0.0 for value in values]


def eager_mean(f: Function, *columns: Sequence[Any]) -> Value:
    return losses.mean([f(*example) for example in zip(*columns, strict=True)])


def check(f: Function, variables: Sequence[Value], *columns: Sequence[Any], tolerance: float = 1e-12) -> None:
    """The compiled function has f's values, one by one, and the gradients of its mean."""
    compiled = scalar.compile(f)
    outs = [f(*example) for example in zip(*columns, strict=True)]
    expected = [float(out) for out in outs]
    np.testing.assert_allclose(compiled(*columns), expected, 1e-14, 1e-16)
    found = []
    for mean in (compiled.mean(*columns), losses.mean([out + Value(0.0) for out in outs])):
        for variable in variables:
            variable.grad = scalar.NOT_COMPUTED
        mean.backward()
        found.append([mean.data, *gradients(variables)])
    np.testing.assert_allclose(found[0], found[1], tolerance, tolerance)


# ---------------------------------------------------------------- training


def moons(points: int = 100) -> tuple[list[tuple[float, float]], list[float]]:
    generator = random.Random(0)
    angles = [math.pi * i / (points // 2 - 1) for i in range(points // 2)]
    upper = [(math.cos(a) + generator.gauss(0, 0.1), math.sin(a) + generator.gauss(0, 0.1)) for a in angles]
    lower = [(1 - math.cos(a) + generator.gauss(0, 0.1), 0.5 - math.sin(a)) for a in angles]
    return upper + lower, [1.0] * len(angles) + [-1.0] * len(angles)


@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid", "softplus"])
def test_training_on_the_moons_is_the_engines_step_by_step(activation: str) -> None:
    points, labels = moons()
    models = [nn.MLP(2, [16, 16, 1], activation=activation, generator=random.Random(1)) for _ in range(2)]
    optimizers = [SGD(model.parameters(), lr=0.1, momentum=0.5) for model in models]

    def loss(model: nn.MLP, point: Any, label: Any) -> Any:
        return (1 + -label * model(point)).relu()

    def penalty(model: nn.MLP) -> Any:
        return 1e-4 * sum(p * p for p in model.parameters())

    compiled = scalar.compile(lambda point, label: loss(models[0], point, label) + penalty(models[0]))
    for _ in range(3):
        eager = eager_mean(lambda point, label: loss(models[1], point, label), points, labels) + penalty(models[1])
        ours = compiled.mean(points, labels)
        for total, optimizer in zip((ours, eager), optimizers, strict=True):
            optimizer.zero_grad()
            total.backward()
        assert ours.data == pytest.approx(eager.data, rel=1e-13)
        np.testing.assert_allclose(
            gradients(models[0].parameters()), gradients(models[1].parameters()), rtol=1e-12, atol=1e-15
        )
        for optimizer in optimizers:
            optimizer.step()


def test_the_values_of_a_relu_network_are_the_engines_bit_for_bit() -> None:
    model = nn.MLP(3, [7, 5, 2], generator=random.Random(2))
    points = np.random.default_rng(0).normal(size=(20, 3))
    columns = scalar.compile(model)(points)
    assert [list(row) for row in zip(*columns, strict=True)] == [
        [float(out) for out in scalar.structure.leaves(model(point))] for point in points.tolist()
    ]


def test_a_neuron_written_out_as_micrograd_does_becomes_one_sum() -> None:
    w, b = [Value(x / 7 - 0.3) for x in range(5)], Value(0.25)

    def neuron(x: Any) -> Any:
        return sum((wi * xi for wi, xi in zip(w, x, strict=True)), b).tanh()

    points = np.random.default_rng(0).normal(size=(4, 5))
    check(neuron, [*w, b], points.tolist())
    assert "in 4 array operations" in scalar.compile(neuron).explain(points)  # ×, b for each example, sum, tanh


def test_a_million_numbers_are_handled_in_blocks() -> None:
    w = [Value(0.5), Value(-1.0)]
    f = scalar.compile(lambda x: scalar.dot(w, x))
    points = np.random.default_rng(0).normal(size=(300_001, 2))
    np.testing.assert_array_equal(f(points), points[:, 0] * 0.5 - points[:, 1])
    f.mean(points).backward()
    np.testing.assert_allclose(gradients(w), points.mean(axis=0), rtol=1e-12)


def test_a_deep_graph() -> None:
    w = Value(0.999)

    def f(x: Any) -> Any:
        for _ in range(3000):
            x = x * w + 0.001
        return x

    check(f, [w], [1.0, 2.0], tolerance=1e-10)


# ---------------------------------------------------------------- random graphs

UNARY: list[Function] = [Value.tanh, Value.sigmoid, Value.relu, Value.sin, Value.softplus, scalar.abs, lambda x: -x]
BINARY: list[Function] = [
    rules.add,
    rules.subtract,
    rules.multiply,
    rules.maximum,
    rules.hypot,
    lambda x, y: x / (2 + y * y),
]


@given(st.randoms(use_true_random=False), st.integers(1, 25), st.integers(1, 4))
def test_random_graphs(generator: random.Random, size: int, examples: int) -> None:
    """Operands of every kind in every place: arguments, variables, constants and earlier results, with repetition."""
    variables = [Value(generator.uniform(-1, 1)) for _ in range(3)]
    choices = [
        (
            generator.randrange(4),
            generator.choice(UNARY),
            generator.choice(BINARY),
            [generator.random() for _ in "wxyz"],
        )
        for _ in range(size)
    ]

    def f(x: Sequence[Any], y: Any) -> Any:
        nodes = [*variables, *x, y, 0.5]
        for kind, unary, binary, places in choices:
            a, b, c, d = (nodes[int(place * len(nodes))] for place in places)
            if kind == 0:
                nodes.append(unary(a + variables[0]))
            elif kind == 1:
                nodes.append(scalar.dot([a, b], [c, d + variables[1]]))
            elif kind == 2:
                nodes.append(a + b + c + d + variables[2])
            else:
                nodes.append(binary(a + variables[0], b))
        return scalar.sum(node * 0.1 for node in nodes[3:])

    x = [[generator.uniform(-1, 1) for _ in range(2)] for _ in range(examples)]
    y = [generator.uniform(-1, 1) for _ in range(examples)]
    check(f, variables, x, y)


# ---------------------------------------------------------------- what it takes and gives


def test_columns_shared_values_and_structures() -> None:
    f = scalar.compile(lambda p, data, scale: {"out": p[0] * data["x"][1] + p[1], "more": [data["y"] * scale, 3.0]})
    p = [Value(2.0), Value(1.0)]
    out = f(p, {"x": np.array([[0, 1], [0, 2], [0, 3]]), "y": (1, 2, 3)}, 10)
    np.testing.assert_array_equal(out["out"], [3.0, 5.0, 7.0])
    np.testing.assert_array_equal(out["more"], [[10.0, 20.0, 30.0], [3.0] * 3])


def test_a_function_without_columns_is_one_example() -> None:
    w = Value(3.0)
    f = scalar.compile(lambda scale: scale * w * w)
    assert f(2.0) == 18.0
    assert type(f(2.0)) is float
    for total in (f.sum(2.0), f.mean(2.0)):
        assert total.data == 18.0
        assert total.locals == [12.0]


def test_what_all_examples_share_counts_once_for_each_in_a_sum() -> None:
    w = Value(3.0)
    f = scalar.compile(lambda x: w * w)
    assert f.sum([1.0, 2.0]).data == 18.0
    assert f.sum([1.0, 2.0]).locals == [12.0]
    assert f.mean([1.0, 2.0]).locals == [6.0]


def test_an_argument_or_an_outer_value_as_the_result() -> None:
    w = Value(3.0)
    np.testing.assert_array_equal(scalar.compile(lambda x: x)([1, 2]), [1.0, 2.0])
    assert scalar.compile(lambda x: w).mean([1.0, 2.0]).locals == [1.0]
    assert scalar.compile(lambda x: 5).mean([1.0, 2.0]).data == 5.0


def test_each_call_reads_the_numbers_of_the_moment() -> None:
    calls = []
    w = Value(2.0)

    def f(x: Any) -> Any:
        calls.append(x)
        return w * x

    compiled = scalar.compile(f)
    np.testing.assert_array_equal(compiled([1.0, 2.0]), [2.0, 4.0])
    w.data = -1.0
    np.testing.assert_array_equal(compiled([3.0, 4.0, 5.0]), [-3.0, -4.0, -5.0])
    assert len(calls) == 1  # another number of examples is no other form
    compiled(np.float32(3.0))
    assert len(calls) == 2


def test_a_new_form_is_recorded_anew() -> None:
    f = scalar.compile(scalar.sum)
    np.testing.assert_array_equal(f([[1, 2], [3, 4]]), [3.0, 7.0])
    np.testing.assert_array_equal(f([[1, 2, 3]]), [6.0])
    assert f.explain().count("array operation") == 2


def test_no_examples() -> None:
    f = scalar.compile(lambda x: scalar.dot(x, x).tanh())
    assert f(np.empty((0, 3))).shape == (0,)


def test_gradients_go_on_to_what_the_outer_values_were_computed_from() -> None:
    a = Value(2.0)
    w = a * a
    f = scalar.compile(lambda x: w * x)
    (f.mean([1.0, 3.0]) * 10).backward()
    assert (w.grad, a.grad) == (20.0, 80.0)


DERIVED: dict[str, Function] = {
    "smooth": lambda x: x * x * scalar.tanh(x),
    "cube": lambda x: x**3,
    "reciprocal": lambda x: (x + 3) ** -1,
    "exponential": lambda x: 2**x,
    "tower": lambda x: (x + 3) ** x,
    "norm": lambda x: scalar.hypot(x, 2 * x),
    "angle": lambda x: scalar.atan2(x, x + 2),
    "kinks": lambda x: scalar.relu(x) + scalar.maximum(x, -x) * x + scalar.elu(x) + scalar.abs(x),
}


@pytest.mark.parametrize("order", [1, 2, 3])
@pytest.mark.parametrize("f", DERIVED.values(), ids=DERIVED.keys())
def test_a_derivative_compiled(f: Function, order: int) -> None:
    xs = [-1.0, 0.5, 2.0] if f is DERIVED["norm"] else [-1.0, 0.0, 0.5, 2.0]
    derived = scalar.derivative(f, order)
    np.testing.assert_allclose(scalar.compile(derived)(xs), [derived(x) for x in xs], 1e-13, 1e-13)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_at_the_points_where_a_rule_chooses() -> None:
    f = scalar.compile(scalar.grad(lambda x, y: x**y + scalar.hypot(x, y), (0, 1)))
    x, y = [0.0, 0.0, 0.0, 2.0, 0.0], [0.0, 1.0, 2.0, 0.0, -1.0]
    expected = [scalar.grad(lambda x, y: x**y + scalar.hypot(x, y), (0, 1))(*at) for at in zip(x, y, strict=True)]
    np.testing.assert_allclose(np.transpose(f(x, y)), expected, 1e-14)


def test_the_derivative_of_a_compiled_function() -> None:
    f = scalar.compile(lambda w, x: w * w * x)
    assert scalar.grad(lambda w: f.sum(w, [1.0, 2.0]))(3.0) == 18.0


def test_decorator_and_names() -> None:
    @scalar.compile
    def loss(x: Any) -> Any:
        """Half a square."""
        return x * x / 2

    assert isinstance(loss, Compiled)
    assert (repr(loss), loss.__doc__) == ("Compiled(loss)", "Half a square.")
    assert repr(scalar.compile(lambda x: x)) == "Compiled(f)"


def test_the_ledger_of_a_compiled_loss() -> None:
    w = Value(3.0, "w")
    loss = scalar.compile(lambda x: w * x * x).mean([1.0, 2.0])
    loss.label = "L"
    assert loss.op == "mean f"
    assert "w̄ = L̄·∂f/∂w = 1·2.5" in str(loss.chain_rule())
    assert loss.evaluate(4.0) == 10.0  # what finite differences ask
    assert loss.rule is not None
    assert loss.rule.local(10.0, 4.0) == [2.5]


def test_explain() -> None:
    w = [Value(1.0), Value(2.0)]
    f = scalar.compile(lambda x: scalar.dot(w, x).relu() ** 2)
    lines = f.explain([[1.0, 2.0]]).splitlines()
    assert lines[0] == "f: 3 operations of one example in 3 array operations"
    assert [line.split()[:3] for line in lines[2:]] == [["1", "·", "1"], ["2", "relu", "1"], ["3", "**", "1"]]
    assert lines[2].endswith("2×1 shared · 2×1 per example  y, x")
    assert lines[3].endswith("step(x)")


# ---------------------------------------------------------------- wrong use


ASKING: dict[str, Function] = {
    "if": lambda x: x if x > 0 else -x,
    "equality": lambda x: x if x == 0 else -x,
    "truth": lambda x: x and 1.0,
    "float": lambda x: x * float(x),
    "math": lambda x: Value(math.exp(x)),
    "data": lambda x: x * x.data,
    "round": round,
    "a class": lambda x: losses.softmax_cross_entropy([x, 2 * x], 0),
}


@pytest.mark.parametrize("f", ASKING.values(), ids=ASKING.keys())
def test_a_number_that_is_not_known_yet(f: Function) -> None:
    with pytest.raises(
        UnknownNumber, match=r"^compile: expected f to use its arguments through operations only, but .*"
    ):
        scalar.compile(f)([1.0, 2.0])


def test_what_is_printed_of_an_argument() -> None:
    seen = []

    def f(x: Any) -> Any:
        seen.append((repr(x), repr(x + 1)))
        return x

    scalar.compile(f)([1.0])
    assert seen == [("Recorded(argument)", "Recorded(+)")]


@pytest.mark.parametrize("wrong", ["moons", None, [[1, 2], [3]], ["a", "b"], [1 + 2j], len, {"a": ["b"]}], ids=repr)
def test_an_argument_that_is_no_number(wrong: Any) -> None:
    with pytest.raises(TypeError, match=r"^f: argument 1.*: expected a number or Values, .* nested lists of numbers"):
        scalar.compile(lambda x, y: x)([1.0], wrong)


def test_columns_of_different_lengths() -> None:
    with pytest.raises(ValueError, match=r"^f: expected as many examples in each argument, got 2 and 3$"):
        scalar.compile(lambda x, y: x)([1.0, 2.0], [1.0, 2.0, 3.0])


def test_the_mean_of_nothing() -> None:
    for reduce in (scalar.compile(scalar.exp).mean, scalar.compile(scalar.exp).sum):
        with pytest.raises(ValueError, match=r"^exp\.(mean|sum): expected at least one example, got none$"):
            reduce([])


def test_the_mean_of_several_numbers() -> None:
    with pytest.raises(TypeError, match=r"^f\.mean: expected f to give one number, got list; call f\(…\) for all"):
        scalar.compile(lambda x: [x, x]).mean([1.0])


def test_a_result_that_is_no_number() -> None:
    with pytest.raises(TypeError, match=r"^compile: expected f to give Values or numbers, in lists, .* got NoneType$"):
        scalar.compile(lambda x: None)([1.0])


def test_the_second_derivative_of_a_compiled_function() -> None:
    f = scalar.compile(lambda w, x: w * w * x)
    with pytest.raises(
        TypeError, match=r"^f\.sum: its derivative is known as a number only; .*compile\(scalar\.grad\(f"
    ):
        scalar.hessian(lambda w: f.sum(w, [1.0, 2.0]))(3.0)


# ---------------------------------------------------------------- NaN and infinity


def test_a_nan_is_reported_by_the_operation_that_made_it() -> None:
    f = scalar.compile(lambda x: scalar.log(x) * 2)
    with pytest.warns(RuntimeWarning, match=r"log\(-3\.0\) is nan"):
        out = f([1.0, -3.0])
    np.testing.assert_array_equal(out, [0.0, math.nan])
    with scalar.detect_anomaly(), pytest.raises(AnomalyError, match=r"log\(-3\.0\) is nan"):
        f([1.0, -3.0])


def test_a_nan_given_is_no_news() -> None:
    np.testing.assert_array_equal(scalar.compile(lambda x: x + 1)([math.nan, 1.0]), [math.nan, 2.0])


def test_a_derivative_that_is_infinite_is_reported_under_detect_anomaly() -> None:
    w = Value(1.0)
    f = scalar.compile(lambda x: scalar.sqrt(w * x))
    assert math.isnan(f.mean([1.0, 0.0]).locals[0])
    with scalar.detect_anomaly(), pytest.raises(AnomalyError, match=r"backward of sqrt\(0\.0\)"):
        f.mean([1.0, 0.0])


# ---------------------------------------------------------------- NumPy is optional


def test_numpy_is_loaded_by_compile_alone() -> None:
    code = "import sys, scalar; assert 'numpy' not in sys.modules; scalar.compile; assert 'numpy' in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_without_numpy_the_message_says_so() -> None:
    code = "import sys; sys.modules['numpy'] = None; import scalar; scalar.compile"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "ImportError: scalar.compile needs NumPy: pip install numpy" in ran.stderr


def test_no_other_name_is_made_up() -> None:
    with pytest.raises(AttributeError, match=r"^module 'scalar' has no attribute 'compyle'$"):
        _ = scalar.compyle
