"""G7 The univariate chain rule.

L̄ = 1, ȳ = y − t, z̄ = ȳ·σ′(z), w̄ = z̄·x and b̄ = z̄: every bar is computed once, and used by those that follow.
(Grosse, Fields lecture 1.)
"""

from scalar import Value, sigmoid

w, b = Value(0.5, role="parameter"), Value(-0.3, role="parameter")
x, t = Value(2.0), Value(1.0)

z = w * x + b
y = sigmoid(z)
L = (y - t) ** 2 / 2
L.backward()
