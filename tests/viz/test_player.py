"""The player's page: what plays at which step, in which words, and that nothing in it escapes."""

import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from math import log as logarithm
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

import scalar
import vector
from tests.viz.stub import NASTY, SHAPES, Stub, chain, constant, doublings, neuron, operation, square
from tests.viz.test_drawing import contrast
from viz.labels import expression
from viz.palette import PALETTES
from viz.playback import player
from viz.playback.data import Playback, Step
from viz.playback.mathml import math, name, row
from viz.playback.page import step_list
from viz.playback.stage import playback
from viz.playback.words import path_count, sentence
from viz.walk import topological


@dataclass(frozen=True)
class Unit:
    """A term whose local derivative is 1."""

    child: Stub
    argument: int
    upstream: float = 1.0
    local: float = 1.0
    product: float = 1.0


@dataclass(frozen=True)
class UnitStep:
    variable: Stub
    terms: tuple[Unit, ...]
    total: float = 1.0


def units(output: Stub) -> Iterator[UnitStep]:
    """A ledger for any graph of stubs, though its numbers are all 1."""
    received: dict[int, list[Unit]] = {id(output): []}
    nodes: list[Any] = topological([output])
    for node in reversed(nodes):
        if node.role != "constant":
            yield UnitStep(node, tuple(received[id(node)]))
            for argument, parent in enumerate(node.parents):
                received.setdefault(id(parent), []).append(Unit(node, argument))


def played(output: Any, ledger: Any = None, precision: int = 4) -> Playback:
    return playback(output, ledger or output.chain_rule(), title="", precision=precision)


def backward(playback: Playback, name: str) -> Step:
    (step,) = [s for s in playback.steps if s.phase == "backward" and s.variables[0].name == name]
    return step


def network() -> scalar.Value:
    """Variables of every kind: inputs with and without a label, parameters that share one, constants."""
    model = scalar.nn.MLP(2, [3, 2, 1], activation="tanh", generator=random.Random(0))
    score = model([scalar.Value(0.5, "x"), scalar.Value(1.5)])
    assert isinstance(score, scalar.Value)
    return (score - 1) ** 2


