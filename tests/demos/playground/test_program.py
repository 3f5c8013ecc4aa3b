"""What a program is found to be about, and what is said of its mistakes; here, without a browser."""

import json
import sys
from typing import Any

import pytest

import scalar
import viz
from demos.gallery.catalogue import courses, find
from demos.gallery.outcome import run as run_gallery
from demos.playground.examples import read_examples
from demos.playground.inside import begin, channel, expression, guard, program, view
from tests.demos.playground.judge import on_its_own

EXAMPLES = read_examples()
ids = [example.id for example in EXAMPLES]


@pytest.mark.parametrize("example", EXAMPLES, ids=ids)
def test_an_example_runs_and_has_the_engines_own_numbers(example: Any) -> None:
    answer = program.run(example.source)
    assert answer["error"] is None
    value, gradients = on_its_own(example.source)
    assert answer["value"] == value
    assert answer["gradients"] == gradients
    assert gradients


# Which of the page's lectures shows which graph of the gallery; O4 has other weights there, drawn by NumPy.
LECTURES = {example.id: example.id.partition("_")[0].upper() for example in EXAMPLES if example.group == "Lectures"}
TITLES = {"c5_in_symbols": "4eˣ + 3(1 + x)³", "k4_twice": "F, the cost after a step of gradient descent"}
NO_GRAPH = {"o4_bricks", "g5_activations"}  # G5 is a table there


@pytest.mark.parametrize("id", [id for id in LECTURES if id not in NO_GRAPH])
def test_a_lectures_example_is_that_of_the_gallery(id: str) -> None:
    source = next(example.source for example in EXAMPLES if example.id == id)
    outcome = run_gallery(find(LECTURES[id]))
    assert outcome.result is not None, outcome
    graphs = outcome.result.graphs
    (graph, *_) = [graphs[TITLES[id]]] if id in TITLES else [x for x in graphs.values() if isinstance(x, scalar.Value)]
    answer = program.run(source)
    assert answer["value"] == pytest.approx(graph.data, rel=1e-12)
    own = sorted(step.total for step in graph.chain_rule() if not step.variable.parents)
    assert sorted(answer["gradients"].values()) == pytest.approx(own, rel=1e-12)


def test_every_scalar_example_of_the_gallery_is_there() -> None:
    scalars = {id for course in courses() for id, example in course.examples.items() if "scalar" in example.engines}
    assert set(LECTURES.values()) == scalars


# ---------------------------------------------------------------- what a program is about

VALUE = "from scalar import Value, nn\n"


@pytest.mark.parametrize(
    ("source", "output"),
    [
        ("x = Value(2.0)\ny = x * x\nz = x + 1", "z = 3"),
        ("x = Value(2.0)\ny = x * x\nz = x + 1\ny", "y = 4"),
        ("x = Value(2.0)\ny = x * x\nz = x + 1\ny.backward()", "y = 4"),
        ("x = Value(2.0)", "x = 2"),
        ("x = [Value(2.0)]", None),
        ("print(1)", None),
        ("def f():\n    return Value(1.0) + 1\nf()", "v2 = 2"),
    ],
)
def test_the_value_that_a_program_is_about(source: str, output: str | None) -> None:
    assert program.run(VALUE + source)["output"] == output


def test_what_is_printed_and_shown() -> None:
    assert program.run("print('a', 'b')\n1 + 1")["printed"] == "a b\n2\n"
    assert program.run("None")["printed"] == ""


def test_gradients_are_there_without_backward_and_not_twice_with_it() -> None:
    for last in ("", "y.backward()"):
        program.run(f"{VALUE}x = Value(3.0)\ny = x * x\n{last}")
        output = program.last().output
        assert output is not None
        assert output.parents[0].grad == 6


def test_a_leaf_is_moved_by_its_place() -> None:
    source = f"{VALUE}a, b = Value(2.0), Value(3.0)\nc = a * b"
    answer = program.run(source, {"1": 10})  # as JavaScript writes it
    assert answer["value"] == 20
    assert view.ledger()["places"][0] == "1"
    assert [(leaf["place"], leaf["name"], leaf["value"], leaf["own"]) for leaf in answer["leaves"]] == [
        (0, "a", 2.0, 2.0),
        (1, "b", 10.0, 3.0),
    ]


