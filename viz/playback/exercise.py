"""`exercise`: a sheet for a class, to be filled in on paper or on its page, with solutions."""

import hashlib
import html
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from viz import render
from viz.drawing import GraphTooLargeError
from viz.node import Node
from viz.options import Options
from viz.playback import mathml
from viz.playback.data import Playback
from viz.playback.page import embedded, formulas, interactive, named_html, performance
from viz.playback.picture import picture
from viz.walk import topological

MOST_NODES = 100  # of which a class finds the gradients


def exercise(output: Node, path: str | Path, *, title: str = "", source: Mapping[str, Any] | None = None) -> Path:
    """Write a sheet that asks for each local derivative and each gradient behind `output`.

    It prints as a handout, and with #solutions at the end of its address with the solutions. Answers that are typed in
    are checked when asked, with a name for each usual mistake, and saved as a file for `demos exercise --check`. Two
    identical runs write the same bytes.

    Args:
        output: a node of any engine (see `viz.node.Node`) that offers `chain_rule()`.
        path: the file to write; its name ends in .html.
        title: stands above the sheet; without one, the output's name.
        source: what saved answers carry along, such as the seed that the graph was drawn with.

    Raises:
        TypeError: `output` offers no chain rule.
        ValueError: the file's name ends otherwise.
        GraphTooLargeError: there are more than MOST_NODES nodes.
    """
    if (nodes := len(topological([output]))) > MOST_NODES:
        raise GraphTooLargeError(
            f"this graph has {nodes:,} nodes, and a sheet stops at {MOST_NODES}: ask for one of the variables inside it"
        )
    path, played = named_html(path), performance(output, Options(title=title), "exercise")
    data = sheet(played) | {"source": source or {}}
    steps = [step for step in played.steps if step.phase == "backward"]
    solutions = [f'<li><div class="row">{mathml.row(step)}</div>{"".join(formulas(step))}</li>' for step in steps]
    drawn = picture(played.scenes[0], "LR") if render.available() else None
    path.write_bytes(
        interactive(
            "exercise.html", drawn, ["player.css", "exercise.css"], ["judge.js", "exercise.js"],
            title=html.escape(played.title), data=embedded(data),
            blanks="\n".join(_blank(number, question["ask"]) for number, question in enumerate(data["questions"])),
            solutions="\n".join(solutions),
        ).encode()
    )  # fmt: skip
    return path


def sheet(played: Playback) -> dict[str, Any]:
    """The sheet as data: its questions, what formulas may name, and a key by which its saved answers know it."""
    asking = played.asking
    questions = [asdict(x) for step in asking.ledger for x in (*asking.of_locals(step), *asking.of_gradient(step))]
    about: dict[str, Any] = {"title": played.title, "output": played.variables[-1].name, "known": [*asking.known()]}
    about["questions"] = questions
    return about | {"key": hashlib.sha256(embedded(about).encode()).hexdigest()[:12]}


def _blank(number: int, ask: str) -> str:
    field = f'id="q{number}" aria-describedby="v{number}" autocomplete="off" autocapitalize="none" spellcheck="false"'
    return f'<li><label for="q{number}">{html.escape(ask)} =</label> <input {field}> <span id="v{number}"></span></li>'
