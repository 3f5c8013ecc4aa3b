"""T2 A sum times a number.

Each edge carries the local gradient, which its operation knows alone, times the upstream gradient, which comes from
the output. (Georgia Tech, CS 7643.)
"""

from scalar import Value

x, y, z = Value(-2.0), Value(5.0), Value(-4.0)
q = x + y
f = q * z
f.backward()
