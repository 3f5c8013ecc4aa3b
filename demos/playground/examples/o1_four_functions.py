"""O1 A composition of four functions.

y = log(cos(exp(sin³ x))), brick by brick, from the outermost function inwards. (Kokkinos, week 5.)
"""

from scalar import Value, cos, exp, log, sin

x = Value(0.5)
u = sin(x)
v = u**3
w = exp(v)
c = cos(w)
y = log(c)
y.backward()
