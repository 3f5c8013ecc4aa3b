"""Training on real MNIST, end to end."""

import numpy as np
import pytest

from vector import data, nn, no_grad, optim
from vector.data.mnist import mnist_available


@pytest.mark.slow
@pytest.mark.skipif(not mnist_available(), reason="not here: MNIST (TWINGRAD_DATA names its folder)")
def test_an_mlp_reaches_97_5_percent_in_at_most_five_epochs() -> None:
    mnist = data.mnist()
    rng = np.random.default_rng(0)
    model = nn.MLP(784, [256, 128, 10], generator=rng)
    adam = optim.Adam(model.parameters())
    minibatches = data.batches(mnist.train_images, mnist.train_labels, 128, generator=rng)
    accuracies: list[float] = []
    while len(accuracies) < 5 and max(accuracies, default=0) < 0.975:
        for x, targets in minibatches:
            loss = nn.cross_entropy(model(x), targets)
            adam.zero_grad()
            loss.backward()
            adam.step()
        with no_grad():
            accuracies.append(float(np.mean(model(mnist.test_images).argmax(axis=1) == mnist.test_labels)))
    assert max(accuracies) >= 0.975, accuracies
