"""A multi-layer perceptron.

Two inputs, two layers of four ReLU neurons, one output. Fold the neurons, or press Play and open a layer by a click.
"""

from scalar import Value, nn

model = nn.MLP(2, [4, 4, 1])
x = [Value(1.0, "x1"), Value(-2.0, "x2")]

y = model(x)
y.backward()

print(model)
print(len(model.parameters()), "parameters")
