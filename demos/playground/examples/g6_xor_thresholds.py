"""G6 Exclusive or, from hard thresholds.

Three units whose weights were set by hand. Each derivative is 0 wherever it exists, so nothing could be learnt here.
(Grosse, Fields lecture 1.)
"""

from scalar import Value, nn

either = nn.ThresholdUnit([1, 1], -0.5)
both = nn.ThresholdUnit([1, 1], -1.5)
output = nn.ThresholdUnit([1, -1], -0.5)

x = [Value(1.0, "x₁"), Value(0.0, "x₂")]
h1, h2 = either(x), both(x)
y = output([h1, h2])
y.backward()
