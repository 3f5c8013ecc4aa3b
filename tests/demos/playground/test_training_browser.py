"""The training view in a browser: its numbers, its controls, the chain rule behind what is pressed, its links."""

import math
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from demos.playground.inside.training import chain
from demos.playground.inside.training.presets import PRESETS
from demos.playground.inside.training.setup import read_setup
from demos.playground.inside.training.trainer import Trainer
from scalar.names import written
from tests.demos.playground.conftest import Home, opened
from tests.demos.playground.plainly import plainly
from tests.viz.browser import expect

pytestmark = pytest.mark.slow

by_id = {preset.id: preset for preset in PRESETS}


@contextmanager
def training(browser: Any, home: Home, fragment: str = "#training=xor", **options: Any) -> Iterator[Any]:
    """The view, at its first look."""
    with opened(browser, home, fragment, **{"viewport": {"width": 1280, "height": 900}} | options) as page:
        page.wait_for_function("() => window.twingrad?.training?.frame?.boundary")
        yield page


def step_of(page: Any) -> int:
    found: int = page.evaluate("() => window.twingrad.training.frame.step")
    return found


def at_step(page: Any, step: int) -> None:
    page.wait_for_function("step => window.twingrad.training.frame.step === step", arg=step)


def begun(page: Any, condition: str) -> None:
    """Wait until a training has begun for which this holds."""
    page.wait_for_function(f"() => {{ const it = window.twingrad.training; return it.last && ({condition}); }}")


def trained(id: str, steps: int = 0) -> Trainer:
    trainer = Trainer(read_setup(by_id[id].setup))
    for _ in range(steps):
        trainer.advance()
    return trainer


@pytest.fixture(scope="module")
def page(browser: Any, served: Home) -> Iterator[Any]:
    """One page for several tests, each of which begins with a preset of its own."""
    with training(browser, served) as page:
        yield page


def choose(page: Any, id: str) -> None:
    page.get_by_label("Begin with").select_option(id)
    page.wait_for_function(
        """id => window.twingrad.app.whole().training.preset === id && window.twingrad.training.last
            && window.twingrad.training.frame.step === 0""",
        arg=id,
    )
    sizes = [*trained(id).setup.sizes]
    page.wait_for_function(
        "sizes => document.querySelectorAll('.neuron').length === sizes.reduce((a, b) => a + b)", arg=sizes
    )
    expect(page.locator('[data-figure="step"]')).to_have_text("0")


# ---------------------------------------------------------------- the numbers


@pytest.mark.parametrize("id", ["xor", "moons", "circles"])
def test_fifty_steps_are_plain_scalars(browser: Any, home: Home, id: str) -> None:
    with training(browser, home, f"#training={id}") as page:
        page.get_by_label("Speed").select_option("20")  # of a long curve every second point is left out
        page.get_by_role("button", name="Play").click()
        page.wait_for_function("() => window.twingrad.training.curve.length > 50")
        page.get_by_role("button", name="Pause").click()
        found = page.evaluate("() => window.twingrad.training.curve.slice(0, 50).map(point => point[1])")
        wanted, _ = plainly(read_setup(by_id[id].setup), 50)
        assert found == pytest.approx(wanted, rel=0, abs=1e-9)


# ---------------------------------------------------------------- play, step, back, restart


def test_step_back_and_restart(page: Any) -> None:
    choose(page, "moons")
    for step in (1, 2, 3):
        page.get_by_label("One step on").click()
        at_step(page, step)
    trainer = trained("moons", 3)
    assert page.evaluate("() => window.twingrad.training.frame.parameters") == pytest.approx(trainer.numbers, rel=1e-12)
    expect(page.locator('[data-figure="train"]')).to_have_text(written(trainer.mean_losses()[0]))
    expect(page.locator('[data-figure="held"]')).to_have_text(written(trainer.mean_losses()[1]))
    page.get_by_label("One step back").click()
    at_step(page, 2)
    wanted = trained("moons", 2).numbers
    assert page.evaluate("() => window.twingrad.training.frame.parameters") == pytest.approx(wanted, rel=1e-12)
    page.get_by_label("Step, back in time").fill("1")
    at_step(page, 1)
    page.get_by_label("Step, back in time").fill("3")
    at_step(page, 3)
    page.get_by_role("button", name="Restart").click()
    at_step(page, 0)
    expect(page.get_by_label("One step back")).to_be_disabled()


