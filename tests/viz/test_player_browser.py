"""The player in a browser: what it shows at each step, and how it is played."""

import random
import re
from pathlib import Path
from typing import Any

import pytest

import scalar
from tests.by_hand import is_digits_of, work_out
from tests.viz.browser import opened
from tests.viz.stub import NASTY
from tests.viz.test_player_arrays import layer
from viz.playback import player

pytestmark = pytest.mark.slow

SECONDS_PER_STEP = 2


def loss() -> scalar.Value:
    """(σ(w x + b) − t)² + λ w w: fan-out, an edge that is double, constants, negative numbers."""
    w, b = scalar.Value(-1.5, "w", role="parameter"), scalar.Value(0.25, "b", role="parameter")
    x, t = scalar.Value(2.0, "x"), scalar.Value(1.0, "t")
    p = named("p", w * x)
    y = named("y", scalar.sigmoid(named("z", p + b)))
    error = named("e", named("d", y - t) ** 2)
    penalty = named("R", 0.1 * named("s", w * w))
    return named("L", error + penalty)


def named(label: str, value: scalar.Value) -> scalar.Value:
    value.label = label
    return value


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return player(loss(), tmp_path_factory.mktemp("player") / "loss.html", title="A loss")


def written(number: float) -> str:
    return f"{number:.4g}".replace("-", "−")


def texts(page: Any, selector: str) -> list[str]:
    return [" ".join(text.split()) for text in page.locator(selector).all_text_contents()]


def card(page: Any, label: str) -> Any:
    return page.locator(".card").filter(has=page.locator("title", has_text=re.compile(rf"^{re.escape(label)}, ")))


def shown(page: Any, label: str, row: str) -> str:
    """The number in a row of a card; "" while it is hidden."""
    line = card(page, label).locator(f".{row}")
    visible = line.evaluate("line => getComputedStyle(line).opacity === '1'")
    return str(line.locator(".number").text_content()) if visible else ""


def visible(page: Any, selector: str) -> int:
    return int(
        page.locator(selector).evaluate_all("all => all.filter(e => getComputedStyle(e).opacity === '1').length")
    )


def count(page: Any) -> str:
    return str(page.locator("#count").text_content())


# ---------------------------------------------------------------- what is shown


def test_whole_performance_shows_the_numbers_of_the_engine(browser: Any, path: Path) -> None:
    output = loss()
    ledger = list(output.chain_rule())
    computed = [step.variable for step in reversed(ledger) if step.variable.parents]
    leaves = [step.variable for step in ledger if not step.variable.parents]
    with opened(browser, path) as page:
        assert {leaf.label: shown(page, leaf.label, "value") for leaf in leaves} == {
            leaf.label: written(leaf.data) for leaf in leaves
        }
        for variable in computed:
            assert shown(page, variable.label, "value") == ""
            page.keyboard.press("ArrowRight")
            assert shown(page, variable.label, "value") == written(variable.data)
            assert texts(page, "[aria-current] .lines mn")[-1] == written(variable.data)
            assert page.locator(".card.active").get_attribute("id") == card(page, variable.label).get_attribute("id")
            assert page.locator(".edge.active").count() == len(variable.parents)
        messages = 0
        for step in ledger:
            assert shown(page, step.variable.label, "grad") == ""
            page.keyboard.press("ArrowRight")
            assert shown(page, step.variable.label, "grad") == written(step.total)
            assert page.locator(".card.active").get_attribute("id") == card(page, step.variable.label).get_attribute(
                "id"
            )
            products = [term.product for term in step.terms] if len(step.terms) > 1 else []
            factors = [number for term in step.terms for number in (term.upstream, term.local)]
            numbers = texts(page, "[aria-current] .lines mn")
            for text, number in zip(numbers, [*factors, *products, step.total], strict=True):
                assert is_digits_of(text, number)
            lines = texts(page, ".edge.active text")
            assert [work_out(f"{sent} {product}") for sent, product in zip(lines[::2], lines[1::2], strict=True)] == [
                1
            ] * len(step.terms)
            messages += len(step.terms)
            assert visible(page, ".edge text") == 2 * messages
            sources = {card(page, term.child.label).get_attribute("id") for term in step.terms}
            assert {source.get_attribute("id") for source in page.locator(".card.source").all()} == sources
        assert count(page) == f"{1 + len(computed) + len(ledger)} / {1 + len(computed) + len(ledger)}"
        assert page.locator(".step:visible").count() == 1 + len(computed) + len(ledger)