def test_a_network_begins_with_the_same_weights_each_time() -> None:
    source = f"{VALUE}y = nn.MLP(2, [2, 1])([1.0, 2.0])"
    assert program.run(source) == program.run(source)


def test_the_engine_is_as_before_after_a_program() -> None:
    before = scalar.Value.__init__, scalar.Value.backward
    program.run(f"{VALUE}x = Value(2.0)\n1 / 0")
    assert (scalar.Value.__init__, scalar.Value.backward) == before


def test_a_million_nodes_have_a_value_and_no_picture() -> None:
    answer = program.run(f"{VALUE}x = y = Value(1.0)\nfor _ in range(20_000):\n    y = y + x")
    assert (answer["output"], answer["nodes"]) == ("y = 20001", None)
    assert view.picture()["svg"] is None
    assert view.picture()["note"].startswith("More than 5,000 nodes")
    assert "more than 5,000" in view.ledger()["note"]


def test_a_large_picture_is_folded_or_cut() -> None:
    program.run(f"{VALUE}model = nn.MLP(2, [16, 16, 1])\ny = model([Value(1.0), Value(2.0)])")
    assert view.picture()["folded"] == ["Neuron"]
    program.run(f"{VALUE}x = y = Value(1.0)\nfor _ in range(1000):\n    y = y + x")
    drawn = view.picture()
    assert drawn["note"] == "Of 1,001 nodes, those next to the output."
    assert drawn["svg"].count('class="node') < 200  # x is written beside each use


def test_a_fold_that_is_asked_for() -> None:
    program.run(f"{VALUE}model = nn.MLP(2, [4, 1])\ny = model([Value(1.0), Value(2.0)])")
    assert program.kinds(program.last().names) == ["MLP", "Layer", "Neuron"]
    assert view.picture(fold=["Layer"])["folded"] == ["Layer"]
    assert view.picture(fold=[])["folded"] == []


def test_both_judges_agree_and_find_a_wrong_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    source = "from scalar import Value, tanh\nx = Value(0.5)\ny = tanh(x) * x"
    for verify in ("differences", "complex"):
        program.run(source)
        drawn = view.picture(verify=verify, messages=False)["svg"]
        assert "✓" in drawn
        assert "✗" not in drawn
    monkeypatch.setattr(scalar.tanh, "local", lambda out, x: (1 + out * out,))
    program.run(source)
    wrong = view.picture(verify="complex", messages=False)["svg"]
    assert "✗" in wrong
    assert "complex step" in wrong


def test_a_drawing_that_a_program_makes_is_the_picture() -> None:
    program.run(f"import viz\n{VALUE}x = Value(2.0, 'a name of its own')\ny = x * x\nviz.draw(y, title='Mine')")
    assert "Mine" in view.picture()["svg"]


def test_a_label_is_no_markup() -> None:
    program.run(f"{VALUE}x = Value(2.0, '<script>alert(1)</script>')\ny = x * x")
    assert "<script>alert" not in view.picture()["svg"]
    assert "<script>alert" not in view.ledger()["table"]


def test_the_expression_mode_answers_as_the_explorer_does() -> None:
    body: dict[str, Any] = {"expression": "x*y", "inputs": {"x": 3.0, "y": 4.0}}
    assert expression.numbers(body)["value"] == "12"
    assert expression.nudged({**body, "move": "x", "by": 1.0})["moved"] == 16
    look = {"palette": "light", "direction": "LR", "messages": True}
    assert "<svg" in expression.drawing({**body, **look})["svg"]
    assert "x*y" in expression.player(body)
    with pytest.raises(ValueError, match="this \\( is never closed"):
        expression.player({"expression": "x*(y", "inputs": {}})


# ---------------------------------------------------------------- mistakes