def test_play_and_pause(page: Any) -> None:
    choose(page, "xor")
    page.get_by_label("Speed").select_option("20")
    page.get_by_role("button", name="Play").click()
    page.wait_for_function("() => window.twingrad.training.frame.step > 5")
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    page.wait_for_function("() => window.twingrad.training.frame.boundary.length > 5000")  # the finer, still picture
    step = step_of(page)
    page.get_by_label("One step on").click()
    at_step(page, step + 1)


def test_it_stops_where_another_view_is_looked_at(page: Any) -> None:
    choose(page, "xor")
    page.get_by_role("button", name="Play").click()
    page.wait_for_function("() => window.twingrad.training.frame.step > 2")
    page.get_by_role("button", name="Code").click()
    page.get_by_role("button", name="Training").click()
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    expect(page.locator(".plane canvas")).to_be_visible()


def test_a_new_worker_makes_the_training_again(page: Any) -> None:
    choose(page, "moons")
    page.get_by_label("One step on").click()
    at_step(page, 1)
    wanted = page.evaluate("() => window.twingrad.training.frame.parameters")
    page.evaluate("() => window.twingrad.app.kernel.stop('tried')")
    page.get_by_label("One step on").click()
    page.wait_for_function("() => window.twingrad.training.frame.step === 2")
    page.get_by_label("One step back").click()
    at_step(page, 1)
    assert page.evaluate("() => window.twingrad.training.frame.parameters") == wanted


def test_steps_that_are_asked_for_while_a_training_is_made_again_are_taken(page: Any) -> None:
    """Once they were taken back: the training went to the step at which its worker had been stopped."""
    choose(page, "moons")
    page.get_by_label("One step on").click()
    at_step(page, 1)
    page.evaluate(
        """() => {
            window.twingrad.app.kernel.stop("tried");
            const on = document.querySelector('[aria-label="One step on"]');
            on.click();
            on.click();
        }"""
    )
    at_step(page, 3)
    page.wait_for_function("() => !window.twingrad.app.kernel.busy")
    at_step(page, 3)
    page.get_by_label("One step back").click()
    at_step(page, 2)


def test_another_rate_holds_from_its_step_on(page: Any) -> None:
    choose(page, "xor")
    for step in (1, 2):
        page.get_by_label("One step on").click()
        at_step(page, step)
    page.get_by_label("Learning rate").fill("0.05")
    page.wait_for_function("() => window.twingrad.training.frame.rate === 0.05")
    page.get_by_label("One step on").click()
    at_step(page, 3)
    trainer = trained("xor", 2)
    trainer.change("rate", 0.05)
    trainer.advance()
    assert page.evaluate("() => window.twingrad.training.frame.parameters") == pytest.approx(trainer.numbers, rel=1e-12)


# ---------------------------------------------------------------- what is behind a number


def shown_total(page: Any) -> str:
    """The gradient that the last row of the chain rule comes to."""
    found: str = (
        page.locator(".detail-card table.chain tbody tr:not(.reasons)").last.locator("td").nth(2).text_content()
    )
    return found.strip().removeprefix("=").strip()


def test_a_weight_opens_its_step(page: Any) -> None:
    choose(page, "xor")
    page.evaluate("scrollTo(0, 0)")
    start = page.locator('.neuron[data-layer="-1"][data-neuron="0"] canvas').bounding_box()
    end = page.locator('.neuron[data-layer="0"][data-neuron="0"] canvas').bounding_box()
    page.mouse.click(
        (start["x"] + start["width"] + end["x"]) / 2,
        (start["y"] + start["height"] / 2 + end["y"] + end["height"] / 2) / 2,
    )
    detail = page.get_by_label("Chain rule", exact=True)
    expect(detail.locator("h2")).to_have_text("The weight w₁₁⁽¹⁾")
    slope = chain.numbers(trained("xor"), 0)["slopes"][0]
    assert shown_total(page) == written(slope)
    expect(detail.locator(".update")).to_contain_text("SGD with rate 0.3 takes w₁₁⁽¹⁾ from −0.7313 to −0.7129.")
    page.get_by_label("One step on").click()
    at_step(page, 1)
    expect(detail).to_contain_text("at step 1")
    assert shown_total(page) == written(chain.numbers(trained("xor", 1), 0)["slopes"][0])
    detail.get_by_role("button", name="Close").click()
    expect(detail).to_be_hidden()


