"""One name for one variable, wherever it is written, on both engines."""

import ast
import csv
import html
import inspect
import io
import json
import random
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import scalar
import scalar.names
import vector
import vector.names
import viz
from demos.explorer import ledger as explorer
from demos.explorer import picture
from demos.explorer.question import Look
from demos.mermaid import to_mermaid
from viz.playback.mathml import bar as player_bar
from viz.playback.mathml import name as player_name
from viz.playback.picture import NAME_CELLS
from viz.playback.stage import playback

# ---------------------------------------------------------------- two namers, one text


def code(function: Any) -> str:
    tree = ast.parse(inspect.getsource(function))
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and ast.get_docstring(node):
            node.body = node.body[1:]
    return ast.unparse(tree)


OWN = [x for x in vars(vector.names).values() if getattr(x, "__module__", "") == "vector.names"]


@pytest.mark.parametrize("function", OWN, ids=lambda function: function.__name__)
def test_both_engines_name_by_the_same_lines(function: Any) -> None:
    assert code(function) == code(getattr(scalar.names, function.__name__))


def test_and_by_the_same_patterns() -> None:
    for name in ("_WORD", "_NUMBER", "_PATH", "_SUBSCRIPTED", "_BARRED", "_LOW", "_HIGH", "_DIGITS"):
        assert getattr(scalar.names, name) == getattr(vector.names, name)


def test_the_judge_of_the_two_finds_a_difference() -> None:
    assert code(scalar.names.bar) != code(scalar.names.bracketed)


# ---------------------------------------------------------------- ten graphs


def values(engine: Any, *labels: str) -> list[Any]:
    numbers = [0.75, -1.5, 0.5, 2.0, -0.25][: len(labels)]
    if engine is scalar:
        return [scalar.Value(number, label) for number, label in zip(numbers, labels, strict=True)]
    return [vector.tensor(number, True, label) for number, label in zip(numbers, labels, strict=True)]


def issue(engine: Any) -> Any:
    x, y = values(engine, "x", "y")
    return x * engine.exp(-x * y) + engine.maximum(x, y) ** 2


def labelled(engine: Any) -> Any:
    (x,) = values(engine, "x")
    z = x * 3 - 1
    z.label = "z"
    y = engine.tanh(z)
    y.label = "loss"
    return y


def shared(engine: Any) -> Any:
    w = values(engine, "w", "w", "w")
    return w[0] * w[1] + w[2] * 2.5


def long_labels(engine: Any) -> Any:
    a, b, c = values(engine, "the_price_of_a_house", "x_1", "L_reg")
    return a * b / c


def alike(engine: Any) -> Any:
    a, b, c = values(engine, "w1", "w_1", "w₁")
    return a * b + c


def taken(engine: Any) -> Any:
    a, b = values(engine, "v1", "")
    return engine.sin(a * b) * b


def not_words(engine: Any) -> Any:
    a, b = values(engine, "a + b", "w*")
    return a * b - 0.5


def leaf(engine: Any) -> Any:
    return values(engine, "x")[0]


def mlp(engine: Any) -> Any:
    if engine is scalar:
        model: Any = scalar.nn.MLP(2, [3, 1], activation="tanh", generator=random.Random(0))
        return (model([0.5, scalar.Value(-1.0, "x")]) - 1) ** 2
    network = vector.nn.MLP(2, [3, 1], "tanh", generator=np.random.default_rng(0))
    return ((network(vector.tensor(np.array([[0.5, -1.0]], np.float32), label="x")) - 1) ** 2).sum()


def two_models(engine: Any) -> Any:
    return mlp(engine) + mlp(engine)


GRAPHS: Mapping[str, Callable[[Any], Any]] = {
    function.__name__: function
    for function in (issue, labelled, shared, long_labels, alike, taken, not_words, leaf, mlp, two_models)
}
ENGINES = [scalar, vector]


