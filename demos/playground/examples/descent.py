"""Gradient descent, by hand.

Each step goes downhill, as far as the rate and the slope say. Try a rate of 0.3, then of 1.1.
"""

from scalar import Value

rate = 0.1
theta = Value(4.0, role="parameter")

for step in range(12):
    theta.grad = 0.0
    cost = (theta - 1) ** 2
    cost.backward()
    print(f"θ = {theta.data:8.4f}   cost = {cost.data:8.4f}   slope = {theta.grad:8.4f}")
    theta.data -= rate * theta.grad

theta.grad = 0.0
cost = (theta - 1) ** 2
cost.backward()
