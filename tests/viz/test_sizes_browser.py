"""Pictures of any size in a browser: what is read at first sight, zooming and moving, and doors."""

from pathlib import Path
from typing import Any

import pytest

import scalar
import viz
from tests.viz.browser import expect, opened
from tests.viz.sizes import SIZES, nodes, perceptron

pytestmark = pytest.mark.slow

SCREEN = {"width": 1280, "height": 800}
READABLE = 11  # pixels
TOUCHING = 1.5  # pixels, by which a line is wide

# What a person sees of the picture at first: the smallest text in pixels; how far the output's card is outside; and the
# pairs of cards, and of texts, that overlap anywhere.
FIRST_SIGHT = """() => {
  const pane = document.querySelector(".pane");
  const svg = [...pane.children].find(one => one.matches("svg:not([hidden])"));
  const frame = pane.getBoundingClientRect();
  const inside = ({ left, right, top, bottom }) =>
    right > frame.left && left < frame.right && bottom > frame.top && top < frame.bottom;
  const scale = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
  const shown = text => getComputedStyle(text).opacity === "1" && text.textContent.trim();
  const texts = [...svg.querySelectorAll("text")].filter(shown);
  const sizes = texts.filter(text => inside(text.getBoundingClientRect()));
  const cards = [...svg.querySelectorAll(".card > .frame, .node")];
  const { left, right, top, bottom } = svg.querySelector(".output").getBoundingClientRect();
  const overlaps = (parts, slack) => {
    const boxes = parts.map(part => part.getBoundingClientRect());
    const over = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > slack(a)
      && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > slack(a, true);
    return boxes.flatMap((a, i) => boxes.slice(i + 1).flatMap((b, j) =>
      over(a, b) ? [[parts[i].textContent.trim(), parts[i + 1 + j].textContent.trim()]] : []));
  };
  return {
    smallest: Math.min(...sizes.map(text => parseFloat(getComputedStyle(text).fontSize) * scale)),
    outside: Math.max(frame.left - left, right - frame.right, frame.top - top, bottom - frame.bottom),
    cards: overlaps(cards, () => TOUCHING),
    texts: overlaps(texts, (box, high) => high ? box.height / 2 : 1),
    seen: sizes.length,
  };
}""".replace("TOUCHING", str(TOUCHING))  # fmt: skip


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The player of a perceptron."""
    output, model = perceptron(2, 8, 8, 1)
    return viz.player(output, tmp_path_factory.mktemp("sizes") / "player.html", model=model)


@pytest.mark.parametrize("kind", ["player", "drawing"])
@pytest.mark.parametrize("name", SIZES)
def test_first_sight(browser: Any, tmp_path: Path, name: str, kind: str) -> None:
    output, model = SIZES[name]()
    page = tmp_path / "page.html"
    if kind == "player":
        viz.player(output, page, model=model)
    else:
        viz.draw(output, model=model).save(page)
    with opened(browser, page, viewport=SCREEN) as shown:
        seen = shown.evaluate(FIRST_SIGHT)
        assert seen["seen"] > 3
        assert seen["smallest"] >= READABLE - 0.01
        assert seen["outside"] <= 0
        assert (seen["cards"], seen["texts"]) == ([], [])
        assert shown.evaluate("document.documentElement.scrollWidth") == SCREEN["width"]


def scale(page: Any) -> float:
    picture = "document.querySelector('.pane > svg:not([hidden])')"
    return float(page.evaluate(f"{picture}.getBoundingClientRect().width / {picture}.viewBox.baseVal.width"))


def place(page: Any) -> list[float]:
    found: list[float] = page.locator(".pane").evaluate("pane => [pane.scrollLeft, pane.scrollTop]")
    return found


def test_wheel_keys_and_buttons_zoom_and_dragging_moves(browser: Any, tmp_path: Path) -> None:
    output, _ = nodes(60)
    page_path = viz.draw(output).save(tmp_path / "drawing.html")
    with opened(browser, page_path, viewport=SCREEN) as page:
        first = scale(page)
        expect(page.locator(".map")).to_be_visible()
        page.keyboard.press("+")
        assert scale(page) == pytest.approx(first * 1.25, rel=1e-3)
        page.keyboard.press("-")
        assert scale(page) == pytest.approx(first, rel=1e-3)
        page.get_by_role("button", name="Zoom in").click()
        assert scale(page) == pytest.approx(first * 1.25, rel=1e-3)
        page.get_by_role("button", name="Fit").click()
        fit = scale(page)
        assert fit < first
        expect(page.locator(".map")).to_be_hidden()
        page.locator(".output").hover()
        before = page.locator(".output").bounding_box()
        page.mouse.wheel(0, -800)
        assert scale(page) > 2 * fit
        after = page.locator(".output").bounding_box()
        middles = [box["x"] + box["width"] / 2 for box in (before, after)]
        assert middles[1] == pytest.approx(middles[0], abs=30)  # what is pointed at stays where it is
        start = place(page)
        page.mouse.down()
        page.mouse.move(before["x"] + 300, before["y"] - 5, steps=3)
        page.mouse.up()
        assert place(page)[0] < start[0] - 100
        view = page.locator(".map .view").bounding_box()
        page.locator(".map").click(position={"x": 3, "y": 3})
        assert place(page)[0] < 50
        assert page.locator(".map .view").bounding_box()["x"] < view["x"]
        page.keyboard.press("0")
        expect(page.locator(".map")).to_be_hidden()


def test_two_fingers_zoom(browser: Any, path: Path) -> None:
    with opened(browser, path, viewport={"width": 390, "height": 844}, has_touch=True) as page:
        first = scale(page)
        fingers = """(pane, apart) => {
          const touch = (id, x) => new Touch({ identifier: id, target: pane, clientX: 150 + x, clientY: 200 });
          const touches = [touch(1, -apart), touch(2, apart)];
          const type = apart === 20 ? "touchstart" : "touchmove";
          pane.dispatchEvent(new TouchEvent(type, { touches, cancelable: true, bubbles: true }));
        }"""
        for apart in (20, 40):
            page.locator(".pane").evaluate(fingers, apart)
        assert scale(page) == pytest.approx(2 * first, rel=1e-3)


def card(page: Any, title: str) -> Any:
    return page.locator(f".pane > svg:not([hidden]) .card:has(> title:text-is('{title}, module'))")


def test_doors_open_and_what_is_inside_plays(browser: Any, path: Path) -> None:
    with opened(browser, path, viewport=SCREEN) as page:
        count = page.locator("#count")
        assert page.locator(".pane > svg:not([hidden]) .card").count() == 6  # two inputs, three layers, the output
        for _ in range(2):
            page.keyboard.press("ArrowRight")
        words = page.locator("[aria-current] .words")
        expect(words).to_have_text("Layer 2 computes its 8 values from Layer 1. A click on it shows how.")
        card(page, "Layer 2").click()
        expect(page.locator("#path")).to_have_text("Whole graphLayer 2")
        expect(count).to_have_text("1 / 19")
        page.keyboard.press("ArrowRight")
        expect(words).to_have_text("Neuron 1 computes its value from Layer 1. A click on it shows how.")
        card(page, "Neuron 3").click()
        expect(page.locator("#path")).to_have_text("Whole graphLayer 2Neuron 3")
        page.keyboard.press("End")
        last = page.locator(".pane > svg:not([hidden]) .card.operation:not(.outside) .grad .number")
        assert last.count() == 3
        assert all(text for text in last.all_text_contents())
        expect(words).to_contain_text("Messages go back to what was given from outside: v3")
        assert page.locator("section:visible h2").all_text_contents() == [
            "Neuron 3. Forward: values",
            "Neuron 3. Backward: gradients",
        ]
        page.keyboard.press("Escape")
        expect(count).to_have_text("2 / 19")  # where the layer was left
        page.get_by_role("button", name="Whole graph").click()
        expect(count).to_have_text("3 / 11")
        expect(page.locator("#path")).to_be_hidden()


def test_inside_a_door_the_reader_is_asked_too(browser: Any, path: Path) -> None:
    with opened(browser, path, viewport=SCREEN) as page:
        card(page, "Layer 1").click()
        card(page, "Neuron 2").click()
        page.get_by_role("button", name="Predict").click()
        expect(page.locator("#asked")).to_contain_text("What is")
        page.get_by_role("button", name="Show me").click()
        expect(page.locator("#verdict")).to_contain_text("Shown:")


def test_inside_a_door_answers_are_judged(browser: Any, path: Path) -> None:
    """Neuron 3 of layer 1 is relu(w·x + b): its weight's gradient is that of the sum, times the input."""
    with opened(browser, path, viewport=SCREEN) as page:
        page.get_by_role("button", name="Predict").click()
        expect(page.locator("#score")).to_have_text("Open a module to be asked")
        card(page, "Layer 1").click()
        card(page, "Neuron 2").click()
        expect(page.locator("#asked")).to_contain_text("What is")
        answers = {question["ask"]: question["answer"] for question in asked_in(page)}
        assert len(answers) > 4
        for count, (ask, answer) in enumerate(answers.items(), 1):
            expect(page.locator("#asked")).to_have_text(f"What is {ask}?")
            if answer:
                page.locator("#answer").fill(str(-answer))
                page.keyboard.press("Enter")
                expect(page.locator("#verdict")).to_have_text("The size is right, the sign is not.")
                expect(page.locator("[aria-current] .row")).to_be_hidden()
            page.locator("#answer").fill(str(answer))
            page.keyboard.press("Enter")
            expect(page.locator("#verdict")).to_contain_text(f"Right: {ask} = ")
            expect(page.locator("#score")).to_contain_text(f"of {count} right at once")
            page.keyboard.press("Enter")  # on "Next"
        expect(page.locator("[aria-current] .words")).to_contain_text("Messages go back")
        page.keyboard.press("Escape")
        card(page, "Neuron 4").click()
        expect(page.locator("#asked")).to_contain_text("What is")


