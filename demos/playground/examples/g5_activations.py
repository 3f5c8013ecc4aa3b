"""G5 Activations and their derivatives.

Six functions and their slopes at −1, 0 and 1. The picture is of one of them: write another in the last line but one.
(Grosse, Fields lecture 1.)
"""

from scalar import Value, derivative, relu, sigmoid, softplus, step, tanh

functions = [relu, softplus, step, sigmoid, tanh, lambda z: 1 * z]

for f in functions:
    name = getattr(f, "__name__", "").replace("<lambda>", "linear")
    values = ", ".join(f"{f(z):7.4f}" for z in (-1.0, 0.0, 1.0))
    slopes = ", ".join(f"{derivative(f)(z):7.4f}" for z in (-1.0, 0.0, 1.0))
    print(f"{name:9} {values}   slopes {slopes}")

z = Value(0.5)
y = tanh(z)
y.backward()
