"""G3 Logistic cross-entropy.

With softplus for the logarithms, L is exact for any logit, and dL/dz = σ(z) − t. Move z far out. (Grosse, Fields
lecture 1.)
"""

from scalar import Value, softplus

z = Value(1.5)
t = Value(1.0)

L = t * softplus(-z) + (1 - t) * softplus(z)
L.backward()
