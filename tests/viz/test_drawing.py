"""Every shape in every format, and what the files hold."""

import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import numpy as np
import pytest

import viz
from demos.mermaid import to_mermaid
from tests.viz.models import Network, Neuron, inputs
from tests.viz.stub import NASTY, SHAPES, Product, Sine, Stub, chain, neuron, operation
from viz.dot import HASTY_FROM
from viz.drawing import FORMATS, Drawing
from viz.graph import Card, Row
from viz.palette import PALETTES

SVG = "{http://www.w3.org/2000/svg}"
BEGINNINGS = {
    "svg": b"<?xml",
    "png": b"\x89PNG\r\n",
    "pdf": b"%PDF-",
    "html": b"<!DOCTYPE html>",
    "dot": b"digraph twingrad {",
    "txt": b"n",
}


@pytest.mark.parametrize("name", SHAPES)
def test_every_shape_in_every_format(name: str, tmp_path: Path) -> None:
    drawing = viz.draw(SHAPES[name]())
    for suffix in FORMATS:
        assert drawing.save(tmp_path / f"drawing.{suffix}").read_bytes().startswith(BEGINNINGS[suffix])


@pytest.mark.parametrize("suffix", FORMATS)
def test_nasty_texts_in_frames_and_on_edges(suffix: str, tmp_path: Path) -> None:
    kind = type(NASTY, (Neuron,), {})
    model = kind(1)
    framed = viz.draw(model([Stub(1.0)]), model=[model, [model]], title=NASTY, direction="TB")
    assert framed.save(tmp_path / f"framed.{suffix}").stat().st_size > 0
    folded = viz.draw(operation("sum", model([Stub(1.0)])), model=model, fold=NASTY)
    assert folded.save(tmp_path / f"folded.{suffix}").stat().st_size > 0
    sine = Sine(Stub(1e300))
    sine.formula = NASTY
    assert viz.draw(sine, formulas=True, messages=True).save(tmp_path / f"sine.{suffix}").stat().st_size > 0


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("options", [{"direction": "TB"}, {"depth": 0}, {"values": False, "gradients": False}])
def test_every_node_of_every_shape_says_what_its_card_says(name: str, options: dict[str, Any]) -> None:
    drawing = viz.draw(SHAPES[name](), **options)
    drawn = {group.findtext(SVG + "title"): words(group) for group in groups(svg(drawing), "node")}
    assert drawn == {card.id: said(card) for card in drawing.graph.cards}


@pytest.mark.parametrize("suffix", FORMATS)
def test_two_runs_write_the_same_bytes(suffix: str, tmp_path: Path) -> None:
    first = viz.draw(neuron()).save(tmp_path / f"first.{suffix}")
    second = viz.draw(neuron()).save(tmp_path / f"second.{suffix}")
    assert first.read_bytes() == second.read_bytes()


# ---------------------------------------------------------------- DOT


def test_drawing_can_be_taken_further_with_the_graphviz_package() -> None:
    drawing = viz.draw(neuron())
    digraph = drawing.graphviz
    assert digraph.source == drawing.source
    digraph.edge("n6", "a note")
    assert '\tn6 -> "a note"\n}' in digraph.source
    assert "a note" not in drawing.source


# ---------------------------------------------------------------- SVG


def svg(drawing: Drawing) -> Element:
    return ElementTree.fromstring(drawing.render("svg"))


def texts(element: Element) -> str:
    return "".join(element.itertext()).replace("\N{NO-BREAK SPACE}", " ")


def groups(root: Element, kind: str) -> list[Element]:
    return [g for g in root.iter(SVG + "g") if g.get("class", "").split(" ")[0] == kind]


def test_svg_holds_every_node_and_edge() -> None:
    root = svg(viz.draw(neuron()))
    cards = viz.draw(neuron()).graph.cards
    assert {g.findtext(SVG + "title"): g.get("class") for g in groups(root, "node")} == {
        card.id: f"node {card.role}" for card in cards
    }
    assert len(groups(root, "edge")) == 5


def test_labels_are_read_back_from_the_svg_as_they_were_written() -> None:
    root = svg(viz.draw(Stub(1.0, NASTY), title=NASTY))
    for line in NASTY.split("\n"):
        assert texts(root).count(line) == 2


def test_titles_of_frames_are_read_back_too() -> None:
    model = type(NASTY, (Neuron,), {})(1)
    (frame,) = groups(svg(viz.draw(model([Stub(1.0)]), model=model)), "cluster")
    for line in NASTY.split("\n"):
        assert line in texts(frame)


