"""The picture, the chain rule and the player of the latest program's value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import viz
from demos.explorer import ledger as table
from demos.explorer.answer import told
from demos.explorer.ledger import numbers
from demos.playground.inside import program
from demos.playground.inside.channel import answers
from demos.playground.inside.complex_step import ComplexStep
from demos.playground.inside.size import depth_for, nodes_behind
from scalar.diagnostics.conventions import conventions
from scalar.diagnostics.notation import legend
from viz import Drawing

READABLE = 300  # nodes in one picture; of more, modules are folded, else those next to the output are shown
NEAREST = 80
MOST_CHECKED = 400  # nodes in a picture that is verified: each gradient means that all above is computed again
MOST_STEPS = 200  # of a ledger on the page
MOST_CONVENTIONS = 20


@answers
def picture(
    palette: str = "light", direction: Literal["LR", "TB"] = "LR", messages: bool = True, formulas: bool = False,
    verify: Literal["", "differences", "complex"] = "", fold: Sequence[str] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """The graph as SVG.

    Args:
        palette, direction, messages, formulas: as for `viz.draw`.
        verify: how each derivative is checked: by difference quotients, and by the complex step too.
        fold: classes of modules to fold; None for what keeps the picture readable.

    Returns:
        `svg`, or None; `note`, what is not in the picture and why; `folded`, the classes that were folded.
    """
    ran = program.last()
    output: Any = ran.output
    notes: list[str] = []
    if ran.drawing is not None:
        return {"svg": _svg(ran.drawing), "note": "", "folded": []}
    count = nodes_behind(output, program.MOST_NODES)
    if count is None:
        note = f"More than {program.MOST_NODES:,} nodes: too many for a picture. Make a part of it the last line."
        return {"svg": None, "note": note, "folded": []}
    models, known = program.models(ran.names), program.kinds(ran.names)
    options: dict[str, Any] = {"palette": palette, "direction": direction, "messages": messages, "formulas": formulas}
    if verify and count <= MOST_CHECKED:
        options["verify"] = ComplexStep() if verify == "complex" else True
    elif verify:
        notes.append(f"Not verified: that takes long for more than {MOST_CHECKED} nodes.")
    drawing, folded = _folded(output, models, known, fold, count, options)
    if drawing is None or len(drawing.graph.cards) > READABLE:
        options["depth"] = depth_for(output, NEAREST)
        notes.append(f"Of {count:,} nodes, those next to the output.")
        drawing, folded = _folded(output, models, known, [], 0, options)
    return {"svg": _svg(drawing), "note": " ".join(notes), "folded": folded}


def _folded(
    output: Any,
    models: Sequence[Any],
    known: Sequence[str],
    fold: Sequence[str] | None,
    count: int,
    options: dict[str, Any],
) -> tuple[Any, list[str]]:
    """A drawing with the modules that are asked for folded, or those that keep it readable."""
    asked = [kind for kind in known if kind in (fold or [])]
    if not models:
        return (viz.draw(output, **options) if count <= 4 * READABLE else None), []
    try:
        if fold is None and count > READABLE // 2 and known:
            asked = [known[-1]]
        return viz.draw(output, **options, model=models, fold=asked), asked
    except ValueError:  # a model of which nothing is in this graph
        return viz.draw(output, **options), []


def _svg(drawing: Drawing) -> str:
    return drawing.render("svg").decode()


@answers
def ledger() -> dict[str, Any]:
    """The chain rule as a table, in XHTML with MathML.

    Returns:
        `table`; `places`, the numbers for its places; `reasons`, some lines for each step; `rules`; `conventions`;
        `note`, what is left out.
    """
    output: Any = program.last().output
    count = nodes_behind(output, program.MOST_NODES)
    steps = count if count is not None else program.MOST_NODES + 1
    if steps > MOST_STEPS:
        more = f"{count:,}" if count is not None else f"more than {program.MOST_NODES:,}"
        note = f"The table ends at {MOST_STEPS} nodes, and this graph has {more}: make a part of it the last line."
        return {"table": "", "places": [], "reasons": [], "rules": [], "conventions": [], "note": note}
    rule = output.chain_rule()
    met = conventions(output)
    return {
        "table": str(table.table(rule)),
        "places": [*numbers(rule)],
        "reasons": [[*dict.fromkeys(term.reason.lines[0] for term in step.terms)] for step in rule],
        "rules": legend(term.reason for step in rule for term in step.terms),
        "conventions": [told(convention, rule) for convention in met[:MOST_CONVENTIONS]],
        "note": "",
    }


@answers
def player(title: str = "") -> str:
    """The player's page."""
    ran = program.last()
    output: Any = ran.output
    if nodes_behind(output, program.MOST_NODES) is None:
        raise ValueError(f"the player stops at {program.MOST_NODES:,} nodes: make a part of the graph the last line")
    models = program.models(ran.names)
    try:
        return viz.player(output, title=title, model=models or None).html
    except ValueError:  # a model of which nothing is in this graph
        return viz.player(output, title=title).html
