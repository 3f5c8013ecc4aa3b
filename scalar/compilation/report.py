"""A program in print."""

from __future__ import annotations

from scalar.compilation.program import Instruction, Program, Reader


def table(name: str, program: Program) -> str:
    """One line an instruction: its level, operation, nodes, where the operands come from, and its local derivatives."""
    nodes = sum(instruction.nodes for instruction in program.instructions)
    head = f"{name}: {nodes} operations of one example in {len(program.instructions)} array operations"
    rows = [("level", "operation", "nodes", "operands", "local derivatives")]
    rows += [
        (
            str(instruction.level),
            instruction.op.name,
            str(instruction.nodes),
            " · ".join(_operand(reader, instruction) for reader in instruction.readers),
            ", ".join(_slope(local) for local in instruction.locals) if instruction.wanted else "not needed",
        )
        for instruction in program.instructions
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows)
    return "\n".join([head, *lines])


def _operand(reader: Reader, instruction: Instruction) -> str:
    size = "×".join(map(str, reader.rows.shape))
    kind = "per example" if reader.batched else "shared"
    return f"{size} {kind}" if instruction.batched else size


def _slope(local: object) -> str:
    return f"{local:g}" if isinstance(local, float) else str(local)
