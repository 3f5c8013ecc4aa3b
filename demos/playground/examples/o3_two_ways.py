"""O3 Two ways from t to z.

z = x²y − y² with x = t² and y = 2t: the way over x brings 8t⁴, the way over y 2t⁴ − 8t. (Kokkinos, week 5.)
"""

from scalar import Value

t = Value(1.5)
x, y = t**2, 2 * t
z = x**2 * y - y**2
z.backward()

print("over x:", sum(path.product for path in z.paths(t) if x in path.nodes))
print("over y:", sum(path.product for path in z.paths(t) if y in path.nodes))
