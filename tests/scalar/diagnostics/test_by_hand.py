"""Every number of every view can be worked out from what the view shows."""

import html
import math
import random
import re
from collections.abc import Callable, Mapping
from typing import Any

import pytest

import scalar
import viz
from demos.explorer import ledger as explorer
from demos.explorer import picture
from demos.explorer.answer import answer
from demos.explorer.question import Question
from scalar import Value
from tests.by_hand import is_digits_of, work_out
from tests.scalar.diagnostics.test_ledger import at_random, l_reg, many_uses, mlp
from viz.playback.data import Playback
from viz.playback.mathml import row
from viz.playback.stage import playback


def cancelled() -> Value:
    x, y = Value(1.0, "x"), Value(1.0000001, "y")
    return (x - y) ** 2 * x + (x - y) * (1 - y)


def saturated() -> Value:
    x, w = Value(7.123456, "x"), Value(1 / 3, "w")
    return x.tanh() * w + (w * 3 - 1) + scalar.sigmoid(-x) - (x + 1e-9).tanh() * w


def nearly_tied() -> Value:
    x, y = Value(0.1 + 0.2, "x"), Value(0.3, "y")
    return scalar.maximum(x, y) * (x - y) + scalar.hardtanh(x * (10 / 3))


def near_pi() -> Value:
    x = Value(math.pi, "x")
    return x.sin() + (x * 1234567).cos() * (x / 0.123456789)


def constants() -> Value:
    x = Value(-123456.0, "x")
    return scalar.erf(x / 98765.4321) + x**3 * 1.23456789 - 70000 * x + scalar.gelu(x / 1e5)


def network() -> Value:
    model = scalar.nn.MLP(2, [3, 1], activation="tanh", generator=random.Random(3))
    out: Any = model([0.5, Value(-1.25, "x")])
    return (out - 1) ** 2


GRAPHS: Mapping[str, Callable[[], Value]] = {
    **{f.__name__: f for f in (cancelled, saturated, nearly_tied, near_pi, constants, network, many_uses, mlp)},
    "L_reg": lambda: l_reg()[0],
    **{f"at random {seed}": lambda seed=seed: at_random(seed) for seed in range(4)},  # type: ignore[misc]
}
graphs = pytest.mark.parametrize("graph", GRAPHS)


def test_a_hand_that_finds_another_number_says_so() -> None:
    assert work_out("v = x − y = 1 − 1.0000001 = −1e−07") == 1
    for wrong in ("v = x − y = 1 − 1 = −1e−07", "0.1429·4 = 0.5714"):
        with pytest.raises(AssertionError):
            work_out(wrong)


def read_reason(line: str) -> None:
    """Work out what was computed, where it is said for the first time, and the derivative."""
    result, _, slope = line.rpartition(", so ")
    assert not result or work_out(result) == 1 or " = −" in result  # −x = −7.123
    assert slope.startswith("∂")
    work_out(slope[1:])


@graphs
def test_the_ledger_in_text(graph: str) -> None:
    out = GRAPHS[graph]()
    steps, _, _ = str(out.chain_rule()).partition("\n\n")
    for line in steps.splitlines():
        if line.startswith("    "):
            read_reason(line.strip())
        elif not line.endswith("seed"):
            equation, kind = line.rsplit("   ", 1)
            assert work_out(re.sub(" +", " ", equation).strip()) >= 1, kind


@graphs
def test_the_ledger_in_html(graph: str) -> None:
    out = GRAPHS[graph]()
    body = out.chain_rule()._repr_html_().partition("<tbody>")[2].partition("</tbody>")[0]
    for _, _, numbers, total, _, why in re.findall(r"<tr>" + r"<td[^>]*>(.*?)</td>" * 6, body):
        assert numbers == "" or work_out(f"{html.unescape(numbers)} = {total}") == 1
        for line in why.split("<br>") if why else ():
            read_reason(html.unescape(line))


