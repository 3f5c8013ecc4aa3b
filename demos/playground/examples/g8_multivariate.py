"""G8 The multivariate chain rule.

The weight has fan-out 2, and its bar sums what both uses send: w̄ = z̄·x + R̄·w. (Grosse, Fields lecture 1.)
"""

from scalar import Value, sigmoid

w, b = Value(0.5, role="parameter"), Value(-0.3, role="parameter")
x, t, λ = Value(2.0), Value(1.0), Value(0.1)

z = w * x + b
y = sigmoid(z)
L = (y - t) ** 2 / 2
R = w**2 / 2
L_reg = L + λ * R
L_reg.backward()
