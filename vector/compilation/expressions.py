"""NumPy's elementwise functions as expressions of the compiled loops."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from vector.compilation.program import Array, Call, Number, Symbol
from vector.rules import numerics

_EXPRESSIONS: dict[Any, str] = {
    np.add: "({0} + {1})", np.subtract: "({0} - {1})", np.multiply: "({0} * {1})", np.true_divide: "({0} / {1})",
    np.negative: "(-{0})", np.positive: "{0}", np.conjugate: "{0}", np.square: "({0} * {0})", np.absolute: "abs({0})",
    np.fabs: "abs({0})", np.radians: f"({{0}} * {np.pi / 180})", np.degrees: f"({{0}} * {180 / np.pi})",
    np.sign: "({0} > 0).choose(1, ({0} < 0).choose(-1, ({0} == 0).choose(0, {0})))",
    np.sqrt: "sqrt({0})", np.maximum: "larger({0}, {1})", np.minimum: "smaller({0}, {1})",
    np.greater: "({0} > {1})", np.greater_equal: "({0} >= {1})", np.less: "({0} < {1})",
    np.less_equal: "({0} <= {1})", np.equal: "({0} == {1})", np.not_equal: "({0} != {1})", np.isnan: "({0} != {0})",
    np.bitwise_and: "({0} & {1})", np.bitwise_or: "({0} | {1})",
    np.where: "{0}.choose({1}, {2})", np.clip: "smaller(larger({0}, {1}), {2})", np.copysign: "copysign({0}, {1})",
    np.ndarray.astype: "{0}", np.ndarray.copy: "{0}", np.copy: "{0}", np.copyto: "{1}",
    np.zeros_like: "0", np.ones_like: "1",
}  # fmt: skip

_ELEMENTARY: dict[Any, str] = {
    **{getattr(np, name): f"{name}({{0}})" for name in ("exp", "expm1", "log", "log1p", "tanh")},
    **{getattr(numerics, name): f"{name}({{0}})" for name in ("erf", "expm1", "log1p")},
    numerics.sigmoid: "(1 / (1 + exp(-{0})))",
    numerics.gelu: "({0} * (0.5 * (1 + erf({0} * 0.7071067811865476))))",
    **{getattr(np, name): f"{name}({{0}})" for name in ("floor", "ceil", "trunc", "rint")},
    np.hypot: "hypot({0}, {1})",
    numerics.softplus: "(larger({0}, 0) + log1p(exp(-abs({0}))))",
}
"""By functions of `elementary`. Of others NumPy computes several numbers at once, or calls the C library for each, as a
loop would."""

_EXACTLY = {np.zeros_like: 1, np.ones_like: 1, np.where: 3, np.clip: 3}
_INPUTS: dict[Any, int] = {np.ndarray.astype: 1, np.ndarray.copy: 1, np.copy: 1, np.zeros_like: 0, np.ones_like: 0}


def loop_shape(call: Call) -> tuple[int, ...] | None:
    """The shape of the loop that does a call, or None if none can."""
    out = call.made[0] if len(call.made) == 1 else None
    if call.kind != "plain" or not isinstance(out, Array) or not _simple(out):
        return None
    known = call.function in _EXPRESSIONS or (call.function in _ELEMENTARY and out.value.dtype.kind == "f")
    return out.value.shape if known and _plain(call) and all(map(_simple, _inputs(call))) else None


def operands_of(call: Call) -> Sequence[Symbol]:
    """What the loop reads: of `zeros_like` not the array that gives the dtype."""
    return call.operands if _INPUTS.get(call.function, 1) else ()


def weight(call: Call) -> int:
    """About how many additions take as long as one element of the call."""
    return 8 if call.function in _ELEMENTARY else 1


def _plain(call: Call) -> bool:
    """Whether the arguments change nothing that an expression would have to know."""
    if call.function in _EXACTLY:
        return len(call.args) == _EXACTLY[call.function] and not set(call.kwargs) - {"order", "shape"}
    return not set(call.kwargs) - {"out", "copy", "order"}


def _inputs(call: Call) -> Sequence[Any]:
    return call.args[: _INPUTS.get(call.function)]


def _simple(x: Any) -> bool:
    if isinstance(x, Array):
        return x.value.dtype.char in "fdl?" and x.value.dtype.isnative
    return isinstance(x, (Number, bool, int, float, np.floating, np.integer, np.bool_))


def expression(call: Call, name: Callable[[Any, np.dtype[Any]], str]) -> str:
    """The value of one element; `name` gives an operand, of a dtype, in the loop's variables."""
    inputs = _inputs(call)
    operands = map(name, inputs, _loop_dtypes(call, inputs))
    return (_EXPRESSIONS | _ELEMENTARY)[call.function].format(*operands)


def _loop_dtypes(call: Call, inputs: Sequence[Any]) -> Sequence[np.dtype[Any]]:
    """The dtypes in which NumPy computes: Python's numbers give way to those of arrays."""
    if isinstance(call.function, np.ufunc):
        given = [
            x.value.dtype if isinstance(x, Array) else float if isinstance(x, Number)
            else np.result_type(x) if isinstance(x, (np.generic, bool)) else type(x)
            for x in inputs
        ]  # fmt: skip
        return call.function.resolve_dtypes((*given, *[None] * call.function.nout))[: len(inputs)]
    target = call.made[0].value.dtype
    if call.function is np.where:
        return [np.dtype(bool), target, target]
    own = call.function not in _ELEMENTARY  # which have none but of floats
    return [x.value.dtype if own and isinstance(x, Array) else target for x in inputs]


def literal(x: Any) -> str:
    """A constant in the text of a kernel, where `inf` and `nan` are names."""
    return repr(x.item() if isinstance(x, np.generic) else x)
