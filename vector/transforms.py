"""Functions that turn a function of arrays into its derivatives, to any depth.

How do nested derivatives stay apart? As in the scalar engine: each transform gives the function fresh variables,
linked to the ones outside, and asks for derivatives with respect to those alone. When the result depends on anything
from outside that has a gradient, it is computed with Tensors and can be differentiated again; else arrays come out.
"""

import math
from collections.abc import Callable, Sequence
from contextlib import closing
from functools import partial
from operator import itemgetter
from typing import Any, NamedTuple

import numpy as np

from vector import functions, modes, rules, sweep
from vector.arrays import array_of, as_array, check_real
from vector.batching import Batch, Level, apart, at_once, together
from vector.sweep import gradients
from vector.tensor import Tensor
from vector.topology import reverse_topological
from vector.trees import tree_leaves, tree_map, tree_unflatten

Function = Callable[..., Any]
Argnums = int | tuple[int, ...]
AT_ONCE = 2**24
"""How many numbers the sweeps that are made at once may hold, about 128 MiB."""


class _Trial(NamedTuple):
    """One evaluation of a function on fresh variables."""

    variables: list[Tensor]
    outputs: list[Tensor]
    result: Any
    nested: bool
    """Whether the outputs depend on variables from outside."""
    since: int
    """Nodes with a smaller creation number come from outside."""

    def pullback(self, output: Tensor, g: Any) -> list[Any]:
        """gᵀ·∂output/∂variable for each variable."""
        wanted = set(self.variables)
        found = {}
        if output.requires_grad:
            keep = wanted.__contains__
            found = gradients(output, self.returned(g), keep, create_graph=self.nested, since=self.since)
        return [found[variable][0] if variable in found else self.zeros(variable) for variable in self.variables]

    def pushforward(self, variables: Sequence[Tensor], *speeds: Any) -> list[Any]:
        """Σ ∂output/∂variable·speed for each output."""
        seeds = dict(zip(variables, map(self.returned, speeds), strict=True))
        found = sweep.tangents(self.outputs, seeds, self.since, record=self.nested)
        return [self.zeros(out) if moved is None else moved for out, moved in zip(self.outputs, found, strict=True)]

    def zeros(self, like_: Tensor) -> Any:
        """Zeros of a tensor's shape and dtype."""
        return self.returned(np.zeros(like_.shape, like_.dtype))

    def returned(self, array: Any) -> Any:
        """A Tensor where derivatives are recorded, else an array."""
        if self.nested:
            return array if isinstance(array, Tensor) else Tensor(array)
        return as_array(array_of(array))


def grad(f: Function, argnums: Argnums = 0) -> Function:
    """The function that computes ∂f/∂argument, in the argument's own structure of arrays, lists and dictionaries.

    f: gives one number, as a Tensor of one element.
    argnums: which argument, or a tuple of several, whose gradients come as a tuple; keyword arguments are passed on to
    f as they are.

    Raises TypeError when called: f does not give one floating number; an argument's dtype is not floating.

    >>> import numpy as np
    >>> grad(lambda p: (p["w"] * p["x"]).sum())({"w": np.array([1.0, 2.0]), "x": np.array([3.0, 4.0])})
    {'w': array([3., 4.]), 'x': array([1., 2.])}
    """
    both = value_and_grad(f, argnums)
    return lambda *args, **named: both(*args, **named)[1]


def value_and_grad(f: Function, argnums: Argnums = 0) -> Function:
    """The function that computes (f, ∂f/∂argument) in one forward and one backward sweep; see `grad`.

    >>> import numpy as np
    >>> value_and_grad(lambda x: (x**2).sum())(np.array([1.0, 2.0]))
    (array(5.), array([2., 4.]))
    """

    def both(*args: Any, **named: Any) -> tuple[Any, Any]:
        trial = _try(partial(f, **named) if named else f, args, argnums)
        if isinstance(trial.result, (list, tuple, dict)) or trial.outputs[0].size != 1:
            got = f"shape {trial.result.shape}" if isinstance(trial.result, Tensor) else type(trial.result).__name__
            raise TypeError(
                f"grad: expected f to give one number, got {got}; reduce it, for example with "
                ".sum(), or use jacobian or vjp"
            )
        output = trial.outputs[0]
        slopes = trial.pullback(output, np.ones(output.shape, output.dtype))
        return trial.returned(output), tree_unflatten(_wanted(args, argnums), iter(slopes))

    return both


