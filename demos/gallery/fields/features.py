"""What the first layer of a network learns to look for: G13."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

import vector
from demos import plots
from demos.gallery import pytorch
from demos.gallery.example import Comparison, Result
from demos.gallery.fields.course import course


@course.example("G13", "MNIST's first-layer features", engines="vector", needs=["mnist"])
def first_layer_features(units: int = 100, epochs: int = 10, images: int = 60_000) -> Result:
    """A first-layer unit on MNIST has 784 weights; as an image, grey 0, white + and black −, they are its feature.

    The feature is what the unit looks for. Weight decay pulls towards 0 what no image asks for, such as the weights of
    pixels at the border.

    Source: R. Grosse, Fields Machine Learning Course, lecture 1.
    """
    digits = vector.data.mnist()
    x, t = digits.train_images[:images], digits.train_labels[:images]
    generator = np.random.default_rng(0)
    model = vector.nn.MLP(784, [units, 10], generator=generator)
    W1 = model.layers[0].weight
    untrained = copy.deepcopy(model)
    L = vector.nn.cross_entropy(untrained(x[:32]), t[:32])
    L.label = "L"
    L.backward(retain_all=True)

    minibatches = vector.data.batches(x, t, 128, generator)
    optimizer = vector.optim.Adam(model.parameters(), 1e-3, weight_decay=3e-4)
    for _ in range(epochs):
        for some_images, labels in minibatches:
            optimizer.zero_grad()
            vector.nn.cross_entropy(model(some_images), labels).backward()
            optimizer.step()
    with vector.no_grad():
        y = model(digits.test_images).data
    wrong = float(np.mean(y.argmax(axis=1) != digits.test_labels))

    def torch_loss(torch: Any, W1: Any, b1: Any, W2: Any, b2: Any) -> Any:
        logits = torch.relu(torch.tensor(x[:32], dtype=W1.dtype) @ W1.T + b1) @ W2.T + b2
        return torch.nn.functional.cross_entropy(logits, torch.tensor(t[:32]))

    asked = pytorch.gradient(torch_loss, *(p.data for p in untrained.parameters()))
    return Result(
        numbers={
            "weights of a unit": W1.shape[1],
            "units": units,
            "test error": wrong,
            "epochs": epochs,
            "images": len(x),
        },
        comparisons=[
            Comparison(
                name="∂L/∂W1 on the first 32 images, in float32",
                engine=untrained.layers[0].weight.grad,
                torch=lambda torch: asked(torch)[0],
                tolerance=1e-6,
            )
        ],
        graphs={"The network on 32 images, before training": L},
        plots={
            "The features": lambda: plots.features(W1.data, shape=(28, 28), columns=10, count=units),
            "The features before training": lambda: plots.features(
                untrained.layers[0].weight.data, shape=(28, 28), columns=10, count=20
            ),
        },
    )
