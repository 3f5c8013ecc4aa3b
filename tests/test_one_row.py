"""A new operation is a row on each engine and nothing else: a copy of the packages, with two more rows, knows them."""

import math
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import scalar
from tests import table

ROOT = Path(__file__).parents[1]
ROWS = {
    "scalar/rules.py": """
gudermannian = Op("gudermannian", lambda x: 2 * atan(tanh(x / 2)), lambda out, x: (1 / cosh(x),),
                  "gd x = 2·arctan(tanh(x/2)). Its slope is 1 / cosh x.")
bump_lu = Activation("bump_lu", lambda x, width=2.0: x * exp(-x * x / width),
                     lambda out, x, width: (exp(-x * x / width) * (1 - 2 * x * x / width), out * x * x / width / width),
                     "x·exp(−x²/width). Forgets what is far from 0.")

publish(globals())
""",
    "vector/rules/elementwise.py": """
gudermannian = elementwise("gudermannian", lambda x: 2 * np.arctan(np.tanh(x / 2)), lambda out, x: 1 / np.cosh(x),
                           meaning="gd x = 2·arctan(tanh(x/2)). Its slope is 1 / cosh x.")
bump_lu = activation("bump_lu", lambda x, width=2.0: x * np.exp(-x * x / width),
                     lambda out, x, width: np.exp(-x * x / width) * (1 - 2 * x * x / width),
                     lambda out, x, width: out * x * x / width / width,
                     meaning="x·exp(−x²/width). Forgets what is far from 0.")

publish(globals())
""",
}
KNOWN = """
import math, pydoc, sys
import numpy as np
sys.modules["torch"] = None  # which takes seconds to load, and does not know these functions
import scalar, vector, viz
from demos import engines, parser, verify
from scalar import Value
from demos import scalar_compile
from demos.scalar_compile.formulas import array_form
from vector import Tensor, nn

def near(found, expected):
    assert abs(float(found) - expected) < 1e-12, (found, expected)

assert {"versin", "gudermannian", "bump_lu"} <= {*scalar.__all__} & {*vector.__all__}, "no name"
value, slope, curve = 2 * math.atan(math.tanh(0.25)), 1 / math.cosh(0.5), -math.tanh(0.5) / math.cosh(0.5)
x, t = Value(0.5, "x"), Tensor(np.array(0.5), requires_grad=True, label="x")
for function, method in ((scalar.gudermannian(x), x.gudermannian()), (vector.gudermannian(t), t.gudermannian())):
    near(function.data, value)
    assert (function.op, function.data) == (method.op, method.data) == ("gudermannian", function.data)
    function.backward()
    assert "gudermannian" in viz.draw(function, formulas=True, messages=True).source, "not drawn"
near(x.grad, slope)
near(t.grad, slope)
near(scalar.gudermannian(0.5), value)
near(vector.gudermannian([0.5])[0], value)
for what in (scalar.gudermannian, vector.gudermannian, Value.gudermannian, Tensor.gudermannian):
    assert "gd x = 2·arctan(tanh(x/2))" in pydoc.plain(pydoc.render_doc(what)), "no help"
assert "1/cosh(x)" in str(x.gudermannian().chain_rule()), "no formula"
near(scalar.jvp(scalar.gudermannian, [0.5], [2.0])[1], 2 * slope)
near(vector.jvp(vector.gudermannian, [0.5], [2.0])[1], 2 * slope)
near(scalar.derivative(scalar.gudermannian, 2)(0.5), curve)
near(vector.grad(vector.grad(vector.gudermannian))(0.5), curve)
near(scalar_compile.compile(lambda x: x.gudermannian())([0.5])[0], value)
for row in (scalar.gudermannian, scalar.bump_lu):
    np.testing.assert_allclose(array_form(row)(*np.array([[0.5]] * len(row.operands))), row(*[0.5] * len(row.operands)))
    assert "number_by_number" not in array_form(row).__qualname__, "no NumPy form"
verify.verify(parser.parse("gudermannian(x) * bump_lu(x)"), {"x": 0.5})
for engine in engines.Engine:
    near(engines.run(engine, parser.parse("gudermannian(x)"), {"x": 0.5}).gradient("x"), slope)

near(scalar.derivative(scalar.versin)(0.5), math.sin(0.5))
near(vector.grad(vector.versin)(0.5), math.sin(0.5))
near(scalar.versin(0.5), 1 - math.cos(0.5))
near(vector.versin([0.5])[0], 1 - math.cos(0.5))

near(scalar.bump_lu(0.5, width=3), 0.5 * math.exp(-0.25 / 3))
near(x.bump_lu().data, 0.5 * math.exp(-0.125))
near(t.bump_lu(width=3).data, 0.5 * math.exp(-0.25 / 3))
near(nn.BumpLu(3)(np.array(0.5)), 0.5 * math.exp(-0.25 / 3))
assert repr(nn.BumpLu()) == "BumpLu(width=2.0)"
model = scalar.nn.MLP(2, [3, 1], activation="bump_lu")
near(nn.MLP.from_scalar(model)(np.array([[1.0, 2.0]])).data[0, 0], model([1.0, 2.0]).data)
assert "bump_lu" in nn.ACTIVATIONS
"""


def example() -> dict[str, str]:
    """The lines of CONTRIBUTING's example, by the file that they go to."""
    found = re.search(r"```text\n(.*?)```", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    _, *parts = re.split(r"^# (\S+)\n", found[1], flags=re.MULTILINE)
    return dict(zip(parts[::2], parts[1::2], strict=True))


def test_the_example_has_a_row_for_the_table() -> None:
    lines = example()
    assert lines.keys() == {*ROWS, "tests/table.py"}
    (row,) = eval(lines["tests/table.py"], dict(vars(table)))  # noqa: S307  # the page's own line is under test
    assert row.name == "versin"
    assert row.definition(scalar, 0.5) == pytest.approx(1 - math.cos(0.5))


def test_a_row_an_engine_is_all_that_an_operation_takes(tmp_path: Path) -> None:
    """It took 14 files, and six tests failed for reasons that no page named."""
    for package in ("scalar", "vector", "viz", "demos"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__", "*.pyi"))
    lines = example()
    for name, rows in ROWS.items():
        path = tmp_path / name
        text = path.read_text(encoding="utf-8")
        assert text.endswith("\npublish(globals())\n")
        path.write_text(text.removesuffix("\npublish(globals())\n") + lines[name] + rows, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"}
    outcome = subprocess.run(
        [sys.executable, "-W", "error", "-c", KNOWN],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert outcome.returncode == 0, outcome.stderr
    assert "agrees" in outcome.stdout
