"""A first graph.

A Value remembers how it was computed. The picture shows each number, and below it its gradient: how fast f would
change with it. On each edge stands what goes back along it: upstream, which is the gradient of the box it leads to,
times how fast that box changes with the one it comes from. Move a slider, or change the program.
"""

from scalar import Value

x = Value(-2.0)
y = Value(5.0)
z = Value(-4.0)

q = x + y
f = q * z
f.backward()