@graphs
def test_the_messages_of_tree_and_picture(graph: str) -> None:
    out = GRAPHS[graph]()
    out.backward()
    drawing = viz.draw(out, messages=True)
    messages = [edge.message for edge in drawing.graph.edges if edge.message]
    assert (
        len(messages)
        == sum(len(step.terms) for step in out.chain_rule())
        + sum(parent.role == "constant" for step in out.chain_rule() for parent in step.variable.parents)
        or len(messages) > 3
    )
    assert all(work_out(str(message)) == 1 for message in messages)
    tree = re.findall(r"← (.*)", drawing.text(10_000))
    assert tree == [*map(str, messages)] or len(tree) >= 3
    assert all(work_out(told) == 1 for told in tree)


def told(playback: Playback) -> list[str]:
    """The rows of the player, as text."""
    rows = [
        re.sub(r"<msup>(<m\w+>.*?</m\w+>)(<m\w+>.*?</m\w+>)</msup>", r"\1^\2", row(step)) for step in playback.steps
    ]
    return [
        html.unescape(re.sub("<[^>]*>", "", line)).replace("=", " = ") for line in rows if 'class="given"' not in line
    ]


@graphs
def test_the_rows_of_the_player(graph: str) -> None:
    out = GRAPHS[graph]()
    played = playback(out, out.chain_rule(), title="", precision=4)
    rows = told(played)
    assert len(rows) == len(played.steps) - 1
    for line in rows:
        assert work_out(line) >= 1 or "…" in line or line.count(" = ") == 2, line
    for step in played.steps:
        for edge in step.edges if step.phase == "backward" else ():
            sent = edge.message
            assert sent is not None
            assert sent.local is not None
            assert work_out(f"{sent.upstream.factor}·{sent.local.factor} = {sent.product.short}") == 1
        for path in step.paths:
            if path.product and len(path.locals) > 1:
                assert work_out("·".join(x.factor for x in path.locals) + f" = {path.product.short}") == 1


@graphs
def test_the_places_of_the_explorer(graph: str) -> None:
    rule = GRAPHS[graph]().chain_rule()
    ledger, pictured = iter(explorer.numbers(rule)), iter(picture.numbers(rule))
    for step in rule:
        sides = [f"{next(ledger)}·{next(ledger)}" for _ in step.terms]
        total = next(ledger)
        assert not sides or work_out(f"{' + '.join(sides)} = {total}") == 1
        assert is_digits_of(next(pictured), step.variable.data)
        assert next(pictured) == total
        for term in step.terms:
            upstream, local, product = next(pictured), next(pictured), next(pictured)
            assert (is_digits_of(upstream, term.upstream), is_digits_of(local, term.local)) == (True, True)
            assert work_out(f"{upstream}·{local} = {product}") == 1
    assert next(ledger, None) is next(pictured, None) is None


def test_the_reasons_of_the_explorer() -> None:
    told: Any = answer(Question("(x - y)**2 * x / 7", {"x": 1.0, "y": 1.0000001}))
    lines = [line for lines in told["reasons"] for line in lines]
    assert len(lines) == 6
    assert [rule.partition(",")[0] for rule in told["rules"]] == ["out = x/y", "out = x·y", "out = x^y", "out = x − y"]
    assert all(work_out(line.split(", so ∂")[0]) == 1 for line in lines)


def test_what_has_changed_since_is_no_equation() -> None:
    x = Value(3.0, "x")
    y = x * x
    x.data = 100.0
    assert "v1 = x·x = 100·100 ≠ 9, so ∂v1/∂x = x = 100 ≠ 3" in str(y.chain_rule())
    assert r"100 \cdot 100 \neq 9" in y.chain_rule().latex()


def test_cards_show_what_cancels() -> None:
    """1 − 1 = −1e−07 stood in tree, picture and player."""
    out = cancelled()
    values = {card.name: card.rows[0].text for card in viz.draw(out).graph.cards}
    assert (values["x"], values["y"]) == ("1", "1.0000001")
    variables = playback(out, out.chain_rule(), title="", precision=4).variables
    assert {v.name: v.value.short for v in variables}["y"] == "1.0000001"
    (y,) = [card for card in viz.draw(out, precision=".2f").graph.cards if card.name == "y"]
    assert y.rows[0].text == "1.00", "a format that was asked for stays"
