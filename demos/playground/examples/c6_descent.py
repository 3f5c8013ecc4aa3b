"""C6 Gradient descent paths.

f(θ) = θ⁴ − 3θ² + θ has two minima, and the start decides which one is found. Start at −2, or take a rate of 0.2.
(Courty, lecture 2.)
"""

from scalar import Value


def f(θ):
    return θ**4 - 3 * θ**2 + θ


start, rate = 2.0, 0.01

θ = Value(start, role="parameter")
for step in range(200):
    θ.grad = 0.0
    f(θ).backward()
    θ.data -= rate * θ.grad
    if step % 40 == 0 or abs(θ) > 1e3:
        print(f"step {step:3}: θ = {θ.data:.4f}")
    if abs(θ) > 1e3:
        break

print("the end:", θ.data)

θ = Value(start, "θ", role="parameter")  # the picture is of the start
cost = f(θ)
cost.backward()
