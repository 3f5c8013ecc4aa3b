"""The player: a page that plays the forward and the backward pass, one chain-rule step at a time.

Layers: ledger → data.py (frozen data) → words.py, mathml.py (sentences, formulas) and
picture.py (the SVG) → page.py (the list of all steps, and the template in assets/).
"""

from viz.playback.page import player

__all__ = ["player"]
