"""`verify` on the user's own code: files with a fault, which must be found, named and drawn, and files without one."""

import json
import math
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import numpy as np
import pytest

import scalar
import vector
import viz
from demos.console import CommandError
from demos.verification import Report, verify
from demos.verification.arguments import read_arguments
from demos.verification.loading import load
from tests.demos.conftest import Cli
from vector import nn

OWN = Path(__file__).parent / "own"


class Fault(NamedTuple):
    """A file of `own/faults`, the arguments of its function, and what must be told."""

    file: str
    arguments: str
    wrong: str
    told: str
    note: str = ""
    torch: bool = True
    dtype: str | None = None


FAULTS = [
    Fault("wrong_derivative", "x=normal(4,3) w=normal(3,2)", "x w", "v2 = Softplus(v1), by v1: its", torch=False),
    Fault("transposed_weight", "x=normal(4,3)", "value x weight bias", "v1 = x·weight", "with weight transposed"),
    Fault("mean_for_sum", "x=normal(4,3) target=normal(4,3)", "value x target", "v3 = mean(v2)", "12 times ours"),
    Fault("lost_digits", "x=[1000.25,1001.5,999.75]", "value", "v5 = v2 − v4: float32 gives", dtype="float32"),
    Fault("kink", "x=[-1.0,0.0,2.0]", "", "", "kink: maximum"),
    Fault("nan", "p=[0.5,0.0,0.5]", "value p", "v2 = p ⊙ v1: it makes nan at [1] of 0, -inf; v1 = log(p) made"),
    Fault("forgotten_bias", "x=normal(3,4)", "value 2.bias", "the first part of the model that gives something"),
    Fault("wrong_axis", "scores=normal(3,4) values=normal(4,2)", "value scores values", "axis=0, keepdims=True"),
    Fault("detached", "x=normal(2,5)", "x", "this operand depends on the inputs, but left the graph", torch=False),
    Fault("wrong_reduction", "logits=normal(4,3) labels=integers(3,4)", "value logits", "v5 = −v4", "3 times ours"),
]  # fmt: skip
RIGHT = {
    "my_network": "x=normal(5,4)",
    "my_layer_norm": "x=normal(3,5) weight=normal(5) bias=normal(5)",
    "my_convolution": "x=normal(2,2,6,6)",
    "my_embedding": "words=integers(7,3,4)",
    "my_gru": "x=normal(4,3) h=normal(4,2) "
    "weight_ih=normal(6,3) weight_hh=normal(6,2) bias_ih=normal(6) bias_hh=normal(6)",
    "my_attention": "q=normal(4,3) k=normal(4,3) v=normal(4,2)",
    "my_gelu": "x=normal(3,4)",
    "my_cross_entropy": "logits=normal(4,3) labels=integers(3,4)",
    "my_batch_norm": "x=normal(6,4)",
    "my_neuron": "x=[0.5,-1.0]",
}


def own(kind: str, file: str, arguments: str, *, torch: bool = True, dtype: str | None = None) -> Report:
    place = f"{OWN / kind / file}.py"
    other = load(f"{place}:g") if torch else None
    return verify(load(f"{place}:f"), read_arguments(arguments.split()), torch=other, dtype=dtype)


def verdicts(report: Report) -> dict[str, str]:
    return {row.name: row.verdict for row in report.rows}


def marks(drawing: viz.Drawing | None) -> list[str]:
    return [edge.stamp.verdict for edge in drawing.graph.edges if edge.stamp] if drawing else []


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.file)
def test_a_fault_is_found_named_and_drawn(fault: Fault) -> None:
    report = own("faults", fault.file, fault.arguments, torch=fault.torch, dtype=fault.dtype)
    assert " ".join(row.name for row in report.wrong) == fault.wrong
    assert fault.told in report.parting
    assert any(fault.note in note for note in report.notes) or not fault.note
    assert report.ok == (not fault.wrong)
    if fault.wrong:
        assert "mismatch" in marks(report.drawing)
    else:
        assert verdicts(report)["x"] == "convention"


@pytest.mark.parametrize("file", RIGHT)
def test_what_is_right_passes(file: str) -> None:
    report = own("right", file, RIGHT[file])
    assert {row.verdict for row in report.rows} == {"agrees"}, str(report)
    assert any(row.numbers.get("PyTorch") is not None for row in report.rows)


# ---------------------------------------------------------------- what is verified


