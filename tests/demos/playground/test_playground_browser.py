"""The playground in a browser, from a server and as a single file: what it computes, shows, stops and forbids."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from demos.playground.build import COMPLETE
from demos.playground.examples import read_examples
from scalar.names import written
from tests.demos.playground.conftest import Home, opened
from tests.demos.playground.judge import on_its_own
from tests.viz.browser import expect, window

pytestmark = pytest.mark.slow

EXAMPLES = read_examples()
SOURCES = {example.id: example.source for example in EXAMPLES}


def run(page: Any, source: str) -> Any:
    return page.evaluate("source => window.twingrad.run(source)", source)


def editor(page: Any) -> Any:
    return page.get_by_label("Your Python code")


def write(page: Any, source: str) -> None:
    """Replace the program, as if it were pasted."""
    editor(page).fill(source)


def value(page: Any) -> Any:
    return page.locator(".value")


def problem(page: Any) -> Any:
    return page.locator(".problem")


def shows(page: Any, output: str) -> None:
    """Wait for a value, and for the picture that belongs to it."""
    expect(value(page)).to_have_text(output)
    expect(page.locator(".view-code:not(.outdated) .picture .node").first).to_be_visible()


@pytest.fixture(scope="module")
def page(browser: Any, served: Home) -> Iterator[Any]:
    """One page for several tests, each of which brings a program of its own."""
    with opened(browser, served, viewport={"width": 1280, "height": 900}) as page:
        shows(page, "f = −12")
        yield page


# ---------------------------------------------------------------- every number


def test_every_example_has_the_engines_own_numbers(browser: Any, home: Home) -> None:
    with opened(browser, home) as page:
        for example in EXAMPLES:
            answer = run(page, example.source)
            number, gradients = on_its_own(example.source)
            assert answer["error"] is None, example.id
            assert answer["value"] == pytest.approx(number, rel=1e-12), example.id
            assert answer["gradients"] == pytest.approx(gradients, rel=1e-9, abs=1e-12), example.id


@pytest.mark.parametrize("id", ["first_graph", "neuron", "fan_out"])
def test_what_is_typed_is_shown(page: Any, id: str) -> None:
    source = SOURCES[id]
    number, gradients = on_its_own(source)
    write(page, "")
    expect(value(page)).to_have_text("")
    editor(page).click()
    for line in source.splitlines():
        page.keyboard.type(line)
        page.keyboard.press("Enter")
    output = page.evaluate("() => document.querySelector('.cm-content').innerText")
    assert "Value" in output
    expect(value(page)).to_have_text(re.compile(rf"^\w+ = {re.escape(written(number))}$"))
    name = value(page).text_content().split(" = ")[0]
    wanted = [f"∂{name}/∂{leaf} = {written(slope)}" for leaf, slope in gradients.items()]
    expect(page.locator(".leaves .gradient")).to_have_text(wanted)
    expect(page.locator(".view-code:not(.outdated) .picture .node").first).to_be_visible()
    for leaf, slope in gradients.items():
        step = page.locator("table.chain tbody tr").filter(has_text=f"gradient of {leaf}")
        expect(step.locator("td").nth(2)).to_contain_text(written(slope))


def test_a_slider_moves_a_leaf(page: Any) -> None:
    write(page, "from scalar import Value\nx = Value(3.0)\ny = x * x\n")
    shows(page, "y = 9")
    page.get_by_label("x, slider").fill("4")
    shows(page, "y = 16")
    expect(page.locator(".picture .node").filter(has_text="16")).to_have_count(1)
    expect(page.locator(".leaves .gradient")).to_have_text("∂y/∂x = 8")
    page.get_by_label("x, as in the code").click()
    shows(page, "y = 9")


def test_what_is_printed(page: Any) -> None:
    write(page, "for i in range(3):\n    print('line', i)\n'shown'\n")
    expect(page.get_by_label("Printed output")).to_have_text("line 0\nline 1\nline 2\n'shown'\n")
    expect(value(page)).to_have_text("")


def test_the_picture_can_be_verified_and_folded(page: Any) -> None:
    write(page, SOURCES["mlp"])
    shows(page, "y = −0.04133")
    page.get_by_label("Verify").select_option("complex")
    expect(page.locator(".picture .node").filter(has_text="✓").first).to_be_visible()
    page.get_by_label("Verify").select_option("")
    nodes = page.locator(".picture .node")
    before = nodes.count()
    page.get_by_label("fold Neuron").check()
    expect(page.locator(".picture .node").filter(has_text="Neuron × 4")).to_have_count(2)
    assert nodes.count() < before
    page.get_by_label("fold Neuron").uncheck()
    expect(nodes).to_have_count(before)
    page.get_by_label("formulas").check()
    expect(
        page.locator(".picture .edge").filter(has_text="∂").or_(page.locator(".picture .edge text")).first
    ).to_be_visible()
    page.get_by_label("formulas").uncheck()


# ---------------------------------------------------------------- mistakes, and what does not end


def test_a_mistake_is_marked_and_the_last_good_picture_stays(page: Any) -> None:
    write(page, "from scalar import Value\nx = Value(3.0)\ny = x * x\n")
    shows(page, "y = 9")
    write(page, "from scalar import Value\nx = Value(3.0)\ny = x * z\n")
    expect(problem(page)).to_have_text(re.compile("^Line 3: z has no meaning yet"))
    expect(page.locator(".cm-wrong")).to_have_text("y = x * z")
    expect(page.locator(".view-code.outdated .picture .node").first).to_be_visible()
    page.get_by_role("button", name="Line 3").click()
    page.keyboard.press("End")
    page.keyboard.press("Backspace")
    page.keyboard.type("x")
    shows(page, "y = 9")
    expect(problem(page)).to_have_text("")


HOSTILE = {
    "import numpy as np": (1, "NumPy is not here"),
    "x = 1\nimport math\nfrom scalar import Value\nmath.exp(Value(1.0))": (
        4,
        "expected a function that records itself",
    ),
    "x = 1\nwhile True: x += 1": (2, "Stopped here after 5 s"),
    "def f(n):\n    return f(n + 1)\nf(0)": (2, "A function calls itself again and again"),
    "x = 1\ny = [0] * 10**10": (2, "This number, or this list, is too large."),
    "x = 'x'\nwhile True:\n    x += x": (3, "This needs more memory"),
    "from scalar import Value\ny = Value(1.0)\nfor i in range(10**9):\n    y = y + 1": (None, ""),
    "x = 1\ny = 10**10**9\nz = 2": (2, "This line did not come to an end"),
}


def test_nothing_costs_more_than_a_new_worker(browser: Any, served: Home) -> None:
    with opened(browser, served) as page:
        for source, (line, words) in HOSTILE.items():
            error = run(page, source)["error"]
            assert error is not None, source
            if line:
                assert (error["line"], error["message"][: len(words)]) == (line, words), error
            assert run(page, "from scalar import Value\nx = Value(3.0)\ny = x * x")["value"] == 9


def test_an_endless_loop_is_marked(page: Any) -> None:
    write(page, "x = 0\nwhile True:\n    x = x + 1\n")
    expect(problem(page)).to_have_text(re.compile(r"^Line [23]: Stopped here after 5 s"))
    expect(page.locator(".cm-wrong")).to_have_count(1)


def test_a_flood_is_counted(page: Any) -> None:
    write(page, "for i in range(100_000):\n    print(i)\n")
    expect(page.get_by_label("Printed output")).to_have_text(re.compile("… and 568,890 characters more$"))


def test_a_hundred_thousand_nodes_have_a_value(page: Any) -> None:
    write(page, "from scalar import Value\nx = y = Value(1.0)\nfor _ in range(100_000):\n    y = y + x\n")
    expect(value(page)).to_have_text("y = 100001")
    expect(page.locator(".note-line")).to_have_text(re.compile("^More than 5,000 nodes"))


def test_a_label_is_no_markup(page: Any) -> None:
    label = '<script>document.title = "taken"</script><b>'
    write(page, f"from scalar import Value\nx = Value(3.0, '{label}')\ny = x * x\n")
    shows(page, "y = 9")
    assert page.title() == "twingrad playground"
    assert page.locator(".view-code b, .view-code script").count() == 0
    expect(page.locator(".leaves .name")).to_have_text(label)


WAYS_OUT = (
    "import js",
    "import pyodide_js",
    "from pyodide.http import pyfetch",
    "import pyodide.code",
    "import urllib.request\nurllib.request.urlopen('{address}')",
    "import socket\nsocket.create_connection(('127.0.0.1', {port}), timeout=2)",
)
TRAVERSAL = """
import gc
found = [x for x in gc.get_objects() if type(x).__name__ == "JsProxy"]
import sys
for module in list(sys.modules.values()):
    found += [x for x in list(vars(module).values()) if type(x).__name__ == "JsProxy"] if module else []
