"""K5 A step function does not learn.

Everything behind the step is multiplied by its slope, 0, so training cannot move w and b. Write sigmoid for step.
(Kording, CIS 522.)
"""

from scalar import Value, step

x, t = Value(2.0), 1.0
w, b = Value(-0.5, role="parameter"), Value(0.25, role="parameter")

z = w * x + b
y = step(z)
L = 0.5 * (y - t) ** 2
L.backward()