def test_step_is_announced_and_told_with_its_paths(browser: Any, path: Path) -> None:
    with opened(browser, path) as page:
        page.keyboard.press("End")
        w = next(step for step in loss().chain_rule() if step.variable.label == "w")
        sentence = f"w is used 3 times, in s and p: its gradient is the sum of 3 messages, {written(w.total)}."
        steps = page.locator(".step").count()
        assert page.locator("[role=status]").text_content() == f"Step {steps}. {sentence}"
        assert texts(page, "[aria-current] .words") == [sentence]
        assert texts(page, "[aria-current] .paths") == ["3 paths from w to the output"]
        assert [line.split(":")[0] for line in texts(page, "[aria-current] ul li")] == [
            "w → s → R → L",
            "w → s → R → L",
            "w → p → z → y → … → L",
        ]


def test_arrays_play_too(browser: Any, tmp_path: Path) -> None:
    with opened(browser, player(layer(), tmp_path / "layer.html")) as page:
        page.keyboard.press("End")
        lines = card(page, "W").locator(".grad").locator(".number").all_text_contents()
        assert lines == ["0  0  0  0", "1  2  1  8"]
        assert shown(page, "b", "grad") == "0  1"
        matrix = [row.locator("mtd").all_text_contents() for row in page.locator("[aria-current] .lines mtr").all()]
        assert matrix == [["0", "0", "0", "0"], ["1", "2", "1", "8"]]
        assert page.locator("[aria-current] .heat").count() == 2


def test_labels_are_shown_as_they_are_written(browser: Any, tmp_path: Path) -> None:
    label = "</script><script>alert(1)</script>" + NASTY
    x = scalar.Value(float("nan"), label)
    path = player(x * 1e300, tmp_path / "nasty.html", title=label)
    with opened(browser, path) as page:
        page.keyboard.press("End")
        assert page.locator("h1").text_content() == " ".join(label.split())
        assert label.split("\n")[0] in page.locator("[aria-current] .words").text_content()


# ---------------------------------------------------------------- how it is played


def test_keyboard(browser: Any, path: Path) -> None:
    with opened(browser, path) as page:
        seen = []
        for key in ("ArrowRight", "ArrowRight", "ArrowLeft", "End", "ArrowRight", "Home", "ArrowLeft"):
            page.keyboard.press(key)
            seen.append(count(page).split()[0])
        assert seen == ["2", "3", "2", "21", "21", "1", "1"]
        page.keyboard.press("Alt+ArrowRight")  # the browser's own
        assert count(page) == "1 / 21"


@pytest.mark.parametrize(("speed", "seconds"), [("1", SECONDS_PER_STEP), ("4", SECONDS_PER_STEP / 4)])
def test_space_plays_and_pauses_at_the_chosen_speed(browser: Any, path: Path, speed: str, seconds: float) -> None:
    with opened(browser, path) as page:
        page.clock.install(time="2030-01-01T00:00:00")
        page.reload()
        page.clock.pause_at("2030-01-01T01:00:00")  # or real time would go on beside run_for
        page.locator("#speed").select_option(speed)
        page.locator("h1").click()
        page.keyboard.press(" ")
        assert page.locator("#play").text_content() == "Pause"
        page.clock.run_for(2.5 * seconds * 1000)
        assert count(page) == "3 / 21"
        page.keyboard.press(" ")
        page.clock.run_for(5 * seconds * 1000)
        assert (count(page), page.locator("#play").text_content()) == ("3 / 21", "Play")


