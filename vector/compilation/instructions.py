"""From a kernel's text to machine code: the text is Python, run on values whose operators write LLVM's instructions.

A loop of the text runs once, and what it does goes into the machine code's loop. The arrays of a kernel do not overlap,
and the compiler is told so: else it would look at each pair of them before a loop, and where there are many, give up.

This module imports llvmlite, and is imported only where machine code is made.
"""

from __future__ import annotations

import ctypes
import functools
import operator
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
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
_FLOATS, _ORDER = (np.float32, np.float64), [*KINDS]
_OF_C = {ctypes.c_float: np.float32, ctypes.c_double: np.float64, ctypes.c_int: np.int32}
_IN_MEMORY = KINDS | {np.bool_: ir.IntType(8)}
_ANY_ORDER = "reassoc", "contract", "nsz", "arcp"
"""Sums may be taken in another order, so that several are taken at once; NaN and infinity stay what they are."""


def _operator(name: str, *, turned: bool = False, compares: bool = False) -> Callable[[Value, Any], Value]:
    """The method of a Value for LLVM's instruction; `turned` if the Value is the second operand."""

    def operate(self: Value, other: Any) -> Value:
        x, y = self.writer.alike(self, other)
        x, y = (y, x) if turned else (x, y)
        if x.kind is np.bool_ and name in ("add", "sub", "mul", ">", ">=", "<", "<="):
            x, y = x.to(np.int64), y.to(np.int64)
        build, is_float = self.writer.builder, x.kind in _FLOATS
        if compares:
            of_floats = build.fcmp_unordered if name == "!=" else build.fcmp_ordered
            compare = of_floats if is_float else build.icmp_signed
            return Value(self.writer, np.bool_, compare(name, x.node, y.node))
        if is_float:
            return Value(self.writer, x.kind, getattr(build, f"f{name}")(x.node, y.node, flags=self.writer.flags))
        return Value(self.writer, x.kind, getattr(build, name)(x.node, y.node))

    return operate


@dataclass(eq=False, slots=True)
class Value:
    """A number of a kernel while its text runs: NumPy's type of it, and the instruction that makes it."""

    writer: Writer
    kind: Any
    node: Any
    __array_ufunc__ = None  # so that NumPy's numbers leave it to the operators here

    __add__, __sub__, __mul__, __truediv__ = map(_operator, ("add", "sub", "mul", "div"))
    __radd__, __rsub__, __rmul__, __rtruediv__ = (_operator(it, turned=True) for it in ("add", "sub", "mul", "div"))
    __and__, __or__, __xor__, __lshift__, __rshift__ = map(_operator, ("and_", "or_", "xor", "shl", "ashr"))
    __gt__, __ge__, __lt__, __le__ = (_operator(it, compares=True) for it in (">", ">=", "<", "<="))
    __eq__, __ne__ = (_operator(it, compares=True) for it in ("==", "!="))  # type: ignore[assignment]

    def __mod__(self, other: Any) -> Value:
        """Of integers, by a positive one, as Python's."""
        x, y = self.writer.alike(self, other)
        rest = Value(self.writer, x.kind, self.writer.builder.srem(x.node, y.node))
        return (rest < 0).choose(rest + y, rest)

    def __invert__(self) -> Value:
        return Value(self.writer, self.kind, self.writer.builder.not_(self.node))

    def __neg__(self) -> Value:
        return (-0.0 if self.kind in _FLOATS else 0) - self

    def __abs__(self) -> Value:
        return self.writer.of_llvm("fabs", self) if self.kind in _FLOATS else (self < 0).choose(-self, self)

    def to(self, kind: Any) -> Value:
        """The number as another kind."""
        if kind is self.kind:
            return self
        if kind is np.bool_:
            return self != 0
        wider = _ORDER.index(kind) > _ORDER.index(self.kind)
        if self.kind in _FLOATS:
            name = "fptosi" if kind not in _FLOATS else "fpext" if wider else "fptrunc"
        else:
            sign = "u" if self.kind is np.bool_ else "s"
            name = f"{sign}itofp" if kind in _FLOATS else {"u": "zext", "s": "sext"}[sign] if wider else "trunc"
        return Value(self.writer, kind, getattr(self.writer.builder, name)(self.node, KINDS[kind]))

    def view(self, kind: Any) -> Value:
        """The same bits as another kind of number."""
        return Value(self.writer, kind, self.writer.builder.bitcast(self.node, KINDS[kind]))

    def choose(self, x: Any, y: Any) -> Value:
        """x where this holds, else y."""
        x, y = self.writer.alike(x, y)
        return Value(self.writer, x.kind, self.writer.builder.select(self.node, x.node, y.node))


