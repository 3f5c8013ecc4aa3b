"""A drawing's plain data → Mermaid, which GitHub draws inside README files."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

from viz import Drawing
from viz.differences import Verdict
from viz.graph import Card, Edge, Graph, Nested, nested
from viz.palette import Shape

MERMAID_EDGES = 500  # Mermaid refuses larger graphs unless its maxEdges is raised

_LINES: dict[Verdict, str] = dict.fromkeys(("unknown", "convention"), "stroke-dasharray:5")
_LINES["mismatch"] = "stroke-width:4px"
_BRACKETS: dict[Shape, str] = dict(
    zip(get_args(Shape), ("[ ]", "[/ /]", "([ ])", "( )", "[[ ]]", "{{ }}", "> ]"), strict=True)
)


def save(drawing: Drawing, path: Path) -> Path:
    """Write the drawing as `drawing.save` does, or as Mermaid where the name ends in .mmd."""
    if path.suffix != ".mmd":
        return drawing.save(path)
    path.write_text(to_mermaid(drawing.graph), encoding="utf-8")
    return path


def to_mermaid(graph: Graph) -> str:
    """The whole drawing as a Mermaid flowchart."""
    # JSON is YAML.
    title = json.dumps(graph.title.replace("\n", " "), ensure_ascii=False)
    lines = ["---", f"title: {title}", "---"] if graph.title else []
    lines.append(f"flowchart {graph.direction}")
    if len(graph.edges) > MERMAID_EDGES:
        lines.append(
            f"  %% {len(graph.edges)} edges; to draw more than {MERMAID_EDGES}, Mermaid's maxEdges must be raised"
        )
    lines += _filled("", nested(graph), "  ")
    lines += [_edge(edge) for edge in graph.edges]
    lines += [
        f"  linkStyle {index} stroke:{graph.palette.verdicts[edge.stamp.verdict]},{_LINES[edge.stamp.verdict]}"
        for index, edge in enumerate(graph.edges)
        if edge.stamp and edge.stamp.verdict in _LINES
    ]
    styles = {card.role: card.style for card in graph.cards}
    ink = graph.palette.ink
    lines += [f"  classDef {role} fill:{style.fill},stroke:{style.line},color:{ink}" for role, style in styles.items()]
    return "\n".join(lines) + "\n"


def _filled(cluster: str, inside: Nested, indent: str) -> Iterator[str]:
    for item in inside[cluster]:
        if isinstance(item, Card):
            yield indent + _card(item)
        else:
            yield f'{indent}subgraph {item.id}["{_escaped(item.title)}"]'
            yield from _filled(item.id, inside, indent + "  ")
            yield indent + "end"


def _card(card: Card) -> str:
    opening, closing = _BRACKETS[card.style.shape].split()
    name = " = ".join(_escaped(part) for part in (card.name, card.symbol) if part)
    text = "<br/>".join(filter(None, [name, _escaped(card.path), *map(str, card.rows)]))
    return f'{card.id}{opening}"{text}"{closing}:::{card.role}'


def _edge(edge: Edge) -> str:
    notes = _escaped(edge.formula), edge.message, edge.stamp, f"{edge.values} values" if edge.values > 1 else ""
    text = "<br/>".join(str(part) for part in notes if part)
    parts = ": ".join(filter(None, [str(edge.argument) if edge.pinned else "", text]))
    label = f'|"{parts}"|' if parts else ""
    return f"  {edge.tail} -->{label} {edge.head}"


def _escaped(text: str) -> str:
    # Mermaid reads Markdown, HTML and its own syntax in labels; a code for every ASCII sign leaves it nothing to read.
    coded = re.sub(r"[!-/:-@\[-`{-~]", lambda sign: f"#{ord(sign[0])};", text)
    return coded.replace("\n", "<br/>")