ALL = [pytest.param(graph, engine, id=f"{engine.__name__} {graph}") for engine in ENGINES for graph in GRAPHS]


@pytest.fixture
def output(graph: str, engine: Any) -> Any:
    return GRAPHS[graph](engine)


on_both = pytest.mark.parametrize(("graph", "engine"), ALL)
on_vector = pytest.mark.parametrize(("graph", "engine"), ALL[len(GRAPHS) :])
on_scalar = pytest.mark.parametrize(("graph", "engine"), ALL[: len(GRAPHS)])


def named(output: Any) -> dict[Any, Any]:
    """Each variable but the numbers, and its name."""
    names = output.name_all(output)
    return {node: name for node, name in names.items() if node.role != "constant" or getattr(node.data, "size", 1) > 1}


@on_both
def test_no_two_variables_have_one_name(output: Any) -> None:
    for way in (str, lambda name: name.symbol, lambda name: name.latex, lambda name: name.parts):
        written = [way(name) for name in named(output).values()]
        assert len(set(written)) == len(written)


@on_both
def test_the_ledger_cites_the_names(output: Any) -> None:
    ledger = output.chain_rule()
    assert {step.variable: ledger.names[step.variable] for step in ledger} == {
        step.variable: output.name_all(output)[step.variable] for step in ledger
    }


@on_both
def test_the_tree_calls_each_by_its_name(output: Any) -> None:
    lines = viz.draw(output, messages=True).text(10**6).splitlines()
    called = {re.split(r"  | = ", line.lstrip("│├└─ "))[0].removesuffix(" (shown above)") for line in lines if line}
    assert called - {"constant"} == {name.symbol for name in named(output).values()}
    paths = dict(re.findall(r"[─ ](\S+) = (\S+)  parameter", "\n".join(lines)))
    assert paths == {name.symbol: name for name in named(output).values() if name.symbol != name}


@on_both
def test_the_picture_shows_each_name(output: Any) -> None:
    cards = viz.draw(output, messages=True).graph.cards
    assert {card.name for card in cards} - {""} == {name.symbol for name in named(output).values()}
    source = viz.draw(output).source
    assert all(f"<B>{html.escape(name.symbol, quote=False)}</B>" in source for name in named(output).values())


@on_both
def test_the_player_shows_each_name(output: Any) -> None:
    played = playback(output, output.chain_rule(), title="", precision=4)
    assert {v.name for v in played.variables if v.role != "constant" or v.value.is_array} == {
        name.symbol for name in named(output).values()
    }
    typeset = {variable.name: player_name(variable) for variable in played.variables}
    assert len(set(typeset.values())) == len(typeset)
    for variable in played.variables:
        assert player_name(variable) in player_bar(variable)


@on_both
def test_pictures_in_every_format_show_each_name(output: Any) -> None:
    drawing = viz.draw(output, messages=True)
    svg = html.unescape(drawing.render("svg").decode()).replace("\xa0", " ")
    written = {text.strip() for text in re.findall(r"<text [^>]*>([^<]*)</text>", svg)}
    mermaid = re.sub(r"#(\d+);", lambda code: chr(int(code[1])), to_mermaid(drawing.graph))
    for name in named(output).values():
        assert name.symbol in written
        assert re.search(rf'"{re.escape(name.symbol)}(<br/>| = |")', mermaid)


@on_both
def test_the_players_page_uses_the_names_in_picture_steps_and_nudge(output: Any, tmp_path: Path) -> None:
    page = viz.player(output, tmp_path / "steps.html").read_text(encoding="utf-8")
    names = {name.symbol for name in named(output).values()}
    titles = {html.unescape(title) for title in re.findall(r"<title>(.*), (?:input|parameter|operation|output)<", page)}
    assert titles == names
    shown = [re.sub("<[^>]*>", "", name) for name in re.findall(r'<text class="name"[^>]*>(.*?)</text>', page)]
    cut = {name if len(name) <= NAME_CELLS else name[: NAME_CELLS - 1] + "…" for name in names}
    assert {html.unescape(name).split(" ", 1)[-1] for name in shown} | {html.unescape(name) for name in shown} >= cut
    told = " ".join(map(html.unescape, re.findall(r'<p class="words">(.*?)</p>', page)))
    assert all(name in told or "more" in told for name in names)
    data = json.loads(re.findall(r'<script id="data" type="application/json">(.*?)</script>', page)[0])
    assert {data["output"], *(nudge["name"] for nudge in data["nudges"])} <= names


