"""What numba cannot express: a call of an address, atomic integers, and the processor's treatment of tiny numbers.

Addresses are integers. This module, like `scheduling`, imports numba, and is imported only where machine code is made.
"""

import functools
import platform
from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.core.typing.ctypes_utils import from_ctypes
from numba.extending import intrinsic

from vector.compilation.machine_code import symbols

_X86 = platform.machine().lower() in ("x86_64", "amd64")
FLUSHING = 0x9FC0
"""The x86 control register MXCSR as usual, but results (bit 15) and operands (6) with leading zeros count as 0."""
_INTEGER, _REAL, _SMALL = ir.IntType(64), ir.DoubleType(), ir.IntType(32)


def _emitted(result: Any) -> Callable[[Callable[..., Any]], Any]:
    """Decorate a function that emits the instructions for integer operands, so that numba's code can call it."""

    def decorate(emit: Callable[..., Any]) -> Any:
        @intrinsic
        @functools.wraps(emit)
        def typed(_: Any, *operands: Any) -> Any:
            def build(context: Any, builder: Any, __: Any, values: Any) -> Any:
                made = emit(builder, *values)
                return context.get_dummy_value() if result is types.void else made

            return result(*[types.int64] * len(operands)), build

        return typed

    return decorate


def external(name: str) -> Any:
    """A function of a library, by the symbol that is linked to it, so that code names no address of this process."""
    function = symbols()[name]
    return types.ExternalFunction(name, from_ctypes(function.restype)(*map(from_ctypes, function.argtypes)))


def _at(builder: Any, address: Any, kind: Any = _INTEGER) -> Any:
    """The address as a pointer."""
    return builder.inttoptr(address, kind.as_pointer())


@_emitted(types.voidptr)
def pointer(builder: Any, address: Any) -> Any:
    """The address as a pointer to bytes."""
    return builder.inttoptr(address, cgutils.voidptr_t)


@_emitted(types.int64)
def call(builder: Any, function: Any, arguments: Any, start: Any, stop: Any) -> Any:
    """f(arguments as integers, the same as floats, start, stop), for the function at an address."""
    kind = ir.FunctionType(_INTEGER, [_INTEGER.as_pointer(), _REAL.as_pointer(), _INTEGER, _INTEGER])
    pointers = _at(builder, arguments), _at(builder, arguments, _REAL)
    return builder.call(_at(builder, function, kind), [*pointers, start, stop])


@_emitted(types.int64)
def load(builder: Any, address: Any) -> Any:
    """The integer at an address; all threads see loads and stores in one order."""
    return builder.load_atomic(_at(builder, address), "seq_cst", 8)


@_emitted(types.void)
def store(builder: Any, address: Any, value: Any) -> Any:
    """Write the integer at an address."""
    builder.store_atomic(value, _at(builder, address), "seq_cst", 8)


@_emitted(types.void)
def add(builder: Any, address: Any, value: Any) -> Any:
    """Add to the integer at an address, atomically."""
    builder.atomic_rmw("add", _at(builder, address), value, "seq_cst")


@_emitted(types.int64)
def swap(builder: Any, address: Any, old: Any, new: Any) -> Any:
    """Write the new integer if the old one is found; whether it was."""
    found = builder.cmpxchg(_at(builder, address), old, new, "seq_cst", "seq_cst")
    return builder.zext(builder.extract_value(found, 1), _INTEGER)


@_emitted(types.void)
def rest(builder: Any) -> Any:
    """A hint that the thread is only waiting."""
    if _X86:
        kind = ir.FunctionType(ir.VoidType(), [])
        builder.call(cgutils.get_or_insert_function(builder.module, kind, "llvm.x86.sse2.pause"), [])


@_emitted(types.int64)
def control(builder: Any, bits: Any) -> Any:
    """Write the register that controls arithmetic with floats, and give what it held; other processors have none."""
    if not _X86:
        return bits
    slot = cgutils.alloca_once(builder, _SMALL)
    kind = ir.FunctionType(ir.VoidType(), [cgutils.voidptr_t])
    get, put = (
        cgutils.get_or_insert_function(builder.module, kind, f"llvm.x86.sse.{name}") for name in ("stmxcsr", "ldmxcsr")
    )
    builder.call(get, [builder.bitcast(slot, cgutils.voidptr_t)])
    before = builder.load(slot)
    builder.store(builder.trunc(bits, _SMALL), slot)
    builder.call(put, [builder.bitcast(slot, cgutils.voidptr_t)])
    return builder.zext(before, _INTEGER)