def test_playing_stops_at_the_end_and_starts_again_from_the_beginning(browser: Any, path: Path) -> None:
    with opened(browser, path) as page:
        page.clock.install(time="2030-01-01T00:00:00")
        page.reload()
        page.clock.pause_at("2030-01-01T01:00:00")  # or real time would go on beside run_for
        page.locator("#play").click()
        page.clock.run_for(25 * SECONDS_PER_STEP * 1000)
        assert (count(page), page.locator("#play").text_content()) == ("21 / 21", "Play")
        page.locator("#play").click()
        assert (count(page), page.locator("#play").text_content()) == ("1 / 21", "Pause")


def test_buttons_and_scrubbing(browser: Any, path: Path) -> None:
    with opened(browser, path) as page:
        assert page.locator("#back").is_disabled()
        page.locator("#next").click()
        page.locator("#next").click()
        page.locator("#back").click()
        page.locator("#next").press(" ")  # presses the focused button, and does not play
        assert (count(page), page.locator("#play").text_content()) == ("3 / 21", "Play")
        page.locator("#position").fill("13")
        assert count(page) == "13 / 21"
        page.locator("#position").press("ArrowRight")  # once, though the page listens to this key too
        assert count(page) == "14 / 21"
        page.locator("#position").fill("21")
        assert page.locator("#next").is_disabled()


def test_a_link_opens_at_its_step_and_the_address_follows(browser: Any, path: Path) -> None:
    with opened(browser, path, "#step=7") as page:
        assert count(page) == "7 / 21"
        page.keyboard.press("ArrowRight")
        page.wait_for_url("**#step=8")


@pytest.mark.parametrize(("fragment", "step"), [("#step=0", 1), ("#step=99", 21), ("#step=x", 1), ("#ledger", 1)])
def test_a_wrong_link_opens_all_the_same(browser: Any, path: Path, fragment: str, step: int) -> None:
    with opened(browser, path, fragment) as page:
        assert count(page) == f"{step} / 21"


def test_a_node_leads_to_its_step_in_the_pass_that_is_played(browser: Any, path: Path) -> None:
    with opened(browser, path) as page:
        card(page, "z").click()
        assert texts(page, "[aria-current] .words") == ["With p = −3 and b = 0.25: z = p + b = −2.75."]
        page.keyboard.press("End")
        card(page, "z").press("Enter")
        assert texts(page, "[aria-current] .paths") == ["1 path from z to the output"]
        assert shown(page, "z", "grad") != ""
        card(page, "0.1").click()  # a constant has no step in the backward pass
        assert count(page) == "1 / 21"


def test_a_row_of_the_ledger_leads_to_its_step(browser: Any, path: Path) -> None:
    with opened(browser, path, "#step=12") as page:
        page.locator(".step:visible").nth(3).click()
        assert count(page) == "4 / 21"


# ---------------------------------------------------------------- every reader, every screen


