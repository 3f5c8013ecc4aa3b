"""A program run on numbers: forward, then backward."""

from collections.abc import Sequence

import numpy as np

from scalar.compilation.array_functions import Array
from scalar.compilation.program import Instruction, Program, Reader, Tables


def forward(program: Program, shared: Sequence[float], batched: Array) -> Tables:
    """Every number of the graph.

    Args:
        program: what to run.
        shared: the variables' numbers, then those of the shared arguments.
        batched: the other arguments, of shape (arguments, examples).
    """
    tables = np.empty((program.size[0], 1)), np.empty((program.size[1], batched.shape[1]))
    tables[0][: program.given.start] = program.constants
    tables[0][program.given, 0] = shared
    tables[1][: len(batched)] = batched
    for instruction in program.instructions:
        results = tables[instruction.batched][instruction.block]
        operands = [reader.read(tables) for reader in instruction.readers]
        if isinstance(instruction.compute, np.ufunc):
            instruction.compute(*operands, out=results)
        else:
            results[:] = instruction.compute(*operands)
    return tables


def backward(program: Program, tables: Tables, seed: float) -> Array:
    """The derivatives of seed · (the output, added up over the examples) in the variables and shared arguments."""
    gradients = np.zeros_like(tables[0]), np.zeros_like(tables[1])
    ((batched, row),) = program.outputs
    gradients[batched][row] = seed if batched else seed * tables[1].shape[1]
    for instruction in reversed(program.instructions):
        if instruction.wanted:
            _backpropagate(instruction, tables, gradients)
    return gradients[0][program.given, 0]


def _backpropagate(instruction: Instruction, tables: Tables, gradients: Tables) -> None:
    """Send upstream · local to each operand: the chain rule, for a block of nodes."""
    g = gradients[instruction.batched][instruction.block]
    given = [tables[instruction.batched][instruction.block], *(reader.read(tables) for reader in instruction.readers)]
    for reader, slope in zip(instruction.readers, instruction.slopes, strict=True):
        if reader.wanted:
            reader.add(gradients, _messages(g, slope(given), reader, instruction))


def _messages(g: Array, local: Array, reader: Reader, instruction: Instruction) -> Array:
    """g · local, added up over what the operand is shared by: the nodes, the examples, or both."""
    over_examples = instruction.batched and not reader.batched
    # Two sums of products that are products of matrices, of a layer's weights and of its inputs:
    if np.ndim(local) == 3 and over_examples and not reader.repeated and local.shape[1] == 1:
        return (local[:, 0] @ g.T)[..., np.newaxis]
    if np.ndim(local) == 3 and reader.repeated and not over_examples and local.shape[1:] == (len(g), 1):
        return (local[..., 0] @ g)[:, np.newaxis]
    messages = g if isinstance(local, float) and local == 1 else g * local
    if reader.repeated:
        messages = messages.sum(axis=-2, keepdims=True)
    if over_examples:
        messages = messages.sum(axis=-1, keepdims=True)
    return messages
