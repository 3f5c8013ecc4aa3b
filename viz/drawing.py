"""`draw`: what a user calls, and the drawing it gives."""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from viz import render
from viz.dot import statements, to_dot
from viz.fold import fold as folded
from viz.graph import Direction, Graph
from viz.judge import Judge
from viz.node import Node
from viz.options import Function, Options, resolve
from viz.page import to_html
from viz.text import to_text
from viz.trace import trace
from viz.views import views

if TYPE_CHECKING:
    import graphviz

MAX_NODES = 2000  # Graphviz lays these out in seconds; more cannot be read
EDGES_PER_NODE = 5
FORMATS = ("svg", "png", "pdf", "html", "dot", "txt")


class GraphTooLargeError(ValueError):
    """The graph has more nodes than Graphviz should be asked to lay out."""


@dataclass(frozen=True, slots=True, repr=False)
class Drawing:
    """A drawing of a compute graph: look at it in a notebook, `print` it in a terminal, or `save` it."""

    graph: Graph
    max_nodes: int
    whole: Graph | None = None  # where modules are folded, the drawing with all of them open

    @property
    def graphviz(self) -> "graphviz.Digraph":
        """The drawing as an object of the graphviz package, to change it further; a new one each time."""
        import graphviz  # not above, for it takes longer to import than viz, and a drawing does without

        return graphviz.Digraph("twingrad", body=[*statements(self.graph)])

    @property
    def source(self) -> str:
        """The drawing as DOT text, Graphviz's language."""
        return to_dot(self.graph)

    @property
    def mermaid(self) -> str:
        """What was here: a Mermaid flowchart is made by `demos.mermaid`."""
        raise AttributeError("Drawing.mermaid is demos.mermaid.to_mermaid(drawing.graph) now")

    def text(self, width: int = 100) -> str:
        """The drawing as text, no line wider than `width` terminal cells."""
        return to_text(self.graph, width)

    def render(self, file_format: Literal["svg", "png", "pdf"]) -> bytes:
        """The picture as bytes.

        Raises:
            GraphTooLargeError: there are more than `max_nodes` nodes, or five times as many edges.
            RendererNotFoundError: neither the dot program nor pygraphviz is installed.
            RenderError: Graphviz failed.
        """
        if self._is_too_large:
            nodes, edges = len(self.graph.cards), len(self.graph.edges)
            needed = max(nodes, -(-edges // EDGES_PER_NODE))
            limit = f"max_nodes={self.max_nodes:,} and {EDGES_PER_NODE} times as many edges"
            raise GraphTooLargeError(
                f"this graph has {nodes:,} nodes and {edges:,} edges, and {file_format} stops at {limit}: "
                f"{self._advice}, save it as .txt or .dot, or give draw(..., max_nodes={needed}) and time"
            )
        return render.render(self.source, file_format)

    def html(self) -> str:
        """One self-contained page. Without Graphviz it holds the text drawing.

        Folded modules, and the parts of a graph that is too large, are doors to views of what is in them.
        """
        note = f"The graph has {len(self.graph.cards):,} nodes: a click on a part opens it. Or {self._advice}."
        return to_html(self.views(), note * self._is_too_large)

    def views(self) -> Sequence[Graph]:
        """What a page shows: the drawing, and after it what its doors open, in pictures of bounded size."""
        if self._is_too_large:
            return views(self.whole or self.graph)
        return views(self.whole, self.graph) if self.whole else [self.graph]

    def save(self, path: str | Path) -> Path:
        """Write the drawing in the format that the file's name ends in: .svg .png .pdf .html .dot .txt.

        Raises ValueError: the name ends otherwise.
        """
        path = Path(path)
        suffix: Any = path.suffix.lower().removeprefix(".")
        if suffix not in FORMATS:
            hint = "; demos.mermaid.to_mermaid(drawing.graph) makes Mermaid" * (suffix in ("md", "mmd"))
            raise ValueError(f"expected a name ending in .{', .'.join(FORMATS)}; got {path.name!r} ({suffix!r}){hint}")
        texts: dict[str, Callable[[], str]] = {"html": self.html, "dot": lambda: self.source, "txt": self.text}
        content = texts[suffix]().encode() if suffix in texts else self.render(suffix)
        path.write_bytes(content)
        return path

    @property
    def _is_too_large(self) -> bool:
        return len(self.graph.cards) > self.max_nodes or len(self.graph.edges) > EDGES_PER_NODE * self.max_nodes

    @property
    def _advice(self) -> str:
        kinds = [repr(kind) for kind in dict.fromkeys(cluster.kind for cluster in self.graph.clusters)]
        folding = f"fold={' or '.join(kinds)}" if kinds else "model=… and fold=… for its modules"
        return f"draw less of it with depth=5, or with {folding}"

    def _repr_svg_(self) -> str | None:
        drawable = render.available() and not self._is_too_large
        return self.render("svg").decode() if drawable else None

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        bundle = {"text/plain": repr(self) if self._is_too_large else self.text()}
        if svg := self._repr_svg_():
            bundle["image/svg+xml"] = svg
        return bundle

    def __str__(self) -> str:
        return self.text(shutil.get_terminal_size().columns)

    def __repr__(self) -> str:
        nodes, edges = len(self.graph.cards), len(self.graph.edges)
        hint = f"too large for a picture: {self._advice}" if self._is_too_large else "print() shows it, save() keeps it"
        return f"<Drawing of {nodes:,} nodes and {edges:,} edges: {hint}>"


def draw(
    outputs: Node | Sequence[Node] | Function, *, inputs: Sequence[Any] | None = None, values: bool = True,
    gradients: bool = True, messages: bool = False, formulas: bool = False, verify: bool | Judge = False,
    direction: Direction = "LR", palette: str = "light", precision: int | str = 4, depth: int | None = None,
    model: object = None, fold: str | Sequence[str] = (), title: str | None = None, legend: bool = True,
    max_nodes: int = MAX_NODES,
) -> Drawing:  # fmt: skip
    """Draw the compute graph behind one output, or behind several.

    Args:
        outputs: a node of any engine (see `viz.node.Node`), a sequence of nodes, or a function that gives either.
        inputs: what to call the function with. Those without a label are named after the function's parameters.
        values: show each variable's number (arrays: shape, dtype, small ones in full, large ones as a summary).
        gradients: show each variable's gradient, "not computed" before a backward pass.
        messages: show on each edge what the backward pass sends along it: upstream · local derivative = message.
            For one output that offers `chain_rule()`.
        formulas: show on each edge the local derivative in symbols, "cos(x) = 0.5403", where the chain rule knows them.
        verify: stamp each local derivative and each gradient ✓, ~ (a convention: there is no derivative), ✗ or ? (it
            cannot be judged here, and why) by an independent check with difference quotients. For one output of one
            element whose nodes offer `evaluate()`.
            A second judge that answers `viz.judge.Judge`, such as `demos.pytorch.Judge()`, is asked too: viz itself
            imports no framework.
        direction: "LR", from left to right, or "TB", from top to bottom.
        palette: "light", "dark" or "print" (black on white); for every kind of colour vision.
        precision: significant digits, at least 1; or a format of Python's for every number, such as ".2f".
        depth: the number of operations below an output down to which nodes are shown; the rest are counted.
        model: a module, or a sequence of modules, of any engine: what belongs to each is drawn in a frame of its own.
        fold: modules, by class ("Layer") or path ("layers.0"), to draw as one card that counts what it hides; those
            that are alike, as the neurons of a layer, as one card together.
        title: stands above the drawing.
        legend: explain colours, shapes and signs above the drawing.
        max_nodes: above this, or five times as many edges, a picture is refused with advice; text and DOT are never
            refused.

    Raises TypeError: an output is no node, or offers no chain rule and `messages` or `formulas` asks for it;
    ValueError: an option is none of those above.
    """
    fold = (fold,) if isinstance(fold, str) else tuple(fold)
    options = Options(
        values=values, gradients=gradients, messages=messages, formulas=formulas, verify=verify, direction=direction,
        palette=palette, precision=precision, depth=depth, model=model, fold=fold, title=title or "", legend=legend,
    )  # fmt: skip
    nodes, names = resolve(outputs, inputs)
    whole = trace(nodes, options, names)
    return Drawing(folded(whole, fold), max_nodes, whole if fold else None)


def draw_dot(root: Node, *, rankdir: Direction = "LR") -> Drawing:
    """Draw the graph behind `root`; micrograd's name for `draw`."""
    return draw(root, direction=rankdir)
