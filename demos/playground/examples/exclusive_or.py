"""Learning xor.

One line cannot divide it; a few tanh neurons and one that joins them can. The loss falls, and the last lines are the
network's answers.
"""

from random import Random

from scalar import nn, optim, sum

points = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]
targets = [0.0, 1.0, 1.0, 0.0]

model = nn.MLP(2, [3, 1], activation="tanh", generator=Random(1))
descent = optim.SGD(model.parameters(), lr=0.2)


def loss_of_all():
    return sum((model(x) - t) ** 2 for x, t in zip(points, targets)) / 4


for step in range(200):
    loss = loss_of_all()
    descent.zero_grad()
    loss.backward()
    descent.step()
    if step % 40 == 0:
        print(f"step {step:3}: loss {loss.data:.4f}")

for x in points:
    print(x, "→", f"{model(x).data:.3f}")

loss = loss_of_all()
descent.zero_grad()
loss.backward()
