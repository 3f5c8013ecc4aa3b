"""The graph as an SVG whose parts a page can light up: Graphviz finds the places, everything visible is drawn here."""

import html
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from viz import labels, render
from viz.graph import Direction
from viz.playback.data import Edge, Scene, Variable
from viz.walk import scattered

# In pixels, for text of 13 pixels.
CELL = 7.5  # a generous average width of a character
LINE = 18
PADDING = 10
BAR = 5  # the coloured edge of a parameter

NAME_CELLS = 20  # longer names are cut short in the picture

_SVG = "{http://www.w3.org/2000/svg}"


@dataclass(frozen=True, slots=True)
class Card:
    """What the picture shows of a variable, numbers after what they tell, and how much room that takes."""

    variable: Variable
    name: str
    rows: dict[str, list[str]]
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Picture:
    """An SVG element, and its size in pixels."""

    svg: str
    width: float
    height: float


def picture(scene: Scene, direction: Direction) -> Picture:
    """The graph, with one group per variable and per edge, named by their ids.

    Raises RendererNotFoundError: Graphviz is not installed; RenderError: Graphviz failed.
    """
    cards = [_card(variable) for variable in scene.variables]
    layout = ElementTree.fromstring(render.render(_dot(cards, scene.edges, direction), "svg"))
    places = {group.get("id"): group for group in layout.iter(_SVG + "g")}
    view = layout.get("viewBox", "")
    width, height = map(float, view.split()[2:])
    lines = [
        f'<svg viewBox="{view}" role="group" aria-label="The graph">',
        f'<g transform="{_one(layout, "g").get("transform")}">',
        *(_drawn_edge(edge, places[edge.id], places.get(f"t{edge.id}")) for edge in scene.edges),
        *(_drawn_card(card, places[card.variable.id]) for card in cards),
        "</g>",
        "</svg>",
    ]
    return Picture("\n".join(lines), width, height)


def _card(variable: Variable) -> Card:
    name = variable.name if labels.cells(variable.name) <= NAME_CELLS else variable.name[: NAME_CELLS - 1] + "…"
    known = variable.value.short and (variable.role != "constant" or variable.value.is_array)
    rows = {"": [*variable.contents]} if variable.contents else {}
    rows |= {"value": variable.value.lines} if known else {}
    rows |= {"grad": variable.gradient.lines} if variable.gradient and variable.gradient.short else {}
    heading = labels.cells(labels.symbol(variable.symbol)) * 1.4 + labels.cells(name) + 1
    cells = max(heading, *(len(key) + 3 * bool(key) + max(map(len, lines)) for key, lines in rows.items()), 2)
    height = (1 + sum(map(len, rows.values()))) * LINE + PADDING
    return Card(variable, name, rows, cells * CELL + 2 * PADDING, height)


def _dot(cards: Sequence[Card], edges: Sequence[Edge], direction: Direction) -> str:
    alike = sum(bool(card.variable.door) for card in cards) > 2  # the neurons of a layer stand in their order
    lines = [
        "digraph player {",
        f"  graph [rankdir={direction}, nodesep=0.3, ranksep=0.25, pad=0.15{', ordering=out' * alike}]",
        '  node [shape=box, fixedsize=true, label=""]',
        "  edge [arrowsize=0.7, fontname=Courier, fontsize=12]",
    ]
    far = scattered([card.variable.id for card in cards], [(edge.tail.id, edge.head.id) for edge in edges])
    copied = {card.variable.id: (labels.cells(card.name) + 1) * CELL for card in cards if card.variable.id in far}
    for card in cards:
        name = card.variable.id
        lines.append(f"  {name} [id={name}, width={card.width / 72:.4f}, height={card.height / 72:.4f}]")
    for edge in edges:
        if edge.tail.id in copied:
            lines.append(f"  t{edge.id} [id=t{edge.id}, width={copied[edge.tail.id] / 72:.4f}, height=0.3]")
        label = r"\n".join(_label(edge))
        tail = f"t{edge.id}" if edge.tail.id in copied else edge.tail.id
        lines.append(f'  {tail} -> {edge.head.id} [id={edge.id}, label="{label}"]')
    return "\n".join([*lines, "}", ""])


