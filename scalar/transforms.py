"""Functions that turn a function into its derivatives, to any depth.

How do nested derivatives stay apart? Each transform gives the function fresh variables, linked to the ones outside,
and asks for derivatives with respect to those alone: in `grad(lambda x: x * grad(lambda y: x + y)(x))`, the inner
y is computed from x but is not x, so the inner derivative is 1, not 2. When the result depends on anything from
outside, it is computed with Values and can be differentiated again; else plain floats come out.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from scalar import sweep
from scalar.rules import copy
from scalar.sweep import gradients, recorded_gradients
from scalar.topology import reverse_topological
from scalar.trees import tree_leaves, tree_map, tree_unflatten
from scalar.value import Value

Function = Callable[..., Any]


class _Trial(NamedTuple):
    """One evaluation of a function on fresh variables."""

    variables: list[Value]
    outputs: list[Value]
    result: Any
    nested: bool  # whether the outputs depend on variables from outside
    since: int  # nodes with a smaller creation number come from outside

    def pullback(self, output: Value) -> list[Any]:
        """∂output/∂variable for each variable."""
        totals = recorded_gradients(output, self.since) if self.nested else gradients(output)
        return [totals.get(variable, 0.0) for variable in self.variables]

    def returned(self, value: Value) -> Any:
        """A Value where derivatives are recorded, else its number."""
        return value if self.nested else value.data


def grad(f: Function, argnums: int | tuple[int, ...] = 0) -> Function:
    """The function that computes ∂f/∂argument, in the argument's own structure of numbers, lists and dictionaries.

    f: gives one number. argnums: which argument, or a tuple of several, whose derivatives come as a tuple.

    Raises TypeError when called: f does not give one number; an argument is not made of numbers.

    >>> grad(lambda x, y: x * x * y)(3.0, 2.0)
    12.0
    >>> grad(lambda p: p["w"] * p["x"] + p["b"])({"w": 2.0, "x": 5.0, "b": 1.0})
    {'w': 5.0, 'x': 2.0, 'b': 1.0}
    >>> grad(lambda x: x * grad(lambda y: x + y)(x))(5.0)
    1.0
    """
    both = value_and_grad(f, argnums)
    return lambda *args: both(*args)[1]


def value_and_grad(f: Function, argnums: int | tuple[int, ...] = 0) -> Function:
    """The function that computes (f, ∂f/∂argument) in one forward and one backward sweep; see `grad`.

    >>> value_and_grad(lambda x: x**3)(2.0)
    (8.0, 12.0)
    """

    def both(*args: Any) -> tuple[Any, Any]:
        wanted = _wanted(args, argnums)
        trial = _try(f, args, argnums)
        if isinstance(trial.result, (list, tuple, dict)):
            raise TypeError(f"grad: expected f to give one number, got {type(trial.result).__name__}; use jacobian")
        output = trial.outputs[0]
        return trial.returned(output), tree_unflatten(wanted, iter(trial.pullback(output)))

    return both


def derivative(f: Function, order: int = 1) -> Function:
    """The order-th derivative of a function of one number.

    Raises ValueError: order is negative.

    >>> derivative(lambda x: x**4, order=3)(2.0)
    48.0
    """
    if order < 0:
        raise ValueError(f"derivative: expected order >= 0, got {order}")
    for _ in range(order):
        f = grad(f)
    return f


def jvp(f: Function, primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
    """Forward mode: f(*primals), and how fast it moves when the primals move at the given speeds, the tangents.

    Args:
        f: numbers and nested structures → the same.
        primals: the arguments.
        tangents: a speed for each number, in the primals' structure; 1 for one number and 0 for the others gives the
            derivative with respect to that one.

    Raises ValueError: there are more or fewer tangents than numbers.

    >>> jvp(lambda x, y: x * y, (3.0, 2.0), (1.0, 0.0))
    (6.0, 2.0)
    """
    speeds = [x if isinstance(x, Value) else Value(x).data for x in tree_leaves(list(tangents))]
    trial = _try(f, tuple(primals), tuple(range(len(primals))), also=speeds)
    if len(speeds) != len(trial.variables):
        raise ValueError(f"jvp: expected one tangent per number, got {len(speeds)} for {len(trial.variables)} numbers")
    seeds = dict(zip(trial.variables, speeds, strict=True))
    moved = sweep.tangents(trial.outputs, seeds, trial.since, record=trial.nested)
    return tree_unflatten(trial.result, map(trial.returned, trial.outputs)), tree_unflatten(trial.result, iter(moved))


def jacobian(f: Function, argnums: int | tuple[int, ...] = 0) -> Function:
    """The function that computes ∂fᵢ/∂xⱼ: f's structure, with the argument's structure at each of its numbers.

    >>> jacobian(lambda v: [v[0] * v[1], v[0] + v[1]])([2.0, 3.0])
    [[3.0, 2.0], [1.0, 1.0]]
    """

    def rows(*args: Any) -> Any:
        wanted = _wanted(args, argnums)
        trial = _try(f, args, argnums)
        slopes = (tree_unflatten(wanted, iter(trial.pullback(output))) for output in trial.outputs)
        return tree_unflatten(trial.result, slopes)

    return rows


def hessian(f: Function, argnums: int | tuple[int, ...] = 0) -> Function:
    """The function that computes the second derivatives ∂²f/∂xᵢ∂xⱼ, as the Jacobian of the gradient.

    >>> hessian(lambda v: v[0] ** 2 * v[1])([3.0, 2.0])
    [[4.0, 6.0], [6.0, 0.0]]
    """
    return jacobian(grad(f, argnums), argnums)


def _wanted(args: tuple[Any, ...], argnums: int | tuple[int, ...]) -> Any:
    """The arguments to differentiate with respect to."""
    try:
        return args[argnums] if isinstance(argnums, int) else tuple(args[i] for i in argnums)
    except IndexError:
        raise TypeError(f"argnums: expected indices of the {len(args)} arguments, got {argnums}") from None


def _try(f: Function, args: tuple[Any, ...], argnums: int | tuple[int, ...], also: Sequence[Any] = ()) -> _Trial:
    """Evaluate f with a fresh variable for each number of the wanted arguments."""
    order = [argnums] if isinstance(argnums, int) else argnums
    chosen = {i % len(args) for i in order}
    fresh = [tree_map(_variable, arg) if i in chosen else arg for i, arg in enumerate(args)]
    variables = list(tree_leaves([fresh[i] for i in order]))
    if not variables:
        raise TypeError("expected at least one number to differentiate with respect to, got none")
    result = f(*fresh)
    outputs = [_output(out) for out in tree_leaves(result)]
    since = min(variable.number for variable in variables)
    touched = (x for node in reverse_topological(*outputs, since=since) for x in (node, *node.parents))
    outside = any(x.number < since and x.role != "constant" for x in touched)
    nested = outside or any(isinstance(speed, Value) for speed in also)
    return _Trial(variables, outputs, result, nested, since)


def _variable(x: Any) -> Value:
    """A fresh variable with the number x; computed from x, if x is a variable of an outer transform."""
    return copy(x) if isinstance(x, Value) else Value(x)


def _output(x: Any) -> Value:
    """What f gave, as a Value; a bare number is a constant."""
    if type(x).__name__ in ("bool", "bool_"):  # Python's and NumPy's
        raise TypeError(
            f"expected f to give numbers, which have derivatives, got {x}: a comparison jumps; write "
            "scalar.step(x − y) for x > y where its derivative of 0 is meant"
        )
    return x if isinstance(x, Value) else Value(x, role="constant")
