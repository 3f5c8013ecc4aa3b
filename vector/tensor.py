"""An array that remembers how it was computed."""

from __future__ import annotations

import functools
import itertools
import operator
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeAlias

import numpy as np
import numpy.typing as npt

from vector import functions, modes, numpy_protocol, rules, vocabulary
from vector.arrays import Size, as_array, check_real, note_write, operand
from vector.batching import Batch
from vector.diagnostics.conventions import Convention, conventions
from vector.functions import Axis
from vector.functions.operand import whole
from vector.methods import Methods
from vector.names import name_all
from vector.op import Op
from vector.sweep import gradients
from vector.trees import tree_map
from vector.vocabulary import taught

if TYPE_CHECKING:
    from vector.diagnostics.ledger import ChainRule

_creation_numbers = itertools.count(1)
_NO_PARAMS: Mapping[str, Any] = {}
_new = object.__new__
_hooks, _recording = modes.hooks.get, modes.recording.get
_Operator: TypeAlias = "Callable[[Tensor, Operand], Tensor]"
_Arguments = ParamSpec("_Arguments")


def _operators(op: Op) -> tuple[_Operator, _Operator]:
    """`self ∘ other`, and `other ∘ self` for an `other` that does not know Tensors."""

    def method(self: Tensor, other: Operand) -> Tensor:
        return Tensor._apply(op, (self, other if type(other) in _PLAIN else _operand(other)))

    def reflected(self: Tensor, other: Operand) -> Tensor:
        return Tensor._apply(op, (other if type(other) in _PLAIN else _operand(other), self))

    return method, reflected


def _as_method(
    function: Callable[Concatenate[Any, _Arguments], Any],
) -> Callable[Concatenate[Tensor, _Arguments], Tensor]:
    """A function as a method: the same one, of which type checkers know that it gives a Tensor."""
    return function


def _as_numpys(function: Callable[..., Any], *ours: str) -> Callable[..., Tensor]:
    """A function as a method that takes what NumPy's takes besides, such as out=None, by way of NumPy's.

    Where NumPy's takes a dtype next, a number there is the first of `ours`.
    """
    count, numpys = numpy_protocol.POSITIONAL[function], getattr(np, function.__name__)
    told = taught(function)

    @functools.wraps(function)
    def method(self: Any, *args: Any, **named: Any) -> Any:
        if not named and len(args) < count:
            return function(self, *args)
        if 0 <= len(args) - count < len(ours) and isinstance(args[count - 1], (int, float, np.bool_)):
            named, args = {**dict(zip(ours, args[count - 1 :], strict=False)), **named}, args[: count - 1]
        return (numpys if "out" in named or len(args) >= count else told)(self, *args, **named)

    return method


def _folding(function: Callable[..., Any], *ours: str) -> Callable[..., Tensor]:
    """The same of a function that folds axes away, which mostly is given an axis alone."""
    general = _as_numpys(function, *ours)

    @functools.wraps(function)
    def method(self: Tensor, axis: Axis = None, *args: Any, **named: Any) -> Tensor:
        return general(self, axis, *args, **named) if args or named else function(self, axis)

    return method


