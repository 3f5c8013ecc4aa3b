"""A user's own operation, as in PyTorch: a forward, and a backward that says what it sends back."""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np

from vector import modes
from vector.arrays import array_of, as_array
from vector.custom.context import Context, Differentiable, described, is_operand, readonly
from vector.op import Each, Op
from vector.tensor import Tensor
from vector.topology import reverse_topological
from vector.trees import tree_leaves


class Function:
    """The base class of a user's own operation; `MyOp.apply(*args)` computes and records it.

    A subclass has two static methods:

        forward(ctx, *args) → an array, or a tuple of arrays. It gets read-only arrays for Tensors and arrays, and every
            other argument as it is.
        backward(ctx, *upstream) → a gradient for each argument of forward, None where there is none. upstream is
            ∂L/∂output for each output, of its shape; zeros for an output that L does not depend on. A gradient has the
            shape of its argument, or the shape that the argument broadcasts to.

    `backward` gets arrays. For second derivatives and forward mode it is differentiated itself: it then gets Tensors,
    upstream and in `ctx.saved_tensors`, and NumPy functions on them record themselves. What would cut that graph
    (`float(x)`, `np.asarray(x)`, an intermediate result kept on ctx; see `Context`) is an error there, never a silently
    wrong number. `.detach()` and `vector.no_grad` are taken at their word.

    >>> class Exp(Function):
    ...     @staticmethod
    ...     def forward(ctx, x):
    ...         out = np.exp(x)
    ...         ctx.save_for_backward(out)
    ...         return out
    ...
    ...     @staticmethod
    ...     def backward(ctx, g):
    ...         (out,) = ctx.saved_tensors
    ...         return g * out
    >>> x = Tensor(np.array([0.0, 1.0]), requires_grad=True)
    >>> y = Exp.apply(x)
    >>> y.op
    'Exp'
    >>> y.sum().backward()
    >>> x.grad.round(4)
    array([1.    , 2.7183])
    """

    def __new__(cls, *args: Any) -> Self:
        """Refuse: an operation has no instances."""
        raise TypeError(f"{cls.__name__}(…): an operation is applied, not called; write {cls.__name__}.apply(…)")

    @staticmethod
    def forward(ctx: Any, *args: Any) -> Any:
        """The value; to be written by the subclass."""
        raise NotImplementedError("expected a static method forward(ctx, *args)")

    @staticmethod
    def backward(ctx: Any, *upstream: Any) -> Any:
        """The vector-Jacobian products; to be written by the subclass."""
        raise NotImplementedError("expected a static method backward(ctx, *upstream)")

    @classmethod
    def apply(cls, *args: Any) -> Any:
        """Compute the operation: Tensors among the arguments give Tensors, else arrays come out.

        Raises NotImplementedError: the subclass has no forward, or no backward though a gradient will be wanted;
        TypeError: a Tensor that requires a gradient inside a list or dictionary, where no gradient would reach it; or
        forward gives something else than arrays, or Tensors from outside that require a gradient.

        Raises (in the backward pass):
            ValueError: backward gives a wrong number of gradients, or a wrong shape.
            TypeError: backward gives something else than numbers, or a gradient for an argument that is no array.
            RuntimeError: backward is differentiated itself, and cuts its graph; or an operand was changed in place
                after the forward pass (see `Tensor.backward`).
        """
        _check_applied(cls, args)
        call = _Call(cls, args)
        operation = Op(cls.__name__, call.forward, Each(call.vjp))
        outputs = call.unpacked(operation(*filter(is_operand, args)))
        if any(isinstance(x, Tensor) for x in args):
            outputs = [x if isinstance(x, Tensor) else Tensor(x) for x in outputs]
        return tuple(outputs) if call.several else outputs[0]