@on_scalar
def test_the_scalar_engines_papers_use_the_names(output: Any) -> None:
    rule = output.chain_rule()
    names = [rule.names[step.variable] for step in rule]
    starts = [line for line in str(rule).partition("\n\n")[0].splitlines() if line[:1] != " "]
    assert [re.split(" +=", line)[0] for line in starts] == [scalar.names.bar(name.symbol) for name in names]
    rows = [row["variable"] for row in csv.DictReader(io.StringIO(rule.to_csv()))]
    assert list(dict.fromkeys(rows)) == names
    first = re.findall(r"^\\overline\{(.*)\} &=", rule.latex(), re.MULTILINE)
    assert first == [name.latex for name in names]
    paths = [f"{name.symbol} = {name}" for name in named(output).values() if name.symbol != name]
    end = (str(rule).partition("in the model:\n")[2].replace("\n   ", "")).strip()
    assert end == ", ".join(paths)
    assert not paths or html.unescape(rule._repr_html_()).replace("<br>", " ").partition("model: ")[2].startswith(end)
    heads = re.findall(r"<tr><td[^>]*>(.*?)</td>", rule._repr_html_().partition("<tfoot>")[0])
    assert [html.unescape(head) for head in heads] == [scalar.names.bar(name.symbol) for name in names]


@on_vector
def test_the_vector_engines_papers_use_the_names(output: Any) -> None:
    rule = output.chain_rule()
    names = [rule.names[step.variable] for step in rule]
    given = [name for node, name in named(output).items() if node not in {step.variable for step in rule}]
    forward, _, rest = str(rule).partition("\nBackward\n")
    backward, _, signs = rest.partition("\nSigns\n")
    starts = [
        re.split(" += ", line)[0].strip() for line in backward.splitlines() if " = " in line and line[:4] != "    "
    ]
    totals = [start for start in starts if start and "[via " not in start]
    assert totals == [vector.names.bar(name.symbol) for name in names]
    assert all(
        re.search(rf"^{re.escape(vector.names.bracketed(name.symbol))} = ", forward, re.MULTILINE)
        for name in names + given
    )
    assert all(f"\n{name.symbol}: {name}" in signs for name in named(output).values() if name.symbol != name)
    assert f"x̄: ∂{rule.names[output]}/∂x" in signs
    rows = [row["variable"] for row in csv.DictReader(io.StringIO(rule.to_csv()))]
    assert list(dict.fromkeys(rows)) == names
    latex = rule.latex()
    for name in names:
        assert f"{{{name.latex}}} &= " in latex
        assert f"{{\\overline{{{name.latex}}}}} &= " in latex
    data = json.loads(re.findall(r'<script type="application/json">(.*?)</script>', rule._repr_html_(), re.DOTALL)[0])
    heads = [line["name"] for step in data["steps"] if step["kind"] for part in step["parts"] for line in part["lines"]]
    assert [head for head in heads if "[via " not in head] == [vector.names.bar(name.symbol) for name in names]
    assert [sign for sign in data["signs"] if sign[1] in {*names}] == [
        [name.symbol, name] for name in named(output).values() if name.symbol != name
    ]


@on_scalar
def test_the_explorer_uses_the_names(output: Any) -> None:
    rule = output.chain_rule()
    assert [row.variable for row in explorer.rows(rule)] == [rule.names[step.variable].symbol for step in rule]
    svg = html.unescape(picture.draw(rule, Look("light", "LR", True))).replace("\xa0", " ")
    assert all(f">{name.symbol}<" in svg for name in named(output).values())