def vjp(f: Function, *primals: Any) -> tuple[Any, Function]:
    """Reverse mode: f(*primals), and the function that takes ∂L/∂f, of f's structure, to ∂L/∂primals.

    >>> import numpy as np
    >>> out, pullback = vjp(lambda x: x * x, np.array([1.0, 2.0]))
    >>> out, pullback(np.array([1.0, 10.0]))
    (array([1., 4.]), (array([ 2., 40.]),))
    """
    trial = _try(f, primals, tuple(range(len(primals))))

    def pullback(g: Any) -> Any:
        parts = list(tree_leaves(g))
        _check("vjp", "upstream gradients", parts, trial.outputs, "f's own")
        sums: list[Any] = [0.0] * len(trial.variables)
        for output, part in zip(trial.outputs, parts, strict=True):
            sums = [total + slope for total, slope in zip(sums, trial.pullback(output, part), strict=True)]
        return tree_unflatten(primals, iter(sums))

    return tree_unflatten(trial.result, map(trial.returned, trial.outputs)), pullback


def jvp(f: Function, primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
    """Forward mode: f(*primals), and how fast it moves when the primals move at the given speeds, the tangents.

    Args:
        f: arrays and nested structures → the same.
        primals: the arguments.
        tangents: the speeds, in the primals' structure and shapes.

    Raises ValueError: a tangent's shape is not its primal's.

    >>> import numpy as np
    >>> jvp(lambda x: x * x, (np.array([1.0, 2.0]),), (np.array([1.0, 10.0]),))
    (array([1., 4.]), array([ 2., 40.]))
    """
    speeds = list(tree_leaves(list(tangents)))
    trial = _try(f, tuple(primals), tuple(range(len(primals))), also=speeds)
    _check("jvp", "tangents", speeds, trial.variables, "the primals' own")
    moved = iter(trial.pushforward(trial.variables, *speeds))
    return tree_unflatten(trial.result, map(trial.returned, trial.outputs)), tree_unflatten(trial.result, moved)


def jacobian(f: Function, argnums: Argnums = 0) -> Function:
    """The function that computes ∂fᵢ/∂xⱼ, of shape f.shape + x.shape for each pair of arrays.

    One sweep for all elements of the smaller side: forward mode when x has fewer elements than f, else reverse mode.

    >>> import numpy as np
    >>> jacobian(lambda x: x * x)(np.array([1.0, 2.0]))
    array([[2., 0.],
           [0., 4.]])
    """

    def matrix(*args: Any, **named: Any) -> Any:
        trial = _try(partial(f, **named) if named else f, args, argnums)
        wanted = _wanted(args, argnums)
        inputs, outputs = sum(v.size for v in trial.variables), sum(o.size for o in trial.outputs)
        blocks = _by_columns(trial) if inputs < outputs else _by_rows(trial)
        return tree_unflatten(trial.result, (tree_unflatten(wanted, iter(row)) for row in blocks))

    return matrix


def hessian(f: Function, argnums: Argnums = 0) -> Function:
    """The function that computes the second derivatives ∂²f/∂xᵢ∂xⱼ, as the Jacobian of the gradient.

    >>> import numpy as np
    >>> hessian(lambda x: (x**3).sum())(np.array([1.0, 2.0]))
    array([[ 6.,  0.],
           [ 0., 12.]])
    """
    return jacobian(grad(f, argnums), argnums)


def hvp(f: Function, primals: Sequence[Any], tangents: Sequence[Any]) -> Any:
    """The Hessian times a vector, forward over reverse, without the Hessian: how fast ∂f moves.

    >>> import numpy as np
    >>> hvp(lambda x: (x**3).sum(), (np.array([1.0, 2.0]),), (np.array([1.0, 1.0]),))
    (array([ 6., 12.]),)
    """
    return jvp(grad(f, tuple(range(len(primals)))), primals, tangents)[1]


def _by_rows(trial: _Trial) -> list[list[Any]]:
    """Blocks of the Jacobian in reverse mode: a pullback for each element of the outputs."""
    blocks = []
    for output in trial.outputs:
        rows = _for_each_unit(trial, output, partial(trial.pullback, output), trial.variables)
        shapes = [output.shape + variable.shape for variable in trial.variables]
        blocks.append([*map(functions.reshape, rows, shapes)])
    return blocks


def _by_columns(trial: _Trial) -> list[list[Any]]:
    """Blocks of the Jacobian in forward mode: a push forward for each element of the inputs."""
    blocks: list[list[Any]] = [[] for _ in trial.outputs]
    for variable in trial.variables:
        columns = _for_each_unit(trial, variable, partial(trial.pushforward, [variable]), trial.outputs)
        for block, column, output in zip(blocks, columns, trial.outputs, strict=True):
            flat = functions.reshape(column, (variable.size, math.prod(output.shape)))
            block.append(functions.reshape(functions.transpose(flat), output.shape + variable.shape))
    return blocks


def _for_each_unit(
    trial: _Trial, tensor: Tensor, sweep_of: Callable[[Any], list[Any]], ends: Sequence[Tensor]
) -> list[Any]:
    """What a sweep gives at its ends for each unit vector of a tensor's space, stacked; as many at once as fit.

    One by one where code asks for the numbers of what goes through, as a hook or the backward of a `Function` may.
    """
    if not tensor.size:
        return [np.zeros((0, *end.shape), end.dtype) for end in ends]
    units = np.eye(tensor.size, dtype=tensor.dtype).reshape((tensor.size, *tensor.shape))
    numbers = sum(node.size for node in reverse_topological(*trial.outputs, since=trial.since))
    count = max(1, AT_ONCE // max(numbers, 1))
    chunks = [units[i : i + count] for i in range(0, tensor.size, count)]
    parts = at_once(lambda: [_batched(chunk, sweep_of) for chunk in chunks])
    if parts is None:
        parts = [[functions.expand_dims(x, 0) for x in sweep_of(unit)] for unit in units]
    return [functions.concatenate(part) if len(parts) > 1 else part[0] for part in zip(*parts, strict=True)]


def _batched(units: Any, sweep_of: Callable[[Any], list[Any]]) -> list[Any]:
    square = units.ndim == 2 and units.shape[0] == units.shape[1]
    with closing(Level(len(units))) as level:
        start = Batch(units, level, np.ones(len(units), units.dtype) if square else None)
        return [apart(x, level=level) for x in sweep_of(start)]


def vmap(f: Function, in_axes: int | tuple[int | None, ...] | None = 0, out_axes: int = 0) -> Function:
    """The function that takes f to each example of a batch: f is written for one, and computed for all at once.

    Per-example gradients are `vmap(grad(f))`. NumPy's functions and the engine's go through all examples together;
    where f decides by the numbers of an example (`if`, `float`), or needs what cannot go together, it runs for each.

    Args:
        f: gets Tensors without the batch's axis, in the arguments' own structure; gives arrays or a structure of them.
        in_axes: which axis of each argument's arrays is the batch's; None for one that all examples share. A tuple
            has an entry for each argument.
        out_axes: where the batch's axis is in the results.

    Random numbers are drawn once, and are the same for all examples. Keyword arguments are shared.

    Raises ValueError when called: no argument has a batch, or they have different numbers of examples.

    >>> import numpy as np
    >>> x, w = np.array([[1.0, 2.0], [3.0, 4.0], [0.0, 1.0]]), np.array([1.0, 10.0])
    >>> vmap(grad(lambda w, x: (w @ x) ** 2), in_axes=(None, 0))(w, x)
    array([[ 42.,  84.],
           [258., 344.],
           [  0.,  20.]])
    """

    def mapped(*args: Any, **named: Any) -> Any:
        axes = in_axes if isinstance(in_axes, tuple) else (in_axes,) * len(args)
        if len(axes) != len(args):
            raise ValueError(f"vmap: expected len(in_axes) == {len(args)}, the number of arguments, got {in_axes}")
        stacks = [arg if axis is None else tree_map(_leading(axis), arg) for arg, axis in zip(args, axes, strict=True)]
        examples = [stack for stack, axis in zip(stacks, axes, strict=True) if axis is not None]
        sizes = {len(x) for x in tree_leaves(examples)}
        if len(sizes) != 1 or 0 in sizes:
            raise ValueError(f"vmap: expected one number of examples, 1 or more, in all arguments, got {sorted(sizes)}")

        def of(part: Callable[[Any], Any]) -> Any:
            given = zip(stacks, axes, strict=True)
            return f(*(stack if axis is None else tree_map(part, stack) for stack, axis in given), **named)

        with closing(Level(sizes.pop())) as level:
            out = at_once(lambda: tree_map(partial(apart, level=level), of(partial(together, level=level))))
        if out is None:
            each = [of(itemgetter(i)) for i in range(level.size)]
            out = tree_unflatten(each[0], map(functions.stack, zip(*map(tree_leaves, each), strict=True)))
        return tree_map(lambda x: functions.moveaxis(x, 0, out_axes), out)

    return mapped


def _check(transform: str, what: str, given: Sequence[Any], tensors: Sequence[Tensor], whose: str) -> None:
    """Refuse what is not real, or of other shapes than the tensors."""
    for x in given:
        check_real(x, f"as {what}")
    expected, got = [tensor.shape for tensor in tensors], [np.shape(x) for x in given]
    if expected != got:
        raise ValueError(f"{transform}: expected {what} of shape {expected}, {whose}, got {got}")


def _wanted(args: tuple[Any, ...], argnums: Argnums) -> Any:
    """The arguments to differentiate with respect to."""
    try:
        return args[argnums] if isinstance(argnums, int) else tuple(args[i] for i in argnums)
    except IndexError:
        raise TypeError(f"argnums: expected indices of the {len(args)} arguments, got {argnums}") from None


def _try(f: Function, args: tuple[Any, ...], argnums: Argnums, also: Sequence[Any] = ()) -> _Trial:
    """Evaluate f with a fresh variable for each array of the wanted arguments."""
    _wanted(args, argnums)
    order = [argnums] if isinstance(argnums, int) else argnums
    chosen = {i % len(args) for i in order}
    fresh = [tree_map(_variable, arg) if i in chosen else arg for i, arg in enumerate(args)]
    variables = list(tree_leaves([fresh[i] for i in order]))
    if not variables:
        raise TypeError("expected at least one array to differentiate with respect to, got none")
    token = modes.transforming.set(True)
    try:
        result = f(*fresh)
    finally:
        modes.transforming.reset(token)
    outputs = [_output(out) for out in tree_leaves(result)]
    since = min(variable.number for variable in variables)
    touched = (x for node in reverse_topological(*outputs, since=since) for x in (node, *node.parents))
    outside = any(x.number < since and x.requires_grad for x in touched)
    nested = outside or any(getattr(speed, "requires_grad", False) for speed in also)
    return _Trial(variables, outputs, result, nested, since)


def _variable(x: Any) -> Tensor:
    """A fresh variable with x's numbers; computed from x, if x is a variable of an outer transform."""
    if isinstance(x, Tensor) and x.requires_grad:
        return Tensor._apply(rules.copy, (x,))
    return Tensor(np.copy(_floating(array_of(x))), requires_grad=True)


def _leading(axis: int) -> Callable[[Any], Tensor]:
    """Makes a Tensor of an array, with this axis first."""
    return lambda x: functions.moveaxis(x if isinstance(x, Tensor) else Tensor(x), axis, 0)


def _output(x: Any) -> Tensor:
    """What f gave, as a Tensor of floats."""
    out = x if hasattr(x, "dtype") else _floating(x)
    if out.dtype.kind != "f":
        raise TypeError(
            f"expected f to give floating numbers, which have derivatives, got {type(x).__name__}, dtype {out.dtype}; "
            "a comparison, a count or an index is flat between its jumps, and a function without return gives None"
        )
    return out if isinstance(out, Tensor) else Tensor(out)


def _floating(x: Any) -> Any:
    """An array; a whole Python number is meant as a float, an array of integers is not, and `Tensor` refuses it."""
    return as_array(float(x) if type(x) is int else x)
