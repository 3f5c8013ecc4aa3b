"""The drawings whose text is kept in golden/. `python -m tests.viz.goldens` writes them anew: read the difference."""

from collections.abc import Callable
from pathlib import Path

import viz
from demos import mermaid
from tests.viz.engine import add, relu, sin
from tests.viz.models import Network, inputs, loss
from tests.viz.stub import Sine, Stub, constant, neuron, operation, square, with_gradient
from viz import Drawing

FOLDER = Path(__file__).with_name("golden")


def quotient() -> Stub:
    """(a − b) ÷ 2, whose operands' order matters, after a backward pass."""
    a, b = with_gradient(Stub(1.0, "a"), 0.5), with_gradient(Stub(4.0, "b"), -0.5)
    return with_gradient(
        operation("÷", with_gradient(operation("−", a, b, data=-3.0), 0.5), constant(2), data=-1.5), 1.0
    )


def folded() -> Drawing:
    """A network whose neurons are folded, in front of a loss."""
    network = Network(2, 3, 1)
    return viz.draw(loss(network(inputs(2))[0]), model=network, fold="Neuron", gradients=False)


def verified() -> Drawing:
    """A right derivative, one of a kink, and a wrong one."""
    x = Stub(0.0, "x")
    output = add(relu(x), sin(x, wrong=0.5))
    output.backward()
    return viz.draw(output, messages=True, verify=True)


GOLDENS: dict[str, Callable[[], Drawing]] = {
    "neuron": lambda: viz.draw(neuron()),
    "square": lambda: viz.draw(square(), messages=True, title="y = x · x"),
    "quotient": lambda: viz.draw(quotient(), direction="TB", palette="dark"),
    "sine": lambda: viz.draw(Sine(Stub(0.5)), formulas=True, precision=".3f"),
    "deep": lambda: viz.draw(neuron(), depth=1),
    "folded": folded,
    "verified": verified,
}
SUFFIXES = (".dot", ".mmd", ".txt")

if __name__ == "__main__":
    for name, drawing in GOLDENS.items():
        for suffix in SUFFIXES:
            mermaid.save(drawing(), FOLDER / (name + suffix))
