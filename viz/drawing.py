"""`draw`: what a user calls, and the drawing it gives."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from viz import render
from viz.dot import to_dot
from viz.graph import Direction, Graph, trace
from viz.mermaid import to_mermaid
from viz.node import Node
from viz.page import to_html
from viz.palette import PALETTES
from viz.text import to_text

MAX_NODES = 2000  # Graphviz lays out so many in seconds, and nobody can read more
FORMATS = ("svg", "png", "pdf", "html", "dot", "mmd", "txt")


class GraphTooLargeError(ValueError):
    """The graph has more nodes than Graphviz should be asked to lay out."""


@dataclass(frozen=True, slots=True, repr=False)
class Drawing:
    """A drawing of a compute graph: look at it in a notebook, `print` it in a terminal, or `save` it."""

    graph: Graph
    max_nodes: int

    @property
    def source(self) -> str:
        """The drawing as DOT text, Graphviz's language."""
        return to_dot(self.graph)

    @property
    def mermaid(self) -> str:
        """The drawing as a Mermaid flowchart, for README files. GitHub draws up to 500 edges."""
        return to_mermaid(self.graph)

    def text(self, width: int = 100) -> str:
        """The drawing as text, no line wider than `width` terminal cells."""
        return to_text(self.graph, width)

    def render(self, file_format: Literal["svg", "png", "pdf"]) -> bytes:
        """The picture as bytes.

        Raises:
            GraphTooLargeError: there are more than `max_nodes` nodes.
            RendererNotFoundError: neither the dot program nor pygraphviz is installed.
            RenderError: Graphviz failed.
        """
        nodes = len(self.graph.cards)
        if nodes > self.max_nodes:
            raise GraphTooLargeError(
                f"this graph has {nodes:,} nodes, and {file_format} stops at max_nodes={self.max_nodes:,}: "
                f"draw a smaller part, save it as .txt or .dot, or give draw(..., max_nodes={nodes}) and time"
            )
        return render.render(self.source, file_format)

    def html(self) -> str:
        """One self-contained page. Without Graphviz it holds the text drawing and the Mermaid source."""
        svg = self.render("svg").decode() if render.available() else None
        return to_html(self.graph, svg)

    def save(self, path: str | Path) -> Path:
        """Write the drawing in the format that the file's name ends in: .svg .png .pdf .html .dot .mmd .txt.

        Raises:
            ValueError: the name ends otherwise.
        """
        path = Path(path)
        match path.suffix.lower().removeprefix("."):
            case "svg" | "png" | "pdf" as file_format:
                content = self.render(file_format)
            case "html":
                content = self.html().encode()
            case "dot":
                content = self.source.encode()
            case "mmd":
                content = self.mermaid.encode()
            case "txt":
                content = self.text().encode()
            case suffix:
                raise ValueError(f"expected a name ending in .{', .'.join(FORMATS)}; got {path.name!r} ({suffix!r})")
        path.write_bytes(content)
        return path

    def _repr_svg_(self) -> str | None:
        drawable = render.available() and len(self.graph.cards) <= self.max_nodes
        return self.render("svg").decode() if drawable else None

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        bundle = {"text/plain": self.text()}
        if svg := self._repr_svg_():
            bundle["image/svg+xml"] = svg
        return bundle

    def __str__(self) -> str:
        return self.text(shutil.get_terminal_size().columns)

    def __repr__(self) -> str:
        nodes, edges = len(self.graph.cards), len(self.graph.edges)
        return f"<Drawing of {nodes} nodes and {edges} edges: print() shows it, save() keeps it>"


def draw(
    outputs: Node | Sequence[Node],
    *,
    values: bool = True,
    gradients: bool = True,
    messages: bool = False,
    direction: Direction = "LR",
    palette: str = "light",
    precision: int = 4,
    title: str | None = None,
    max_nodes: int = MAX_NODES,
) -> Drawing:
    """Draw the compute graph behind one output, or behind several.

    Args:
        outputs: a node of any engine (see `viz.node.Node`), or a sequence of nodes.
        values: show each variable's number (arrays: shape, dtype, small ones in full, large ones as a summary).
        gradients: show each variable's gradient, "not computed" before a backward pass.
        messages: show on each edge what the backward pass sends along it: upstream × local derivative = message.
            For one output that offers `chain_rule()`.
        direction: "LR", from left to right, or "TB", from top to bottom.
        palette: "light", "dark" or "print" (black on white).
        precision: significant digits, at least 1.
        title: stands above the drawing.
        max_nodes: above this, rendering is refused with advice; text, DOT and Mermaid are never refused.

    Raises:
        TypeError: something in `outputs` is no node, or offers no chain rule and `messages` asks for it.
        ValueError: an option is none of those above.
    """
    roots: list[Node] = [*outputs] if isinstance(outputs, Sequence) else [outputs]
    _check(roots, direction, palette, precision)
    graph = trace(
        roots,
        values=values,
        gradients=gradients,
        messages=messages,
        direction=direction,
        palette=palette,
        precision=precision,
        title=title or "",
    )
    return Drawing(graph, max_nodes)


def draw_dot(root: Node, *, rankdir: Direction = "LR") -> Drawing:
    """Draw the graph behind `root`; micrograd's name for `draw`."""
    return draw(root, direction=rankdir)


def _check(roots: Sequence[Node], direction: str, palette: str, precision: int) -> None:
    if not roots:
        raise ValueError("expected at least one output to draw; got an empty list")
    for root in roots:
        missing = [name for name in ("op", "parents", "data", "grad", "label", "role") if not hasattr(root, name)]
        if missing:
            raise TypeError(
                f"expected nodes of a compute graph; got {type(root).__name__}, without {', '.join(missing)}"
            )
    if direction not in get_args(Direction):
        raise ValueError(f"expected direction in {get_args(Direction)}; got {direction!r}")
    if palette not in PALETTES:
        raise ValueError(f"expected palette in {tuple(PALETTES)}; got {palette!r}")
    if precision < 1:
        raise ValueError(f"expected precision >= 1 significant digit; got {precision}")
