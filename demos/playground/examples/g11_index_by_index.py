"""G11 A network, index by index.

zᵢ = Σⱼ wᵢⱼ·xⱼ + bᵢ, hᵢ = σ(zᵢ), yₖ = Σᵢ vₖᵢ·hᵢ + cₖ and L = ½·Σₖ (yₖ − tₖ)², with every index written out. (Grosse,
Fields lecture 1.)
"""

from scalar import Value, sigmoid, sum


def parameters(name, numbers):
    return [Value(number, f"{name}{i}", role="parameter") for i, number in enumerate(numbers, 1)]


w = [parameters(f"w{i}", row) for i, row in enumerate([[-0.65, -0.17], [1.66, 0.66], [-1.64, -0.01]], 1)]
b = parameters("b", [-0.62, 0.15, -1.61])
v = [parameters(f"v{k}", row) for k, row in enumerate([[0.24, 0.24, 1.58], [0.32, 0.51, -1.49]], 1)]
c = parameters("c", [2.25, -1.92])
x = [Value(1.1, "x1"), Value(-0.33, "x2")]
t = [Value(-0.88, "t1"), Value(-0.66, "t2")]

z = [sum(w[i][j] * x[j] for j in range(2)) + b[i] for i in range(3)]
h = [sigmoid(z[i]) for i in range(3)]
y = [sum(v[k][i] * h[i] for i in range(3)) + c[k] for k in range(2)]
L = sum((y[k] - t[k]) ** 2 for k in range(2)) / 2
L.backward()
