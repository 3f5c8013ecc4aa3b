"""A neuron and its loss.

Weights are drawn in red, inputs in white. Follow the messages from L back to w, then ask for the formulas.
"""

from scalar import Value, sigmoid

w = Value(0.8, role="parameter")
b = Value(-0.3, role="parameter")
x = Value(1.5)
t = Value(0.2)

z = w * x + b
y = sigmoid(z)
L = (y - t) ** 2 / 2
L.backward()
