"""From a kernel's text to machine code: the text is Python, run on values whose operators write LLVM's instructions.

A loop of the text runs once, and what it does goes into the machine code's loop. The arrays of a kernel do not overlap,
and the compiler is told so: else it would look at each pair of them before a loop, and where there are many, give up.

This module imports llvmlite, and is imported only where machine code is made.
"""

from __future__ import annotations

import ctypes
import functools
import os
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import llvmlite.binding as llvm
import numpy as np
from llvmlite import ir

from vector.compilation import elementary
from vector.compilation.machine_code import Object, symbols

INTEGER = ir.IntType(64)
KINDS: dict[Any, Any] = {
    np.bool_: ir.IntType(1), np.int32: ir.IntType(32), np.int64: INTEGER,
    np.float32: ir.FloatType(), np.float64: ir.DoubleType(),
}  # fmt: skip
"""What numbers there are; of two that meet, the one that comes first here becomes the other."""
_IN_MEMORY = {np.bool_: ir.IntType(8)}
_ANY_ORDER = "reassoc", "contract", "nsz", "arcp"
"""Sums may be taken in another order, so that several are taken at once; NaN and infinity stay what they are."""
_OF_C = ("tan", "asin", "acos", "atan", "sinh", "cosh", "asinh", "acosh", "atanh", "hypot", "atan2")
_OF_LLVM = ("sqrt", "exp2", "log2", "log10")


def _is_float(kind: Any) -> bool:
    return kind in (np.float32, np.float64)


def _operator(integers: str, floats: str = "", *, turned: bool = False) -> Callable[[Value, Any], Value]:
    """The method of a Value for an operator."""

    def operate(self: Value, other: Any) -> Value:
        x, y = self.writer.alike(self, other)
        x, y = (y, x) if turned else (x, y)
        if _is_float(x.kind):
            return Value(
                self.writer, x.kind, getattr(self.writer.builder, floats)(x.node, y.node, flags=self.writer.flags)
            )
        if x.kind is np.bool_ and integers in ("add", "sub", "mul"):
            x, y = x.to(np.int64), y.to(np.int64)
        return Value(self.writer, x.kind, getattr(self.writer.builder, integers)(x.node, y.node))

    return operate


def _comparison(sign: str) -> Callable[[Value, Any], Value]:
    def compare(self: Value, other: Any) -> Value:
        x, y = self.writer.alike(self, other)
        build, given = self.writer.builder, (sign, x.node, y.node)
        if _is_float(x.kind):
            node = (build.fcmp_unordered if sign == "!=" else build.fcmp_ordered)(*given)
        else:
            node = (build.icmp_unsigned if x.kind is np.bool_ else build.icmp_signed)(*given)
        return Value(self.writer, np.bool_, node)

    return compare


class Value:
    """A number of a kernel while its text runs.

    Attributes:
        kind: NumPy's type of it. node: the instruction that makes it.
    """

    __slots__ = ("kind", "node", "writer")
    __array_ufunc__ = None  # so that NumPy's numbers leave it to the operators here
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, writer: Writer, kind: Any, node: Any) -> None:
        self.writer, self.kind, self.node = writer, kind, node

    __add__, __radd__ = _operator("add", "fadd"), _operator("add", "fadd", turned=True)
    __sub__, __rsub__ = _operator("sub", "fsub"), _operator("sub", "fsub", turned=True)
    __mul__, __rmul__ = _operator("mul", "fmul"), _operator("mul", "fmul", turned=True)
    __truediv__, __rtruediv__ = _operator("", "fdiv"), _operator("", "fdiv", turned=True)
    __and__, __or__, __xor__ = _operator("and_"), _operator("or_"), _operator("xor")
    __lshift__, __rshift__ = _operator("shl"), _operator("ashr")
    __gt__, __ge__, __lt__, __le__ = map(_comparison, (">", ">=", "<", "<="))
    __eq__, __ne__ = map(_comparison, ("==", "!="))  # type: ignore[assignment]

    def __mod__(self, other: Value) -> Value:
        """Of integers, by a positive one, as Python's."""
        rest = Value(self.writer, self.kind, self.writer.builder.srem(self.node, other.node))
        return (rest < 0).choose(rest + other, rest)

    def __invert__(self) -> Value:
        return Value(self.writer, self.kind, self.writer.builder.not_(self.node))

    def __neg__(self) -> Value:
        if _is_float(self.kind):
            return Value(self.writer, self.kind, self.writer.builder.fneg(self.node, flags=self.writer.flags))
        return 0 - self

    def __abs__(self) -> Value:
        return self.writer.of_llvm("fabs", self) if _is_float(self.kind) else (self < 0).choose(-self, self)

    def __pow__(self, other: Any) -> Value:
        return self.writer.of_llvm("pow", *self.writer.alike(self, other))

    def to(self, kind: Any) -> Value:
        """Another kind of number of the same value."""
        if kind is self.kind:
            return self
        if kind is np.bool_:
            return self != 0
        build, target = self.writer.builder, KINDS[kind]
        if not _is_float(kind):
            wider = KINDS[kind].width > getattr(KINDS[self.kind], "width", 64)
            convert = build.fptosi if _is_float(self.kind) else build.trunc if not wider else (
                build.zext if self.kind is np.bool_ else build.sext
            )  # fmt: skip
        elif _is_float(self.kind):
            convert = build.fpext if kind is np.float64 else build.fptrunc
        else:
            convert = build.uitofp if self.kind is np.bool_ else build.sitofp
        return Value(self.writer, kind, convert(self.node, target))

    def choose(self, x: Any, y: Any) -> Value:
        """x where this holds, else y."""
        x, y = self.writer.alike(x, y)
        return Value(self.writer, x.kind, self.writer.builder.select(self.node, x.node, y.node))

    def view(self, kind: Any) -> Value:
        """The same bits as another kind of number."""
        return Value(self.writer, kind, self.writer.builder.bitcast(self.node, KINDS[kind]))


