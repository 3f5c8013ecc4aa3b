"""Pictures of compute graphs: draws the nodes of any engine that answers `viz.node.Node`.

Read the files in this order: `node` (what viz asks of an engine), `drawing` (what users call), `trace` (from nodes to
`graph`, a drawing as plain data), then what writes it, `dot` and `text`; `verify` (the checked pictures) with
`differences` and `judge`; `playback` (the player, and exercises); `unfolding` (an element of a tensor, on an engine of
numbers) with `twin` and `elements`.
"""

from viz.drawing import Drawing, GraphTooLargeError, draw, draw_dot
from viz.playback import exercise, player
from viz.render import RendererNotFoundError, RenderError, use_renderer
from viz.unfolding import unfold

__all__ = [
    "Drawing", "GraphTooLargeError", "RenderError", "RendererNotFoundError", "draw", "draw_dot", "exercise", "player",
    "unfold", "use_renderer",
]  # fmt: skip
