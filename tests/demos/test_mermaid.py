"""The Mermaid source."""

import re

import viz
from demos.mermaid import to_mermaid
from tests.viz.stub import NASTY, Stub, chain


def decoded(label: str) -> str:
    return re.sub(r"#(\d+);", lambda code: chr(int(code[1])), label.replace("<br/>", "\n"))


def test_labels_are_coded_so_that_mermaid_reads_no_syntax_in_them() -> None:
    card = to_mermaid(viz.draw(Stub(1.0, NASTY), values=False, gradients=False).graph).splitlines()[1]
    label = card.removeprefix('  n1["').removesuffix('"]:::input')
    assert re.fullmatch(r"(?:#\d+;|<br/>|[\w\s]|[^\x00-\x7f])*", label)
    assert decoded(label) == NASTY


def test_title_is_a_quoted_yaml_string() -> None:
    assert to_mermaid(viz.draw(Stub(1.0), title='"y" \\ #\nb').graph).startswith(
        '---\ntitle: "\\"y\\" \\\\ # b"\n---\nflowchart LR\n'
    )


def test_a_graph_too_large_for_mermaids_default_says_so() -> None:
    assert "%%" not in to_mermaid(viz.draw(chain(500)).graph)
    large = to_mermaid(viz.draw(chain(501)).graph)
    assert "  %% 501 edges; to draw more than 500, Mermaid's maxEdges must be raised\n" in large
