"""G10 Multiclass logistic regression.

All inputs feed all logits, and all logits all outputs: fan-out. The bar of a variable with fan-out is a sum over its
uses. (Grosse, Fields lecture 1.)
"""

import scalar
from scalar import Value, dot, exp, label_all, log

INDEX = "₁₂₃"

x = [Value(1.5, "x₁"), Value(-0.5, "x₂")]
w = [
    [Value(number, f"w{k}{j}", role="parameter") for j, number in zip(INDEX, row)]
    for k, row in zip(INDEX, [[0.4, -0.2], [-0.3, 0.8], [0.1, 0.5]])
]
b = [Value(number, f"b{k}", role="parameter") for k, number in zip(INDEX, [0.1, 0.0, -0.2])]
t = [Value(number, f"t{k}") for k, number in zip(INDEX, [0.0, 1.0, 0.0])]

z = [dot(w_k, x) + b_k for w_k, b_k in zip(w, b)]
e = [exp(z_k) for z_k in z]
s = scalar.sum(e)
y = [e_k / s for e_k in e]
for name, nodes in {"z": z, "e": e, "y": y}.items():
    label_all({f"{name}{k}": node for k, node in zip(INDEX, nodes)})
L = -dot(t, [log(y_k) for y_k in y])
L.backward()