def _plain(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of NumPy that gives indices or truth values, as a method, which gives a plain array."""
    of_array, told = getattr(np.ndarray, function.__name__), taught(function)

    def method(self: Tensor, *args: Any, **named: Any) -> Any:
        array = self._read()
        if args or named:
            args, named = tuple(map(data_of, args)), {key: data_of(x) for key, x in named.items()}
        return (of_array if type(array) is np.ndarray and not named else told)(array, *args, **named)

    method.__name__, method.__doc__ = function.__name__, f"np.{function.__name__} of the numbers, a plain array."
    return method


def _in_place(op: Op, written: str, change: Callable[[Any, Any], Any]) -> _Operator:
    """An operator such as `-=`: under `no_grad` it changes a leaf, elsewhere it gives the name a new tensor."""

    def method(self: Tensor, other: Operand) -> Tensor:
        if self.rule is None:
            if not _recording():
                self.data = change(self._read(), data_of(_operand(other)))
                return self
            if self.requires_grad:
                raise RuntimeError(
                    f"p {written} …: expected a change in place under vector.no_grad(), got a leaf that requires a "
                    f"gradient while it is recorded; write `with vector.no_grad(): p {written} …` to change it, "
                    f"p = p {written[:-1]} … for a new tensor"
                )
        return Tensor._apply(op, (self, other if type(other) in _PLAIN else _operand(other)))

    return method


def _compared(comparison: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """A comparison, which gives a plain array."""

    def method(self: Any, other: Any) -> Any:
        return comparison(self._read(), other._read() if isinstance(other, Tensor) else other)

    return method


class Tensor(Methods):
    """A NumPy array, the operation that made it, and the operands it was made from.

    Args:
        data: array or nested sequence; an array is used as it is, not copied.
        requires_grad: whether `backward` should compute ∂output/∂self; needs a floating dtype.
        label: the name in drawings and messages.
        role: "input" or "parameter"; the engine itself makes "constant" and "operation".

    Attributes:
        data: the numbers, an ndarray (the bare number for a number written in an expression).
        grad: ∂output/∂self, an ndarray accumulated by each `backward`, or None before the first.
        op: the operation's name, "" for a leaf.
        operands: what the operation was given, in order: `x * x` has two. `parents` has each as a node.
        inputs: their numbers, as the operation read them.
        params: the operation's parameters that are not operands, such as axis.

    Shapes, dtypes, promotion and broadcasting are NumPy's; requires_grad, leaf gradients and detach are PyTorch's.

    Raises TypeError: requires_grad with a dtype that is not floating, or data that are not numbers.

    >>> x = Tensor(np.array([1.0, 2.0, 3.0]), requires_grad=True, label="x")
    >>> (x * x).sum().backward()
    >>> x.grad
    array([2., 4., 6.])
    """

    __slots__ = (
        "_array", "changed", "grad", "inputs", "label", "number", "operands", "params", "requires_grad",
        "retains_grad", "role", "rule",
    )  # fmt: skip

    _array: Any
    changed: int
    grad: npt.NDArray[Any] | Any | None  # a Tensor after backward(create_graph=True)
    label: str
    number: int
    params: Mapping[str, Any]
    operands: tuple[Any, ...]
    inputs: Sequence[Any]
    requires_grad: bool
    retains_grad: bool
    role: str
    rule: Op | None

    def __init__(
        self, data: npt.ArrayLike, requires_grad: bool = False, label: str = "", *, role: str = "input"
    ) -> None:
        if isinstance(data, Tensor):
            raise TypeError("Tensor: expected numbers, got a Tensor; use it as it is, or detach() it for a new leaf")
        self._fill(_numeric(data, requires_grad), requires_grad, label, role, None, (), _NO_PARAMS)

    def _fill(self, data: Any, requires_grad: bool, label: str, role: str, op: Op | None, operands: tuple[Any, ...],
              params: Mapping[str, Any], inputs: Sequence[Any] = ()) -> Tensor:  # fmt: skip
        self._array = data
        self.grad = None
        self.requires_grad = requires_grad
        self.retains_grad = False
        self.label = label
        self.role = role
        self.rule = op
        self.operands = operands
        self.params = params
        self.inputs = inputs
        # An operand exists before its result, so sorting by this number sorts any graph topologically.
        self.number = next(_creation_numbers)
        self.changed = 0
        return self

    @staticmethod
    def _apply(op: Op, inputs: Sequence[Any], params: Mapping[str, Any] = _NO_PARAMS) -> Tensor:
        """Compute `op` and, when an input requires a gradient and recording is on, record it."""
        arrays = []
        recorded = False
        for x in inputs:  # one loop for everything: this is the engine's busiest line
            if isinstance(x, Tensor):
                arrays.append(x._array)
                recorded = recorded or x.requires_grad
            else:
                arrays.append(x)
                if type(x) not in _NUMBERS:
                    if isinstance(x, (list, tuple, Size)):
                        return Tensor._apply(op, [*map(_operand, inputs)], params)
                    check_real(x, "beside a Tensor")
        hooks = _hooks()
        if hooks:
            arrays = [hooks.on_read(x) for x in arrays]
        out = op.forward(*arrays, **params)
        if type(out) is not np.ndarray:
            out = as_array(out)
        if hooks:
            hooks.on_result(op.name, out, arrays, "value")
            if recorded:
                arrays = hooks.on_record(op, out, arrays, params)
        if recorded and _recording():
            return _new(Tensor)._fill(out, True, "", "operation", op, tuple(inputs), params, arrays)
        return _new(Tensor)._fill(out, False, "", "input", None, (), _NO_PARAMS)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        """`np.exp(tensor)`, and `array + tensor`: the ufunc's rule, or plain numbers where it has no derivative."""
        ours = numpy_protocol.UFUNCS.get(ufunc)
        if type(ours) is Op and method == "__call__" and not kwargs:
            return Tensor._apply(ours, inputs)
        if ufunc in numpy_protocol.NOT_DIFFERENTIABLE:
            return getattr(ufunc, method)(*map(data_of, inputs), **kwargs)
        if method != "__call__":
            return numpy_protocol.of_method(ufunc, method, inputs, kwargs)
        if ours is None:
            raise numpy_protocol.not_covered(ufunc)
        return numpy_protocol.with_keywords(ufunc, ours, inputs, kwargs, method) if kwargs else ours(*inputs)

    def __array_function__(
        self, function: Callable[..., Any], types: Any, args: Sequence[Any], kwargs: Mapping[str, Any]
    ) -> Any:
        """`np.sum(tensor)`: the function of the same name in `vector.functions`."""
        if function in numpy_protocol.NOT_DIFFERENTIABLE:
            return function(*tree_map(data_of, list(args)), **tree_map(data_of, dict(kwargs)))
        ours = numpy_protocol.FUNCTIONS.get(function) or numpy_protocol.lazy(function)
        if ours is None:
            raise numpy_protocol.not_covered(function)
        if kwargs or len(args) > numpy_protocol.POSITIONAL.get(ours, len(args)):
            args, kwargs = numpy_protocol.adapted(function, ours, args, kwargs)
        return ours(*args, **kwargs)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> npt.NDArray[Any]:
        """The numbers, for code that knows only arrays.

        Raises TypeError: self requires a gradient, which the copy would silently lose.
        """
        if self.requires_grad:
            raise TypeError(
                "expected an array, got a Tensor that requires a gradient; make one Tensor of a list of them with "
                "vector.stack([...]), and cut the graph on purpose with .detach() or .data"
                f"{numpy_protocol.users_line()}"
            )
        return np.array(self._array, dtype=dtype, copy=copy)

    @property
    def data(self) -> Any:
        """The numbers, not copied. Assigning them, also by `t.data -= …`, marks the tensor as changed in place.

        What is computed from them is a constant for the graph, with no mark in it. Writing into the array itself,
        `t.data[0] = 1`, leaves no mark, as with any array that NumPy shares: a backward pass through a graph from
        before would then use the new numbers, unless it runs under `detect_anomaly`, which notices.
        """
        if self.requires_grad:
            modes.refuse_cut("data")
        return self._read()

    @data.setter
    def data(self, data: Any) -> None:
        in_place = data is self._array
        if not in_place:
            data = _numeric(data_of(data), self.requires_grad)
        hooks = _hooks()
        self._array = hooks.on_assign(self, data) if hooks else data
        mark_changed((self,), in_place)

    def _read(self) -> Any:
        """The numbers, for whatever has no derivative."""
        hooks = _hooks()
        return hooks.on_read(self._array) if hooks else self._array

    @property
    def parents(self) -> tuple[Tensor, ...]:
        """The operands, in order, with repetition; numbers and arrays written in an expression are nodes as well."""
        if not all(isinstance(x, Tensor) for x in self.operands):
            with modes.shared:  # all threads are to meet the same nodes
                self.operands = tuple([x if isinstance(x, Tensor) else _constant(x) for x in self.operands])
        return self.operands

    @parents.setter
    def parents(self, parents: tuple[Tensor, ...]) -> None:
        self.operands = parents

    @property
    def op(self) -> str:
        """The operation's name, "" for a leaf."""
        return self.rule.name if self.rule else ""

    @property
    def shape(self) -> tuple[int, ...]:
        """Size of each axis."""
        return getattr(self._array, "shape", ())

    @property
    def dtype(self) -> np.dtype[Any]:
        """NumPy's element type."""
        array = self._array
        return array.dtype if type(array) is np.ndarray else as_array(array).dtype

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return getattr(self._array, "ndim", 0)

    @property
    def size(self) -> int:
        """Number of elements."""
        return Size(getattr(self._array, "size", 1))

    @property
    def T(self) -> Tensor:  # noqa: N802  # NumPy's name
        """Axes in reverse order."""
        return functions.transpose(self)

    @property
    def mT(self) -> Tensor:  # noqa: N802  # NumPy's name
        """The last two axes exchanged."""
        return functions.matrix_transpose(self)

    def item(self, *index: int) -> float:
        """The only element, or the one at an index, as a Python number.

        Raises ValueError: there is not exactly one.
        """
        if not index and self.size != 1:
            raise ValueError(f"item: expected size == 1, got shape {self.shape}")
        if self.requires_grad:
            modes.refuse_cut("item()")
        return as_array(self._read()).item(*index)

    def numpy(self, *, force: bool = False) -> npt.NDArray[Any]:
        """The numbers as an array, not copied; with `force` also of a Tensor that requires a gradient.

        Raises TypeError: self requires a gradient; detach it first.
        """
        return np.asarray(self.detach() if force else self)

    def detach(self) -> Tensor:
        """The same numbers as a new leaf without history."""
        return _new(Tensor)._fill(as_array(self._array), False, "", "input", None, (), _NO_PARAMS)

    def astype(
        self, dtype: npt.DTypeLike, order: str = "K", casting: Any = "unsafe", subok: bool = True, copy: bool = True
    ) -> Tensor:
        """The numbers in another real dtype; the gradient comes back in this one's, from integers and booleans none.

        They are copied in any case, and the order of the memory is NumPy's to choose.

        Raises TypeError: `casting` does not lead to the dtype.
        """
        if casting != "unsafe":
            np.empty(0, self.dtype).astype(dtype, casting=casting)
        return functions.astype(self, dtype)

    def tolist(self) -> Any:
        """The numbers as nested lists of Python's own, or as one of them, as `item` gives it."""
        if self.requires_grad:
            modes.refuse_cut("tolist()")
        return as_array(self._read()).tolist()

    def __len__(self) -> int:
        return len(self._array)

    def __iter__(self) -> Iterator[Tensor]:
        return (self[i] for i in range(len(self)))

    def __getitem__(self, index: Any) -> Tensor:
        return Tensor._apply(rules.getitem, (self,), {"index": _frozen(index)})

    def __contains__(self, number: object) -> bool:
        return bool(np.any(self == number))

    def __setitem__(self, index: Any, value: Any) -> None:
        if self.rule is not None or _recording():
            raise TypeError(
                "x[i] = v would change numbers that the graph still needs; write the functional form, "
                "np.where(mask, v, x) or vector.replaced(x, i, v); a leaf can be written to under vector.no_grad()"
            )
        data = self._read()
        data[_frozen(index)] = data_of(_operand(value))
        self.data = data

    def __reduce__(self) -> tuple[Any, ...]:
        """Copy and pickle a leaf; its creation number is a new one.

        Raises TypeError: self is the result of an operation.
        """
        if self.rule is not None:
            raise TypeError(
                f"expected a leaf to copy or pickle, got the result of {self.op}; copy .detach(), or the leaves"
            )
        return _leaf, (self._array, self.requires_grad, self.label, self.role, self.grad)

    def __dir__(self) -> Iterable[str]:
        return vocabulary.there(Tensor)

    def __bool__(self) -> bool:
        return bool(self._read())

    def _number(self) -> float:
        """The only element, for Python and `math`, where it loses its derivative."""
        number = self.item()
        if self.requires_grad and _recording():
            warnings.warn(
                "float(), int(), round() and functions of math lose the gradient that this Tensor requires; "
                "write np.exp(t) for math.exp(t), and t.item() or t.detach() where the number alone is meant",
                stacklevel=3,
            )
        return number

    def __index__(self) -> int:
        """A whole number on its own, where Python wants one: `range(t)`, `x[:t]`, `axis=t`."""
        return operator.index(self._read())

    def __float__(self) -> float:
        return float(self._number())

    def __int__(self) -> int:
        return int(self._number())

    def __round__(self, digits: int | None = None) -> float:
        return round(self._number(), digits)

    def __format__(self, spec: str) -> str:
        if not spec:
            return str(self)
        if self.size != 1:
            raise TypeError(f"format: expected size == 1 for {spec!r}, got {self.shape}; write np.array2string(t, 3)")
        return format(self.item(), spec)

    def __repr__(self) -> str:
        numbers = np.array2string(np.asarray(self._array), separator=", ", prefix="Tensor(")
        extras = [f"dtype={self.dtype}"] if self.dtype not in (np.float64, np.int64, np.bool_) else []
        extras += ["requires_grad=True"] if self.requires_grad and not self.rule else []
        extras += [f"op={self.op!r}"] if self.rule else []
        extras += [f"label={self.label!r}"] if self.label else []
        return f"Tensor({', '.join([numbers, *extras])})"

    def requires_grad_(self, requires_grad: bool = True) -> Tensor:
        """Switch the gradient of a leaf on or off, and return it.

        Raises TypeError: a dtype that is not floating; ValueError: self is the result of an operation.
        """
        if self.rule:
            raise ValueError("requires_grad_: expected a leaf, got the result of an operation; detach it first")
        _check_differentiable(self.dtype, requires_grad)
        self.requires_grad = requires_grad
        return self

    def retain_grad(self) -> None:
        """Keep this intermediate tensor's gradient in `grad` too, as for a leaf."""
        self.retains_grad = True

    @taught
    def backward(self, gradient: npt.ArrayLike | None = None, retain_graph: bool | None = None,
                 create_graph: bool = False, *, retain_all: bool = False) -> None:  # fmt: skip
        """Add ∂self/∂leaf to the `grad` of every leaf below self that requires it.

        Args:
            gradient: the upstream gradient ∂L/∂self, of self's shape; 1 by default, for a self of one element.
            retain_graph: PyTorch's; graphs stay as long as something refers to them, so it changes nothing.
            create_graph: make each `grad` a Tensor that can itself be differentiated, and that keeps the graph alive.
            retain_all: keep the gradients of intermediate tensors too, for a drawing.

        Gradients are summed in local storage and written once, so a second call adds the same numbers again, and so
        does another thread.

        Raises RuntimeError: self requires no gradient; or an operand was changed in place after it was used;
        ValueError: self has more than one element and no gradient is given, or its shape is not self's.
        """
        if not self.requires_grad:
            raise RuntimeError("backward: expected a tensor computed from one with requires_grad=True, got a constant")
        if type(self._array) is Batch:
            raise RuntimeError("vmap: expected grad(f) in place of .backward(), whose .grad belongs to no one example")
        seed: Any = _seed(self, gradient)
        if create_graph:
            seed = gradient if isinstance(gradient, Tensor) else Tensor(seed)
        found = gradients(
            self, seed, lambda x: retain_all or x.rule is None or x.retains_grad, create_graph=create_graph
        )
        hooks = _hooks()
        with modes.shared:
            for node, (g, shared) in found.items():
                if node.grad is not None:
                    node.grad = as_array(node.grad + g)  # of 0 axes, NumPy gives a number
                else:
                    node.grad = as_array(g).copy(order="K") if shared else as_array(g)
                if hooks:
                    hooks.on_gradient(node)

    def chain_rule(self, gradient: npt.ArrayLike | None = None) -> ChainRule:
        """The ledger: how the gradient of self with respect to each tensor below it comes about.

        gradient: the upstream gradient, as for `backward`.

        >>> x = Tensor(np.array([1.0, 2.0]), requires_grad=True)
        >>> for step in (x * x).sum().chain_rule():
        ...     print(step.kind, step.total)
        seed 1.0
        univariate [1. 1.]
        multivariate [2. 4.]
        """
        from vector.diagnostics.ledger import ChainRule  # with all that writes it

        return ChainRule(self, _seed(self, gradient))

    name_all = staticmethod(name_all)

    def conventions(self) -> list[Convention]:
        """The convention report: each kink or tie that the backward pass of self meets, and the choice made there.

        >>> x = Tensor(np.array([-1.0, 0.0, 0.0]), requires_grad=True)
        >>> print(*x.relu().sum().conventions())
        relu: operand 0 has a slope in [0, 1] in 2 places, the first at [1], chosen 0
        """
        return conventions(self)

    def evaluate(self, *operands: Any) -> Any:
        """What this node's operation gives for other numbers; for checks such as finite differences.

        Raises ValueError: self is a leaf.
        """
        if self.rule is None:
            raise ValueError("evaluate: expected the result of an operation, got a leaf")
        return self.rule.forward(*operands, **self.params)

    __add__, __radd__ = _operators(rules.add)
    __sub__, __rsub__ = _operators(rules.subtract)
    __mul__, __rmul__ = _operators(rules.multiply)
    __truediv__, __rtruediv__ = _operators(rules.divide)
    __pow__, __rpow__ = _operators(rules.power)
    __matmul__, __rmatmul__ = _operators(rules.matmul)
    __mod__, __rmod__ = _operators(rules.remainder)
    __floordiv__, __rfloordiv__ = _operators(rules.floor_divide)
    __neg__, __abs__ = Methods.negative, Methods.absolute

    def __pos__(self) -> Tensor:
        return Tensor._apply(rules.positive, (self,))

    def __divmod__(self, other: Operand) -> tuple[Tensor, Tensor]:
        return functions.divmod(self, other)

    def __rdivmod__(self, other: Operand) -> tuple[Tensor, Tensor]:
        return functions.divmod(other, self)

    __iadd__ = _in_place(rules.add, "+=", operator.iadd)
    __isub__ = _in_place(rules.subtract, "-=", operator.isub)
    __imul__ = _in_place(rules.multiply, "*=", operator.imul)
    __itruediv__ = _in_place(rules.divide, "/=", operator.itruediv)
    __ipow__ = _in_place(rules.power, "**=", operator.ipow)
    __imatmul__ = _in_place(rules.matmul, "@=", operator.imatmul)
    __imod__ = _in_place(rules.remainder, "%=", operator.imod)
    __ifloordiv__ = _in_place(rules.floor_divide, "//=", operator.ifloordiv)

    __eq__, __ne__ = _compared(operator.eq), _compared(operator.ne)
    __lt__, __le__ = _compared(operator.lt), _compared(operator.le)
    __gt__, __ge__ = _compared(operator.gt), _compared(operator.ge)
    __hash__ = object.__hash__

    # Functions, also `np.f(x)` and `vector.f(x)`; those of each element come from the rule table.
    sum, mean = _folding(functions.sum, "keepdims"), _folding(functions.mean, "keepdims")
    prod, max = _folding(functions.prod, "keepdims"), _folding(functions.max, "keepdims")
    min, var = _folding(functions.min, "keepdims"), _folding(functions.var, "ddof", "keepdims")
    std = _folding(functions.std, "ddof", "keepdims")
    cumsum, cumprod = _as_numpys(functions.cumsum), _as_numpys(functions.cumprod)
    clip, round = _as_numpys(functions.clip), _as_numpys(functions.round)
    ravel, moveaxis, ptp = _as_method(functions.ravel), _as_method(functions.moveaxis), _as_method(functions.ptp)
    squeeze, swapaxes = _as_method(taught(functions.squeeze)), _as_method(taught(functions.swapaxes))
    diagonal, trace = _as_method(taught(functions.diagonal)), _as_numpys(functions.trace)
    choose, conj, conjugate = _as_numpys(functions.choose), _as_method(functions.real), _as_method(functions.real)
    take, repeat, dot = _as_numpys(functions.take), _as_method(functions.repeat), _as_numpys(functions.dot)
    softmax, log_softmax = _as_method(taught(functions.softmax)), _as_method(taught(functions.log_softmax))

    argmin, argmax, any, all = _plain(np.argmin), _plain(np.argmax), _plain(np.any), _plain(np.all)
    nonzero, searchsorted = _plain(np.nonzero), _plain(np.searchsorted)

    @taught
    def argsort(
        self, axis: int | None = -1, kind: str | None = None, order: None = None, *, stable: bool | None = None
    ) -> Any:
        """Indices that sort along an axis, stably, a plain array."""
        return np.argsort(self._read(), axis=axis, kind="stable")

    def reshape(self, *shape: int | Sequence[int], order: str = "C", copy: Any = None, **words: Any) -> Tensor:
        """The same numbers in another shape: `reshape(2, 3)` or `reshape((2, 3))`."""
        if words:
            raise vocabulary.unknown("reshape", words, ["*shape", "order"])
        sizes: Any = shape[0] if len(shape) == 1 else shape
        return rules.reshape(self, shape=sizes) if order == "C" else functions.reshape(self, sizes, order)

    def transpose(self, *axes: Any, **words: Any) -> Tensor:
        """Axes in the given order, `transpose(1, 0)` or `transpose((1, 0))`, reversed by default."""
        if words:
            raise vocabulary.unknown("transpose", words, ["*axes"])
        given = axes[0] if len(axes) == 1 and not hasattr(axes[0], "__index__") else axes or None
        return functions.transpose(self, given)

    @taught
    def flatten(self, order: str = "C") -> Tensor:
        """A copy of the same numbers as one axis."""
        return rules.copy(functions.ravel(self, order))

    def copy(self, order: str = "C") -> Tensor:  # NumPy's order of the memory, without effect here
        """x, as a number of its own. Hands the gradient on."""
        return Tensor._apply(rules.copy, (self,))

    def compress(self, condition: Any, axis: int | None = None, out: None = None) -> Any:
        """The slices along an axis for which the condition holds."""
        return np.compress(condition, self, axis, out)


vocabulary.install(
    Tensor, "Tensor", *vars(functions)["__all__"], *vars(functions.linalg)["__all__"],
    *(name for name, function in vars(np).items() if callable(function) and name[0] != "_"),
)  # fmt: skip
Operand: TypeAlias = Tensor | npt.ArrayLike


def tensor(data: npt.ArrayLike, requires_grad: bool = False, label: str = "", dtype: Any = None) -> Tensor:
    """A new leaf with its own copy of the numbers, in their own dtype or this one; see `Tensor`.

    >>> tensor([[1.0, 2.0]], label="x")
    Tensor([[1., 2.]], label='x')
    """
    return Tensor(np.copy(data) if dtype is None else np.array(data, dtype), requires_grad, label)


_NUMBERS = frozenset([float, int])
_PLAIN = _NUMBERS | {Tensor, np.ndarray}
"""What an operator takes as it is; anything else is looked at by `_operand`."""


def _operand(x: Any) -> Any:
    """The other side of an operator; a nested list becomes an array, or where it holds Tensors a Tensor."""
    if type(x) is Size:
        return +x
    if isinstance(x, (Tensor, np.ndarray, float, int, np.generic)) or hasattr(x, "as_array"):
        return x
    array = operand(x)
    if np.dtype(getattr(array, "dtype", float)) == object:
        raise TypeError(f"expected a Tensor, an array or numbers, got {type(x).__name__}")
    return array


def _constant(x: Any) -> Tensor:
    """A number or array written in an expression, as a node of its own; a bare number keeps its weak dtype."""
    return _new(Tensor)._fill(x, False, "", "constant", None, (), _NO_PARAMS)


def _leaf(data: Any, requires_grad: bool, label: str, role: str, grad: Any) -> Tensor:
    """A leaf from its parts, as pickle stores them."""
    leaf = Tensor.__new__(Tensor)._fill(data, requires_grad, label, role, None, (), _NO_PARAMS)
    leaf.grad = grad
    return leaf


def _frozen(index: Any) -> Any:
    """An index whose arrays are copies, so that what happens to the originals does not move the gradient."""
    if isinstance(index, tuple):
        return tuple(_frozen(part) for part in index)
    if isinstance(index, list) or hasattr(index, "dtype"):
        return as_array(data_of(whole(index))).copy()
    return index


def mark_changed(tensors: Iterable[Tensor], in_place: bool = True) -> None:
    """Tell the graph that the numbers of these tensors are others now, and of all that show the same memory."""
    with modes.shared:  # or another thread might put an older number over this one
        number = modes.latest_change[0] = next(_creation_numbers)
        for tensor in tensors:
            tensor.changed = number
            if in_place and type(tensor._array) is np.ndarray:
                note_write(tensor._array, number)


def data_of(x: Any) -> Any:
    """The numbers of a Tensor; anything else as it is."""
    return x._read() if isinstance(x, Tensor) else x


def _numeric(data: Any, requires_grad: bool) -> Any:
    """Data as an array of numbers, floating where it requires a gradient."""
    if isinstance(data, np.ndarray) and hasattr(data, "mask"):
        raise TypeError("Tensor: expected an array without a mask; fill it, and keep its mask for np.where")
    array = as_array(data)
    _check_differentiable(array.dtype, requires_grad)
    if array.dtype.kind not in "biuf":
        raise TypeError(f"Tensor: expected numbers, got dtype {array.dtype}; of complex ones take .real and .imag")
    return array


def _check_differentiable(dtype: np.dtype[Any], requires_grad: bool) -> None:
    if requires_grad and dtype.kind != "f":
        raise TypeError(f"requires_grad: expected a floating dtype, got {dtype}; convert the data with astype(float)")


def _seed(output: Tensor, gradient: npt.ArrayLike | None) -> npt.NDArray[Any]:
    """The upstream gradient that a backward pass starts with."""
    if gradient is None:
        if output.size != 1:
            raise ValueError(
                f"backward: expected an output of one element, got shape {output.shape}; reduce it, for example with "
                ".sum(), or pass the upstream gradient: backward(gradient)"
            )
        return np.array(1, output.dtype).reshape(output.shape)
    check_real(gradient, "as the upstream gradient")
    seed = as_array(data_of(gradient)).astype(output.dtype, copy=False)
    if seed.shape != output.shape:
        raise ValueError(f"backward: expected gradient.shape == {output.shape}, the output's, got {seed.shape}")
    return seed
