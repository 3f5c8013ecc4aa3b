"""C2 A perceptron's mistake.

The perceptron rule is a step down L = (y − t)·z, with y = step(z): the threshold's own slope is 0, so only z counts.
(Courty, lecture 2.)
"""

from scalar import Value, dot

x, t = [Value(1.5, "x₁"), Value(1.0, "x₂")], 1
w = [Value(0.0, "w₁", role="parameter"), Value(0.0, "w₂", role="parameter")]
b = Value(0.0, role="parameter")

z = dot(w, x) + b
y = z.step()
L = (y - t) * z
L.backward()