def test_a_neuron_opens_its_step_and_its_weights(page: Any) -> None:
    choose(page, "xor")
    page.locator('.neuron[data-layer="1"][data-neuron="2"]').click()
    detail = page.get_by_label("Chain rule", exact=True)
    expect(detail.locator("h2")).to_have_text("Neuron 3 of layer 2")
    told = chain.numbers(trained("xor"), 0)
    assert shown_total(page) == written(told["z_slopes"][1][2])
    expect(detail.locator(".equations tr").last).to_contain_text(f"={written(told['a'][1][2])}")
    detail.get_by_role("button", name="b₃⁽²⁾").click()
    expect(detail.locator("h2")).to_have_text("The bias b₃⁽²⁾")
    page.locator('.neuron[data-layer="-1"][data-neuron="1"]').click()
    expect(detail.locator("h2")).to_have_text("The input y")
    assert shown_total(page) == written(told["input_slopes"][1])
    detail.get_by_role("button", name="Close").click()


def test_a_point_becomes_the_example(page: Any) -> None:
    choose(page, "xor")
    page.evaluate("scrollTo(0, 0)")
    x, y, _ = page.evaluate("() => window.twingrad.training.last.points[5]")
    box = page.locator(".plane").bounding_box()
    page.mouse.click(box["x"] + (x / 2 + 1) / 2 * box["width"], box["y"] + (1 - y / 2) / 2 * box["height"])
    detail = page.get_by_label("Chain rule", exact=True)
    expect(detail.locator("h2")).to_have_text("The loss of this point")
    expect(detail).to_contain_text("For point 6, at step 0.")
    told = chain.numbers(trained("xor"), 5)
    assert shown_total(page) == written(told["a_slopes"][-1][0])
    page.get_by_role("application").focus()
    page.keyboard.press("ArrowRight")
    expect(detail).to_contain_text("For point 7, at step 0.")
    detail.get_by_role("button", name="Close").click()


def test_the_player_of_a_weight(page: Any) -> None:
    choose(page, "symmetric")
    page.locator('.neuron[data-layer="0"][data-neuron="0"]').click()
    detail = page.get_by_label("Chain rule", exact=True)
    detail.get_by_role("button", name="w₁₂⁽¹⁾").click()
    expect(detail.locator("h2")).to_have_text("The weight w₁₂⁽¹⁾")
    detail.get_by_role("button", name="Open in the player").click()
    player = page.frame_locator(".detail-card iframe.player")
    expect(player.locator("h1")).to_have_text("The weight w₁₂⁽¹⁾, step 0")
    expect(player.locator('[aria-current="step"]')).to_contain_text("w")
    detail.get_by_role("button", name="Close").click()


def test_one_example_part_by_part(page: Any) -> None:
    choose(page, "xor")
    one = page.get_by_label("One example", exact=True)
    one.get_by_role("button", name="Forward").click()
    expect(one.get_by_role("status")).to_contain_text("so the loss is L =")
    expect(page.locator('.neuron[data-layer="0"] .g').first).to_have_text("")
    one.get_by_role("button", name="Next part").click()
    expect(one.get_by_role("status")).to_contain_text("Backward begins at the loss")
    one.get_by_role("button", name="Backward").click()
    expect(page.locator('.neuron[data-layer="0"] .g').first).not_to_have_text("")
    one.get_by_role("button", name="Update").click()
    at_step(page, 1)
    trainer = trained("xor")
    trainer.change("example", 0)
    trainer.advance()
    assert page.evaluate("() => window.twingrad.training.frame.parameters") == pytest.approx(trainer.numbers, rel=1e-12)