def words(group: Element) -> str:
    return "".join("".join(texts(text) for text in group.iter(SVG + "text")).split())


def said(card: Card) -> str:
    pins = "".join(str(pin + 1) for pin in range(card.pins))
    rows = "".join(row.key + (row.text.replace(", ", "") if row.heat else row.text) for row in card.rows)
    return "".join((pins + card.symbol + card.name + rows).split())


def test_svg_says_not_computed() -> None:
    assert texts(svg(viz.draw(Stub(1.0)))).count("not computed") == 1


# ---------------------------------------------------------------- HTML


class Page(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.content = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.content += data


def test_html_page_holds_picture_and_text_and_asks_the_network_for_nothing() -> None:
    page = Page(viz.draw(Stub(1.0, "&<x>"), title="a\nb</title>").html())
    assert page.tags.count("svg") == 1
    (allowed,) = [value for name, value in page.attributes if name == "content" and value and "default-src" in value]
    assert re.fullmatch(r"default-src 'none'; script-src 'sha256-[^']+'; style-src 'unsafe-inline'", allowed)
    assert "\nn1 &<x>  input  value 1  grad not computed\n" in page.content
    assert not [value for name, value in page.attributes if name in ("src", "href") or name == "xlink:href"]


def test_html_page_has_one_heading_which_the_picture_does_not_repeat() -> None:
    page = Page(viz.draw(Stub(1.0, "x"), title="A <title>").html())
    assert (page.tags.count("h1"), page.tags.count("main")) == (1, 1)
    assert page.content.count("A <title>") == 2  # of the window, and above the picture
    assert Page(viz.draw(Stub(1.0, "x")).html()).content.count("Compute graph") == 2


def test_html_without_graphviz_holds_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("viz.render.available", lambda: False)
    drawing = viz.draw(Stub(1.0, NASTY))
    page = Page(drawing.html())
    assert "svg" not in page.tags
    assert "Graphviz was not installed" in page.content
    assert drawing.text() in page.content


# ---------------------------------------------------------------- notebook and terminal


def test_notebook_shows_the_picture_and_keeps_the_text() -> None:
    drawing = viz.draw(neuron())
    bundle = drawing._repr_mimebundle_()
    assert bundle == {"image/svg+xml": drawing._repr_svg_(), "text/plain": drawing.text()}
    assert drawing._repr_svg_() == drawing.render("svg").decode()


def test_notebook_without_graphviz_shows_the_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("viz.render.available", lambda: False)
    assert viz.draw(neuron())._repr_svg_() is None
    assert list(viz.draw(neuron())._repr_mimebundle_()) == ["text/plain"]


def test_notebook_gives_advice_for_a_graph_that_is_too_large() -> None:
    assert viz.draw(chain(10), max_nodes=5)._repr_mimebundle_() == {
        "text/plain": "<Drawing of 11 nodes and 10 edges: too large for a picture: "
        "draw less of it with depth=5, or with model=… and fold=… for its modules>"
    }


def test_print_fits_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "30")
    assert max(map(len, str(viz.draw(chain(100))).splitlines())) <= 30


def test_repr_is_one_line() -> None:
    assert repr(viz.draw(neuron())) == "<Drawing of 6 nodes and 5 edges: print() shows it, save() keeps it>"


# ---------------------------------------------------------------- limits and mistakes


@pytest.mark.parametrize("suffix", ["svg", "png", "pdf"])
def test_too_large_a_graph_is_refused_with_advice(suffix: str, tmp_path: Path) -> None:
    message = (
        r"this graph has 2,001 nodes and 2,000 edges, and \w+ stops at max_nodes=2,000 and 5 times as many edges: "
        r"draw less of it with depth=5, or with model=… and fold=… for its modules, "
        r"save it as \.txt or \.dot, or give draw\(\.\.\., max_nodes=2001\) and time"
    )
    with pytest.raises(viz.GraphTooLargeError, match=message):
        viz.draw(chain(2000)).save(tmp_path / f"drawing.{suffix}")
    assert not list(tmp_path.iterdir())


def test_a_page_of_too_large_a_graph_shows_it_in_parts_that_open() -> None:
    page = Page(viz.draw(chain(2000)).html())
    assert "The graph has 2,001 nodes: a click on a part opens it. Or draw less of it with depth=5" in page.content
    assert [page.content.count(f"{size} nodes") for size in (327, 326)] == [10, 2]  # in the picture and in the text


