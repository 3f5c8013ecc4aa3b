"""C8 A regularised network, path by path.

Cross-entropy of two layers, and a penalty for large weights. The derivative by a weight is the sum over all paths
from it to L. (Courty, lecture 2.)
"""

from scalar import Value, dot, exp, log, sigmoid, sqrt, sum


def matrix(name, rows):
    return [
        [Value(w, f"{name}[{j},{i}]", role="parameter") for i, w in enumerate(row, 1)] for j, row in enumerate(rows, 1)
    ]


def norm(W):
    return sqrt(dot([*W[0], *W[1]], [*W[0], *W[1]]))


x, t, λ = [Value(0.5, "x₁"), Value(-1.0, "x₂")], 1, 0.1
W1 = matrix("W₁", [[0.3, -0.8], [0.9, 0.4]])
W2 = matrix("W₂", [[-0.5, 0.7], [1.1, -0.6]])

h = [sigmoid(dot(row, x)) for row in W1]
o = [dot(row, h) for row in W2]
CE = log(sum(exp(o_k) for o_k in o)) - o[t]
L = CE + λ * (norm(W1) + norm(W2))
L.backward()

for path in L.paths(W1[0][0]):
    print(" → ".join(node.label or node.op for node in path.nodes), f"{path.product:.4f}")
print("the sum:", W1[0][0].grad)
