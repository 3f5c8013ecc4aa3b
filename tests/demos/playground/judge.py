"""A program's value and gradients by `scalar` alone: what the page, whose code takes no part, must agree with."""

import random
from contextlib import redirect_stdout
from io import StringIO
from typing import Any

import scalar


def on_its_own(source: str) -> tuple[float, dict[str, float]]:
    """The value that it is about, and the gradient of each leaf by its name, in order of creation.

    The program is run as it stands; what it is about is found by its text: the last name before `.backward()`, or the
    name that is the last line.
    """
    names: dict[str, Any] = {"__name__": "__main__"}
    state = random.getstate()
    random.seed(0)
    try:
        with redirect_stdout(StringIO()):
            exec(source, names)  # noqa: S102  # the examples of the page are the very thing under test
    finally:
        random.setstate(state)
    scalar.label_all({name: x for name, x in names.items() if isinstance(x, scalar.Value)})
    lines = [line.strip() for line in source.splitlines()]
    about = next((line for line in lines[::-1] if line.endswith(".backward()")), lines[-1]).removesuffix(".backward()")
    output = names[about]
    rule = output.chain_rule()
    leaves = sorted((step for step in rule if not step.variable.parents), key=lambda step: step.variable.number)
    return output.data, {rule.names[step.variable]: step.total for step in leaves}
