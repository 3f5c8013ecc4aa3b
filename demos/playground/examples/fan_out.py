"""Fan-out: messages add up.

x is used three times, so three messages arrive at it, and their sum is its gradient. Press Predict, and find it
yourself.
"""

from scalar import Value, sin

x = Value(3.0)

y = x * x + sin(x)
y.backward()

print("2x + cos x =", 2 * x.data + sin(x).locals[0])
