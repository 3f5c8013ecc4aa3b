"""C1 Exclusive or, from five threshold units.

One unit divides the plane by one line. Xor needs two lines, and so a second layer. (Courty, lecture 2.)
"""

from scalar import Value


def or_(a, b):
    y = (a + b - 0.5).step()
    y.label = "or"
    return y


def and_(a, b):
    y = (a + b - 1.5).step()
    y.label = "and"
    return y


def not_(a):
    y = (-a + 0.5).step()
    y.label = "not"
    return y


a, b = Value(1, "a"), Value(0, "b")
xor = or_(and_(a, not_(b)), and_(not_(a), b))
xor.backward()