def asked_in(page: Any) -> list[Any]:
    """The questions of the scene that is open, as the page has them."""
    found: list[Any] = page.evaluate("steps.filter(step => step.scene === scene).flatMap(step => step.questions ?? [])")
    return found


@pytest.mark.parametrize("kind", ["fold", "parts"])
def test_folds_of_a_drawing_are_doors(browser: Any, tmp_path: Path, kind: str) -> None:
    output, model = perceptron(2, 8, 8, 1)
    options: Any = {"model": model, "fold": "Layer"} if kind == "fold" else {"max_nodes": 100}
    page_path = viz.draw(output, **options).save(tmp_path / "drawing.html")
    with opened(browser, page_path, viewport=SCREEN) as page:
        shown = page.locator(".pane > svg:not([hidden])")
        trail = page.get_by_role("navigation", name="Place")
        expect(trail).to_be_hidden()
        first = shown.locator(".node").count()
        door = shown.locator(".node a").first
        name = str(door.locator("text").first.text_content()).strip()
        door.click()
        expect(trail).to_have_text(f"Whole graph{name}")
        expect(shown).to_have_count(1)
        assert shown.locator(".node").count() != first
        expect(page.locator(".pane")).to_be_focused()
        if kind == "fold":
            expect(shown.locator(".node a")).to_have_count(8)
            shown.locator(".node a").nth(2).focus()
            page.keyboard.press("Enter")
            expect(trail).to_have_text(f"Whole graph{name}Neuron 3")
            expect(shown.locator(".node a")).to_have_count(0)
            page.keyboard.press("Escape")
            expect(trail).to_have_text(f"Whole graph{name}")
        trail.get_by_role("button", name="Whole graph").click()
        expect(trail).to_be_hidden()
        assert shown.locator(".node").count() == first


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_accessibility_behind_doors(browser: Any, tmp_path: Path, path: Path, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")
    output, model = perceptron(2, 8, 8, 1)
    drawing = viz.draw(output, model=model, fold="Layer").save(tmp_path / "drawing.html")
    for file, door in ((drawing, ".node a"), (path, ".module[data-door]")):
        with opened(browser, file, viewport=SCREEN, color_scheme=scheme) as page:
            for _ in range(3):
                results = axe.Axe().run(page)
                assert results.response["violations"] == [], results.generate_report()
                if page.locator(f".pane > svg:not([hidden]) {door}").count():
                    page.locator(f".pane > svg:not([hidden]) {door}").first.click()
                    expect(page.locator(".trail")).to_be_visible()


def test_a_link_opens_its_scene(browser: Any, path: Path) -> None:
    with opened(browser, path, "#step=13", viewport=SCREEN) as page:
        expect(page.locator("#path")).to_have_text("Whole graphLayer 3")


def test_in_a_frame_links_stay_in_the_frame(browser: Any, path: Path, tmp_path: Path) -> None:
    around = tmp_path / "around.html"
    around.write_text('<iframe style="width: 1200px; height: 700px"></iframe>')
    with opened(browser, around, viewport=SCREEN) as page:
        page.locator("iframe").evaluate("(frame, text) => { frame.srcdoc = text; }", path.read_text(encoding="utf-8"))
        inside = page.frame_locator("iframe")
        inside.locator(".pane > svg:not([hidden]) .card.output").click()
        expect(inside.locator("#count")).to_have_text("5 / 11")
        inside.get_by_role("link", name="Skip the picture").focus()
        page.keyboard.press("Enter")
        expect(inside.locator("#ledger")).to_be_focused()
        assert page.url == around.as_uri()


def test_edges_of_a_dense_picture_show_for_the_card_that_is_pointed_at(browser: Any, tmp_path: Path) -> None:
    x = [scalar.Value(float(i), f"x{i}") for i in range(10)]
    output = scalar.sum([scalar.sum(x[: 10 - i % 2]) for i in range(12)])
    output.backward()
    with opened(browser, viz.draw(output).save(tmp_path / "dense.html"), viewport=SCREEN) as page:
        opacity = "edges => edges.map(edge => getComputedStyle(edge).opacity)"
        assert set(page.locator(".edge").evaluate_all(opacity)) == {"0.12"}
        page.locator(".output").hover()
        assert page.locator(".edge").evaluate_all(opacity).count("1") == 12


def test_100_000_nodes(browser: Any, tmp_path: Path) -> None:
    output, _ = nodes(100_000)
    page_path = viz.draw(output).save(tmp_path / "drawing.html")
    with opened(browser, page_path, viewport=SCREEN) as page:
        assert page.locator(".node").count() < 60
        expect(page.locator("p")).to_contain_text("The graph has 100,000 nodes: a click on a part opens it.")
        page.locator(".node a").first.click()
        expect(page.locator(".trail")).to_contain_text("Whole graph")
