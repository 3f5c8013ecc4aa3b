"""Pictures of compute graphs: draws the nodes of any engine that answers `viz.node.Node`.

Read the files in this order: `node` (what viz asks of an engine), `drawing` (what users call), `trace` (from nodes to
`graph`, a drawing as plain data), then what writes it, `dot` and `text`; `verify` (the checked pictures) with
`differences` and `judge`; `playback` (the player, and exercises).
"""

from typing import NoReturn

from viz.drawing import Drawing, GraphTooLargeError, draw, draw_dot
from viz.playback import exercise, player
from viz.render import RendererNotFoundError, RenderError, use_renderer

__all__ = [
    "Drawing", "GraphTooLargeError", "RenderError", "RendererNotFoundError", "draw", "draw_dot", "exercise", "player",
    "use_renderer",
]  # fmt: skip


def __getattr__(name: str) -> NoReturn:
    told = "; it is demos.unfolding.unfold now" if name == "unfold" else ""
    raise AttributeError(f"module 'viz' has no attribute {name!r}{told}")