def test_a_layout_is_explained() -> None:
    import torch

    def f(x: Any, W: Any, b: Any) -> Any:
        return x @ W + b

    draw = np.random.default_rng(0).standard_normal
    report = verify(f, {"x": draw((4, 3)), "W": draw((3, 2)), "b": draw(2)}, torch=torch.nn.Linear(3, 2))
    assert report.ok
    assert "W is transposed relative to PyTorch's weight" in report.notes
    assert "b is PyTorch's bias" in report.notes


def test_numbers_run_on_every_engine() -> None:
    report = verify(lambda x, y: x * y + x**2, {"x": 2.0, "y": 3})
    assert report.ok
    assert report.columns == ["vector", "scalar", "PyTorch", "differences"]
    assert report.rows[1].numbers == {"vector": 7.0, "scalar": 7.0, "PyTorch": 7.0, "differences": pytest.approx(7.0)}


def test_modules_and_globals_bring_their_parameters() -> None:
    model = nn.MLP(3, [4, 2], activation="tanh", generator=np.random.default_rng(0))
    scale = vector.tensor([1.0, 2.0], requires_grad=True)
    unit = scalar.nn.MLP(2, [2, 1], generator=Random(0))

    def loss(x: Any) -> Any:
        return np.sum(model(x) * scale)

    names = verdicts(verify(loss, {"x": np.ones((2, 3))}))
    assert {"model.layers.0.weight", "model.layers.1.bias", "scale"} <= names.keys()
    assert set(names.values()) == {"agrees"}
    assert {"layers.0.neurons.1.w", "layers.1.neurons.0.b"} <= verdicts(verify(unit, {"x": [0.5, -1.0]})).keys()


def test_nested_arguments_are_named_by_their_path() -> None:
    def loss(params: Any, x: Any) -> Any:
        return np.mean(np.tanh(x @ params["w"]) * params["b"])

    def other(params: Any, x: Any) -> Any:
        return ((x @ params["w"]).tanh() * params["b"]).mean()

    draw = np.random.default_rng(0).standard_normal
    report = verify(loss, {"params": {"w": draw((3, 2)), "b": draw(2)}, "x": draw((4, 3))}, torch=other)
    assert verdicts(report) == dict.fromkeys(["value", "params['w']", "params['b']", "x"], "agrees")


@pytest.mark.slow
def test_of_many_variables_the_wrong_ones_are_found() -> None:
    class Wrong(vector.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x)
            return np.sin(x)

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            (x,) = ctx.saved_tensors
            return g * np.cos(x) * 1.1

    def f(xs: Any) -> Any:
        total = 0.0
        for i, x in enumerate(xs):
            total = np.sin(total + (Wrong.apply(x) if i == 120 else np.sin(x)))
        return total

    xs = list(np.random.default_rng(0).uniform(0.2, 1.0, (150, 1)))
    report = verify(f, {"xs": [np.array(x) for x in xs]})
    assert [row.name for row in report.wrong] == ["xs[120]"]  # of which no difference of the whole knows anything
    assert "the first wrong step is" in report.parting
    assert "Wrong(xs[120])" in report.parting
    assert report.drawing is not None
    assert len(report.drawing.graph.cards) < 20


def test_constants_of_pytorch_are_no_more_exact_than_their_dtype() -> None:
    import torch

    constant = torch.tensor(0.1)  # float32, when the user's file is imported
    at = {"x": np.random.default_rng(0).standard_normal((3, 2))}
    assert verify(lambda x: np.tanh(x * 0.1), at, torch=lambda x: torch.tanh(x * constant)).ok
    assert verify(lambda x: np.tanh(x * 0.1), at, torch=lambda x: torch.tanh(x * torch.tensor(0.1))).ok
    assert not verify(lambda x: np.tanh(x * 0.1), at, torch=lambda x: torch.tanh(x * constant) * 1.001).ok
    assert torch.get_default_dtype() is torch.float32


