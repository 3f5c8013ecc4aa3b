"""Equal weights stay equal.

Two hidden neurons that start with the same weights get the same gradients, so they remain one neuron for ever. Move
one slider a little, and their ways part.
"""

from scalar import Value, tanh

w1, w2 = Value(0.5, role="parameter"), Value(0.5, role="parameter")
v1, v2 = Value(0.8, role="parameter"), Value(0.8, role="parameter")
x, t = Value(1.2), Value(-1.0)

h1, h2 = tanh(w1 * x), tanh(w2 * x)
y = v1 * h1 + v2 * h2
L = (y - t) ** 2
L.backward()