MISTAKES = {
    "x = 1\ny = qwertz": (2, "qwertz has no meaning yet: nothing above gives it one."),
    "total = 1\nprint(totl)": (2, "totl has no meaning yet; did you mean total?"),
    "prnt(1)": (1, "prnt has no meaning yet; did you mean print?"),
    "x = Value(1.0)": (1, "Value has no meaning yet: write from scalar import Value above."),
    "math.exp(1)": (1, "math has no meaning yet: write import math above."),
    "x = sqr(2)": (1, "sqr has no meaning yet; did you mean sqrt?"),
    "x = gcd(2)": (
        1,
        "gcd has no meaning yet: of a number, write import math above; of a Value, look for it in scalar.",
    ),
    "x = (1,\ny = 2": (1, "'(' was never closed."),
    "for i in range(3)\n    pass": (1, "Expected ':'."),
    "1 / 0": (1, "Division by zero: of Values, x / 0 is infinite"),
    "def f():\n    return f()\nf()": (2, "A function calls itself again and again, and does not come to an end."),
    "import torch": (1, "PyTorch is not here: scalar.nn"),
    "import micrograd.engine": (1, "Micrograd's names are scalar's: write from scalar import Value, nn."),
    "import qwertz": (1, "There is no module qwertz here: the page has Python's standard library, scalar and viz."),
    "input('name?')": (1, "input() cannot ask here"),
    "assert 1 == 2": (1, "What this line asserts is not so."),
    "{}['a']": (1, "There is no 'a' in it."),
    "raise ValueError('too bad')": (1, "too bad."),
    "from scalar import Value\nimport math\nmath.exp(Value(1.0))": (
        3,
        "expected a function that records itself, such as",
    ),
    "from scalar import Value\nx = Value('a')": (2, "Value: expected a number or a Value, got str."),
    "from scalar import nn\n\nnn.MLP(2, [2, 1])([1.0])": (3, "dot: expected len(x) == len(y), got 2 and 1."),
}


@pytest.mark.parametrize("source", MISTAKES)
def test_a_mistake_in_plain_words_with_its_line(source: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for absent in ("torch", "micrograd"):
        monkeypatch.setitem(sys.modules, absent, None)
    line, words = MISTAKES[source]
    error = program.run(source)["error"]
    assert error["line"] == line
    assert error["message"].startswith(words)


def test_what_was_printed_before_a_mistake_is_kept() -> None:
    answer = program.run("print('before')\n1 / 0")
    assert (answer["printed"], answer["error"]["line"]) == ("before\n", 2)


def test_a_flood_is_counted_and_not_kept() -> None:
    answer = program.run("print('x' * 50_000)")
    assert len(answer["printed"]) == guard.MOST_PRINTED
    assert answer["lost"] == 50_001 - guard.MOST_PRINTED


def test_exit_ends_a_program_quietly() -> None:
    assert program.run("import sys\nprint(1)\nsys.exit(3)\nprint(2)")["printed"] == "1\n"


# ---------------------------------------------------------------- the channel


def test_only_what_answers_can_be_called() -> None:
    assert json.loads(channel.dispatch("program.run", '{"source": "1 + 1"}'))["printed"] == "2\n"
    for name in ("program.perform", "program.nothing", "nothing.run", "os.system", "run", ""):
        with pytest.raises(LookupError, match="expected a function"):
            channel.dispatch(name, "{}")


def test_what_is_said_arrives(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[str, str]] = []
    channel.connect(lambda kind, data: told.append((kind, data)))
    channel.say("progress", {"step": 1})
    monkeypatch.setattr(channel, "_post", [])
    channel.say("progress", {"step": 2})
    assert told == [("progress", '{"step": 1}')]


def test_numbers_that_json_has_not() -> None:
    answer = program.run(f"{VALUE}x = Value(float('inf'))\ny = x * 1")
    assert (answer["value"], answer["error"]) == ("Infinity", None)
    json.dumps(answer, allow_nan=False)


def test_without_a_value_there_is_nothing_to_show() -> None:
    program.run("print(1)")
    with pytest.raises(LookupError, match="there is no value yet: run a program first"):
        view.picture()


def test_begin_installs_the_renderer_and_closes_the_doors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "modules", dict(sys.modules))
    told: list[tuple[str, str]] = []

    def layout(dot: str, file_format: str) -> str:
        if "broken" in dot:
            raise RuntimeError("syntax error in line 1")
        return f"<svg>{file_format}</svg>"

    answer = begin.begin(lambda kind, data: told.append((kind, data)), layout)
    try:
        assert viz.draw(scalar.Value(1.0)).render("svg") == b"<svg>svg</svg>"
        with pytest.raises(viz.RenderError, match="Graphviz could not draw the graph: syntax error in line 1"):
            viz.draw(scalar.Value(1.0, "broken")).render("svg")
        assert json.loads(answer("program.run", '{"source": "import js"}'))["error"] == {
            "line": 1,
            "message": "A program has no way out of its worker: no js, no network, no storage.",
        }
    finally:
        viz.use_renderer(None)
        channel.connect(lambda kind, data: None)
