"""One element of a tensor graph, on the scalar engine: it knows the rows of both engines, and viz of neither.

Read `unfolding` (what users call, and the drawing), then `twin` (the graph of numbers) and `elements` (how a row's
element comes from its operands' elements).
"""

from demos.unfolding.unfolding import Unfolded, unfold

__all__ = ["Unfolded", "unfold"]
