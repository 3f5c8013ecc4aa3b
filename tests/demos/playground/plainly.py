"""A training by `scalar` alone, with a graph for each example: what the page's steps must agree with."""

from random import Random

from demos.playground.inside.training.network import FEATURES, network, target
from demos.playground.inside.training.points import split
from demos.playground.inside.training.setup import Setup, points_of
from scalar import Value, losses
from scalar.optim import SGD, Adam


def plainly(setup: Setup, steps: int) -> tuple[list[float], list[float]]:
    """The mean loss of each step, and the parameters after the last."""
    train, _ = split(points_of(setup)[0], setup.share)
    examples = [(point, target(setup, point.kind)) for point in train]
    model, loss = network(setup), getattr(losses, setup.loss)
    parameters = model.parameters()
    sgd = SGD(parameters, setup.rate, setup.momentum)
    optimizer = Adam(parameters, setup.rate) if setup.optimizer == "Adam" else sgd
    size = setup.batch or len(examples)
    taken: list[float] = []
    epoch = 0
    while len(taken) < steps:
        order = [*range(len(examples))]
        if size < len(examples):
            Random(f"{setup.seed} {epoch}").shuffle(order)
        for start in range(0, len(order), size):
            batch = [examples[i] for i in order[start : start + size]]
            scores = []
            for point, _ in batch:
                x, y = Value(point.x), Value(point.y)
                scores.append(model([FEATURES[name](x, y) for name in setup.features]))
            mean = losses.mean([loss(score, wanted) for score, (_, wanted) in zip(scores, batch, strict=True)])
            optimizer.zero_grad()
            mean.backward()
            optimizer.step()
            taken.append(mean.data)
            if len(taken) == steps:
                break
        epoch += 1
    return taken, [parameter.data for parameter in parameters]