def _label(edge: Edge) -> list[str]:
    message = edge.message
    if message is None:
        return [f"{edge.values:,} values"] if edge.values > 1 else []
    if message.product.is_array or message.local is None:
        return message.product.lines
    return [f"{message.upstream.factor}·{message.local.factor}", f"= {message.product.short}"]


def _drawn_edge(edge: Edge, place: Element, copy: Element | None) -> str:
    path, arrow = _one(place, "path").get("d"), _one(place, "polygon").get("points")
    places = [(text.get("x"), text.get("y")) for text in place.iter(_SVG + "text")]
    label = "".join(
        f'<text x="{x}" y="{y}">{html.escape(line)}</text>' for (x, y), line in zip(places, _label(edge), strict=True)
    )
    if copy is not None:  # the name of an operand that is far away
        left, right, top, bottom = _bounds(copy)
        x, y = (left + right) / 2, (top + bottom) / 2 + LINE / 4
        label += f'<text class="copy" x="{x:g}" y="{y:g}">{html.escape(edge.tail.name)}</text>'
    return (
        f'<g id="{edge.id}" class="edge" data-tail="{edge.tail.id}" data-head="{edge.head.id}">'
        f'<path d="{path}"/><polygon points="{arrow}"/>{label}</g>'
    )


def _drawn_card(card: Card, place: Element) -> str:
    left, _, top, _ = _bounds(place)
    variable = card.variable
    title = html.escape(f"{variable.name}, {variable.role}{', outside' * variable.outside}")
    look = f"card {variable.role}{' outside' * variable.outside}"
    door = f' data-door="{variable.door}"' if variable.door else ""
    return (
        f'<a id="{variable.id}" class="{look}"{door} transform="translate({left:g} {top:g})">'
        f"<title>{title}</title>{''.join(_content(card))}</a>"
    )


def _bounds(place: Element) -> tuple[float, float, float, float]:
    """Where a rectangle is: left, right, top and bottom."""
    corners = [tuple(map(float, corner.split(","))) for corner in _one(place, "polygon").get("points", "").split()]
    (left, right), (top, bottom) = ((min(axis), max(axis)) for axis in zip(*corners, strict=True))
    return left, right, top, bottom


def _content(card: Card) -> Iterator[str]:
    role, symbol = card.variable.role, html.escape(labels.symbol(card.variable.symbol))
    corner = {"input": 0, "parameter": 0, "constant": card.height / 2}.get(role, 8)
    yield f'<rect class="frame" width="{card.width:g}" height="{card.height:g}" rx="{corner:g}"/>'
    if role == "parameter":
        yield f'<rect class="bar" width="{BAR}" height="{card.height:g}"/>'
    if role == "output":
        yield f'<rect class="inner" x="3" y="3" width="{card.width - 6:g}" height="{card.height - 6:g}" rx="6"/>'
    written = f'<tspan class="symbol">{symbol}</tspan> ' if symbol else ""
    yield f'<text class="name" x="{PADDING}" y="{LINE}">{written}{html.escape(card.name)}</text>'
    baseline = LINE
    for key, lines in card.rows.items():
        if key:
            yield f'<g class="{key}"><text class="key" x="{PADDING}" y="{baseline + LINE}">{key}</text>'
        # Without a key it is what stands on a card for several variables.
        look = f'class="number" x="{card.width - PADDING:g}"' if key else f'class="key" x="{PADDING}"'
        for line in lines:
            baseline += LINE
            yield f'<text {look} y="{baseline}">{html.escape(line)}</text>'
        yield "</g>" * bool(key)


def _one(place: Element, tag: str) -> Element:
    found = place.find(f".//{_SVG}{tag}")
    if found is None:
        raise render.RenderError(f"expected a {tag} in Graphviz's layout, found none")
    return found