names = ("fetch", "XMLHttpRequest", "WebSocket", "importScripts", "indexedDB", "caches", "EventSource", "postMessage")
out = []
for x in found:
    for name in names:
        try:
            thing = getattr(x, name)
        except Exception:
            continue
        if thing is not None:
            out.append(name)
    try:
        x.constructor.constructor("return self")().fetch
        out.append("constructor")
    except BaseException:
        pass
print(sorted(set(out)))
"""


def test_a_program_has_no_way_out(browser: Any, home: Home, served: Home) -> None:
    with window(browser) as (page, requests):
        page.goto(home.address)
        shows(page, "f = −12")
        before = len(requests)
        for way in WAYS_OUT:
            source = way.format(address=f"{served.origin}reached", port=re.findall(r":(\d+)/", served.origin)[0])
            assert run(page, source)["error"] is not None, way
        write(page, TRAVERSAL)
        expect(page.get_by_label("Printed output")).to_have_text("[]\n")
        assert [url for url in requests[before:] if not url.startswith(("blob:", "data:"))] == []


def test_the_workers_own_world_is_closed(browser: Any, home: Home) -> None:
    """Beyond what Python sees: the frame's policy refuses a worker what its functions would do."""
    with window(browser) as (page, _):
        page.goto(home.address)
        shows(page, "f = −12")
        (worker,) = page.workers
        names = [
            "fetch",
            "XMLHttpRequest",
            "WebSocket",
            "importScripts",
            "indexedDB",
            "caches",
            "EventSource",
            "Worker",
        ]
        assert worker.evaluate("names => names.map(name => typeof self[name])", names) == ["undefined"] * len(names)
        assert worker.evaluate("self.origin") == "null"


