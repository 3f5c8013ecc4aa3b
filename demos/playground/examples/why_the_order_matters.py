"""Why the order matters.

Going back, a node may pass its gradient on only when all its uses have reported. Here one sweep waits for that. In
the other, s passes on before u and v have reported, and its share is lost: two wrong gradients.
"""

from scalar import Value

a, b = Value(2.0, "a"), Value(3.0, "b")
s = a + b
u = s + a
v = s * b
f = u * v


def sweep(order):
    received = {node: 0.0 for node in (a, b, s, u, v)}
    received[f] = 1.0
    for node in order:
        for parent, local in zip(node.parents, node.locals):
            received[parent] += received[node] * local
    return received[a], received[b]


print("f, u, v, s, a, b:", sweep([f, u, v, s, a, b]))
print("f, s, u, v, a, b:", sweep([f, s, u, v, a, b]), " s was too early")

f.backward()
print("the engine:      ", (a.grad, b.grad))
