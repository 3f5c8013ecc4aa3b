"""An expression on an engine: inputs in, output with its gradients out."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, NamedTuple

import scalar
from demos.errors import CommandError
from demos.expression import Expression


class Engine(StrEnum):
    """The two engines, as the command line names them."""

    scalar = "scalar"
    vector = "vector"


class Evaluated(NamedTuple):
    """An expression's output node and its input nodes, after a backward pass."""

    output: Any
    inputs: Mapping[str, Any]

    @property
    def value(self) -> float:
        """The output's number."""
        return float(self.output.data)

    def gradient(self, name: str) -> float:
        """∂output/∂input."""
        return float(self.inputs[name].grad)


def summands(evaluated: Evaluated) -> dict[str, float]:
    """How large the products are whose sum is each input's gradient: that of a `scalar` run."""
    sizes: dict[Any, float] = {}
    for step in evaluated.output.chain_rule():
        parts = [sizes[term.child] * _steepness(term) for term in step.terms]
        sizes[step.variable] = sum(parts) if parts else 1.0
    return {name: sizes.get(x, 0.0) for name, x in evaluated.inputs.items()}


def _steepness(term: Any) -> float:
    """How large a local derivative is, or what it was computed from: 1 − tanh² keeps no digits beside a tanh of 1."""
    x = abs(term.child.parents[term.argument].data)
    return abs(term.local) + min(abs(term.child.data), 1.0) / max(x, 1.0)


def run(engine: Engine, expression: Expression, values: Mapping[str, float]) -> Evaluated:
    """Evaluate `expression` on `engine` in float64 and go backward through it.

    Raises:
        CommandError: the value or a gradient is not finite at these inputs; the message names the operation.
    """
    try:
        return _run_scalar(expression, values) if engine is Engine.scalar else _run_vector(expression, values)
    except ArithmeticError as error:
        raise CommandError(str(error)) from None


def _run_scalar(expression: Expression, values: Mapping[str, float]) -> Evaluated:
    inputs = {name: scalar.Value(value, name) for name, value in values.items()}
    with scalar.detect_anomaly():
        output = expression.evaluate(scalar, inputs)
        output.backward()
    return Evaluated(output, inputs)


def _run_vector(expression: Expression, values: Mapping[str, float]) -> Evaluated:
    import numpy as np  # only here, for where the scalar engine alone is, as in a browser, there is no NumPy

    import vector

    inputs = {name: vector.tensor(np.float64(value), requires_grad=True, label=name) for name, value in values.items()}
    with vector.detect_anomaly():
        output = expression.evaluate(vector, inputs)
        output.backward(retain_all=True)  # the drawing shows every gradient
    return Evaluated(output, inputs)
