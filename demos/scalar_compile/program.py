"""The graph lowered to a program, which is run forward and backward: one instruction for what does the same at a level.

Numbers live in two tables with a row per node: `shared`, with one column, and `batched`, with a column per example.
An instruction reads rows, computes, and writes a block of rows; so a layer of neurons is three instructions, however
many neurons and examples there are.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from demos.scalar_compile.formulas import STACKED, Array, array_form, evaluator, read
from demos.scalar_compile.graph import Graph, Node, stacks
from scalar.op import Op

Rows = NDArray[np.intp]
Tables = tuple[Array, Array]
"""The numbers (or their gradients) that are shared, and those that differ from example to example."""


class Reader:
    """The rows that one operand of an instruction comes from.

    Args:
        rows: of shape (nodes,), or (operands, nodes) for operands that come stacked.
        batched: of which table.
        wanted: whether a gradient is to be sent there.

    Attributes:
        repeated: whether all nodes of the instruction read the same rows, so that they are read once.
    """

    def __init__(self, rows: Rows, batched: bool, wanted: bool) -> None:
        self.repeated = rows.shape[-1] > 1 and bool((rows == rows[..., :1]).all())
        self.rows = rows[..., :1] if self.repeated else rows
        self.batched = batched
        self.wanted = wanted
        flat = self.rows.ravel()
        self.block: slice | None = None
        """The rows as a slice, where they stand one after the other."""
        if (flat == flat[0] + np.arange(flat.size)).all():
            self.block = slice(int(flat[0]), int(flat[0]) + flat.size)

    def read(self, tables: Tables) -> Array:
        """The numbers, of shape (nodes or 1, examples or 1), with an axis for the operands before these if stacked."""
        table = tables[self.batched]
        if self.block:
            return table[self.block].reshape(*self.rows.shape, table.shape[1])
        return table.take(self.rows, axis=0)

    def add(self, tables: Tables, messages: Array) -> None:
        """Add to each row what was sent there; a row that occurs several times gets the sum."""
        table = tables[self.batched]
        shape = (*self.rows.shape, table.shape[1])
        if np.shape(messages) != shape:
            messages = np.broadcast_to(messages, shape)
        messages = messages.reshape(-1, table.shape[1])
        if self.block:
            table[self.block] += messages
            return
        for rows, places in self.additions:
            table[rows] += messages[places[0]] if len(places) == 1 else np.add.reduce(messages[places])

    @cached_property
    def additions(self) -> list[tuple[Rows, Rows]]:
        """(rows, places of shape (occurrences, rows)): the rows that occur once, twice and so on."""
        flat = self.rows.ravel()
        order = np.argsort(flat, kind="stable")
        rows, starts, counts = np.unique(flat[order], return_index=True, return_counts=True)
        additions = []
        for count in np.unique(counts):
            of_this_count = counts == count
            places = order[starts[of_this_count] + np.arange(count)[:, np.newaxis]]
            additions.append((rows[of_this_count], places))
        return additions


@dataclass(frozen=True)
class Instruction:
    """One operation on a block of rows."""

    op: Op
    level: int
    batched: bool
    block: slice  # where the results go
    wanted: bool
    readers: list[Reader]
    compute: Callable[..., Array]
    locals: list[Any]  # for each reader, the local derivative as a formula or number
    slopes: list[Callable[[Sequence[Array]], Array]]  # the same as functions of (result, *operands)

    @property
    def nodes(self) -> int:
        """How many nodes of the graph this is, for one example."""
        return self.block.stop - self.block.start

    @property
    def width(self) -> int:
        """The most numbers for one example that are handled at once."""
        return max([self.nodes, *(reader.rows.size for reader in self.readers if reader.batched)])

    def forward(self, tables: Tables) -> None:
        """Compute the block of results."""
        results = tables[self.batched][self.block]
        operands = [reader.read(tables) for reader in self.readers]
        if isinstance(self.compute, np.ufunc):
            self.compute(*operands, out=results)
        else:
            results[:] = self.compute(*operands)

    def backward(self, tables: Tables, gradients: Tables) -> None:
        """Send upstream · local to each operand: the chain rule, for a block of nodes."""
        g = gradients[self.batched][self.block]
        given = [tables[self.batched][self.block], *(reader.read(tables) for reader in self.readers)]
        for reader, slope in zip(self.readers, self.slopes, strict=True):
            if reader.wanted:
                reader.add(gradients, self._messages(g, slope(given), reader))

    def _messages(self, g: Array, local: Array, reader: Reader) -> Array:
        """g · local, added up over what the operand is shared by: the nodes, the examples, or both."""
        over_examples = self.batched and not reader.batched
        # Two sums of products that are products of matrices, of a layer's weights and of its inputs:
        if np.ndim(local) == 3 and over_examples and not reader.repeated and local.shape[1] == 1:
            return (local[:, 0] @ g.T)[..., np.newaxis]
        if np.ndim(local) == 3 and reader.repeated and not over_examples and local.shape[1:] == (len(g), 1):
            return (local[..., 0] @ g)[:, np.newaxis]
        messages = g if isinstance(local, float) and local == 1 else g * local
        if reader.repeated:
            messages = messages.sum(axis=-2, keepdims=True)
        return messages.sum(axis=-1, keepdims=True) if over_examples else messages


class Program:
    """Straight-line code for a graph.

    Args:
        graph: whose variables and constants get rows of the shared table.
        arguments: the nodes of the arguments.

    Attributes:
        variables: the Values from outside that f uses.
        given: the shared rows of the variables and of the shared arguments.
        instructions: in an order that can be computed.
        outputs: for each result, its table and row.
        size: rows of the shared and of the batched table.
    """

    def __init__(self, graph: Graph, arguments: Sequence[Node]) -> None:
        self.variables = list(graph.variables)
        self.constants = np.array([[float.fromhex(text)] for text in graph.constants]).reshape(-1, 1)
        self.size = [0, 0]
        self._place(list(graph.constants.values()), batched=False)
        self.given = self._place([*graph.variables.values(), *(x for x in arguments if not x.batched)], batched=False)
        self._place([x for x in arguments if x.batched], batched=True)
        groups: dict[Any, list[Node]] = defaultdict(list)
        for node in graph.nodes:
            kinds = tuple(stack[0].batched for stack in stacks(node.op, node.operands))
            groups[node.level, node.op, len(node.operands), node.batched, kinds].append(node)
        self.instructions = [self._instruction(key[1], groups[key]) for key in sorted(groups, key=lambda key: key[0])]
        self.outputs = [(node.batched, node.row) for node in graph.outputs]

    def _place(self, nodes: list[Node], batched: bool) -> slice:
        first = self.size[batched]
        self.size[batched] += len(nodes)
        for row, node in enumerate(nodes, first):
            node.row = row
        return slice(first, self.size[batched])

    def _instruction(self, op: Op, nodes: list[Node]) -> Instruction:
        readers, batched = [], nodes[0].batched
        for places in zip(*(stacks(node.op, node.operands) for node in nodes), strict=True):
            rows = np.array([[x.row for x in stack] for stack in places]).T
            wanted = any(x.wanted for stack in places for x in stack)
            readers.append(Reader(rows if op in STACKED else rows[0], places[0][0].batched, wanted))
        # A rule with stacks for operands reads like one with numbers: its derivatives are operands and numbers.
        locals = read(op, len(readers))
        slopes = [evaluator(local) for local in locals]
        block = self._place(nodes, batched)
        wanted = any(node.wanted for node in nodes)
        return Instruction(op, nodes[0].level, batched, block, wanted, readers, array_form(op), locals, slopes)

    def forward(self, shared: Sequence[float], batched: Array) -> Tables:
        """Every number of the graph.

        Args:
            shared: the variables' numbers, then those of the shared arguments.
            batched: the other arguments, of shape (arguments, examples).
        """
        tables = np.empty((self.size[0], 1)), np.empty((self.size[1], batched.shape[1]))
        tables[0][: self.given.start] = self.constants
        tables[0][self.given, 0] = shared
        tables[1][: len(batched)] = batched
        for instruction in self.instructions:
            instruction.forward(tables)
        return tables

    def backward(self, tables: Tables, seed: float) -> Array:
        """The derivatives of seed · (the output, added up over the examples) in the variables and shared arguments."""
        gradients = np.zeros_like(tables[0]), np.zeros_like(tables[1])
        ((batched, row),) = self.outputs
        gradients[batched][row] = seed if batched else seed * tables[1].shape[1]
        for instruction in reversed(self.instructions):
            if instruction.wanted:
                instruction.backward(tables, gradients)
        return gradients[0][self.given, 0]


def table(name: str, program: Program) -> str:
    """One line an instruction: its level, operation, nodes, where the operands come from, and its local derivatives."""
    nodes = sum(instruction.nodes for instruction in program.instructions)
    head = f"{name}: {nodes} operations of one example in {len(program.instructions)} array operations"
    rows = [("level", "operation", "nodes", "operands", "local derivatives")]
    for instruction in program.instructions:
        operands = " · ".join(_operand(reader, instruction) for reader in instruction.readers)
        slopes = (f"{local:g}" if isinstance(local, float) else str(local) for local in instruction.locals)
        told = ", ".join(slopes) if instruction.wanted else "not needed"
        rows.append((str(instruction.level), instruction.op.name, str(instruction.nodes), operands, told))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows)
    return "\n".join([head, *lines])


def _operand(reader: Reader, instruction: Instruction) -> str:
    size = "×".join(map(str, reader.rows.shape))
    kind = "per example" if reader.batched else "shared"
    return f"{size} {kind}" if instruction.batched else size
