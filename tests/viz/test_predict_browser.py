"""Predict, present, and a page inside a notebook: the player asks before it shows."""

import json
from pathlib import Path
from typing import Any

import pytest

import scalar
import vector
import viz
from tests.viz.browser import expect, opened
from tests.viz.test_questions import fan_out, matmul, named, softmax
from viz.playback import player

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return player(fan_out(), tmp_path_factory.mktemp("predict") / "fan_out.html")


def answer(page: Any, text: str) -> None:
    page.keyboard.type(text)
    page.keyboard.press("Enter")


def verdict(page: Any) -> str:
    return str(page.locator("#verdict").text_content())


def asked(page: Any) -> str:
    return str(page.locator("#asked:visible").text_content())


def reach(page: Any, name: str) -> None:
    """Solve by "show me" until the gradient of `name` is asked for."""
    while f"What is {name}?" != asked(page):
        page.locator("#reveal").click()
        page.keyboard.press("Enter")  # on "Next"


def test_the_whole_pass_is_predicted_by_keyboard(browser: Any, path: Path) -> None:
    """f = a·b, a = x·y = 6, b = x + 5 = 7: b̄ = 6, ā = 7, ȳ = 14, x̄ = 27."""
    with opened(browser, path) as page:
        page.locator("#predicting").focus()
        page.keyboard.press("Enter")
        assert page.locator("#predicting").get_attribute("aria-pressed") == "true"
        wanted = {"b̄": "6", "ā": "fbar*b", "ȳ": "14", "x̄": "abar*y + bbar"}
        for count in range(1, 5):
            question = asked(page)
            answer(page, wanted[question.removeprefix("What is ").removesuffix("?")])
            assert verdict(page).startswith("Right: ")
            assert page.locator("#score").text_content() == f"{count} of {count} right at once"
            assert page.locator("#announcement").text_content().startswith("Right: ")
            assert page.evaluate("document.activeElement.id") == "next"
            page.keyboard.press("Enter")
        assert page.locator("#predict .asking:visible").count() == 0
        assert page.locator("#nudge").is_visible()


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("-27", "The size is right, the sign is not."),
        ("21", "A use is forgotten: x is used 2 times, and the message from b is missing."),
        ("y*abar", "A use is forgotten: x is used 2 times, and the message from b is missing."),
        ("9", "The upstream gradient is forgotten: the message from a is ā · local."),
        ("4", "That is the sum of the local derivatives: multiply each by its upstream gradient."),
        ("26", "Close: at least two significant digits are asked."),
        ("1000", "Not right, and no mistake that is known here."),
        ("abar*", "Not understood from “the end” on: write a number such as 0.25, or a formula such as 2*(x + 1)."),
    ],
)
def test_a_mistake_is_named_and_the_step_is_not_passed(browser: Any, path: Path, typed: str, words: str) -> None:
    with opened(browser, path, "#predict") as page:
        reach(page, "x̄")
        answer(page, typed)
        assert verdict(page) == words
        assert page.locator("#announcement").text_content() == words
        for way in ("#next", "#position"):
            page.locator(way).press("End" if way == "#position" else "Enter")
            assert asked(page) == "What is x̄?"
        page.locator("#answer").fill("27")
        page.keyboard.press("Enter")
        assert verdict(page) == "Right: x̄ = 27."
        assert page.locator("#score").text_content() == "0 of 4 right at once, 3 shown"


def test_a_gradient_is_nowhere_before_it_is_solved(browser: Any, path: Path) -> None:
    with opened(browser, path, "#predict") as page:
        reach(page, "ȳ")
        seen = page.evaluate(
            "[...document.querySelectorAll('body *')].filter(e => !e.children.length && e.checkVisibility("
            "{ checkOpacity: true, checkVisibilityCSS: true })).map(e => e.textContent.trim())"
        )
        assert "14" not in seen
        assert "27" not in seen
        assert seen.count("7") >= 2  # the value of b, and the gradient of a
        assert page.locator("#nudge").is_hidden()
        assert page.locator(".edge.active").count() == 0
        assert "14" not in page.locator("body").aria_snapshot()
        page.locator("#reveal").click()
        assert "14" in page.locator("body").aria_snapshot()


@pytest.mark.parametrize(("label", "shown"), [("x", "x"), ("x[0]", "x[0]"), ("a + b", "a + b"), ("layers.0.w", "w⁽¹⁾")])
def test_a_gradient_is_no_answer_to_itself(browser: Any, tmp_path: Path, label: str, shown: str) -> None:
    x = scalar.Value(3.0, label)
    with opened(browser, player(named("y", x * x), tmp_path / "p.html"), "#predict") as page:
        asked_for = asked(page).removeprefix("What is ").removesuffix("?")
        answer(page, asked_for)
        assert "is no name that is known here" in verdict(page) or "Not understood" in verdict(page)
        page.locator("#answer").fill(f"2*{shown}")
        page.keyboard.press("Enter")
        assert verdict(page) == f"Right: {asked_for} = 6."


