"""C5 Derivatives in symbols.

Ask for the formulas: the table of the chain rule then is the derivation of the blackboard, 4eˣ + 9(1 + x)². (Courty,
lecture 2.)
"""

from scalar import Value, exp

x = Value(0.7)
g1, g2 = exp(x), 1 + x
f = 4 * g1 + 3 * g2**3
f.backward()

print("by hand:", 4 * exp(0.7) + 9 * 1.7**2)
