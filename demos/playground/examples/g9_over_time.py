"""G9 A composition over time.

f = y + e^(xy) with x = cos t and y = t²: df/dt sums over both ways from t to f. (Grosse, Fields lecture 1.)
"""

from scalar import Value, cos, exp

t = Value(0.8)
x = cos(t)
y = t**2
f = y + exp(x * y)
f.backward()
