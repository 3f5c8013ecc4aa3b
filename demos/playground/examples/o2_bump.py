"""O2 A bump, from soft thresholds.

Two opposite thresholds make a ridge, two ridges a bump: it is 1 in the middle and 0 far out. Move x and y. (Kokkinos,
week 5.)
"""

from scalar import Value, sigmoid


def ridge(x, r, k):
    return sigmoid(k * (r + x)) + sigmoid(k * (r - x)) - 1


x, y = Value(0.45), Value(0.3)
bump = sigmoid(20 * (ridge(x, 0.5, 10) + ridge(y, 0.5, 10) - 1.5))
bump.backward()