def test_running_means_and_loose_tensors_go_with_the_module() -> None:
    import torch

    class Masked(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.norm, self.mask = torch.nn.BatchNorm1d(3), torch.tril(torch.ones(3, 3))

        def forward(self, x: Any) -> Any:
            return self.norm(x) @ self.mask

    class Same(nn.Module):
        def __init__(self) -> None:
            self.norm = nn.BatchNorm1d(3)

        def __call__(self, x: Any) -> Any:
            return self.norm(x) @ np.tri(3)

    ours, x = Same(), np.random.default_rng(0).standard_normal((5, 3))
    ours(x + 2)  # which moves the running means
    assert verify(ours.eval(), {"x": x}, torch=Masked().eval()).ok


def test_several_kinks_in_one_direction_are_a_convention() -> None:
    weights = np.array([[1.0, -2.0, 0.5], [0.5, 1.0, -1.0]])
    report = verify(lambda x: np.sum(vector.relu(x @ weights)), {"x": [0.0, 0.0]})
    assert verdicts(report)["x"] == "convention"
    assert "kink: relu" in report.notes[0]


def test_the_users_objects_are_left_as_they_were() -> None:
    import torch

    model, other = nn.BatchNorm1d(3), torch.nn.BatchNorm1d(3)
    model.weight.grad = np.ones(3, np.float32)
    before, theirs = model.state_dict(), {name: x.clone() for name, x in other.state_dict().items()}
    assert verify(model, {"x": np.random.default_rng(0).standard_normal((4, 3))}, torch=other).ok
    after = model.state_dict()
    assert all(np.array_equal(before[name], after[name]) and before[name].dtype == after[name].dtype for name in before)
    assert all(torch.equal(theirs[name], x) and theirs[name].dtype == x.dtype for name, x in other.state_dict().items())
    assert model.weight.grad.tolist() == [1, 1, 1]
    assert other.weight.grad is None


def test_one_wrong_element_of_many_is_named() -> None:
    class Sine(vector.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x)
            return np.sin(x)

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            (x,) = ctx.saved_tensors
            factor = np.ones(x.shape)
            factor[7, 3] = 1.01
            return g * np.cos(x) * factor

    report = verify(Sine, {"x": 0.3 * np.random.default_rng(1).standard_normal((20, 10))})
    (row,) = report.wrong
    assert (row.name, row.element) == ("x", (7, 3))


def test_a_function_of_pytorch_alone() -> None:
    import torch

    class Wrong(torch.autograd.Function):  # type: ignore[misc]
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x)
            return torch.exp(x)

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g * ctx.saved_tensors[0]

    class Cut(Wrong):
        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g * torch.exp(ctx.saved_tensors[0].detach())

    at = {"x": np.array([0.5, -1.0, 2.0])}
    right = verify(torch=torch.nn.functional.softplus, inputs={"input": at["x"]})
    assert verdicts(right) == {"value": "agrees", "input": "agrees", "second": "agrees"}
    wrong = verify(torch=lambda x: Wrong.apply(x) * 2, inputs=at)
    assert verdicts(wrong)["x"] == "differs"
    assert "v1 = Wrong(x), by x: its derivative is wrong" in wrong.parting
    assert "mismatch" in marks(wrong.drawing)
    beside = verify(lambda x: np.exp(x) * 2, at, torch=lambda x: Wrong.apply(x) * 2)
    assert "and PyTorch's is wrong" in beside.rows[1].reason
    assert beside.parting.startswith("on PyTorch, the first wrong step is v1 = Wrong(x)")
    assert verdicts(verify(torch=Cut, inputs=at)) == {"value": "agrees", "x": "agrees", "x, second": "differs"}
    item = verify(torch=lambda x: x * x.sum().item(), inputs=at)
    assert "depends on the inputs, but left the graph" in item.parting
    layer = torch.nn.Linear(3, 2)
    assert set(verdicts(verify(torch=layer, inputs={"input": np.ones((2, 3))})).values()) == {"agrees"}


@pytest.mark.parametrize(
    ("f", "at", "told"),
    [
        (lambda x: x * x.data, {"x": [1.0, 2.0]}, "v2 = x ⊙ v1, by v1: this operand depends"),
        (lambda x: scalar.exp(x) * x.data, {"x": 0.5}, "left the graph"),
        (lambda x: np.exp(x) / np.sum(np.exp(x)), {"x": [800.0, 1.0]}, "nan at [0] of inf, inf; v1 = exp(x)"),
        (lambda x: np.sqrt(np.sum(x * x)), {"x": [0.0, 0.0]}, "v3 = sqrt(v2), by v2: it sends back inf"),
        (lambda x: x.astype("f4") - 1e8 + 1e8, {"x": [1000.25, 1001.5]}, "float32 gives"),
        (lambda x: math.exp(x) + 1, {"x": 1.0}, "they left the graph"),
    ],
)  # fmt: skip
def test_the_place_is_named_without_another_function(f: Callable[..., Any], at: dict[str, Any], told: str) -> None:
    report = verify(f, at)
    assert not report.ok
    assert told in report.parting