# ---------------------------------------------------------------- setups


def test_presets_say_what_they_teach(page: Any) -> None:
    for preset in PRESETS:
        choose(page, preset.id)
        expect(page.locator(".lesson")).to_have_text(preset.lesson)


def test_dead_relus_are_blank(page: Any) -> None:
    choose(page, "dead_relus")
    for step in (1, 2, 3):
        page.get_by_label("One step on").click()
        at_step(page, step)
    expect(page.locator('.neuron.blank[data-layer="1"]')).to_have_count(6)


def test_layers_are_added_changed_and_removed(page: Any) -> None:
    choose(page, "xor")
    page.get_by_role("button", name="+ layer").click()
    begun(page, "it.last.sizes.join() === '2,8,8,8,1'")
    page.get_by_label("Activation of layer 3").select_option("gelu")
    begun(page, "it.last.activations[2] === 'gelu'")
    expect(page.locator(".formulas")).to_contain_text("x·Φ(x)")
    page.get_by_label("Neurons of layer 3").fill("3")
    begun(page, "it.last.sizes.join() === '2,8,8,3,1'")
    page.get_by_label("Remove layer 1").click()
    begun(page, "it.last.sizes.join() === '2,8,3,1'")
    page.get_by_label("Neurons of layer 1").fill("100")
    expect(page.get_by_role("alert").first).to_have_text("layer 1: expected 1 to 64 neurons, got 100")


def test_a_pasted_table(page: Any) -> None:
    choose(page, "xor")
    page.get_by_label("Points", exact=True).select_option("table")
    problem = page.locator(".view-training > .problem")
    expect(problem).to_contain_text("the table is empty")
    rows = page.get_by_label("Rows of x, y, class")
    rows.fill("height,width,kind\n1.5,70,cat\n0.5,wide,dog")
    expect(problem).to_have_text("line 3, column 2: expected a number, got wide")
    expect(rows).to_have_attribute("aria-invalid", "true")
    rows.fill("height,width,kind\n1.5,70,cat\n0.5,60,dog\n0.6,61,dog")
    begun(page, "it.last.points.length === 3")
    expect(problem).to_have_text("")
    expect(page.locator(".axes")).to_contain_text("→ height, from 0.33 to 1.67")
    page.get_by_label("One step on").click()
    at_step(page, 1)


def test_a_curve_that_is_typed(page: Any) -> None:
    choose(page, "curve")
    page.get_by_label("y =").fill("x**")
    expect(page.locator(".view-training > .problem")).to_contain_text("the curve: ")
    page.get_by_label("y =").fill("x**2 - 1")
    begun(page, "it.last.points.every(([x, y, kind]) => (y > x * x - 1) === Boolean(kind))")


def test_points_by_mouse_and_keyboard(page: Any) -> None:
    choose(page, "xor")
    page.evaluate("scrollTo(0, 0)")
    page.get_by_label("Points", exact=True).select_option("drawn")
    expect(page.locator(".view-training > .problem")).to_contain_text("there are no points yet")
    box = page.locator(".plane").bounding_box()
    page.mouse.click(box["x"] + box["width"] / 4, box["y"] + box["height"] / 4)
    begun(page, "it.last.points.length === 1")
    page.get_by_label("orange").check()
    page.get_by_role("application").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    begun(page, "it.last.points.length === 2")
    found = sorted(page.evaluate("() => window.twingrad.training.last.points"))
    assert found[1] == [0.2, 0, 0]
    assert found[0] == pytest.approx([-1, 1, 1], abs=0.02)
    page.keyboard.press("Delete")
    begun(page, "it.last.points.length === 1")
    page.get_by_role("button", name="Clear").click()
    expect(page.locator(".view-training > .problem")).to_contain_text("there are no points yet")