class _Call:
    """One application: what stands behind the rule of its node."""

    def __init__(self, function: type[Function], args: tuple[Any, ...]) -> None:
        self.function = function
        self.name = function.__name__
        recording = modes.recording.get()
        self.needs = tuple(isinstance(x, Tensor) and x.requires_grad and recording for x in args)
        self.operands = [i for i, x in enumerate(args) if is_operand(x)]
        self.rest = {i: x for i, x in enumerate(args) if not is_operand(x)}
        self.ctx = Context()
        self.several = False
        # The gradients for one upstream gradient, still to be handed out. Together, for several threads may ask.
        self.served: tuple[Any, dict[int, Any]] = None, {}

    def forward(self, *operands: Any) -> Any:
        """The value, as one array: where there are several of floating dtype, they are laid end to end."""
        places = dict(zip(self.operands, (readonly(as_array(x)) for x in operands), strict=True))
        arguments = tuple(v for _, v in sorted({**places, **self.rest}.items()))
        ctx = Context(self.needs, arguments)
        result = self.function.forward(ctx, *arguments)
        several = isinstance(result, (tuple, list))
        ctx._returned = tuple(result) if several else (result,)
        ctx._outputs = tuple(_output(self.name, x) for x in ctx._returned)
        wrong = [x for x in ctx._outputs if x.dtype.kind not in "biuf"]
        if wrong or not ctx._outputs:
            got = f"dtype {wrong[0].dtype}" if wrong else "none"
            raise TypeError(f"{self.name}.forward: expected real arrays as its outputs, got {got}")
        if not self.ctx._outputs:  # a second evaluation, for a check, must not disturb what is saved
            self.ctx, self.several = ctx, several
        floating = [x for x in ctx._outputs if x.dtype.kind == "f"]
        if len(floating) < 2:
            return next(iter(floating), ctx._outputs[0])
        dtype = np.result_type(*floating)
        return np.concatenate([x.ravel().astype(dtype) for x in floating])

    def unpacked(self, out: Any) -> list[Any]:
        """The outputs from the one array of `forward`, or from its gradient; those without a derivative as they are."""
        outputs = self.ctx._outputs
        if sum(x.dtype.kind == "f" for x in outputs) < 2:
            return [out if x.dtype.kind == "f" else x for x in outputs]
        parts, start = list(outputs), 0
        for i, x in enumerate(outputs):
            if x.dtype.kind == "f":
                part = Op(f"{self.name}[{i}]", _part, [_part_transpose], linear=True)
                parts[i] = part(out, start=start, shape=x.shape, dtype=x.dtype)
                start += x.size
        return parts

    def vjp(self, argument: int, g: Any, out: Any, *inputs: Any) -> Any:
        """One operand's gradient. The sweep asks for one after the other; backward gives all of them at once."""
        upstream, gradients = self.served
        gradient = gradients.pop(argument, None) if upstream is g else None
        if gradient is None:  # or another thread was served
            gradients = self._gradients(g, out, inputs)
            gradient = gradients.pop(argument)
        self.served = (g, gradients) if gradients else (None, {})
        return gradient

    def _gradients(self, g: Any, out: Any, inputs: Sequence[Any]) -> dict[int, Any]:
        """Of each operand that wants one, by its place among the operands."""
        ctx = self.ctx
        parts = zip(ctx._outputs, self.unpacked(g), strict=True)
        upstream = [part if x.dtype.kind == "f" else np.zeros_like(x) for x, part in parts]
        if isinstance(out, Tensor):
            known = [ctx._arguments[argument] for argument in self.operands]  # for which the graph has Tensors
            pairs = zip([*ctx._returned, *known], [*self.unpacked(out), *inputs], strict=True)
            ctx = Differentiable(self.name, ctx, {id(array): tensor for array, tensor in pairs})
        if isinstance(g, Tensor):
            with modes.switched(modes.differentiating, self.name):
                result = self._recorded(ctx, upstream)
        else:
            result = self.function.backward(ctx, *(readonly(x) for x in upstream))
        given = tuple(result) if isinstance(result, (tuple, list)) else (result,)
        self._check_number(given)
        return {
            place: self._gradient(argument, given[argument], g, inputs[place])
            for place, argument in enumerate(self.operands)
            if self.needs[argument]
        }

    def _recorded(self, ctx: Context, upstream: Sequence[Any]) -> Any:
        try:
            return self.function.backward(ctx, *upstream)
        except (TypeError, ValueError) as error:
            raise TypeError(
                f"{self.name}.backward: for second derivatives and forward mode it is given Tensors and must record "
                f"itself, which failed: {error}. Write it with NumPy functions and operators that give "
                "new arrays; .data and .detach() would cut the graph"
            ) from error

    def _check_number(self, given: tuple[Any, ...]) -> None:
        if len(given) != len(self.needs):
            raise ValueError(
                f"{self.name}.backward: expected {len(self.needs)} gradients, one for each argument of forward, got "
                f"{len(given)}; give None for an argument without one"
            )
        for argument, x in self.rest.items():
            if given[argument] is not None:
                raise TypeError(
                    f"{self.name}.backward: expected None as the gradient of argument {argument}, a "
                    f"{type(x).__name__}, which has none, got {described(given[argument])}"
                )

    def _gradient(self, argument: int, gradient: Any, g: Any, operand: Any) -> Any:
        """A gradient as the sweep wants it: checked, in memory of its own, and connected to what it depends on."""
        if gradient is None:
            gradient = np.zeros(operand.shape, operand.dtype)
        if not isinstance(gradient, Tensor):
            gradient = as_array(gradient)
        where = f"{self.name}.backward: expected as the gradient of argument {argument}"
        if gradient.dtype.kind not in "biuf":
            raise TypeError(f"{where} real numbers, got {described(gradient)}")
        try:
            fits = np.broadcast_shapes(gradient.shape, operand.shape) == gradient.shape
        except ValueError:
            fits = False
        if not fits:
            raise ValueError(f"{where} shape {operand.shape}, the argument's own, got {gradient.shape}")
        if not isinstance(g, Tensor):
            return array_of(gradient).astype(operand.dtype)  # a copy, even of what needs no conversion
        if g.requires_grad and not _depends(gradient, g):
            raise RuntimeError(
                f"{where} a Tensor computed from the upstream gradient, in which it is linear, got "
                f"{described(gradient)} that does not depend on it: the graph was cut, or the upstream gradient "
                "forgotten"
            )
        return gradient if isinstance(gradient, Tensor) else Tensor(gradient)