class Row:
    """Memory as one long row of numbers."""

    def __init__(self, writer: Writer, kind: Any, pointer: Any, scope: Any = None) -> None:
        self.writer, self.kind, self.pointer, self.scope = writer, kind, pointer, scope

    def _element(self, i: Any) -> Any:
        return self.writer.builder.gep(self.pointer, [self.writer.value(i, np.int64).node], inbounds=True)

    def __getitem__(self, i: Any) -> Value:
        node = self.writer.builder.load(self._element(i))
        self.writer.mark(node, self.scope)
        loaded = Value(self.writer, self.kind, node)
        if self.kind in _IN_MEMORY:
            loaded.node = self.writer.builder.icmp_unsigned("!=", node, node.type(0))
        return loaded

    def __setitem__(self, i: Any, x: Any) -> None:
        node = self.writer.value(x, self.kind).node
        if self.kind in _IN_MEMORY:
            node = self.writer.builder.zext(node, _IN_MEMORY[self.kind])
        self.writer.mark(self.writer.builder.store(node, self._element(i)), self.scope)


class Writer:
    """Writes one kernel; what its text may name are the methods and functions in `scope`."""

    flags: Sequence[str] = _ANY_ORDER

    def __init__(self) -> None:
        self.module = ir.Module("kernel")
        self.module.triple = llvm.get_process_triple()
        given = [INTEGER.as_pointer(), KINDS[np.float64].as_pointer(), INTEGER, INTEGER]
        self.function = ir.Function(self.module, ir.FunctionType(INTEGER, given), "kernel")
        self.builder = ir.IRBuilder(self.function.append_basic_block())
        self.scopes: list[Any] = []
        self.domain = self.module.add_metadata(("arrays",))

    def scope(self) -> dict[str, Any]:
        """The names that a kernel may use."""
        numbers = {
            kind.__name__ if kind is not np.bool_ else "bool_": functools.partial(self.value, kind=kind)
            for kind in KINDS
        }
        found: dict[str, Any] = {name: functools.partial(self.of_llvm, name) for name in _OF_LLVM}
        found |= {name: functools.partial(self.of_c, name) for name in _OF_C}
        for kind in (np.float32, np.float64):
            found |= {name: self.exactly(function) for name, function in elementary.functions(kind).items()}
            found[f"gemm_{kind.__name__}"] = functools.partial(self.external, f"vector_gemm_{np.dtype(kind).char}")
        return found | numbers | {
            "np": np, "range": self.loop, "row": self.row, "cell": self.cell, "fail_if": self.fail_if,
            "most": lambda x, y: (x > y).choose(x, y),
            "larger": lambda x, y: ((x > y) | (x != x)).choose(x, y),
            "smaller": lambda x, y: ((x < y) | (x != x)).choose(x, y),
        }  # fmt: skip

    def write(self, text: str) -> str:
        """Run a text; the module."""
        scope = self.scope()
        exec(text, scope)  # noqa: S102  # the text is made of a plan's own names, no user's
        integers, floats, start, stop = self.function.args
        ends = (Value(self, np.int64, end) for end in (start, stop))
        scope["kernel"](Row(self, np.int64, integers), Row(self, np.float64, floats), *ends)
        self.builder.ret(INTEGER(0))
        return str(self.module)

    def value(self, x: Any, kind: Any) -> Value:
        """A Value, or a constant, as a number of a kind."""
        return x.to(kind) if isinstance(x, Value) else Value(self, kind, KINDS[kind](kind(x).item()))

    def alike(self, *values: Any) -> list[Value]:
        """Numbers as such of one kind; constants of Python's take that of the others."""
        known = [x.kind if isinstance(x, Value) else type(x) for x in values if isinstance(x, (Value, np.generic))]
        known += [np.int64] * any(type(x) is int for x in values) * all(kind is np.bool_ for kind in known)
        kind = max(known, key=[*KINDS].index)
        return [self.value(x, kind) for x in values]

    def of_llvm(self, name: str, *values: Value) -> Value:
        """A function that LLVM knows."""
        function = self.module.declare_intrinsic(f"llvm.{name}", [KINDS[values[0].kind]])
        return Value(self, values[0].kind, self.builder.call(function, [x.node for x in values], fastmath=self.flags))

    def of_c(self, name: str, *values: Value) -> Value:
        """A function of the C library."""
        kind = values[0].kind
        made = self._declared(name + "f" * (kind is np.float32), KINDS[kind], [KINDS[kind]] * len(values))
        return Value(self, kind, self.builder.call(made, [x.node for x in values]))

    def external(self, name: str, *values: Any) -> None:
        """Call a function of a library."""
        found = symbols()[name]
        kinds = [
            {ctypes.c_float: np.float32, ctypes.c_double: np.float64}.get(it) or np.dtype(it).type
            for it in found.argtypes
        ]
        kinds = [np.int64 if np.dtype(kind).itemsize == 8 and np.dtype(kind).kind in "iu" else kind for kind in kinds]
        made = self._declared(name, ir.VoidType(), [KINDS[kind] for kind in kinds])
        self.builder.call(made, [self.value(x, kind).node for x, kind in zip(values, kinds, strict=True)])

    def _declared(self, name: str, result: Any, given: Sequence[Any]) -> Any:
        known = self.module.globals.get(name)
        return known or ir.Function(self.module, ir.FunctionType(result, given), name)

    def exactly(self, function: Callable[..., Value]) -> Callable[..., Value]:
        """A function whose sums keep their order: elsewhere a difference is a rounding, there a lost digit."""

        def called(x: Any) -> Value:
            before, self.flags = self.flags, ("contract",)
            made = function(x)
            self.flags = before
            return made

        return called

    def row(self, address: Value, kind: Any) -> Row:
        """The memory at an address, of which no other row of the kernel has a part."""
        kind = kind.keywords["kind"]
        self.scopes.append(self.module.add_metadata((f"array {len(self.scopes)}", self.domain)))
        pointer = self.builder.inttoptr(address.node, _IN_MEMORY.get(kind, KINDS[kind]).as_pointer())
        return Row(self, kind, pointer, self.scopes[-1])

    def mark(self, instruction: Any, scope: Any) -> None:
        """Tell in which array an instruction reads or writes."""
        if scope is not None:
            instruction.set_metadata("alias.scope", self.module.add_metadata((scope,)))
            if others := [x for x in self.scopes if x is not scope]:
                instruction.set_metadata("noalias", self.module.add_metadata(others))

    def cell(self, x: Value) -> Row:
        """Memory for one number, x at first, that changes in a loop."""
        with self.builder.goto_entry_block():
            pointer = self.builder.alloca(_IN_MEMORY.get(x.kind, KINDS[x.kind]))
        made = Row(self, x.kind, pointer)
        made[0] = x
        return made

    def loop(self, *ends: Value) -> Iterator[Value]:
        """The iterations of a loop, of which the text runs one."""
        build = self.builder
        start, stop = (self.value(end, np.int64).node for end in ((0, *ends) if len(ends) == 1 else ends))
        head, body, end = (self.function.append_basic_block() for _ in range(3))
        before = build.block
        build.branch(head)
        build.position_at_end(head)
        i = build.phi(INTEGER)
        i.add_incoming(start, before)
        build.cbranch(build.icmp_signed("<", i, stop), body, end)
        build.position_at_end(body)
        yield Value(self, np.int64, i)
        i.add_incoming(build.add(i, INTEGER(1), flags=("nsw",)), build.block)
        build.branch(head)
        build.position_at_end(end)

    def fail_if(self, condition: Value) -> None:
        """Stop here, and return 1."""
        with self.builder.if_then(condition.node, likely=False):
            self.builder.ret(INTEGER(1))


@functools.cache
def _machine() -> Any:
    """What instructions are written for: this processor, or the one that numba is told of."""
    name = os.environ.get("NUMBA_CPU_NAME") or llvm.get_host_cpu_name()
    features = os.environ.get("NUMBA_CPU_FEATURES", llvm.get_host_cpu_features().flatten())
    target = llvm.Target.from_triple(llvm.get_process_triple())
    return target.create_target_machine(name, features, 3, reloc="pic", codemodel="jitdefault", jit=True)


def compiled(text: str) -> Object:
    """The machine code of a kernel's text."""
    module = llvm.parse_assembly(Writer().write(text))
    options = llvm.create_pipeline_tuning_options(3)
    options.loop_vectorization = options.slp_vectorization = True
    builder = llvm.create_pass_builder(_machine(), options)
    builder.getModulePassManager().run(module, builder)
    needed = [it.name for it in module.functions if it.is_declaration and not it.name.startswith("llvm.")]
    return Object(["kernel", *needed], _machine().emit_object(module))
