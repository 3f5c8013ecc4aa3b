"""T1 A softmax classifier.

Scores become probabilities, and ∂L/∂s = p − y: the loss pulls the right score up and pushes the others down. (Georgia
Tech, CS 7643.)
"""

import scalar
from scalar import Value, exp, log

s = [Value(3.2, "s0"), Value(5.1, "s1"), Value(-1.7, "s2")]

e = [exp(score) for score in s]
total = scalar.sum(e)
p = [exponential / total for exponential in e]
L = -log(p[0])
L.backward()

print("probabilities:", [round(probability.data, 4) for probability in p])
