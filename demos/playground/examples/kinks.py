"""Kinks and ties.

At 0, relu has no derivative, and at a tie neither has max: the engine takes a slope, says so, and a verified picture
marks it with ~. Move the sliders away from 0.
"""

from scalar import Value, max, relu

x = Value(0.0)
y = Value(0.0)

f = relu(x) + max(x, y)
f.backward()
