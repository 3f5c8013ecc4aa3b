"""Ten steps of training.

Forward, backward, update: each step moves the parameters against their gradients, and the loss of the four points
falls. The picture shows the loss after the last step.
"""

from scalar import nn, optim, sum

points = [[2.0, 3.0], [3.0, -1.0], [0.5, 1.0], [1.0, 1.0]]
targets = [1.0, -1.0, -1.0, 1.0]

model = nn.MLP(2, [3, 1], activation="tanh")
descent = optim.SGD(model.parameters(), lr=0.05)


def loss_of_all():
    return sum((model(x) - t) ** 2 for x, t in zip(points, targets)) / 4


for step in range(10):
    loss = loss_of_all()
    descent.zero_grad()
    loss.backward()
    descent.step()
    print(f"step {step}: loss {loss.data:.4f}")

loss = loss_of_all()
descent.zero_grad()
loss.backward()
