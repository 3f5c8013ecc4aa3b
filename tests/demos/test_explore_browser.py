"""The explorer in a browser: what it shows, and how it follows what a person does."""

import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

import pytest

import scalar
from scalar.diagnostics.reasons import factors
from scalar.names import written
from tests.demos.test_cli import start
from tests.viz.browser import expect, window
from tests.waiting import PATIENCE

pytestmark = pytest.mark.slow

LOSS = "#e=(sigmoid(w*x + b) - t)**2 / 2 + w*w&w=-0.8&x=1.5&b=-0.3&t=0.2"


@pytest.fixture(scope="module")
def origin(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running explorer, without its last slash."""
    process = start("explore", "--port", "0", "--no-browser", folder=tmp_path_factory.mktemp("explorer"))
    assert process.stdout is not None
    yield process.stdout.readline().strip().removesuffix("/")
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, err) == (0, "")


@contextmanager
def opened(browser: Any, origin: str, state: str = LOSS, **options: Any) -> Iterator[Any]:
    """The page in a window of its own. It must ask nobody but its server, and log nothing."""
    with window(browser, **options) as (page, requests):
        page.goto(f"{origin}/{state}")
        yield page
        kept = [page.context.cookies(), page.evaluate("[localStorage.length, sessionStorage.length]")]
    assert {re.match(r"\w+://[^/]*", url)[0] for url in requests} == {origin}  # type: ignore[index]
    assert kept == [[], [0, 0]]


def number(page: Any, name: str) -> Any:
    return page.get_by_label(name, exact=True)


def slider(page: Any, name: str) -> Any:
    return page.get_by_label(f"{name}, slider")


def loss(**inputs: float) -> scalar.Value:
    """The expression of LOSS, worked out by hand."""
    given = {"w": -0.8, "x": 1.5, "b": -0.3, "t": 0.2} | inputs
    w, x, b, t = (scalar.Value(value, name) for name, value in given.items())
    f = (scalar.sigmoid(w * x + b) - t) ** 2 / 2 + w * w
    f.label = "f"
    return f


def assert_shows(page: Any, f: scalar.Value) -> None:
    """Compare each number on the page with the ledger of `f`."""
    rule = f.chain_rule()
    steps = list(rule)
    totals = {rule.names[step.variable]: step.total for step in steps}
    expect(page.locator("#value")).to_have_text(f"f = {written(f.data)}")
    names = page.locator(".name").all_text_contents()
    assert page.locator(".gradient").all_text_contents() == [f"∂f/∂{name} = {written(totals[name])}" for name in names]
    expect(page.locator("body:not(.drawing)")).to_have_count(1)  # graph and ledger come after the value if they are new
    assert table(page) == [
        [
            sum_of("·".join(pair) for pair in factors(step.terms, step.total)),
            f"={written(step.total)}",
            {0: "seed", 1: "1 use"}.get(len(step.terms), f"{len(step.terms)} uses, summed"),
        ]
        for step in steps
    ]
    variables = {rule.names[step.variable]: [step.variable.data, step.total] for step in steps}
    shown = {name: numbers for name, *numbers in cards(page) if numbers}
    assert shown.keys() == variables.keys()
    for name, numbers in variables.items():  # on cards with more digits, where what is computed from them needs those
        assert all(
            text in {written(x, digits) for digits in range(4, 17)}
            for text, x in zip(shown[name], numbers, strict=True)
        )
    assert sorted(edges(page)) == sorted(
        ["·".join(factors([term], term.product)[0]), f"= {written(term.product)}"]
        for step in steps
        for term in step.terms
    )


def sum_of(terms: Iterator[str]) -> str:
    return "".join(f"{'+' if position else '='}{term}" for position, term in enumerate(terms))


def table(page: Any) -> list[list[str]]:
    """Of each row of the ledger: in numbers, total, uses."""
    steps = page.locator("#ledger tr:not(.reasons)")
    rows = steps.evaluate_all("rows => rows.map(r => [...r.cells].map(c => c.textContent))")
    return [[numbers.replace(" ", ""), total, uses] for _, _, numbers, total, uses in rows]


def texts(page: Any, selector: str) -> list[list[str]]:
    found: list[list[str]] = page.locator(f"#picture {selector}").evaluate_all(
        "groups => groups.map(g => [...g.querySelectorAll('text')].map(t => t.textContent.trim()).filter(Boolean))"
    )
    return found


def cards(page: Any) -> list[list[str]]:
    """Of each card in the picture: name, value, gradient; of a constant: its number."""
    shown = [[text for text in card if text not in ("value", "grad")] for card in texts(page, ".node")]
    return [card[-3:] for card in shown]


def edges(page: Any) -> list[list[str]]:
    return [edge for edge in texts(page, ".edge") if edge]


# ---------------------------------------------------------------- every number


def test_each_number_is_that_of_the_ledger(browser: Any, origin: str) -> None:
    with opened(browser, origin) as page:
        assert_shows(page, loss())
        slider(page, "w").fill("2.3")
        assert_shows(page, loss(w=2.3))
        number(page, "x").fill("-0.001234")
        assert_shows(page, loss(w=2.3, x=-0.001234))
        slider(page, "b").press("ArrowRight")
        assert_shows(page, loss(w=2.3, x=-0.001234, b=-0.2))


def test_typing_an_expression_brings_its_inputs_graph_and_ledger(browser: Any, origin: str) -> None:
    with opened(browser, origin, "") as page:
        expect(page.locator("#value")).to_have_text("f = −12")
        page.get_by_label("Expression").fill("ln(x1) + x1*y")
        expect(page.locator(".name")).to_have_text(["x1", "y"])
        number(page, "x1").fill("2")
        x1, y = scalar.Value(2.0, "x1"), scalar.Value(5.0, "y")  # y had a value in the expression before
        f = scalar.log(x1) + x1 * y
        f.label = "f"
        assert_shows(page, f)


def test_long_numbers_stay_inside_their_card(browser: Any, origin: str) -> None:
    with opened(browser, origin, "#e=x*y&x=-0.0001234&y=-0.0002345") as page:
        expect(page.locator("#picture .node text").first).to_have_text("x")
        for card in page.locator("#picture .node").all():
            frame = card.locator("polygon, path").first.bounding_box()
            for text in card.locator("text").all():
                box = text.bounding_box()
                assert box["x"] >= frame["x"] - 1
                assert box["x"] + box["width"] <= frame["x"] + frame["width"] + 1


def test_the_messages_can_be_left_out(browser: Any, origin: str) -> None:
    with opened(browser, origin) as page:
        expect(page.locator("#picture .edge text").first).to_be_visible()
        page.get_by_label("messages on the edges").uncheck()
        expect(page.locator("#picture .edge text")).to_have_count(0)
        expect(page).to_have_url(re.compile("&-messages$"))
        page.reload()
        expect(page.locator("#picture .node").first).to_be_visible()
        assert edges(page) == []


# ---------------------------------------------------------------- what is wrong


MISTAKES = (
    ("x*y + lg(z)", "lg", "unknown function lg; did you mean log?"),
    ("x*y +", "\N{NO-BREAK SPACE}", "the expression ends too early: an operand is missing"),
    ("\N{MATHEMATICAL ITALIC SMALL X} + y + lg(x)", "lg", "unknown function lg; did you mean log?"),
    ("x*(y", "(", "this ( is never closed"),
    ("x ^ 2", "^", "write ** for powers"),
    ("<img src=x onerror=alert(1)>", "<", re.compile("unexpected character '<'")),
)


def test_a_mistake_is_underlined_and_the_last_good_picture_stays(browser: Any, origin: str) -> None:
    with opened(browser, origin, "#e=x*y&x=3&y=4") as page:
        expect(page.locator("#picture .node")).to_have_count(3)
        for expression, underlined, message in MISTAKES:
            page.get_by_label("Expression").fill(expression)
            expect(page.locator("#problem[role=status]")).to_have_text(message)
            assert page.locator("mark").text_content() == underlined
            assert page.get_by_label("Expression").get_attribute("aria-invalid") == "true"
            assert sorted(cards(page)) == [["f", "12", "1"], ["x", "3", "4"], ["y", "4", "3"]]
            for selector in ("#picture", "#value", "table"):
                assert page.locator(selector).evaluate("part => getComputedStyle(part).opacity") == "0.4"
        page.get_by_label("Expression").fill("x*y*2")
        expect(page.locator("#value")).to_have_text("f = 24")
        expect(page.locator("#problem")).to_have_text("")
        expect(page.locator("mark")).to_have_count(0)
        expect(page.locator("#picture")).to_have_css("opacity", "1")


def test_the_underline_lies_under_the_mistake(browser: Any, origin: str) -> None:
    """The field and the invisible text below it must break their lines alike."""
    expression = "x + " * 60 + "lg(x)" + " + x" * 20
    with opened(browser, origin, f"#e={quote(expression)}", viewport={"width": 500, "height": 900}) as page:
        expect(page.locator("mark")).to_have_text("lg")
        field, mark = page.locator("#expression").bounding_box(), page.locator("mark").bounding_box()
        assert field["y"] < mark["y"] < field["y"] + field["height"]
        scrollable, height = page.locator("#expression").evaluate("field => [field.scrollHeight, field.clientHeight]")
        assert scrollable == height
        assert page.locator("#underline").evaluate("text => text.clientHeight") == height


def test_no_value_is_told_and_the_slider_leads_back(browser: Any, origin: str) -> None:
    with opened(browser, origin, "#e=ln(x)&x=1") as page:
        expect(page.locator("#picture .node")).to_have_count(2)
        slider(page, "x").fill("-1")
        expect(page.locator("#problem")).to_have_text(re.compile(r"at these inputs, log\(-1.0\) is nan"))
        expect(page.locator("#value")).to_have_css("opacity", "0.4")
        slider(page, "x").fill("2")
        expect(page.locator("#value")).to_have_text("f = 0.6931")
        expect(page.locator("#value")).to_have_css("opacity", "1")


def test_an_expression_that_begins_without_a_value_is_drawn_once_it_has_one(browser: Any, origin: str) -> None:
    with opened(browser, origin, "#e=sqrt(x)&x=-1") as page:
        expect(page.locator("#problem")).to_contain_text("sqrt")
        slider(page, "x").fill("4")
        expect(page.locator("#value")).to_have_text("f = 2")
        expect(page.locator("#picture .node")).to_have_count(2)


def test_a_kink_is_told_in_words(browser: Any, origin: str) -> None:
    with opened(browser, origin, "#e=relu(x)&x=1") as page:
        expect(page.locator("#value")).to_have_text("f = 1")
        assert page.locator("#conventions li").count() == 0
        slider(page, "x").fill("0")
        expect(page.locator("#conventions li")).to_have_text(
            ["relu(x) at x = 0: any slope in x from 0 to 1 fits; 0 is taken."]
        )


def test_a_server_that_is_gone_is_told(browser: Any, origin: str) -> None:
    context = browser.new_context()
    context.set_default_timeout(1000 * PATIENCE)
    page = context.new_page()
    page.goto(origin + "/")
    expect(page.locator("#picture .node").first).to_be_visible()
    page.route("**/numbers", lambda route: route.abort())
    slider(page, "x").fill("3")
    expect(page.locator("#problem")).to_contain_text("start it again with python -m demos explore")
    expect(page.locator("#picture")).to_have_css("opacity", "0.4")
    context.close()


@pytest.mark.parametrize("path", ["numbers", "drawing"])
def test_a_late_answer_to_an_old_expression_is_dropped(browser: Any, origin: str, path: str) -> None:
    with opened(browser, origin, "#e=x&x=3") as page:
        expect(page.locator("#picture .node")).to_have_count(1)
        page.route(f"**/{path}", lambda route: None, times=1)  # never answered
        with page.expect_request(f"**/{path}"):
            page.get_by_label("Expression").fill("x*2")
        with page.expect_event("requestfailed"):
            page.get_by_label("Expression").fill("x*5")
        expect(page.locator("#value")).to_have_text("f = 15")
        expect(page.locator("#picture .node")).to_have_count(3)
        assert sorted(cards(page)) == [["5"], ["f", "15", "1"], ["x", "3", "5"]]


def test_back_at_the_expression_on_display_its_picture_is_clear(browser: Any, origin: str) -> None:
    """It stayed dimmed when a drawing of another expression had been given up in between."""
    with opened(browser, origin, "#e=x&x=3") as page:
        expect(page.locator("#picture .node")).to_have_count(1)
        page.route("**/drawing", lambda route: None, times=1)  # never answered
        with page.expect_request("**/drawing"):
            page.get_by_label("Expression").fill("x*2")
        expect(page.locator("#picture")).to_have_css("opacity", "0.4")
        page.get_by_label("Expression").fill("x")
        expect(page.locator("#picture")).to_have_css("opacity", "1")


# ---------------------------------------------------------------- inputs and link


def test_the_range_of_a_slider_can_be_set(browser: Any, origin: str) -> None:
    with opened(browser, origin, "#e=x*x&x=4") as page:
        expect(page.locator("#value")).to_have_text("f = 16")
        highest = page.get_by_label("x, highest")
        highest.fill("3")
        highest.press("Enter")
        expect(page.locator("#value")).to_have_text("f = 9")  # the value stays inside the range
        assert (slider(page, "x").get_attribute("max"), slider(page, "x").get_attribute("step")) == ("3", "0.01")
        number(page, "x").fill("20")  # and a value outside of it widens it
        expect(page.locator("#value")).to_have_text("f = 400")
        assert (slider(page, "x").get_attribute("max"), highest.input_value()) == ("20", "20")
        lowest = page.get_by_label("x, lowest")
        lowest.fill("30")
        lowest.press("Enter")
        assert (lowest.input_value(), slider(page, "x").get_attribute("min")) == ("-5", "-5")
        number(page, "x").fill("")
        number(page, "x").blur()
        assert number(page, "x").input_value() == "20"
        expect(page).to_have_url(re.compile(r"#e=x\*x&x=20$"))
        highest.fill("50")
        highest.press("Enter")
        expect(page).to_have_url(re.compile(r"#e=x\*x&x=20,-5,50$"))


def test_the_address_holds_the_state(browser: Any, origin: str) -> None:
    with opened(browser, origin, "#e=x%20%2B y&x=1,0,2&y=7") as page:
        expect(page.locator("#value")).to_have_text("f = 8")
        slider(page, "x").fill("0.5")
        expect(page).to_have_url(f"{origin}/#e=x%20+%20y&x=0.5,0,2&y=7")
        page.reload()
        expect(page.locator("#value")).to_have_text("f = 7.5")
        assert slider(page, "x").get_attribute("max") == "2"
        page.get_by_role("link", name="two paths").click()
        expect(page.locator("#value")).to_have_text("f = 11.65")
        page.go_back()
        expect(page.locator("#value")).to_have_text("f = 7.5")


STRANGE_LINKS = {
    "#e=x&x=NaN": "x = 1",
    "#e=x&x=3,4,5": "x = 3",
    "#e=x&x=1e999": "x = 1",
    "#e=x*7&x=3,9,1": "f = 7",
    "#e=x&x": "x = 1",
    "#e=x&x=2&%E0%A4&<b>=1&&=": "x = 2",
    "#e=__proto__&__proto__=4": "__proto__ = 4",
    "#e=constructor*2": "f = 2",
    "#e=%E0%A4": "f = 2",  # no expression: the last one stays
}


def test_a_strange_link_does_no_harm(browser: Any, origin: str) -> None:
    with opened(browser, origin) as page:
        for state, value in STRANGE_LINKS.items():
            page.goto(f"{origin}/{state}")
            expect(page.locator("#value")).to_have_text(value)


# ---------------------------------------------------------------- every reader, every screen


@pytest.mark.parametrize(("width", "scheme"), [(360, "light"), (1200, "light"), (1200, "dark")])
def test_accessibility(browser: Any, origin: str, width: int, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")
    viewport = {"width": width, "height": 800}
    with opened(browser, origin, "#e=relu(x*y) + z*0&x=0", color_scheme=scheme, viewport=viewport) as page:
        page.get_by_text("What can be written?").click()
        expect(page.locator("#picture .node").first).to_be_visible()
        results = axe.Axe().run(page)
        assert results.response["violations"] == [], results.generate_report()


def test_phone(browser: Any, origin: str) -> None:
    with opened(browser, origin, viewport={"width": 360, "height": 640}, has_touch=True) as page:
        expect(page.locator("#picture .node").first).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") == 360
        for control in page.locator("input:visible").all():
            box = control.bounding_box()
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= 360
        width, height = page.locator(".pane svg").evaluate("({ viewBox: { baseVal: b } }) => [b.width, b.height]")
        assert width < height  # from top to bottom


def test_colours_follow_the_scheme(browser: Any, origin: str) -> None:
    with opened(browser, origin, color_scheme="light") as page:
        for scheme, paper, fill in (("light", "255, 255, 255", "#e6f3fc"), ("dark", "20, 24, 29", "#0d3350")):
            page.emulate_media(color_scheme=scheme)
            expect(page.locator("body")).to_have_css("background-color", f"rgb({paper})")
            expect(page.locator(f"#picture .operation [fill='{fill}']").first).to_be_visible()


def test_everything_is_reached_by_the_keyboard_and_the_focus_is_seen(browser: Any, origin: str) -> None:
    with opened(browser, origin, "#e=x&x=1") as page:
        expect(page.locator("#picture .node").first).to_be_visible()
        reached = []
        for _ in range(20):
            page.keyboard.press("Tab")
            focused = page.locator(":focus")
            reached.append(focused.evaluate("part => part.id || part.className || part.tagName"))
            ring = focused.evaluate("part => getComputedStyle(part.closest('.editor') ?? part).outlineWidth")
            assert ring == "3px", reached
        assert reached == [
            *["example"] * 4,
            "SUMMARY",
            "expression",
            "input-x",
            "low",
            "slider",
            "high",
            "moved",
            "by",
            "by-slider",
            "messages",
            "play",
            "pane",
            *["BUTTON"] * 3,  # fit, smaller, larger
            "table",
        ]


def test_play_this_opens_the_player_of_what_is_on_display(browser: Any, origin: str) -> None:
    with opened(browser, origin, "#e=x*y + x&x=2.5&y=-4,-10,10") as page:
        expect(page.locator("#value")).to_have_text("f = −7.5")
        with page.expect_popup() as popup:
            page.get_by_role("link", name="Play this").click()
        player = popup.value
        player.locator("#predicting").click()
        player.locator("#answer").fill("1")
        player.locator("#answer").press("Enter")
        expect(player.locator("#verdict")).to_contain_text("Right: ")
        expect(player.locator("h1")).to_have_text("x*y + x")


def test_the_value_is_announced(browser: Any, origin: str) -> None:
    with opened(browser, origin) as page:
        expect(page.get_by_role("status").filter(has_text="f =")).to_have_count(1)
        assert page.locator("#value").evaluate("value => value.tagName") == "OUTPUT"
        assert page.locator("#conventions").get_attribute("aria-live") == "polite"
