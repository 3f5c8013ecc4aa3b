"""Loops, functions, any Python.

The graph is what was computed: a loop leaves one node for each operation it carried out. This one is Newton's method
for the square root of a, and the gradient is that of the result by a.
"""

from scalar import Value


def root(a, steps):
    x = a
    for _ in range(steps):
        x = (x + a / x) / 2
    return x


a = Value(2.0)
y = root(a, 4)
y.backward()

print("root:", y.data)
print("slope:", a.grad, " 1 / (2 √a) =", 1 / (2 * 2**0.5))
