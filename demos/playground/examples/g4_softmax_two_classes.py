"""G4 Softmax regression, two classes.

∂L/∂z = y − t for both logits; for two classes it is logistic regression with the logit z₁ − z₂. (Grosse, Fields
lecture 1.)
"""

from scalar import Value, dot, exp, log, sum

z = [Value(0.7, "z₁"), Value(-1.1, "z₂")]
t = [1.0, 0.0]

e = [exp(z_k) for z_k in z]
y = [e_k / sum(e) for e_k in e]
L = -dot(t, [log(y_k) for y_k in y])
L.backward()
