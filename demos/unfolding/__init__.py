"""One element of a tensor graph as a graph of single numbers: `unfolded` (what users call), `twin`, `elements`."""

from demos.unfolding.unfolded import Unfolded as Unfolded, unfold as unfold
