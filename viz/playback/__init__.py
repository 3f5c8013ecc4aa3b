"""The player: a page that plays the forward and the backward pass, one chain-rule step at a time.

Layers: ledger → data.py (frozen data) → words.py, mathml.py (sentences, formulas) and
picture.py (the SVG) → page.py (the list of all steps, and the template in viz/assets/) and exercise.py (a sheet for a
class). questions.py says what is asked, and what each usual mistake gives.
"""

from viz.playback.exercise import exercise
from viz.playback.page import player

__all__ = ["exercise", "player"]
