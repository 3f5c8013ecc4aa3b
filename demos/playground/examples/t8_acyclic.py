"""T8 Directed acyclic graphs.

Each node stands after its operands, so there is a topological order; going back along any of them gives the same
gradient. (Georgia Tech, CS 7643.)
"""

from scalar import Value

a, b = Value(2.0), Value(3.0)
s = a + b
u = s + a
v = s * b
f = u * v
f.backward()

print("the engine's order:", [step.variable.label or step.variable.op for step in f.chain_rule()])
