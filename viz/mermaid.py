"""Plain data → Mermaid, which GitHub draws inside README files."""

import re

from viz.graph import Card, Edge, Graph
from viz.palette import Shape

MERMAID_EDGES = 500  # Mermaid refuses larger graphs unless its maxEdges is raised

_BRACKETS: dict[Shape, tuple[str, str]] = {
    "box": ("[", "]"),
    "bar": ("[/", "/]"),
    "pill": ("([", "])"),
    "rounded": ("(", ")"),
    "double": ("[[", "]]"),
}


def to_mermaid(graph: Graph) -> str:
    """The whole drawing as a Mermaid flowchart."""
    lines = ["---", f"title: {_yaml(graph.title)}", "---"] if graph.title else []
    lines.append(f"flowchart {graph.direction}")
    if len(graph.edges) > MERMAID_EDGES:
        lines.append(
            f"  %% {len(graph.edges)} edges; to draw more than {MERMAID_EDGES}, Mermaid's maxEdges must be raised"
        )
    lines += [_card(card) for card in graph.cards]
    lines += [_edge(edge) for edge in graph.edges]
    ink = graph.palette.ink
    lines += [
        f"  classDef {role} fill:{style.fill},stroke:{style.line},color:{ink}" for role, style in graph.legend.roles
    ]
    return "\n".join(lines) + "\n"


def _card(card: Card) -> str:
    opening, closing = _BRACKETS[card.style.shape]
    name = " = ".join(_escaped(part) for part in (card.name, card.symbol) if part)
    lines = [name, *(f"{row.key} {row.text}".strip() for row in card.rows)]
    text = "<br/>".join(line for line in lines if line)
    return f'  {card.id}{opening}"{text}"{closing}:::{card.role}'


def _edge(edge: Edge) -> str:
    parts = [str(edge.argument)] if edge.pinned else []
    if edge.message:
        parts.append(f"{edge.message.upstream} × {edge.message.local} = {edge.message.product}")
    label = f'|"{": ".join(parts)}"|' if parts else ""
    return f"  {edge.tail} -->{label} {edge.head}"


def _escaped(text: str) -> str:
    # Mermaid reads Markdown, HTML and its own syntax in labels; a code for every ASCII sign leaves it nothing to read.
    coded = re.sub(r"[!-/:-@\[-`{-~]", lambda sign: f"#{ord(sign[0])};", text)
    return coded.replace("\n", "<br/>")


def _yaml(text: str) -> str:
    quoted = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")
    return f'"{quoted}"'