def _check_applied(function: type[Function], args: tuple[Any, ...]) -> None:
    """Raise unless the operation is complete, and each Tensor an argument of its own."""
    name = function.__name__
    if function.forward is Function.forward:
        raise NotImplementedError(f"{name}: expected a static method forward(ctx, *args), got none; write it in {name}")
    if function.backward is Function.backward and any(isinstance(x, Tensor) and x.requires_grad for x in args):
        raise NotImplementedError(
            f"{name}: expected a static method backward(ctx, *upstream), for an argument requires a gradient, got "
            f"none; write it in {name}, or detach the argument"
        )
    for i, x in enumerate(args):
        if not is_operand(x) and any(isinstance(leaf, Tensor) and leaf.requires_grad for leaf in tree_leaves(x)):
            raise TypeError(
                f"{name}.apply: expected each Tensor as an argument of its own, got one inside argument {i}, a "
                f"{type(x).__name__}, where no gradient would reach it; write apply(*tensors)"
            )


def _output(name: str, x: Any) -> Any:
    """One output of forward, as an array that may be written to."""
    if isinstance(x, Tensor) and x.requires_grad:
        raise TypeError(
            f"{name}.forward: expected arrays computed from its arguments, got a Tensor that requires a gradient from "
            "outside, which no gradient would reach; pass that Tensor to apply as an argument"
        )
    array = as_array(array_of(x))
    return array.copy() if isinstance(array, np.ndarray) and not array.flags.writeable else array


def _depends(gradient: Any, g: Tensor) -> bool:
    """Whether it was computed from g, or is nothing but zeros."""
    if not np.any(array_of(gradient)):
        return True
    recorded = isinstance(gradient, Tensor) and gradient.requires_grad
    return recorded and any(node is g for node in reverse_topological(gradient, since=g.number))


def _part(packed: Any, *, start: int, shape: tuple[int, ...], dtype: Any) -> Any:
    """One output of several, in memory of its own."""
    return packed[start : start + int(np.prod(shape, dtype=int))].reshape(shape).astype(dtype)


def _part_transpose(g: Any, out: Any, packed: Any, *, start: int, shape: tuple[int, ...], dtype: Any) -> Any:
    return np.pad(np.ravel(g), (start, packed.size - start - g.size))
