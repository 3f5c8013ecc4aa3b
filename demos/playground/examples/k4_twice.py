"""K4 Twice differentiable.

The valley (1 − x)² + 10(y − x²)², its Hessian, and the gradient through a step of gradient descent: derivatives are
made of operations too, so they can be differentiated again. (Kording, CIS 522.)
"""

from scalar import Value, grad, hessian


def f(w):
    x, y = w
    return (1 - x) ** 2 + 10 * (y - x**2) ** 2


start = [-1.2, 1.0]
print("gradient:", grad(f)(start))
print("Hessian:", hessian(f)(start))

w = [Value(-1.2, "x"), Value(1.0, "y")]
rate = Value(0.005, "η")
F = f([w_i - rate * slope for w_i, slope in zip(w, grad(f)(w))])
F.backward()
