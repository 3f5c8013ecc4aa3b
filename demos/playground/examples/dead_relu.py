"""A dead ReLU.

The neuron's sum is negative, so relu gives 0, and its slope there is 0: no message reaches the weights, and no
training will move them. Make b larger.
"""

from scalar import Value, relu

w1, w2 = Value(-1.0, role="parameter"), Value(-0.5, role="parameter")
b = Value(-0.5, role="parameter")
x1, x2 = Value(1.0), Value(2.0)
t = Value(1.0)

z = w1 * x1 + w2 * x2 + b
y = relu(z)
L = (y - t) ** 2
L.backward()