# ---------------------------------------------------------------- links, player, other homes

KEPT = "() => window.twingrad.kept()"  # the address is that of the state


def test_the_address_holds_the_state_and_a_strangers_program_waits(browser: Any, served: Home) -> None:
    with opened(browser, served) as page:
        write(page, "from scalar import Value\nx = Value(3.0)\ny = x * x\nprint('ran')\n")
        shows(page, "y = 9")
        page.get_by_label("x, slider").fill("2")
        shows(page, "y = 4")
        page.get_by_label("messages").uncheck()
        expect(page.locator(".picture .edge text")).to_have_count(0)
        page.wait_for_function(KEPT)
        link = page.evaluate("() => window.twingrad.link()")
        page.reload()  # a page's own state runs by itself
        shows(page, "y = 4")
    with opened(browser, served, "#" + link.split("#")[1]) as page:
        expect(page.locator(".asked")).to_contain_text("This program came with the link.")
        expect(editor(page)).to_contain_text("x = Value(3.0)")
        assert run(page, "1")["value"] is None  # Python has started, and has run no program of the link's
        expect(value(page)).to_have_text("")
        expect(page.get_by_label("Printed output")).to_be_hidden()
        page.get_by_role("button", name="Run it").click()
        shows(page, "y = 4")
        expect(page.get_by_label("Printed output")).to_have_text("ran\n")
        expect(page.get_by_label("messages")).not_to_be_checked()


@pytest.mark.parametrize("fragment", ["#s=", "#s=AAAA", "#s=%E0%A4", "#nonsense", "#example=nothing", "#s=q1YqSyzKTE0"])
def test_a_strange_link_does_no_harm(browser: Any, served: Home, fragment: str) -> None:
    with opened(browser, served, fragment) as page:
        shows(page, "f = −12")


def test_the_player_in_its_frame(browser: Any, home: Home) -> None:
    with opened(browser, home, "#example=fan_out") as page:
        shows(page, "y = 9.141")
        page.get_by_role("button", name="Play").click()
        player = page.frame_locator("iframe.player")
        expect(player.locator("h1")).to_have_text("y")
        player.locator("#next").click()
        expect(player.locator("#count")).to_have_text(re.compile("^2 / "))
        page.get_by_role("button", name="Predict").click()
        player.locator("#answer").fill("1")
        player.locator("#answer").press("Enter")
        expect(player.locator("#verdict")).to_contain_text("Right")


def test_the_players_step_is_in_the_address(browser: Any, served: Home) -> None:
    with opened(browser, served, "#example=fan_out") as page:
        shows(page, "y = 9.141")
        page.get_by_role("button", name="Play").click()
        player = page.frame_locator("iframe.player")
        for _ in range(3):
            player.locator("#next").click()
        expect(player.locator("#count")).to_have_text(re.compile("^4 / "))
        page.wait_for_function("() => window.twingrad.app.whole().code.step === 4")
        page.wait_for_function(KEPT)
        page.reload()
        expect(player.locator("#count")).to_have_text(re.compile("^4 / "))


def test_expression_mode_is_the_explorer(browser: Any, home: Home) -> None:
    with opened(browser, home) as page:
        page.get_by_role("button", name="Expression").click()
        explorer = page.frame_locator("iframe.explorer")
        expect(explorer.locator("#value")).to_have_text("f = −12")
        expect(explorer.locator("#picture .node").first).to_be_visible()
        explorer.get_by_label("Expression").fill("ln(x1) + x1*y")
        expect(explorer.locator(".name")).to_have_text(["x1", "y"])
        explorer.get_by_label("x1", exact=True).fill("2")
        expect(explorer.locator("#value")).to_have_text("f = 10.69")
        explorer.get_by_label("Expression").fill("x*(y")
        expect(explorer.locator("#problem")).to_have_text("this ( is never closed")
        explorer.get_by_role("link", name="two paths").click()
        expect(explorer.locator("#value")).to_have_text("f = 11.65")
        explorer.get_by_role("link", name="Play this").click()
        player = page.frame_locator(".view-expression iframe.player")
        expect(player.locator("h1")).to_have_text("ln(x1) + x1*x2 - sin(x2)")
        page.get_by_role("button", name="Back to the expression").click()
        expect(explorer.locator("#value")).to_be_visible()


