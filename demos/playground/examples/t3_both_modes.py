"""T3 Reverse and forward mode.

One reverse sweep gives both derivatives, one forward sweep each of them. (Georgia Tech, CS 7643.)
"""

import scalar
from scalar import Value, log, sin


def function(x1, x2):
    return log(x1) + x1 * x2 - sin(x2)


x1, x2 = Value(2.0), Value(5.0)
f = function(x1, x2)
f.backward()

print("reverse mode:", [x1.grad, x2.grad])
print("forward mode:", [scalar.jvp(function, (2.0, 5.0), speed)[1] for speed in ((1.0, 0.0), (0.0, 1.0))])
