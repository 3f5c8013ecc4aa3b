"""A first graph.

A Value remembers how it was computed. The picture shows each number, and below it its gradient: how fast f would
change with it. Move a slider, or change the program.
"""

from scalar import Value

x = Value(-2.0)
y = Value(5.0)
z = Value(-4.0)

q = x + y
f = q * z
f.backward()
