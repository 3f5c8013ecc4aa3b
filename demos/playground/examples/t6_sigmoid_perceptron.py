"""T6 The sigmoid perceptron's update rule.

The rule derived by hand, wⱼ ← wⱼ + 2η Σₖ δₖ σₖ (1 − σₖ) xₖⱼ, is a step of gradient descent. It learns or. (Georgia
Tech, CS 7643.)
"""

from scalar import Value, dot, sigmoid, sum

x = [[1.0, 0.0, 0.0], [1.0, 0.0, 1.0], [1.0, 1.0, 0.0], [1.0, 1.0, 1.0]]
y = [0.0, 1.0, 1.0, 1.0]
w = [Value(0.1, "w0", role="parameter"), Value(-0.2, "w1", role="parameter"), Value(0.3, "w2", role="parameter")]

L = sum((y_k - sigmoid(dot(w, x_k))) ** 2 for x_k, y_k in zip(x, y))
L.backward()

print("by the engine:", [-w_j.grad for w_j in w])

σ = [sigmoid(dot(w, x_k)).data for x_k in x]
δ = [y_k - σ_k for y_k, σ_k in zip(y, σ)]
for j in range(3):
    print(f"by hand, w{j}:", 2 * sum(d * s * (1 - s) * x_k[j] for d, s, x_k in zip(δ, σ, x)))