def test_digits_that_a_float32_can_lose_are_no_fault() -> None:
    draw = np.random.default_rng(0)
    q, k = (3 * draw.standard_normal((12, 8)).astype(np.float32) for _ in range(2))
    assert verify(lambda q, k: vector.softmax(q @ k.T, axis=-1), {"q": q, "k": k}).ok
    assert verify(lambda x: np.sum(x * x), {"x": draw.standard_normal(3000).astype(np.float32)}).ok
    assert verify(lambda x: np.tanh(x), {"x": [20.0, -19.0]}).ok  # noqa: PLW0108  # np.tanh alone has no names


def test_second_place_names(tmp_path: Path) -> None:
    report = verify(lambda x: np.sum(x, axis=1, keepdims=True), {"x": np.ones((2, 3))}, torch=lambda x: x.sum(1))
    assert report.rows[0].reason == "PyTorch has shape (2,), not (2, 1)"


# ---------------------------------------------------------------- the command


SQUARE = """
import numpy as np

def f(x, w):
    return np.sum((x @ w) ** 2)

def g(x, w):
    return ((x @ w) ** 2).mean()

class Thing:
    pass

if __name__ == "__main__":
    raise SystemExit("not as a script")
"""


@pytest.fixture
def square(cli: Cli, tmp_path: Path) -> Iterator[Cli]:
    (tmp_path / "square.py").write_text(SQUARE)
    yield cli
    sys.modules.pop("square", None)
    sys.path[:] = [path for path in sys.path if path != str(tmp_path)]


def test_the_command_prints_a_table_and_says_what_it_ran(square: Cli) -> None:
    outcome = square("verify", "square.py:f", "x=normal(3, 2)", "w=[1.0, -2.0]")
    assert (outcome.status, outcome.err) == (0, "")
    lines = outcome.out.splitlines()
    assert lines[0] == "imported square.py, as Python does: its code ran"
    assert lines[1] == "square.py:f on arrays   at x (3×2), w (2)"
    assert [line.split()[0] for line in lines if line.rstrip().endswith("agrees")] == ["value", "x[2,", "w[0]"]


def test_the_exit_status_and_json_are_for_a_machine(square: Cli) -> None:
    arguments = ("verify", "square.py:f", "--torch", "square.py:g", "x=normal(3, 2)@1", "w=normal(2)@2", "--json")
    outcome = square(*arguments)
    assert (outcome.status, outcome.err) == (1, "error: mismatch in value, x, w\n")
    report = json.loads(outcome.out)
    assert report["ok"] is False
    assert [row["verdict"] for row in report["rows"]] == ["differs"] * 3
    assert report["notes"][0].startswith("PyTorch's values are 0.333333 times ours")
    alone = square("verify", "--torch", "square.py:g", "x=normal(3, 2)", "w=normal(2)", "--json")
    assert (alone.status, json.loads(alone.out)["ok"]) == (0, True)


def test_every_intermediate_number_beside_the_other_engine(square: Cli) -> None:
    outcome = square("verify", "x*exp(y)", "x=2", "y=0", "--nodes")
    rows = [line.split() for line in outcome.out.splitlines()]
    assert ["v2", "x·v1", "2", "2", "1", "1"] in rows
    assert "norm" not in outcome.out
    arrays = square("verify", "square.py:f", "x=normal(3, 2)", "w=normal(2)", "--nodes").out
    assert "in the place of an array its norm, √Σx²" in arrays
    listed = verify(lambda x: np.sum(x * x), {"x": [3.0, 4.0]}, torch=lambda x: (x * x).sum(), nodes=True).nodes
    assert [node["operation"] for node in listed] == ["input", "x ⊙ x", "sum(v1)"]
    assert [node["PyTorch"] for node in listed] == [5.0, pytest.approx(337**0.5), 25.0]