def test_what_diverges_is_told(browser: Any, served: Home) -> None:
    with training(browser, served) as page:
        page.get_by_label("Loss", exact=True).select_option("squared_error")
        page.get_by_label("Learning rate").fill("1e6")
        page.wait_for_function("() => window.twingrad.training.frame.rate === 1e6")
        page.get_by_label("Speed").select_option("0")
        page.get_by_role("button", name="Play").click()
        expect(page.locator(".view-training > .problem")).to_contain_text("beyond all numbers")
        expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()


# ---------------------------------------------------------------- links, every reader, every screen


def test_the_address_holds_the_training(browser: Any, home: Home) -> None:
    with training(browser, home, "#training=moons") as page:
        page.get_by_label("Examples in a step").fill("10")
        begun(page, "it.last.epoch === 7")
        for step in (1, 2):
            page.get_by_label("One step on").click()
            at_step(page, step)
        page.get_by_label("Learning rate").fill("0.01")
        page.wait_for_function("() => window.twingrad.training.frame.rate === 0.01")
        page.get_by_label("One step on").click()
        at_step(page, 3)
        page.locator('.neuron[data-layer="0"][data-neuron="4"]').click()
        expect(page.locator(".detail-card h2")).to_have_text("Neuron 5 of layer 1")
        wanted = page.evaluate("() => window.twingrad.training.frame.parameters")
        link = page.evaluate("() => window.twingrad.link()")
    with training(browser, home, "#" + link.split("#")[1]) as page:
        at_step(page, 3)
        assert page.evaluate("() => window.twingrad.training.frame.parameters") == wanted
        expect(page.locator(".detail-card h2")).to_have_text("Neuron 5 of layer 1")
        expect(page.get_by_label("Examples in a step")).to_have_value("10")


@pytest.mark.parametrize("fragment", ["#training=nothing", "#training="])
def test_a_strange_link_begins_with_the_first(browser: Any, served: Home, fragment: str) -> None:
    with opened(browser, served, fragment) as page:
        page.get_by_role("button", name="Training").click()
        page.wait_for_function("() => window.twingrad?.training?.frame?.boundary")
        expect(page.locator(".neuron")).to_have_count(2 + 8 + 8 + 1)


@pytest.mark.parametrize(("width", "scheme"), [(360, "light"), (1280, "light"), (1280, "dark")])
def test_accessibility(browser: Any, served: Home, width: int, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")
    viewport = {"width": width, "height": 900}
    with training(browser, served, color_scheme=scheme, viewport=viewport) as page:
        page.locator('.neuron[data-layer="0"][data-neuron="0"]').click()
        expect(page.locator(".detail-card table.chain tbody tr").first).to_be_visible()
        results = axe.Axe().run(page)
        assert results.response["violations"] == [], results.generate_report()


def test_phone(browser: Any, served: Home) -> None:
    with training(browser, served, viewport={"width": 360, "height": 740}, has_touch=True) as page:
        assert page.evaluate("document.documentElement.scrollWidth") == 360
        page.locator('.neuron[data-layer="0"][data-neuron="0"]').tap()
        expect(page.locator(".detail-card table.chain tbody tr").first).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") == 360
        page.get_by_label("Points", exact=True).select_option("drawn")
        page.locator(".plane").scroll_into_view_if_needed()
        box = page.locator(".plane").bounding_box()
        page.touchscreen.tap(box["x"] + 60, box["y"] + 60)
        begun(page, "it.last.points.length === 1")


def test_the_keyboard_plays(page: Any) -> None:
    choose(page, "xor")
    page.get_by_role("button", name="Play", exact=True).focus()
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_function("() => window.twingrad.training.frame.step > 1")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_focused()
    page.locator('.neuron[data-layer="0"][data-neuron="0"]').focus()
    page.keyboard.press("Enter")
    expect(page.locator(".detail-card h2")).to_have_text("Neuron 1 of layer 1")
    label = page.locator('.neuron[data-layer="0"][data-neuron="0"]').get_attribute("aria-label")
    assert re.fullmatch(r"Neuron 1 of layer 1, tanh: \S+, gradient \S+", label)
    assert math.isfinite(page.evaluate("() => window.twingrad.training.frame.losses[0]"))
