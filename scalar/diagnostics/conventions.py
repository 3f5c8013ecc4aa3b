"""The choices that a backward pass makes where mathematics leaves one."""

from typing import NamedTuple

from scalar.names import written
from scalar.node import Node
from scalar.op import Interval
from scalar.topology import reverse_topological


class Convention(NamedTuple):
    """One kink or tie that the graph meets, and the derivative chosen there (PyTorch's choice)."""

    node: Node  # the result of the operation that has the kink
    argument: int  # which of its operands
    chosen: float  # the local derivative on record
    interval: Interval  # the subgradients it was chosen from; infinite at a jump

    def __str__(self) -> str:
        low, high, chosen = map(written, (*self.interval, self.chosen))
        call = f"{self.node.op}({', '.join(written(parent.data) for parent in self.node.parents)})"
        return f"{call}: operand {self.argument} has a slope in [{low}, {high}], chosen {chosen}"


def conventions(output: Node) -> list[Convention]:
    """Each kink or tie below output, the nearest to it first."""
    return [
        Convention(node, argument, node.locals[argument], interval)
        for node in reverse_topological(output)
        if node.rule is not None
        for argument, interval in enumerate(node.rule.kinks(*(parent.data for parent in node.parents)) or ())
        if interval is not None and node.parents[argument].role != "constant"
    ]
