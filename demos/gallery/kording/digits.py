"""Models of handwritten digits: K2 and K3."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

import vector
from demos import plots
from demos.activations import APL, CentredSoftplus, Maxout
from demos.gallery import pytorch
from demos.gallery.example import Claim, Comparison, Result
from demos.gallery.kording.course import course
from vector import Tensor, nn, optim

Activation = Callable[[int, np.random.Generator], nn.Module]  # for a layer of this number of features


@course.example("K2", "Linear models on MNIST", engines="vector", needs=("mnist",))
def linear_models(epochs: int = 10, images: int = 60_000) -> Result:
    """Two linear models learn MNIST: perceptrons, one a digit, and softmax regression, which the lecture puts at 93 %.

    Both give ten scores z = Wx + b and name the digit with the highest. The perceptrons learn from mistakes alone:
    their cost maxₖ zₖ − zₜ is 0 where the right digit t wins, and its gradient is Rosenblatt's rule. Softmax regression
    learns from every image by its cross-entropy.

    Source: Kording, CIS 522, lecture 2R.
    """
    digits = vector.data.mnist()
    X, t = digits.train_images[:images], digits.train_labels[:images]

    def perceptron_cost(z: Tensor, t: Any) -> Tensor:
        return (z.max(axis=1) - z[np.arange(len(t)), t]).mean()

    def train(cost: Callable[[Tensor, Any], Tensor]) -> tuple[nn.Linear, list[float]]:
        """The model, and its test accuracy after each epoch."""
        generator = np.random.default_rng(0)
        model = nn.Linear(784, 10)
        model.load_state_dict({"weight": np.zeros((10, 784)), "bias": np.zeros(10)})
        optimizer = optim.Adam(model.parameters(), lr=1e-3)
        accuracies = []
        for _ in range(epochs):
            for x, labels in vector.data.batches(X, t, 100, generator):
                optimizer.zero_grad()
                cost(model(x), labels).backward()
                optimizer.step()
            accuracies.append(float((model(digits.test_images).data.argmax(axis=1) == digits.test_labels).mean()))
        return model, accuracies

    _, perceptron_accuracies = train(perceptron_cost)
    softmax_regression, softmax_accuracies = train(nn.cross_entropy)

    # Rosenblatt's rule on one image that is taken for another digit: W_t takes a step towards x, W_k one away from it.
    W, b = (p.data for p in softmax_regression.parameters())
    wrong = np.flatnonzero((digits.test_images @ W.T + b).argmax(axis=1) != digits.test_labels)
    x, label = digits.test_images[wrong[0]], int(digits.test_labels[wrong[0]])
    taken_for = int((x @ W.T + b).argmax())
    rule = np.zeros((10, 784), np.float32)
    rule[label], rule[taken_for] = -x, x
    W_leaf = nn.parameter(W, "W")
    z = x[None] @ W_leaf.T + b
    z.label = "z"
    mistake = perceptron_cost(z, [label])
    mistake.label = "L"
    mistake.backward(retain_all=True)
    return Result(
        numbers={
            "training images": len(X),
            "perceptrons, test accuracy after each epoch": perceptron_accuracies,
            "softmax regression, test accuracy after each epoch": softmax_accuracies,
            "a mistake: digit, taken for": [label, taken_for],
        },
        comparisons=[
            Comparison(name="∂L/∂W of a perceptron's mistake", engine=W_leaf.grad, closed_form=rule, tolerance=1e-6)
        ],
        claims=[
            Claim(
                statement="A trained linear model reaches about 93 % of MNIST's test images",
                claimed="about 93 %",
                measured=f"{100 * softmax_accuracies[-1]:.2f} % by softmax regression, "
                f"{100 * perceptron_accuracies[-1]:.2f} % by perceptrons "
                f"(epochs: {epochs}, training images: {len(X)})",
            )
        ],
        graphs={"A perceptron's mistake": mistake},
        plots={
            "What softmax regression looks for, digit by digit": lambda: plots.features(W, shape=(28, 28), columns=5),
            "Test accuracy": lambda: plots.accuracy_curves(
                {"perceptrons": perceptron_accuracies, "softmax regression": softmax_accuracies}
            ),
        },
    )


@course.example("K3", "The activation table on MNIST", engines="vector", needs=("mnist",))
def activation_table(epochs: int = 2, images: int = 60_000) -> Result:
    """The same network, 784 → 128 → 64 → 10, learns MNIST with twelve activations; a table tells the test errors.

    Without an activation it is a linear model. The leaky ones let a little of the negative numbers pass: a fixed part,
    a random one, or a learnt one. Maxout takes the larger of two maps, so that its layers have twice the weights; APL
    (adaptive piecewise linear) learns where its hinges are. All else is the same: Adam, rate 0.001, batches of 100.

    Source: Kording, CIS 522, lecture 2R.
    """
    digits = vector.data.mnist()
    X, t = digits.train_images[:images], digits.train_labels[:images]
    activations: dict[str, Activation] = {
        "none": lambda width, generator: nn.Identity(),
        "sigmoid": lambda width, generator: nn.Sigmoid(),
        "tanh": lambda width, generator: nn.Tanh(),
        "ReLU": lambda width, generator: nn.ReLU(),
        "centred softplus": lambda width, generator: CentredSoftplus(),
        "leaky ReLU, 0.01": lambda width, generator: nn.LeakyReLU(0.01),
        "very leaky ReLU, 1/3": lambda width, generator: nn.LeakyReLU(1 / 3),
        "randomised leaky ReLU, 0.1–0.5": lambda width, generator: nn.RReLU(0.1, 0.5, generator=generator),
        "parametric ReLU": lambda width, generator: nn.PReLU(),
        "ELU": lambda width, generator: nn.ELU(),
        "maxout, 2 maps": lambda width, generator: Maxout(2),
        "APL, 2 hinges": lambda width, generator: APL(width, 2, generator=generator),
    }

    def network(name: str, generator: np.random.Generator) -> nn.Module:
        maps = 2 if name.startswith("maxout") else 1
        return nn.Sequential(
            nn.Linear(784, 128 * maps, generator=generator),
            activations[name](128, generator),
            nn.Linear(128, 64 * maps, generator=generator),
            activations[name](64, generator),
            nn.Linear(64, 10, generator=generator),
        )

    errors: dict[str, float] = {}
    weights: dict[str, int] = {}
    for name in activations:
        generator = np.random.default_rng(0)
        model = network(name, generator)
        optimizer = optim.Adam(model.parameters(), lr=1e-3)
        for _ in range(epochs):
            for x, labels in vector.data.batches(X, t, 100, generator):
                optimizer.zero_grad()
                nn.cross_entropy(model(x), labels).backward()
                optimizer.step()
        with vector.no_grad():
            said = model.eval()(digits.test_images).data.argmax(axis=1)
        errors[name] = float((said != digits.test_labels).mean())
        weights[name] = sum(p.size for p in model.parameters())

    L = nn.cross_entropy(network("parametric ReLU", np.random.default_rng(0))(X[:2]), t[:2])
    L.label = "L"
    L.backward(retain_all=True)
    z = vector.tensor(np.linspace(-2, 2, 9), requires_grad=True, label="z")
    curve = nn.RReLU(0.1, 0.5).eval()(z)
    curve.backward(np.ones(9))
    best, *_, worst = sorted(activations.keys() - {"none"}, key=errors.__getitem__)
    return Result(
        numbers={"training images": len(X), "epochs": epochs, "test error": errors, "least": best},
        comparisons=[
            Comparison(
                name="randomised leaky ReLU in use: its mean slope, 0.3",
                engine=z.grad,
                closed_form=np.where(z.data > 0, 1, 0.3),
                torch=pytorch.gradient(
                    lambda torch, z: torch.nn.functional.rrelu(z, 0.1, 0.5, training=False).sum(), z.data
                ),
            )
        ],
        claims=[
            Claim(
                statement="Without an activation, a deep network is a linear model: about 93 % on MNIST",
                claimed="test error about 7 %",
                measured=f"{100 * errors['none']:.2f} %; the others from {100 * errors[best]:.2f} % ({best}) "
                f"to {100 * errors[worst]:.2f} % ({worst}); epochs: {epochs}, training images: {len(X)}",
            )
        ],
        graphs={"The network with parametric ReLUs, two images": L},
        plots={"Test errors": lambda: _errors(errors), "The activations": lambda: _curves(activations)},
        notes={
            "The activation table": "\n".join(
                [f"{'activation':<32} {'weights':>8} {'test error':>11}"]
                + [f"{name:<32} {weights[name]:>8} {100 * error:>9.2f} %" for name, error in errors.items()]
            )
        },
    )


def _errors(errors: Mapping[str, float]) -> Any:
    from demos.plots.figure import BLUE, VERMILLION, blank, finish

    figure = blank(7.0, 4.2)
    axes = figure.subplots()
    names = list(errors)[::-1]
    percent = [100 * errors[name] for name in names]
    bars = axes.barh(names, percent, color=[VERMILLION if name == "none" else BLUE for name in names], height=0.65)
    axes.bar_label(bars, [f"{error:.2f}" for error in percent], padding=3, fontsize=8)
    finish(axes, "test error in %")
    axes.grid(axis="y", visible=False)
    axes.margins(x=0.1)
    return figure


def _curves(activations: Mapping[str, Activation]) -> Any:
    """Each activation of one number, as it is before any learning; maxout of the two maps z and −z/2 − 1."""
    from demos.plots.figure import BLUE, GREY, blank, finish

    figure = blank(8.0, 5.6)
    z = np.linspace(-3, 3, 241, dtype=np.float32)[:, None]
    for axes, (name, activation) in zip(figure.subplots(3, 4, sharex=True).flat, activations.items(), strict=True):
        module = activation(1, np.random.default_rng(0))
        given = np.hstack([z, -z / 2 - 1]) if name.startswith("maxout") else z
        axes.axhline(0.0, color=GREY, linewidth=0.6)
        axes.axvline(0.0, color=GREY, linewidth=0.6)
        y = module(vector.tensor(given)).data
        axes.plot(z, y, color=BLUE, linewidth=0.5 if name.startswith("randomised") else 1.8)
        finish(axes)
        axes.set_title(name.replace(" leaky ReLU,", " leaky,"), fontsize=8)
    return figure