def test_offline_after_one_visit(browser: Any, served: Home) -> None:
    with opened(browser, served) as page:
        shows(page, "f = −12")
        page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")
        page.wait_for_function(
            "async () => (await Promise.all((await caches.keys()).map(async (name) => "
            "(await (await caches.open(name)).keys()).length))).some((count) => count >= 5)"
        )
        page.context.set_offline(True)
        page.goto("about:blank")
        page.goto(served.address)
        shows(page, "f = −12")
        page.context.set_offline(False)


def test_the_page_as_one_file_keeps_the_state(browser: Any, home: Home, tmp_path: Path) -> None:
    with opened(browser, home, accept_downloads=True) as page:
        shows(page, "f = −12")
        write(page, "from scalar import Value\nx = Value(5.0, '</script>')\ny = x * x\n")
        shows(page, "y = 25")
        page.locator(".share summary").click()
        with page.expect_download() as download:
            page.get_by_role("button", name="Download as one file").click()
        path = tmp_path / "taken.html"
        download.value.save_as(path)
    with opened(browser, Home("taken", path.as_uri(), path.as_uri())) as page:
        page.get_by_role("button", name="Run it").click()
        shows(page, "y = 25")


def test_a_notebook_that_runs(page: Any, tmp_path: Path) -> None:
    write(page, "from scalar import Value\nx = Value(5.0)\ny = x * x\n")
    shows(page, "y = 25")
    page.locator(".share summary").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download as notebook").click()
    path = tmp_path / "taken.ipynb"
    download.value.save_as(path)
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    names: dict[str, Any] = {}
    for cell in cells:
        if cell["cell_type"] == "code":
            exec(cell["source"].replace("random.seed(0)", ""), names)  # noqa: S102  # what the page has written
    assert names["y"].data == 25


def test_sympy_comes_when_it_is_asked_for(browser: Any, served: Home) -> None:
    with window(browser) as (page, requests):
        page.goto(served.address)
        shows(page, "f = −12")
        assert not any("sympy" in url for url in requests if "service_worker" not in url)
        write(page, "import sympy\nx = sympy.Symbol('x')\nprint(sympy.diff(sympy.sin(x)**2, x))\n")
        expect(page.get_by_label("Printed output")).to_have_text("2*sin(x)*cos(x)\n")


# ---------------------------------------------------------------- every reader, every screen


@pytest.mark.parametrize(("width", "scheme"), [(360, "light"), (1280, "light"), (1280, "dark")])
def test_accessibility(browser: Any, served: Home, width: int, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")
    viewport = {"width": width, "height": 900}
    with opened(browser, served, "#example=kinks", color_scheme=scheme, viewport=viewport) as page:
        shows(page, "f = 0")
        expect(page.locator(".conventions li").first).to_be_visible()
        results = axe.Axe().run(page)
        assert results.response["violations"] == [], results.generate_report()


def test_phone(browser: Any, served: Home) -> None:
    with opened(browser, served, "#example=neuron", viewport={"width": 360, "height": 740}, has_touch=True) as page:
        shows(page, "L = 0.1305")
        assert page.evaluate("document.documentElement.scrollWidth") == 360
        width, height = page.locator(".picture .pane svg").evaluate(
            "({ viewBox: { baseVal: b } }) => [b.width, b.height]"
        )
        assert width < height  # from top to bottom
        boxes = page.locator("button, input, select").evaluate_all(
            "all => all.filter((x) => x.checkVisibility()).map((x) => x.getBoundingClientRect().toJSON())"
        )  # at once, for some come and go
        assert len(boxes) > 10
        for box in boxes:
            assert box["left"] >= 0
            assert box["right"] <= 361


def test_all_that_is_shipped_has_its_licence(built: Path) -> None:
    told = (built / "LICENSES.txt").read_text(encoding="utf-8")
    for name in ("pyodide", "@hpcc-js/wasm-graphviz", "@codemirror/view", "@fontsource/arimo", "markupsafe", "sympy"):
        assert name in told
    for title in ("Mozilla Public License", "PYTHON SOFTWARE FOUNDATION LICENSE", "Eclipse Public License", "OFL"):
        assert title in told
    assert (built / COMPLETE).stat().st_size < 12_000_000
