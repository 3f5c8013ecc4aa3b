"""What numba has no words for: calling an address, and what threads need to agree with each other.

Addresses are integers. This module, like `teamwork`, imports numba, and is imported only where machine code is made.
"""

from __future__ import annotations

import platform
from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

_X86 = platform.machine().lower() in ("x86_64", "amd64")
_FLUSHING = 0x8040
"""Bits of the x86 control register MXCSR: results (15) and operands (6) too small for all their digits count as 0."""
_INTEGER, _REAL, _SMALL = ir.IntType(64), ir.DoubleType(), ir.IntType(32)


def _at(builder: Any, address: Any, kind: Any) -> Any:
    """The address as a pointer."""
    return builder.inttoptr(address, kind.as_pointer())


@intrinsic
def pointer(_: Any, address: Any) -> Any:
    """The address as a pointer."""
    return types.voidptr(address), lambda _, builder, __, args: builder.inttoptr(args[0], cgutils.voidptr_t)


@intrinsic
def call(_: Any, function: Any, arguments: Any, numbers: Any) -> Any:
    """f(arguments, numbers), of two pointers, for the function at an address."""

    def build(context: Any, builder: Any, __: Any, args: Any) -> Any:
        kind = ir.FunctionType(_INTEGER, [_INTEGER.as_pointer(), _REAL.as_pointer()])
        return builder.call(
            _at(builder, args[0], kind), [_at(builder, args[1], _INTEGER), _at(builder, args[2], _REAL)]
        )

    return types.int64(function, arguments, numbers), build


@intrinsic
def load(_: Any, address: Any) -> Any:
    """The integer at an address; all threads see loads and stores in one order."""

    def build(context: Any, builder: Any, __: Any, args: Any) -> Any:
        return builder.load_atomic(_at(builder, args[0], _INTEGER), "seq_cst", 8)

    return types.int64(address), build


@intrinsic
def store(_: Any, address: Any, value: Any) -> Any:
    """Write the integer at an address."""

    def build(context: Any, builder: Any, __: Any, args: Any) -> Any:
        builder.store_atomic(args[1], _at(builder, args[0], _INTEGER), "seq_cst", 8)
        return context.get_dummy_value()

    return types.void(address, types.int64), build


@intrinsic
def add(_: Any, address: Any, value: Any) -> Any:
    """Add to the integer at an address, whoever else does at the same time."""

    def build(context: Any, builder: Any, __: Any, args: Any) -> Any:
        builder.atomic_rmw("add", _at(builder, args[0], _INTEGER), args[1], "seq_cst")
        return context.get_dummy_value()

    return types.void(address, types.int64), build


@intrinsic
def swap(_: Any, address: Any, old: Any, new: Any) -> Any:
    """Write the new integer if the old one is found; whether it was."""

    def build(context: Any, builder: Any, __: Any, args: Any) -> Any:
        found = builder.cmpxchg(_at(builder, args[0], _INTEGER), args[1], args[2], "seq_cst", "seq_cst")
        return builder.zext(builder.extract_value(found, 1), _INTEGER)

    return types.int64(address, types.int64, types.int64), build


@intrinsic
def rest(_: Any) -> Any:
    """A hint that the thread is only waiting."""

    def build(context: Any, builder: Any, __: Any, ___: Any) -> Any:
        if _X86:
            kind = ir.FunctionType(ir.VoidType(), [])
            builder.call(cgutils.get_or_insert_function(builder.module, kind, "llvm.x86.sse2.pause"), [])
        return context.get_dummy_value()

    return types.void(), build


def _mode_call(builder: Any, name: str, slot: Any) -> None:
    kind = ir.FunctionType(ir.VoidType(), [cgutils.voidptr_t])
    function = cgutils.get_or_insert_function(builder.module, kind, f"llvm.x86.sse.{name}")
    builder.call(function, [builder.bitcast(slot, cgutils.voidptr_t)])


@intrinsic
def flush(_: Any) -> Any:
    """Let tiny numbers count as 0 from here on: they would slow everything down. Gives what `restore` takes."""

    def build(context: Any, builder: Any, __: Any, ___: Any) -> Any:
        if not _X86:
            return ir.Constant(_INTEGER, 0)
        slot = cgutils.alloca_once(builder, _SMALL)
        _mode_call(builder, "stmxcsr", slot)
        before = builder.load(slot)
        builder.store(builder.or_(before, ir.Constant(_SMALL, _FLUSHING)), slot)
        _mode_call(builder, "ldmxcsr", slot)
        return builder.zext(before, _INTEGER)

    return types.int64(), build


@intrinsic
def restore(_: Any, mode: Any) -> Any:
    """Put the treatment of tiny numbers back to what it was."""

    def build(context: Any, builder: Any, __: Any, args: Any) -> Any:
        if _X86:
            slot = cgutils.alloca_once(builder, _SMALL)
            builder.store(builder.trunc(args[0], _SMALL), slot)
            _mode_call(builder, "ldmxcsr", slot)
        return context.get_dummy_value()

    return types.void(types.int64), build
