"""T5 The logistic map.

l₄, where lₙ₊₁ = 4lₙ(1 − lₙ): written out, its derivative swells; the backward sweep takes a few products more with
each n. (Georgia Tech, CS 7643; Baydin and others, 2018.)
"""

from scalar import Value

x = Value(0.2)
l = x
for n in range(3):
    l = 4 * l * (1 - l)
l.backward()


def number(x):
    for n in range(3):
        x = 4 * x * (1 - x)
    return x


for h in (1e-1, 1e-4, 1e-8, 1e-13):
    print(f"h = {h:g}: quotient {(number(0.2 + h) - number(0.2)) / h:.10f}")
print(f"backward: {x.grad:.10f}")
