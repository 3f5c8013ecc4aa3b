"""Pictures of compute graphs: draws the nodes of any engine that answers `viz.node.Node`."""

from viz.drawing import Drawing, GraphTooLargeError, draw, draw_dot
from viz.playback import player
from viz.render import RendererNotFoundError, RenderError

__all__ = ["Drawing", "GraphTooLargeError", "RenderError", "RendererNotFoundError", "draw", "draw_dot", "player"]
