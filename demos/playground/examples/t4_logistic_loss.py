"""T4 The logistic loss in bricks.

−log(1 / (1 + e^(−w·x))) taken apart; as one it is softplus(−w·x), with the same gradient. (Georgia Tech, CS 7643.)
"""

from scalar import Value, dot, exp, log

w = [Value(2.0, "w0", role="parameter"), Value(-3.0, "w1", role="parameter"), Value(-3.0, "w2", role="parameter")]
x = [-1.0, -2.0, 1.0]

u = dot(w, x)
e = exp(-u)
q = 1 + e
p = 1 / q
L = -log(p)
L.backward()
