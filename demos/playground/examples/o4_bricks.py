"""O4 A network as bricks.

Two layers and three classes, number by number: each brick turns dL/dout into dL/din, and knows no other. (Kokkinos,
week 5.)
"""

from scalar import Value, dot, exp, label_all, log, sigmoid, sum

U = [[0.13, -0.13, 0.64], [0.10, -0.54, 0.36]]
W = [[1.30, 0.95], [-0.70, -1.27], [-0.62, 0.04]]


def matrix(name, rows):
    return [
        [Value(w, f"{name}[{k},{i}]", role="parameter") for i, w in enumerate(row, 1)] for k, row in enumerate(rows, 1)
    ]


x = [Value(0.8, "x₁"), Value(-1.2, "x₂"), Value(0.5, "x₃")]
t = [0.0, 1.0, 0.0]

z = [sigmoid(dot(row, x)) for row in matrix("U", U)]
b = [dot(row, z) for row in matrix("W", W)]
e = [exp(b_k) for b_k in b]
y = [e_k / sum(e) for e_k in e]
label_all({f"z{i}": z_i for i, z_i in zip("₁₂", z)})
label_all({f"b{i}": b_i for i, b_i in zip("₁₂₃", b)})
L = -dot(t, [log(y_k) for y_k in y])
L.backward()