def test_a_picture_has_the_fault_in_red(square: Cli, tmp_path: Path) -> None:
    outcome = square("verify", "square.py:f", "--torch", "square.py:g", "x=normal(3,2)", "w=normal(2)", "-o", "red.dot")
    assert outcome.status == 1
    assert "✗" in (tmp_path / "red.dot").read_text()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["square.py:h", "x=1"], "square.py has no h; it has f, g, Thing"),
        (["no.py:h", "x=1"], "there is no file no.py"),
        (["square.py", "x=1"], "expected a function in square.py, such as square.py:f"),
        (["square.py:f", "x=normal(3,2)"], "square.py:f takes x, w; add w=…"),
        (["square.py:f", "x=normal(3,2)", "W=ones(2)"], "square.py:f takes x, w, and no W; without a value: w"),
        (["square.py:f", "x=normal(3,2)", "w=ones(3)"], "square.py, line 5 in f: return np.sum((x @ w) ** 2)"),
        (["square.py:f", "x=1", "x=2"], "x is given twice"),
        (["square.py:f", "x=print(1)", "w=1"], "x=print(1): expected a value such as 2.5"),
        (["square.py:f", "x=normal(3, -1)", "w=1"], "expected normal(*shape), such as normal(3, 4)"),
        (["square.py:f", "x=[[1.0], [2.0, 3.0]]", "w=1"], "x: expected an array of real numbers, got rows of"),
        (["square.py:f", "x=1e999", "w=1"], "x: expected finite numbers"),
        (["square.py:f", "x=no.npy", "w=1"], "x=no.npy: cannot read the array"),
        (["square.py:f", "x=ones(2)", "w=ones(2)", "--dtype", "int8"], "dtype: expected float16, float32 or float64"),
        (["square.py:Thing"], "square.py:Thing: expected a function or a module, got Thing"),
        (["square.py:f", "x", "w=1"], "expected name=value"),
        (["x*y", "x=1", "y=2", "--json"], "are for your own code, file.py:function"),
        ([], "expected an expression such as"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_in_one_line(square: Cli, arguments: list[str], told: str) -> None:
    outcome = square("verify", *arguments)
    assert (outcome.status, outcome.out) == (2, "")
    assert told in outcome.err
    assert outcome.err.count("\n") == 1


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("def f(x):\n    return x +", "broken.py, line 2: return x +: SyntaxError"),
        ("import no_such_module", "importing broken.py: broken.py, line 1: import no_such_module"),
        ("x = 1\nraise SystemExit(3)", "importing broken.py: broken.py, line 2: raise SystemExit(3): SystemExit: 3"),
        ("def f(x):\n    return 1 / 0", "broken.py, line 2 in f: return 1 / 0: ZeroDivisionError"),
        ("def f(x):\n    return None", "expected floating-point numbers as a result, got none"),
        ("import scalar\ndef f(x):\n    return scalar.exp(x, x)", "broken.py, line 3 in f: return scalar.exp(x, x)"),
        ("count = iter(range(99))\ndef f(x):\n    return x * next(count)", "gives other numbers each time"),
    ],
)
def test_an_error_in_the_users_file_is_told_with_its_line(cli: Cli, tmp_path: Path, code: str, told: str) -> None:
    (tmp_path / "broken.py").write_text(code)
    outcome = cli("verify", "broken.py:f", "x=1")
    sys.modules.pop("broken", None)
    assert (outcome.status, outcome.out) == (2, "")
    assert told in outcome.err
    assert outcome.err.count("\n") == 1


def test_values_are_read_and_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    np.save("x.npy", np.eye(2))
    read = read_arguments(
        [
            "a=-pi/2",
            "b=[1, 2]",
            "c=x.npy",
            "d=normal(2, 3)",
            "e=normal(2, 3)@5",
            "f=integers(4, 6)",
            "g='sum'",
            "h=None",
        ]
    )
    assert (read["a"], read["b"], read["g"], read["h"]) == (-np.pi / 2, [1, 2], "sum", None)
    assert read["c"].tolist() == np.eye(2).tolist()
    assert read["d"].shape == read["e"].shape == (2, 3)
    assert (read["d"] != read["e"]).all()
    assert np.array_equal(read["d"], read_arguments(["d=normal(2, 3)"])["d"])
    assert set(read["f"].tolist()) <= {0, 1, 2, 3}
    with pytest.raises(CommandError, match="expected a value such as"):
        read_arguments(["x=().__class__"])


def test_without_pytorch_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.setattr("demos.pytorch.installed", lambda: False)
    report = verify(lambda x: x * x, {"x": 3.0})
    assert report.ok
    assert "PyTorch is not installed: its column is left out" in report.notes
    with pytest.raises(CommandError, match="PyTorch is not installed"):
        verify(lambda x: x, {"x": 1.0}, torch=lambda x: x)
    with pytest.raises(CommandError, match="expected a function"):
        verify()


def test_modules_that_do_not_fit_teach() -> None:
    import torch

    report = verify(nn.Linear(3, 2), {"x": np.ones((2, 3))}, torch=torch.nn.Linear(3, 4))
    assert verdicts(report)["weight"] == "differs"
    with pytest.raises(CommandError, match=r"expected a floating-point number to differentiate by, such as x=2\.0"):
        verify(lambda i: i * 2, {"i": [1, 2]})
    with pytest.raises(CommandError, match="takes x, y; add y="):
        verify(lambda x: x, {"x": 1.0}, torch=lambda x, y: x)