@dataclass(eq=False, slots=True)
class Row:
    """Memory as one long row of numbers."""

    writer: Writer
    kind: Any
    pointer: Any
    scope: Any = None

    def _element(self, i: Any) -> Any:
        return self.writer.builder.gep(self.pointer, [self.writer.value(i, np.int64).node], inbounds=True)

    def _marked(self, instruction: Any) -> Any:
        """An instruction that is told in which array it reads or writes."""
        if self.scope is not None:
            module, others = self.writer.module, [x for x in self.writer.scopes if x is not self.scope]
            instruction.set_metadata("alias.scope", module.add_metadata((self.scope,)))
            instruction.set_metadata("noalias", module.add_metadata(others))
        return instruction

    def __getitem__(self, i: Any) -> Value:
        node = self._marked(self.writer.builder.load(self._element(i)))
        if self.kind is np.bool_:
            node = self.writer.builder.icmp_unsigned("!=", node, node.type(0))
        return Value(self.writer, self.kind, node)

    def __setitem__(self, i: Any, x: Any) -> None:
        node = self.writer.value(x, self.kind).node
        if self.kind is np.bool_:
            node = self.writer.builder.zext(node, _IN_MEMORY[np.bool_])
        self._marked(self.writer.builder.store(node, self._element(i)))