# ---------------------------------------------------------------- paths of parameters


def test_a_path_says_where_a_parameter_is_and_a_symbol_counts_from_one() -> None:
    model = scalar.nn.MLP(2, [3, 1], generator=random.Random(0))
    third = model.layers[0].neurons[2]
    assert [p.label for p in third.parameters()] == [f"layers.0.neurons.2.{name}" for name in ("w1", "w2", "b")]
    assert [scalar.names.Name(p.label).symbol for p in third.parameters()] == ["w₃₁⁽¹⁾", "w₃₂⁽¹⁾", "b₃⁽¹⁾"]
    assert dict(model.named_parameters())["layers.0.neurons.2.w1"] is third.w[0]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_users_label_stays_and_a_list_that_grows_is_seen(engine: Any) -> None:
    class Model(engine.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            self.slope = values(engine, "k")[0]
            self.slope.role = "parameter"
            self.layers: list[Any] = []
            for _ in range(2):
                one = scalar.nn.Neuron(1, generator=random.Random(0)) if engine is scalar else vector.nn.Linear(1, 1)
                self.layers.append(one)

    labels = [p.label for p in Model().parameters()]
    ends = ("w1", "b") if engine is scalar else ("weight", "bias")
    assert labels == ["k", *(f"layers.{i}.{end}" for i in range(2) for end in ends)]


def test_many_neurons_are_told_apart() -> None:
    names = [scalar.names.Name(f"layers.0.neurons.{i}.w{j}").symbol for i in range(20) for j in range(1, 20)]
    assert len(set(names)) == len(names)
    assert scalar.names.Name("layers.9.neurons.10.w2").symbol == "w₁₁,₂⁽¹⁰⁾"
    assert scalar.names.Name("a.0.b.1.c").symbol == "a.0.b.1.c"


@pytest.mark.parametrize("engine", ENGINES)
def test_what_is_raised_or_lowered_is_so_in_latex(engine: Any) -> None:
    written = [engine.names.Name(name).latex for name in ("W⁽¹⁾[0]", "e⁻ˣ", "xᵢ")]
    assert written == [r"\mathrm{W{}^{(}{}^{1}{}^{)}[0]}", r"\mathrm{e{}^{-}{}^{x}}", r"\mathrm{x{}_{i}}"]


@pytest.mark.parametrize(
    ("compute", "symbols", "numbers"),
    [
        (lambda c, _: c + 1, "c + 1", "−8 + 1"),
        (lambda c, _: -8.0 - c, "−8 − c", "−8 − (−8)"),
        (lambda c, x: x + c, "x + c", "3 + (−8)"),
        (lambda c, x: c * x, "c·x", "(−8)·3"),
        (lambda _, x: x * -8.0, "x·(−8)", "3·(−8)"),
        (lambda _, x: x / -8.0, "x/(−8)", "3/(−8)"),
        (lambda c, _: c.tanh(), "tanh(c)", "tanh(−8)"),
        (lambda c, _: c**2, "c²", "(−8)²"),
        (lambda c, x: x**c, "x^c", "3^(−8)"),
        (lambda c, _: -c, "−c", "−(−8)"),
    ],
)
def test_a_negative_number_has_brackets_beside_a_sign_but_as_the_first_summand(
    compute: Any, symbols: str, numbers: str
) -> None:
    """The array engine had two pairs in x·((−8)) and tanh((−8)), and one around the first summand."""
    tensors = (vector.tensor(number, requires_grad=True, label=name) for number, name in ((-8.0, "c"), (3.0, "x")))
    for operands in (tensors, (scalar.Value(-8.0, "c"), scalar.Value(3.0, "x"))):
        y = compute(*operands)
        y.label = "y"
        assert f"y = {symbols} = {numbers} = " in str(y.chain_rule())
