"""What numba has no words for: calling an address, and what threads need to agree with each other."""

from __future__ import annotations

import platform
from types import SimpleNamespace
from typing import Any

_X86 = platform.machine().lower() in ("x86_64", "amd64")
_FLUSHING = 0x8040
"""Bits of the x86 control register MXCSR: results (15) and operands (6) too small for all their digits count as 0."""


def made() -> SimpleNamespace:
    """The functions, to be called from compiled code; addresses are integers.

    pointer(a): the address as a pointer. call(f, x, y): f(x, y) for a function at f, of two pointers. load(a), store(a,
    n), add(a, n), swap(a, old, n): the integer at a, in an order that all threads see alike; swap writes n if it finds
    the old one, and tells whether it did. rest(): a hint that the thread is only waiting. flush(): let tiny numbers count as 0 from here on; gives what restore(mode) takes.
    """
    from llvmlite import ir
    from numba.core import cgutils, types
    from numba.extending import intrinsic

    integer, real, small = ir.IntType(64), ir.DoubleType(), ir.IntType(32)

    def at(builder: Any, address: Any, kind: Any) -> Any:
        return builder.inttoptr(address, kind.as_pointer())

    @intrinsic  # type: ignore[untyped-decorator]
    def pointer(_: Any, address: Any) -> Any:
        return types.voidptr(address), lambda _, builder, __, args: builder.inttoptr(args[0], cgutils.voidptr_t)

    @intrinsic  # type: ignore[untyped-decorator]
    def call(_: Any, function: Any, arguments: Any, numbers: Any) -> Any:
        def build(context: Any, builder: Any, __: Any, args: Any) -> Any:
            kind = ir.FunctionType(integer, [integer.as_pointer(), real.as_pointer()])
            return builder.call(
                at(builder, args[0], kind), [at(builder, args[1], integer), at(builder, args[2], real)]
            )

        return types.int64(function, arguments, numbers), build

    @intrinsic  # type: ignore[untyped-decorator]
    def load(_: Any, address: Any) -> Any:
        def build(context: Any, builder: Any, __: Any, args: Any) -> Any:
            return builder.load_atomic(at(builder, args[0], integer), "seq_cst", 8)

        return types.int64(address), build

    @intrinsic  # type: ignore[untyped-decorator]
    def store(_: Any, address: Any, value: Any) -> Any:
        def build(context: Any, builder: Any, __: Any, args: Any) -> Any:
            builder.store_atomic(args[1], at(builder, args[0], integer), "seq_cst", 8)
            return context.get_dummy_value()

        return types.void(address, types.int64), build

    @intrinsic  # type: ignore[untyped-decorator]
    def add(_: Any, address: Any, value: Any) -> Any:
        def build(context: Any, builder: Any, __: Any, args: Any) -> Any:
            builder.atomic_rmw("add", at(builder, args[0], integer), args[1], "seq_cst")
            return context.get_dummy_value()

        return types.void(address, types.int64), build

    @intrinsic  # type: ignore[untyped-decorator]
    def swap(_: Any, address: Any, old: Any, new: Any) -> Any:
        def build(context: Any, builder: Any, __: Any, args: Any) -> Any:
            found = builder.cmpxchg(at(builder, args[0], integer), args[1], args[2], "seq_cst", "seq_cst")
            return builder.zext(builder.extract_value(found, 1), integer)

        return types.int64(address, types.int64, types.int64), build

    @intrinsic  # type: ignore[untyped-decorator]
    def rest(_: Any) -> Any:
        def build(context: Any, builder: Any, __: Any, ___: Any) -> Any:
            if _X86:
                kind = ir.FunctionType(ir.VoidType(), [])
                builder.call(cgutils.get_or_insert_function(builder.module, kind, "llvm.x86.sse2.pause"), [])
            return context.get_dummy_value()

        return types.void(), build

    def mode_call(builder: Any, name: str, slot: Any) -> None:
        kind = ir.FunctionType(ir.VoidType(), [cgutils.voidptr_t])
        function = cgutils.get_or_insert_function(builder.module, kind, f"llvm.x86.sse.{name}")
        builder.call(function, [builder.bitcast(slot, cgutils.voidptr_t)])

    @intrinsic  # type: ignore[untyped-decorator]
    def flush(_: Any) -> Any:
        def build(context: Any, builder: Any, __: Any, ___: Any) -> Any:
            if not _X86:
                return ir.Constant(integer, 0)
            slot = cgutils.alloca_once(builder, small)
            mode_call(builder, "stmxcsr", slot)
            before = builder.load(slot)
            builder.store(builder.or_(before, ir.Constant(small, _FLUSHING)), slot)
            mode_call(builder, "ldmxcsr", slot)
            return builder.zext(before, integer)

        return types.int64(), build

    @intrinsic  # type: ignore[untyped-decorator]
    def restore(_: Any, mode: Any) -> Any:
        def build(context: Any, builder: Any, __: Any, args: Any) -> Any:
            if _X86:
                slot = cgutils.alloca_once(builder, small)
                builder.store(builder.trunc(args[0], small), slot)
                mode_call(builder, "ldmxcsr", slot)
            return context.get_dummy_value()

        return types.void(types.int64), build

    return SimpleNamespace(
        pointer=pointer, call=call, load=load, store=store, add=add, swap=swap, rest=rest, flush=flush, restore=restore
    )