class Writer:
    """Writes a function of so many integers that returns one."""

    flags: Sequence[str] = _ANY_ORDER

    def __init__(self, name: str, operands: int) -> None:
        self.module = ir.Module(name)
        self.module.triple = llvm.get_process_triple()
        self.function = ir.Function(self.module, ir.FunctionType(INTEGER, [INTEGER] * operands), name)
        self.builder = ir.IRBuilder(self.function.append_basic_block())
        self.operands = [Value(self, np.int64, x) for x in self.function.args]
        self.scopes: list[Any] = []
        self.domain = self.module.add_metadata(("arrays",))

    def write(self, text: str) -> None:
        """Write what a kernel's text does."""
        scope: dict[str, Any] = {
            "np": np, "inf": np.inf, "nan": np.nan, "plus": operator.add, "times": operator.mul, "range": self.loop,
            "row": self.row, "cell": self.cell, "fail_if": self.fail_if,
            "larger": functools.partial(self.extreme, "maximum"), "smaller": functools.partial(self.extreme, "minimum"),
            **{f: functools.partial(self.of_llvm, f) for f in ("sqrt", "floor", "ceil", "trunc", "rint", "copysign")},
            **{function.__name__: self.exactly(function) for function in elementary.FUNCTIONS},
            **{np.dtype(kind).name: functools.partial(self.value, kind=kind) for kind in KINDS},
            **{f"gemm_{it}": functools.partial(self.external, f"vector_gemm_{it}") for it in ("float32", "float64")},
        }  # fmt: skip
        exec(text, scope)  # noqa: S102  # the text is made of a plan's own names, no user's
        addresses, ends = self.operands[:2], self.operands[2:]  # of one table, which no kernel changes
        scope["kernel"](*map(self.row, addresses, (np.int64, np.float64)), *ends)
        self.builder.ret(INTEGER(0))

    def value(self, x: Any, kind: Any) -> Value:
        """A Value, or a constant, as a kind of number."""
        return x.to(kind) if isinstance(x, Value) else Value(self, kind, KINDS[kind](kind(x).item()))

    def alike(self, *values: Any) -> list[Value]:
        """Numbers as ones of one kind; those of Python take that of the others."""
        known = [x.kind if isinstance(x, Value) else type(x) for x in values if isinstance(x, (Value, np.generic))]
        kind = max(known, key=_ORDER.index)
        return [self.value(x, kind) for x in values]

    def of_llvm(self, name: str, *operands: Any) -> Value:
        """A function that LLVM knows."""
        values = self.alike(*operands)
        kind = values[0].kind
        form = ir.FunctionType(KINDS[kind], [KINDS[kind]] * len(values))
        function = self.module.declare_intrinsic(f"llvm.{name}", [KINDS[kind]], form)
        return Value(self, kind, self.builder.call(function, [x.node for x in values], fastmath=self.flags))

    def extreme(self, name: str, x: Any, y: Any) -> Value:
        """The maximum or the minimum of two numbers; NaN if one of them is."""
        x, y = self.alike(x, y)
        if x.kind in _FLOATS:
            return self.of_llvm(name, x, y)
        return (x > y if name == "maximum" else x < y).choose(x, y)

    def external(self, name: str, *values: Any) -> Value:
        """Call a function of a library; what it returns is of no use where it returns nothing."""
        kinds = [_OF_C.get(it, np.int64) for it in symbols()[name].argtypes]
        form = ir.FunctionType(KINDS[np.int32], [KINDS[kind] for kind in kinds])
        function = self.module.globals.get(name) or ir.Function(self.module, form, name)
        given = [self.value(x, kind).node for x, kind in zip(values, kinds, strict=True)]
        return Value(self, np.int32, self.builder.call(function, given))

    def exactly(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """A function whose sums keep their order: elsewhere another is a rounding, there a lost digit."""

        def called(*operands: Any) -> Any:
            before, self.flags = self.flags, ("contract",)
            made = function(*operands)
            self.flags = before
            return made

        return called

    def row(self, address: Value, kind: Any) -> Row:
        """The memory at an address, of which no other row has a part."""
        self.scopes.append(self.module.add_metadata((f"array {len(self.scopes)}", self.domain)))
        pointer = self.builder.inttoptr(address.node, _IN_MEMORY[kind].as_pointer())
        return Row(self, kind, pointer, self.scopes[-1])

    def cell(self, x: Value) -> Row:
        """Memory for one number, x at first, that changes in a loop."""
        with self.builder.goto_entry_block():
            pointer = self.builder.alloca(_IN_MEMORY[x.kind])
        made = Row(self, x.kind, pointer)
        made[0] = x
        return made

    def loop(self, *ends: Value) -> Iterator[Value]:
        """The iterations of a loop, of which the text runs one."""
        start, stop = ends if len(ends) == 2 else (0, *ends)
        i = self.cell(self.value(start, np.int64))
        for _ in self.repeat(lambda: i[0] < stop):
            yield i[0]
            i[0] = Value(self, np.int64, self.builder.add(i[0].node, INTEGER(1), flags=("nsw",)))

    def repeat(self, condition: Callable[[], Value]) -> Iterator[None]:
        """A loop while a condition holds."""
        head, body, end = (self.function.append_basic_block() for _ in range(3))
        self.builder.branch(head)
        self.builder.position_at_end(head)
        self.builder.cbranch(condition().node, body, end)
        self.builder.position_at_end(body)
        yield
        self.builder.branch(head)
        self.builder.position_at_end(end)

    def fail_if(self, condition: Value) -> None:
        """Stop here, and return 1."""
        with self.builder.if_then(condition.node, likely=False):
            self.builder.ret(INTEGER(1))

    def compiled(self) -> Object:
        """The machine code."""
        module = llvm.parse_assembly(str(self.module))
        options = llvm.create_pipeline_tuning_options(2)  # with more the loops are no faster
        options.loop_vectorization = True
        passes = llvm.create_pass_builder(_machine(), options)
        passes.getModulePassManager().run(module, passes)
        needed = [it.name for it in module.functions if it.is_declaration and not it.name.startswith("llvm.")]
        return Object([self.function.name, *needed], _machine().emit_object(module))


@functools.cache
def _machine() -> Any:
    """What instructions are written for: this processor."""
    name, features = llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten()
    target = llvm.Target.from_triple(llvm.get_process_triple())
    return target.create_target_machine(name, features, 3, reloc="pic", codemodel="jitdefault", jit=True)


def compiled(text: str) -> Object:
    """The machine code of a kernel's text."""
    writer = Writer("kernel", 4)
    writer.write(text)
    return writer.compiled()