@pytest.mark.parametrize(
    ("step", "width", "scheme"), [(1, 360, "light"), (5, 360, "dark"), (16, 1200, "light"), (21, 1200, "dark")]
)
def test_accessibility(browser: Any, path: Path, step: int, width: int, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")
    options = {"color_scheme": scheme, "viewport": {"width": width, "height": 800}}
    with opened(browser, path, f"#step={step}", **options) as page:
        if step > 5:
            page.locator("#nudge summary").click()
        results = axe.Axe().run(page)
        assert results.response["violations"] == [], results.generate_report()


def test_a_nudge_tells_what_the_output_does_beside_what_the_gradient_says(browser: Any, path: Path) -> None:
    with opened(browser, path) as page:
        page.locator("#nudge summary").focus()
        page.keyboard.press("Enter")
        page.locator("#nudged").select_option(label="b")
        page.locator("#by").focus()
        page.keyboard.press("End")
        b = scalar.Value(1.25, "b")
        y = scalar.sigmoid(scalar.Value(-1.5) * 2.0 + b).data
        moved, value = (y - 1) ** 2 + 0.1 * 2.25, loss().data
        slope = next(step.total for step in loss().chain_rule() if step.variable.label == "b")
        told = re.fullmatch(
            r"b moves: 0\.25 \+ 1 = 1\.25, h = 1\. ΔL = (\S+) − (\S+) = (\S+)\. Gradient · h = (\S+) · 1 = (\S+)\.",
            page.locator("#told").text_content(),
        )
        assert told
        numbers = (moved, value, moved - value, slope, slope)
        assert all(is_digits_of(text, number) for text, number in zip(told.groups(), numbers, strict=True))
        assert work_out(f"{told[1]} − {told[2]} = {told[3]}") == 1
        assert page.locator("#curve svg").get_attribute("aria-label") == page.locator("#told").text_content()
        assert page.locator("#curve .moved").count() == 1


@pytest.mark.parametrize("draw", [loss, layer])
def test_phone(browser: Any, tmp_path: Path, draw: Any) -> None:
    path = player(draw(), tmp_path / "phone.html")
    with opened(browser, path, viewport={"width": 360, "height": 640}, has_touch=True) as page:
        page.keyboard.press("End")
        assert page.evaluate("document.documentElement.scrollWidth") == 360
        for control in page.locator("#controls :is(button, select, input):visible").all():
            box = control.bounding_box()
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= 360
            assert box["y"] + box["height"] <= 640
            assert box["height"] >= 40
        assert page.locator(".card.active").bounding_box()["x"] >= 0
        assert page.locator(".step:visible").count() == 1


def test_a_phone_shows_what_names_are_short_for(browser: Any, tmp_path: Path) -> None:
    output: Any = scalar.nn.MLP(1, [1], generator=random.Random(0))([scalar.Value(1.0, "x")])
    path = player(output, tmp_path / "phone.html")
    with opened(browser, path, viewport={"width": 390, "height": 844}) as page:
        assert "w₁₁⁽¹⁾ = layers.0.neurons.0.w1" in page.locator(".names").inner_text()
        assert not page.locator(".hint:not(.names)").is_visible()


def test_colours_follow_the_scheme(browser: Any, path: Path) -> None:
    papers = []
    for scheme in ("light", "dark"):
        with opened(browser, path, color_scheme=scheme) as page:
            papers.append(page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert papers == ["rgb(255, 255, 255)", "rgb(20, 24, 29)"]


@pytest.mark.parametrize(("motion", "seconds"), [("no-preference", "0.3s"), ("reduce", "0s")])
def test_nothing_moves_for_who_wants_it_still(browser: Any, path: Path, motion: str, seconds: str) -> None:
    with opened(browser, path, reduced_motion=motion) as page:
        durations = page.locator(".frame").first.evaluate("frame => getComputedStyle(frame).transitionDuration")
        assert set(durations.split(", ")) == {seconds}


def test_focus_can_be_seen_and_the_picture_skipped(browser: Any, path: Path) -> None:
    with opened(browser, path) as page:
        page.keyboard.press("Tab")
        focused = page.locator(":focus")
        assert focused.text_content() == "Skip the picture"
        assert focused.bounding_box()["x"] >= 0
        assert focused.evaluate("link => getComputedStyle(link).outlineWidth") == "3px"
        page.keyboard.press("Tab")
        assert page.locator(".card:focus").evaluate("card => getComputedStyle(card).outlineWidth") == "3px"


def test_without_graphviz_it_plays_without_picture(
    browser: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("viz.render.available", lambda: False)
    with opened(browser, player(loss(), tmp_path / "bare.html")) as page:
        page.keyboard.press("ArrowRight")
        assert (count(page), page.locator(".step:visible").count()) == ("2 / 21", 2)
        assert "python -m pip install pygraphviz" in page.locator(".note").text_content()


def test_without_scripts_all_steps_can_be_read(browser: Any, path: Path) -> None:
    with opened(browser, path, java_script_enabled=False) as page:
        assert page.locator(".words:visible").count() == 21
        assert page.locator("#controls").is_hidden()