def test_hints_come_one_at_a_time(browser: Any, path: Path) -> None:
    with opened(browser, path, "#predict") as page:
        reach(page, "x̄")
        starts = ("x is used 2 times, in b and a", "Upstream: b̄ = 6, ā = 7.", "Local: ", "The sum: x̄ = 6·1 + 7·3.")
        for count, start in enumerate(starts, 1):
            page.locator("#hint").click()
            hints = page.locator("#hints li").all_text_contents()
            assert len(hints) == count
            assert hints[-1].startswith(start)
            assert page.locator("#announcement").text_content() == hints[-1]
        assert page.locator("#hint").is_disabled()
        page.locator("#answer").fill("27")
        page.keyboard.press("Enter")
        assert page.locator("#score").text_content() == "0 of 4 right at once, 3 shown"


def test_show_me_solves_and_is_counted(browser: Any, path: Path) -> None:
    with opened(browser, path, "#predict") as page:
        question = asked(page)
        page.locator("#reveal").click()
        assert verdict(page) == f"Shown: {question.removeprefix('What is ').removesuffix('?')} = 6."
        assert page.locator("#score").text_content() == "0 of 1 right at once, 1 shown"
        page.locator("#predicting").click()
        assert page.locator("#score").is_hidden()
        page.locator("#position").press("End")
        assert page.locator(".step[aria-current] .words").text_content().startswith("x is used 2 times")


def test_playing_stops_at_a_question(browser: Any, path: Path) -> None:
    with opened(browser, path) as page:
        page.clock.install(time="2030-01-01T00:00:00")
        page.reload()
        page.clock.pause_at("2030-01-01T01:00:00")
        page.locator("#predicting").click()
        page.locator("#position").press("Home")
        page.locator("#play").click()
        page.clock.run_for(60_000)
        assert asked(page).startswith("What is ")
        assert page.locator("#play").text_content() == "Play"


@pytest.mark.parametrize(
    ("graph", "name", "mistakes"),
    [
        (softmax, "z̄[0]", {"0.75": "Only the element at the same place is counted", "p[0]*2": "Right: z̄[0] = 0.5."}),
        (
            matmul,
            "W̄[0, 0]",
            {"3": "That is the local derivative alone", "X[0,0]*C[0,0] + X[1,0]*Zbar[1,0]": "Right: W̄[0, 0] = 9."},
        ),
    ],
)
def test_a_tensors_shape_is_asked_first(browser: Any, tmp_path: Path, graph: Any, name: str, mistakes: Any) -> None:
    with opened(browser, player(graph(), tmp_path / "tensor.html"), "#predict") as page:
        while f"What is {name}?" != asked(page):
            if asked(page).startswith("What is the shape"):
                page.locator("#answer").fill("(9, 9, 9)")
                page.keyboard.press("Enter")
                assert verdict(page) == "Not right, and no mistake that is known here."
                assert not page.locator("[aria-current] .row").is_visible()
            page.locator("#reveal").click()
            if not page.locator("#answer").is_visible():
                page.locator("#next").click()
        for typed, words in mistakes.items():
            page.locator("#answer").fill(typed)
            page.keyboard.press("Enter")
            assert verdict(page).startswith(words)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("state", ["asked", "mistaken", "presenting"])
def test_accessibility(browser: Any, path: Path, scheme: str, state: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")
    with opened(browser, path, "#predict", color_scheme=scheme, viewport={"width": 1280, "height": 800}) as page:
        if state == "mistaken":
            reach(page, "x̄")
            page.locator("#hint").click()
            answer(page, "21")
        if state == "presenting":
            page.locator("#present").click()
        results = axe.Axe().run(page)
        assert results.response["violations"] == [], results.generate_report()
        assert page.get_by_label("Your answer").count() == 1
        assert page.get_by_role("group", name="Question").count() == 1


# ---------------------------------------------------------------- present


@pytest.mark.parametrize("size", [(1280, 800), (1920, 1080), (1024, 768)])
@pytest.mark.parametrize("graph", [fan_out, matmul])
def test_presented_the_graph_has_most_of_the_page(browser: Any, tmp_path: Path, graph: Any, size: Any) -> None:
    width, height = size
    with opened(browser, player(graph(), tmp_path / "p.html"), viewport={"width": width, "height": height}) as page:
        page.keyboard.press("End")
        before = float(page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)"))
        page.locator("#present").click()
        expect(page.locator("#present")).to_have_attribute("aria-pressed", "true")
        box = page.locator("#picture").bounding_box()
        assert box["width"] * box["height"] >= 0.6 * page.evaluate("innerWidth * innerHeight")
        page.wait_for_timeout(100)  # the picture fits itself into its new room
        drawn = page.locator("#picture svg").first.bounding_box()
        assert drawn["width"] >= 0.9 * box["width"] or drawn["height"] >= 0.8 * box["height"]
        assert drawn["y"] + drawn["height"] <= box["y"] + box["height"] + 1
        assert page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)") >= 1.25 * before
        assert page.locator("[aria-current] .row").is_visible()
        controls = page.locator("#controls").bounding_box()
        assert controls["y"] + controls["height"] <= page.evaluate("innerHeight") + 1
        page.locator("#present").click()
        expect(page.locator("#present")).to_have_attribute("aria-pressed", "false")


