"""The drawings whose text is kept in golden/. `python -m tests.viz.goldens` writes them anew: read the difference."""

from collections.abc import Callable
from pathlib import Path

import viz
from tests.viz.stub import Stub, constant, neuron, operation, square, with_gradient
from viz import Drawing

FOLDER = Path(__file__).with_name("golden")


def quotient() -> Stub:
    """(a − b) ÷ 2, whose operands' order matters, after a backward pass."""
    a, b = with_gradient(Stub(1.0, "a"), 0.5), with_gradient(Stub(4.0, "b"), -0.5)
    return with_gradient(
        operation("÷", with_gradient(operation("−", a, b, data=-3.0), 0.5), constant(2), data=-1.5), 1.0
    )


GOLDENS: dict[str, Callable[[], Drawing]] = {
    "neuron": lambda: viz.draw(neuron()),
    "square": lambda: viz.draw(square(), messages=True, title="y = x · x"),
    "quotient": lambda: viz.draw(quotient(), direction="TB", palette="dark"),
}
SUFFIXES = (".dot", ".mmd", ".txt")

if __name__ == "__main__":
    for name, drawing in GOLDENS.items():
        for suffix in SUFFIXES:
            drawing().save(FOLDER / (name + suffix))
