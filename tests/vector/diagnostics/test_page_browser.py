"""The ledger of a tensor in a browser."""

from pathlib import Path
from typing import Any

import pytest

from tests.vector.diagnostics.test_notation import layer, network
from vector import Tensor

pytestmark = pytest.mark.slow

HEAD = (
    "<!doctype html><html lang=en><meta charset=utf-8><title>Steps</title><style>:root{color-scheme:light dark}</style>"
)


def opened(browser: Any, folder: Path, out: Tensor, scheme: str = "light") -> Any:
    path = folder / "steps.html"
    html = out.chain_rule()._repr_html_()
    path.write_text(f"{HEAD}<main><h1>Steps</h1>{html}{html}</main>", encoding="utf-8")
    page = browser.new_page(color_scheme=scheme)
    page.set_default_timeout(10_000)
    errors: list[Any] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(path.as_uri())
    assert not errors
    return page


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("out", [layer(), network(8, 9, 10, 11)], ids=["small", "large"])
def test_accessibility(browser: Any, tmp_path: Path, out: Tensor, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")
    results = axe.Axe().run(opened(browser, tmp_path, out, scheme))
    assert results.violations_count == 0, results.generate_report()


def test_matrices_stand_beside_one_another_with_their_shapes(browser: Any, tmp_path: Path) -> None:
    page = opened(browser, tmp_path, layer())
    assert page.locator("pre:visible").count() == 0
    line = page.locator(".line").filter(has_text="W̄[via z] = z̄ᵀ·x").first
    cells = [row.locator("mtd").all_text_contents() for row in line.locator("mtr").all()]
    assert cells == [
        *(["−2.5", "5.5", "−0.5"], ["10", "4", "1"]),
        *(["1", "2"], ["3", "−1"], ["0", "0.5"]),
        *(["14", "−10.75"], ["22", "16.5"]),
    ]
    assert line.locator("munder > mtext").all_text_contents() == ["(2, 3)", "(3, 2)", "(2, 2)"]


def test_a_heat_map_tells_an_element_and_what_made_it(browser: Any, tmp_path: Path) -> None:
    out = network(8, 9, 10, 11)
    page = opened(browser, tmp_path, out)
    *_, step = out.chain_rule()
    (term,) = step.terms
    product = page.locator(".twingrad-ledger").first.locator(".line").last
    canvas, told = product.locator("canvas").last, product.locator("output").last
    canvas.focus()
    for key in ("ArrowDown", "ArrowRight", "ArrowRight", "End", "ArrowLeft", "Home", "ArrowRight"):
        page.keyboard.press(key)
    name, _, made = told.text_content().partition(" = ")
    assert name == "W̄⁽¹⁾[1, 1]"
    assert made.startswith(f"{step.total[1, 1]:.4g} = row 1 · column 1 = ".replace("-", "−"))
    assert made.endswith("… 3 more")
    canvas.hover(position={"x": 5, "y": 15})
    assert told.text_content().startswith("W̄⁽¹⁾[")
    assert canvas.get_attribute("aria-label").startswith("W̄⁽¹⁾, (9, 8), ")
    assert term.upstream.shape == (11, 9)