class Page(HTMLParser):
    """The tags of a page, its text, and what stands in the block of data."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.content = ""
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.tags and self.tags[-1] == ("script", {"id": "data", "type": "application/json"}) and data.strip():
            self.data = json.loads(data)
        self.content += data

    def having(self, attribute: str, value: str) -> list[dict[str, str | None]]:
        return [attributes for _, attributes in self.tags if value in (attributes.get(attribute) or "").split()]


# ---------------------------------------------------------------- what plays when


def test_square() -> None:
    #   x ══ ×      x is given, y computed; then y is the seed, and x gets two messages
    x = scalar.Value(3.0, "x")
    y = x * x
    y.label = "y"
    steps = played(y).steps
    assert [(s.phase, [v.name for v in s.variables], len(s.edges)) for s in steps] == [
        ("forward", ["x"], 0),
        ("forward", ["y"], 2),
        ("backward", ["y"], 0),
        ("backward", ["x"], 2),
    ]
    assert [edge.id for edge in steps[3].edges] == [edge.id for edge in steps[1].edges] == ["e1", "e2"]


def test_operands_come_before_results_and_uses_before_variables() -> None:
    steps = played(network()).steps
    arrived = {"forward": set[str](), "backward": set[str]()}
    for step in steps:
        others = {(edge.tail if step.phase == "forward" else edge.head).id for edge in step.edges}
        assert others <= arrived[step.phase]
        arrived[step.phase] |= {variable.id for variable in step.variables}


def test_variables_have_the_ledgers_names() -> None:
    output = network()
    names = output.chain_rule().names
    assert {v.name for v in played(output).variables} == {name.symbol for name in names.values()}
    assert [s.variables[0].name for s in played(output).steps if s.phase == "backward"] == [
        names[step.variable].symbol for step in output.chain_rule()
    ]


def test_made_up_name_is_never_a_label() -> None:
    output = operation("+", Stub(1.0, "v1"), Stub(2.0, ""), Stub(2.0, "w"), Stub(2.0, "w"), Stub(2.0, "w₁"))
    assert [v.name for v in played(output, units(output)).variables] == ["v1", "v2", "w₂", "w₃", "w₁", "v3"]


def test_numbers_of_variables_and_messages() -> None:
    x = scalar.Value(-3.0, "x")
    y = x / 8
    (edge,) = backward(played(y), "x").edges
    assert (edge.tail.value.short, edge.tail.gradient and edge.tail.gradient.short) == ("−3", "0.125")
    assert edge.message is not None
    assert (edge.message.upstream.short, edge.message.local and edge.message.local.short) == ("1", "0.125")
    assert edge.message.product.short == "0.125"


def test_formula_of_the_local_derivative() -> None:
    y = scalar.tanh(scalar.Value(0.5, "x"))
    y.label = "y"
    (edge,) = backward(played(y), "x").edges
    assert edge.message is not None
    assert edge.message.reason[0].startswith("y = tanh(x)")


def test_a_step_says_why() -> None:
    x = scalar.Value(3.0, "x")
    y = x / 2
    y.label = "y"
    (edge,) = backward(played(y), "x").edges
    assert edge.message is not None
    assert edge.message.reason == (
        "y = x/2 = 3/2 = 1.5, so ∂y/∂x = 1/2 = 0.5",
        "Rule: out = x/y, so ∂out/∂x = 1/y. A large y dampens: x gets 1/y of the gradient, and y the quotient's share, "
        "negative.",
    )
    assert all(line in step_list(played(y)) for line in edge.message.reason[:1])


def test_nudges_are_the_output_at_places_around() -> None:
    x, y = scalar.Value(0.25, "x"), scalar.Value(20.0, "y")
    nudges = played(scalar.log(x) * y).nudges
    assert [(nudge["name"], nudge["x"], nudge["slope"]) for nudge in nudges] == [
        ("x", 0.25, 80.0),
        ("y", 20.0, x.log().data),
    ]
    at_x, at_y = nudges
    assert at_x["values"][:15] == [None] * 15, "no logarithm of a negative number"
    for nudge, f in ((at_x, lambda at: 20 * logarithm(at)), (at_y, lambda at: at * logarithm(0.25))):
        middle = len(nudge["values"]) // 2
        for i, value in enumerate(nudge["values"]):
            if value is not None:
                assert value == pytest.approx(f(nudge["x"] + (i - middle) * nudge["step"]))


def test_arrays_and_engines_that_cannot_evaluate_are_not_nudged() -> None:
    output = square()
    assert played(output, units(output)).nudges == ()
    tensor = vector.tensor([1.0, 2.0], requires_grad=True)
    assert played((tensor * tensor).sum()).nudges == ()
    number = vector.tensor(2.0, requires_grad=True, label="t")
    (nudge,) = played(number * number).nudges
    assert nudge["values"][-1] == pytest.approx(9.0)


@pytest.mark.parametrize(("formula", "told"), [("1 − y²", ("local: 1 − y²",)), ("1", ()), ("", ())])
def test_an_engine_that_gives_no_reasons_has_its_formula_shown(formula: str, told: tuple[str, ...]) -> None:
    class WithFormula(Unit):
        @property
        def formula(self) -> str:
            return formula

    x = Stub(1.0, "x")
    y = operation("exp", x)
    (edge,) = backward(played(y, [UnitStep(y, ()), UnitStep(x, (WithFormula(y, 0),))]), "x").edges
    assert edge.message is not None
    assert edge.message.reason == told


def test_leaf_alone_is_given_and_seeded() -> None:
    assert [(s.phase, len(s.edges)) for s in played(scalar.Value(1.0, "x")).steps] == [("forward", 0), ("backward", 0)]


# ---------------------------------------------------------------- paths


def test_paths_are_listed_with_their_products() -> None:
    x = scalar.Value(3.0, "x")
    y = x * x + scalar.exp(x) * 0
    step = backward(played(y), "x")
    assert step.path_count == 3
    assert [[v.name for v in path.variables] for path in step.paths] == [
        ["x", "v2", "v3", "v4"],
        ["x", "v1", "v4"],
        ["x", "v1", "v4"],
    ]
    assert [path.product and path.product.short for path in step.paths] == ["0", "3", "3"]


def test_paths_beyond_a_few_are_counted_and_not_walked() -> None:
    output = doublings(300)
    step = backward(played(output, units(output)), "x")
    assert (step.path_count, step.paths) == (2**300, ())


@pytest.mark.parametrize(
    ("count", "text"),
    [(1, "1 path "), (2048, "2,048 paths "), (2**100, "1.268e+30 paths "), (2**5000, "1.412e+1505 paths ")],
)
def test_number_of_paths(count: int, text: str) -> None:
    step = backward(played(square_of_three()), "x")
    assert path_count(Step(step.phase, step.variables, step.edges, count)) == text + "from x to the output"


def square_of_three() -> scalar.Value:
    x = scalar.Value(3.0, "x")
    y = x * x
    y.label = "y"
    return y


# ---------------------------------------------------------------- words


def test_every_step_is_a_sentence() -> None:
    w, b, x = (
        scalar.Value(-2.0, "w", role="parameter"),
        scalar.Value(1.0, "b", role="parameter"),
        scalar.Value(3.0, "x"),
    )
    y = w * x + b + 2
    y.label = "y"
    assert [sentence(step) for step in played(y).steps] == [
        "Given: parameters w = −2 and b = 1; input x = 3; constant 2.",
        "With w = −2 and x = 3: v1 = w·x = −6.",
        "With v1 = −6 and b = 1: v2 = v1 + b = −5.",
        "With v2 = −5: y = v2 + 2 = −3.",
        "The backward pass starts here: the derivative of y by itself is 1.",
        "v2 is used once, in y: its gradient is the message from there, 1.",
        "v1 is used once, in v2: its gradient is the message from there, 1.",
        "x is used once, in v1: its gradient is the message from there, −2.",
        "b is used once, in v2: its gradient is the message from there, 1.",
        "w is used once, in v1: its gradient is the message from there, 3.",
    ]


def test_sum_over_several_uses() -> None:
    assert sentence(backward(played(square_of_three()), "x")) == (
        "x is used 2 times, in y: its gradient is the sum of 2 messages, 6."
    )


def test_long_lists_are_cut_short() -> None:
    output = operation("sum", *(Stub(float(i), f"x{i}") for i in range(9)), label="y")
    steps = played(output, units(output)).steps
    assert sentence(steps[0]) == "Given: inputs x0 = 0, x1 = 1, x2 = 2, x3 = 3, x4 = 4 and 4 more."
    assert sentence(steps[1]).endswith("y = x0 + x1 + x2 + x3 + … + x8 = 1.5.")


def test_right_to_left_name_is_isolated() -> None:
    name = "שלום"
    output = operation("exp", Stub(1.0, name), label="y")
    assert sentence(played(output, units(output)).steps[0]) == f"Given: input \u2068{name}\u2069 = 1."


@pytest.mark.parametrize(
    ("symbol", "operands", "written"),
    [
        ("−", "ab", "a − b"),
        ("**", "ab", "a^b"),
        ("neg", "a", "−a"),
        ("max", "ab", "max(a, b)"),
        ("cross_entropy", "ab", "cross_entropy(a, b)"),
        ("·", "ab", "a·b"),
        ("·", "abcdef", "a·d + b·e + c·f"),
        ("sum", "abc", "a + b + c"),
        ("sum", "a", "sum(a)"),
        ("×", "ab", "a·b"),
        ("÷", "ab", "a/b"),
        ("abs", "a", "|a|"),
        ("T", "a", "T(a)"),
    ],
)
def test_operation_as_text(symbol: str, operands: str, written: str) -> None:
    assert expression(symbol, list(operands)) == written


# ---------------------------------------------------------------- formulas


def typeset(step: Step) -> str:
    return re.sub("<[^>]*>| ", "", row(step))


def test_rows_of_the_ledger_in_bar_notation() -> None:
    assert [typeset(step) for step in played(square_of_three()).steps] == [
        "x=3",
        "y=x·x=3·3=9",
        "y‾=∂y∂y=1",
        "x‾=y‾·∂y∂x+y‾·∂y∂x=1·3+1·3=3+3=6",
    ]


def test_negative_factors_stand_in_brackets_and_arguments_do_not() -> None:
    x = scalar.Value(-3.0, "x")
    assert typeset(played(x * 2).steps[1]) == "v1=x·2=(−3)·2=−6"
    assert typeset(played(scalar.relu(x)).steps[1]) == "v1=relu(x)=relu(−3)=0"
    assert typeset(played(-x).steps[1]) == "v1=−x=−(−3)=3"
    assert typeset(backward(played(-x / 2), "x")) == "x‾=v1‾·∂v1∂x=0.5·(−1)=−0.5"


@pytest.mark.parametrize(
    ("label", "typeset"),
    [
        ("x", "<mi>x</mi>"),
        ("loss", "<mi>loss</mi>"),
        ("x2", "<msub><mi>x</mi><mi>2</mi></msub>"),
        ("w₁₀", "<msub><mi>w</mi><mi>10</mi></msub>"),
        ("L_reg", "<msub><mi>L</mi><mi>reg</mi></msub>"),
        ("a<b", "<mi>a&lt;b</mi>"),
    ],
)
def test_names_have_subscripts(label: str, typeset: str) -> None:
    (variable,) = played(scalar.Value(1.0, label)).variables
    assert math(name(variable)) == f"<math><mrow>{typeset}</mrow></math>"


@pytest.mark.parametrize("engine", [scalar.Value, lambda x, label: vector.tensor(x, requires_grad=True, label=label)])
def test_a_name_that_is_no_word_stands_in_brackets_beside_a_sign(engine: Any) -> None:
    a, b = engine(3.0, "a + b"), engine(2.0, "w*")
    product = played(a * b)
    assert typeset(product.steps[1]) == "v1=(a+b)·(w*)=3·2=6"
    assert sentence(product.steps[1]) == "With a + b = 3 and w* = 2: v1 = (a + b)·(w*) = 6."
    assert typeset(backward(product, "w*")).startswith("w*‾=v1‾·∂v1∂(w*)=")
    call = played(scalar.exp(a) if engine is scalar.Value else vector.exp(a))
    assert "exp(a + b)" in sentence(call.steps[1])


def test_names_that_a_subscript_would_make_one_stand_as_they_are() -> None:
    """w1, w_1 and w₁ were all set as w with the subscript 1."""
    labels = ["w1", "w_1", "w₁", "w₂"]
    variables = played(scalar.sum([scalar.Value(1.0, label) for label in labels])).variables
    names = {variable.name: math(name(variable)) for variable in variables}
    assert len(set(names.values())) == len(names) == 5
    assert names["w_1"] == "<math><mrow><mi>w_1</mi></mrow></math>"
    assert names["w₂"] == "<math><mrow><msub><mi>w</mi><mi>2</mi></msub></mrow></math>"


def test_power_is_raised() -> None:
    assert "<msup><mi>x</mi><mn>2</mn></msup>" in row(played(scalar.Value(3.0, "x") ** 2).steps[1])


# ---------------------------------------------------------------- the page


def give_ledger(output: Any) -> Any:
    output.chain_rule = lambda: units(output)
    return output


SINGLE = [name for name, build in SHAPES.items() if not isinstance(build(), list) and build().role != "constant"]


@pytest.mark.parametrize("direction", ["LR", "TB"])
@pytest.mark.parametrize("shape", SINGLE)
def test_every_shape_plays(shape: str, direction: Any, tmp_path: Path) -> None:
    output = give_ledger(SHAPES[shape]())
    page = Page(player(output, tmp_path / "player.html", direction=direction))
    nodes = topological([output])
    assert len(page.having("class", "card")) == len(nodes)
    assert len(page.having("class", "edge")) == sum(len(node.parents) for node in nodes)
    operations = sum(bool(node.parents) for node in nodes)
    received = sum(node.role != "constant" for node in nodes)
    assert len(page.having("class", "step")) == len(page.data["steps"]) == 1 + operations + received
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    lit = {part for step in page.data["steps"] for part in step["variables"] + step["edges"]}
    assert lit <= set(ids)


@pytest.mark.parametrize("shape", SINGLE)
def test_picture_is_well_formed_and_holds_every_label(shape: str, tmp_path: Path) -> None:
    output = give_ledger(SHAPES[shape]())
    text = player(output, tmp_path / "player.html").read_text(encoding="utf-8")
    svg = ElementTree.fromstring(text[text.index("<svg") : text.index("</svg>") + 6])
    titles = [title.text for title in svg.iter("title")]
    assert titles == [f"{v.name}, {v.role}" for v in played(output).variables]


def test_pygraphviz_finds_places_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    page = Page(player(give_ledger(neuron()), tmp_path / "player.html"))
    assert (len(page.having("class", "card")), len(page.having("class", "edge"))) == (6, 5)


def test_two_runs_write_the_same_bytes(tmp_path: Path) -> None:
    first, second = (player(give_ledger(neuron()), tmp_path / f"{i}.html") for i in range(2))
    assert first.read_bytes() == second.read_bytes()


def test_nothing_in_a_label_becomes_markup(tmp_path: Path) -> None:
    label = "</script></style><img src=x onerror=alert(1)><!--" + NASTY + "\x00\ud800"
    output = give_ledger(operation("<b>", Stub(float("nan"), label), label="y"))
    page = Page(player(output, tmp_path / "player.html", title=label))
    plain = Page(player(give_ledger(operation("[b]", Stub(1.0, "x"), label="y")), tmp_path / "plain.html"))
    assert [tag for tag, _ in page.tags] == [tag for tag, _ in plain.tags]
    assert " ".join(NASTY.split()) in page.content


def test_page_asks_for_nothing_and_runs_only_its_own_script(tmp_path: Path) -> None:
    page = Page(player(square_of_three(), tmp_path / "player.html"))
    links = [value for _, attributes in page.tags for key, value in attributes.items() if key in ("src", "href")]
    assert links
    assert all(str(link).startswith("#") for link in links)
    (policy,) = [a["content"] for tag, a in page.tags if tag == "meta" and "http-equiv" in a]
    assert re.fullmatch(
        r"default-src 'none'; base-uri 'none'; form-action 'none'; script-src 'sha256-[\w+/]+='; "
        r"style-src 'sha256-[\w+/]+='",
        str(policy),
    )


def test_title_is_the_users_or_the_outputs_name(tmp_path: Path) -> None:
    assert '<h1 dir="auto">A &amp; B</h1>' in player(square_of_three(), tmp_path / "p.html", title="A & B").read_text(
        encoding="utf-8"
    )
    assert played(square_of_three()).title == "Backpropagation from y"


def test_without_graphviz_the_page_has_its_steps_and_says_how_to_get_a_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("viz.render.available", lambda: False)
    page = Page(player(square_of_three(), tmp_path / "player.html"))
    assert len(page.having("class", "step")) == 4
    assert "svg" not in [tag for tag, _ in page.tags]
    assert "python -m pip install pygraphviz" in page.content


@pytest.mark.parametrize("palette", ["light", "dark"])
def test_what_lights_up_can_be_read(palette: str) -> None:
    colours = PALETTES[palette]
    assert all(contrast(colours.message, fill) >= 4.5 for fill in colours.fills.values())  # a gradient as it arrives
    assert all(contrast(colours.muted, fill) >= 4.5 for fill in colours.fills.values())


# ---------------------------------------------------------------- mistakes


def test_engine_without_ledger(tmp_path: Path) -> None:
    with pytest.raises(
        TypeError, match=r"player needs an output with chain_rule\(\), which Stub does not have; viz.draw"
    ):
        player(square().parents[0], tmp_path / "player.html")


def test_constant_has_nothing_to_play(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"expected chain_rule\(\) to begin with the output's own step"):
        player(give_ledger(constant(1.0)), tmp_path / "player.html")


def test_too_large_a_graph_is_divided_into_parts_that_open() -> None:
    output = give_ledger(chain(400))
    played = playback(output, output.chain_rule(), title="", precision=4, most=400)
    whole, *parts = played.scenes
    assert [v.role for v in whole.variables].count("module") == len(parts) == 6
    assert sorted(v.door for v in whole.variables if v.role == "module") == [*range(1, 7)]
    own = {v.name for scene in played.scenes for v in scene.variables if v.role != "module" and not v.outside}
    assert len(own) == 401
    assert whole.variables[-1].role == "output"


def test_other_names_than_html_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"expected a name ending in \.html; got 'steps\.svg'"):
        player(square_of_three(), tmp_path / "steps.svg")


@pytest.mark.parametrize(("option", "value"), [("direction", "RL"), ("precision", 0)])
def test_options_are_checked(option: str, value: Any, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=f"expected {option} "):
        player(square_of_three(), tmp_path / "steps.html", **{option: value})


def test_unknown_role() -> None:
    output = Stub(1.0, role="weight")
    with pytest.raises(ValueError, match=r"expected a node's role: .*; got 'weight'"):
        played(output, units(output))


def test_what_is_behind_doors_is_packed(tmp_path: Path) -> None:
    """Each room stood in the page whole, with its steps and its questions: 2.3 MB for a perceptron 2-16-16-1."""
    model = scalar.nn.MLP(2, [16, 16, 1], generator=random.Random(0))
    output: Any = model([scalar.Value(0.5), scalar.Value(-1.0)])
    page = Page(player(output, tmp_path / "player.html", model=model))
    assert (tmp_path / "player.html").stat().st_size < 600_000
    assert (len(page.data["scenes"]), page.data["count"]) == (37, 716)
    assert len(page.having("class", "step")) == len(page.data["steps"]) == page.data["scenes"][1]["first"]