def test_too_many_edges_are_refused_too() -> None:
    x = Stub(1.0)
    with pytest.raises(viz.GraphTooLargeError, match=r"2 nodes and 10,001 edges, .* draw\(\.\.\., max_nodes=2001\)"):
        viz.draw(operation("concatenate", *[x] * 10_001)).render("svg")


def test_advice_names_the_modules_of_the_model() -> None:
    network = Network(1, 2, 1)
    with pytest.raises(viz.GraphTooLargeError, match="or with fold='Network' or 'Layer' or 'Neuron', save it"):
        viz.draw(network(inputs(1)), model=network, max_nodes=5).render("svg")


def test_many_edges_are_laid_out_in_haste() -> None:
    x = Stub(1.0)
    assert "nslimit" not in viz.draw(operation("sum", *[x] * HASTY_FROM)).source
    assert "nslimit=2" in viz.draw(operation("sum", *[x] * (HASTY_FROM + 1))).source


def test_unknown_format(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"expected a name ending in \.svg, \.png, .*; got 'drawing.gif'"):
        viz.draw(neuron()).save(tmp_path / "drawing.gif")


def test_mermaid_is_told_where_it_went(tmp_path: Path) -> None:
    drawing = viz.draw(neuron())
    with pytest.raises(ValueError, match=r"demos\.mermaid\.to_mermaid\(drawing\.graph\) makes Mermaid$"):
        drawing.save(tmp_path / "drawing.mmd")
    with pytest.raises(AttributeError, match=r"is demos\.mermaid\.to_mermaid\(drawing\.graph\) now$"):
        _ = drawing.mermaid


def test_draw_dot_is_micrograds_name() -> None:
    assert viz.draw_dot(neuron(), rankdir="TB") == viz.draw(neuron(), direction="TB")


def test_drawing_does_not_follow_later_changes() -> None:
    x = Stub(1.0, "x")
    drawing = viz.draw(operation("exp", x))
    x.data = 2.0
    assert drawing.graph.cards[0].rows[0] == Row("value", "1")


def test_importing_viz_imports_neither_engines_nor_heavy_packages() -> None:
    code = "import sys, viz; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"scalar", "vector", "numpy", "matplotlib", "graphviz", "pygraphviz"} & set(loaded)


@pytest.mark.parametrize("palette", ["light", "dark", "print"])
def test_text_can_be_read_on_every_palette(palette: str) -> None:
    # WCAG 2.1, success criterion 1.4.3: text has a contrast of at least 4.5 with what lies behind it.
    colours = viz.draw(neuron(), palette=palette).graph.palette
    grounds = {colours.paper, colours.frame, *colours.fills.values()}
    for text in (colours.ink, colours.muted, *colours.verdicts.values()):
        assert all(contrast(text, ground) >= 4.5 for ground in grounds), text
    assert contrast(colours.message, colours.paper) >= 4.5
    assert contrast(colours.symbol, colours.fills["operation"]) >= 4.5


# From full-colour linear RGB to what is seen: G. M. Machado, M. M. Oliveira and L. A. F. Fernandes, "A
# physiologically-based model for simulation of color vision deficiency" (2009), severity 1.
COLOUR_BLINDNESS = {
    "none": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
}


@pytest.mark.parametrize("vision", COLOUR_BLINDNESS)
@pytest.mark.parametrize("palette", ["light", "dark"])
def test_colours_that_mean_something_differ_for_every_kind_of_vision(palette: str, vision: str) -> None:
    def seen(colour: str) -> Any:
        return np.array(COLOUR_BLINDNESS[vision]) @ linear(colour)

    def distance(one: str, other: str) -> float:
        return float(np.linalg.norm(seen(one) - seen(other)))

    colours = PALETTES[palette]
    assert distance(colours.lines["parameter"], colours.lines["operation"]) > 0.25
    assert distance(colours.scale["low"], colours.scale["high"]) > 0.25


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    red, green, blue = linear(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def linear(colour: str) -> list[float]:
    assert re.fullmatch("#[0-9a-f]{6}", colour)
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    return [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]


def test_legend_can_be_left_out() -> None:
    assert "label=<" not in viz.draw(neuron(), legend=False).source.split("n1 [")[0]
    titled = viz.draw(neuron(), legend=False, title="A neuron").source.split("n1 [")[0]
    assert "A neuron" in titled
    assert "parameter" not in titled


def test_negative_factor_stands_in_brackets() -> None:
    x, y = Stub(2.0, "x"), Stub(-3.0, "y")
    drawing = viz.draw(Product(x, y), messages=True)
    for text in (drawing.source, drawing.text(), to_mermaid(drawing.graph)):
        assert "1·(−3)" in text