@pytest.mark.parametrize(("scheme", "names"), [("light", ["Dark", "Light"]), ("dark", ["Light", "Dark"])])
def test_the_scheme_can_be_switched(browser: Any, path: Path, scheme: str, names: list[str]) -> None:
    papers = {"Dark": "rgb(255, 255, 255)", "Light": "rgb(20, 24, 29)"}
    with opened(browser, path, color_scheme=scheme) as page:
        for name in (*names, names[0]):
            assert page.locator("#scheme").text_content() == name
            assert page.evaluate("getComputedStyle(document.body).backgroundColor") == papers[name]
            page.locator("#scheme").click()


# ---------------------------------------------------------------- in a notebook


def test_a_saved_notebook_plays_without_a_kernel(browser: Any, tmp_path: Path) -> None:
    """Each output as a notebook keeps it, in the HTML that a viewer makes of it."""
    x = vector.tensor([[1.0, -2.0]], requires_grad=True, label="x")
    loss = named("L", (x * x).sum())
    loss.backward(retain_all=True)
    shown: list[Any] = [player(fan_out()), loss.chain_rule(), fan_out().chain_rule(), viz.draw(loss)]
    cells = [{"cell_type": "code", "outputs": [{"output_type": "display_data", "data": bundle(x)}]} for x in shown]
    notebook = json.loads(json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}))
    outputs = [cell["outputs"][0]["data"] for cell in notebook["cells"]]
    kept = [data.get("text/html") or data["image/svg+xml"] for data in outputs]
    page_of_it = tmp_path / "notebook.html"
    title = "<!DOCTYPE html><html lang='en'><meta charset='utf-8'><title>A notebook</title>"
    page_of_it.write_text(title + "".join(f"<div>{output}</div>" for output in kept), encoding="utf-8")
    with opened(browser, page_of_it) as page:
        frame = page.frame_locator("iframe")
        frame.locator("#position").press("End")
        expect(frame.locator("#count")).to_have_text("9 / 9")
        page.wait_for_timeout(300)  # the address would follow now, and the notebook's must not
        frame.locator("#predicting").click()
        frame.locator("#answer").fill("6")
        frame.locator("#answer").press("Enter")
        expect(frame.locator("#verdict")).to_contain_text("Right: ")
        assert page.locator(".twingrad-ledger").count() >= 1
        assert page.locator("svg .node").count() > 2
        assert page.url == page_of_it.as_uri()


def bundle(shown: Any) -> dict[str, str]:
    """What Jupyter asks an object for, and keeps."""
    if hasattr(shown, "_repr_mimebundle_"):
        return dict(shown._repr_mimebundle_())
    return {"text/html": shown._repr_html_(), "text/plain": repr(shown)}


def test_a_page_too_large_for_a_notebook_says_how_to_write_it() -> None:
    shown = viz.playback.page.Player("x" * 5_000_000)
    assert shown._repr_html_() == (
        "<p>&lt;Player, a page of 5,000,000 characters: viz.player(output, &quot;steps.html&quot;) writes it&gt;</p>"
    )


def test_a_player_of_many_nodes_shows_itself_too(browser: Any, tmp_path: Path) -> None:
    x = scalar.Value(0.5, "x")
    y = x
    for _ in range(120):
        y = scalar.sin(y) + 0.1
    page_of_it = tmp_path / "notebook.html"
    page_of_it.write_text(f"<!DOCTYPE html><meta charset='utf-8'>{player(y)._repr_html_()}", encoding="utf-8")
    with opened(browser, page_of_it) as page:
        page.frame_locator("iframe").locator("#position").press("End")
        expect(page.frame_locator("iframe").locator("#count")).to_have_text("482 / 482")
