"""C3 The graph of a perceptron.

ŷ = sign(Σ wᵢxᵢ + b): the sign's derivative is 0 everywhere, so nothing comes back through it. Make z the last line, and
see what comes back to the weights. (Courty, lecture 2.)
"""

from scalar import Value, sum

x = [Value(number, f"x{i}") for i, number in zip("₁₂₃", [1.0, -2.0, 0.5])]
w = [Value(number, f"w{i}", role="parameter") for i, number in zip("₁₂₃", [0.4, -0.3, 0.8])]
b = Value(-0.6, role="parameter")

z = sum(w_i * x_i for w_i, x_i in zip(w, x)) + b
y = z.sign()
y.label = "ŷ"
y.backward()
