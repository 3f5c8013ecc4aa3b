"""`scalar_compile.compile`: a function of one example, for a batch."""

from collections.abc import Callable, Sequence
from threading import RLock
from typing import Any

import numpy as np

from demos.scalar_compile.batch import SHARED, Batch, arguments, blocks, split_arguments
from demos.scalar_compile.formulas import Array
from demos.scalar_compile.graph import Graph, Node
from demos.scalar_compile.program import Program, Tables, table
from demos.scalar_compile.recording import Tracer, record
from demos.scalar_compile.surroundings import Surroundings
from scalar.diagnostics import anomaly
from scalar.op import Op
from scalar.sweep import gradients
from scalar.trees import tree_leaves, tree_map, tree_unflatten
from scalar.value import Value

_one_at_a_time = RLock()


class Plan:
    """The program for arguments of one form, and the form of the result."""

    def __init__(self, f: Callable[..., Any], forms: tuple[Any, ...], around: Surroundings) -> None:
        made: dict[Value, Node] = {}

        def make(kind: str) -> Tracer:
            value = Tracer()
            made[value] = Node(batched=kind != SHARED, wanted=kind == SHARED)
            return value

        self.around = around
        result, since = record(f, lambda: arguments(forms, make), around.values.values())
        self.result = tree_map(lambda _: 0.0, result)  # its form only
        graph = Graph(result, since, made)
        if unseen := [x for x in graph.variables if id(x) not in around.values or isinstance(x, Tracer)]:
            raise TypeError(
                f"compile: expected Values that f is given or sees, got {unseen[0]!r}; pass it as an argument"
            )
        self.program = Program(graph, [*made.values()])
        steps = [(node.op, [(x.batched, x.row) for x in node.operands]) for node in graph.nodes]
        self.key = [repr(self.result), *graph.constants, *map(id, graph.variables), *steps, *self.program.outputs]
        self.width = max((instruction.width for instruction in self.program.instructions), default=1)

    def read(self, tables: Tables) -> list[Array]:
        """The results: for each number of one, a column for the examples."""
        size = tables[1].shape[1]
        return [np.broadcast_to(tables[batched][row], size) for batched, row in self.program.outputs]


class Compiled:
    """A function of one example that works on a batch of them at once.

    The first call records f's graph, for one example, and lowers it to a program of NumPy operations; each call with
    arguments of that form replays the program with the numbers of the moment.

    - An array, or a list of numbers or of lists, has one entry for each example, and f is called with one entry.
    - A Value or a plain number is the same for every example, and so is a list of Values. f also uses the Values
      around it, such as the parameters of a model; their `data` is read at each call.
    - What else f sees (numbers, settings, which Values there are; in closures, defaults, `self`, globals, attributes,
      items, but not inside installed packages) is compared at each call, and f recorded anew when it has changed.

    Args:
        f: Values in nested lists and dictionaries → Values. Each recording calls it twice, and both must do the same.

    Raises (when called):
        TypeError: f asks an argument or a Value around it for its number, as `if x > 0` does; f does not do the same
            each time (it counts, draws random numbers, assigns); or an argument is not made of numbers.
        ValueError: arguments with different numbers of examples.
    """

    def __init__(self, f: Callable[..., Any]) -> None:
        if not callable(f):
            raise TypeError(f"compile: expected a function of Values, got {f!r}")
        self.f = self.__wrapped__ = f
        name: str = getattr(f, "__name__", "") or getattr(f, "name", type(f).__name__)  # operations have a name
        self.__name__ = "f" if name == "<lambda>" else name
        self.__doc__ = f.__doc__
        self._states: dict[Any, dict[Any, Plan]] = {}  # what f saw → form of its arguments → the plan
        self._now: dict[Any, Plan] = {}
        self._words = {"__wrapped__"}

    def __call__(self, *args: Any) -> Any:
        """f for each example: arrays of shape (examples,) in the structure of f's result; floats, if all is shared."""
        batch, plan = self._prepare(args)
        numbers = [x.data if isinstance(x, Value) else x for x in (*plan.program.variables, *batch.shared)]
        parts = [plan.read(self._forward(plan, numbers, batch, block)) for block in blocks(batch.batched, plan.width)]
        columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
        return tree_unflatten(
            plan.result, iter(columns if batch.has_examples else [float(column[0]) for column in columns])
        )

    def mean(self, *args: Any) -> Value:
        """The average of f over the examples, as one Value whose operands are the Values that f uses.

        Raises:
            TypeError: f does not give one number.
            ValueError: there are no examples.
        """
        return self._added_up("mean", args)

    def sum(self, *args: Any) -> Value:
        """The sum of f over the examples, as one Value; see `mean`."""
        return self._added_up("sum", args)

    def explain(self, *args: Any) -> str:
        """The program for arguments like these; without arguments, those of all calls so far."""
        found = [plan for plans in self._states.values() for plan in plans.values()]
        if args or not found:
            found = [self._prepare(args)[1]]
        return "\n\n".join(table(self.__name__, plan.program) for plan in found)

    def __repr__(self) -> str:
        return f"Compiled({self.__name__})"

    def _prepare(self, args: tuple[Any, ...]) -> tuple[Batch, Plan]:
        batch = split_arguments(args, self.__name__)
        plan = self._now.get(batch.forms)
        return batch, plan if plan and plan.around.hold() else self._plan(batch.forms)

    def _plan(self, forms: tuple[Any, ...]) -> Plan:
        """The plan for what f sees now: a known one, or a new one once two recordings agree and leave all as it was."""
        with _one_at_a_time:
            around = Surroundings(self.__name__, self.f, self._words)
            done: list[list[tuple[str, Any]]] = []
            while forms not in (plans := self._states.get(around.key, {})):
                plan = Plan(self.f, forms, around)
                around = Surroundings(self.__name__, self.f, self._words)
                done.append([*around.key, ("what it computes", plan.key)])
                if done[-1:] == done[-2:-1]:
                    self._states.setdefault(around.key, {})[forms] = plan
                elif len(done) == 3:  # the first one may fill a cache
                    changed = [where for (where, x), (_, y) in zip(*done[1:], strict=False) if x != y]
                    raise TypeError(
                        f"compile: expected {self.__name__} to do the same each time, as a replay only computes, but "
                        f"each call changes {changed[0]}; keep that outside of it, or pass what differs as an argument"
                    )
            self._now, plans[forms].around = plans, around
            if len(self._states) > 32:
                del self._states[next(iter(self._states))]
            return plans[forms]

    def _added_up(self, how: str, args: tuple[Any, ...]) -> Value:
        batch, plan = self._prepare(args)
        if not batch.size:
            raise ValueError(f"{self.__name__}.{how}: expected at least one example, got none")
        weight = 1 / batch.size if how == "mean" else 1.0
        if isinstance(plan.result, (list, tuple, dict)):
            raise TypeError(
                f"{self.__name__}.{how}: expected f to give one number, got {type(plan.result).__name__}; call "
                f"{self.__name__}(…) for all results"
            )
        variables = [*plan.program.variables, *batch.shared]
        own = [isinstance(x, Value) for x in variables]
        parents = tuple([x for x in variables if isinstance(x, Value)])

        def run(*numbers: float) -> tuple[float, Array]:
            """f, added up, and its derivatives in the variables, for these numbers of the Values among them."""
            rest, value, gradient = iter(numbers), 0.0, np.zeros(len(variables))
            shared = [next(rest) if isinstance(x, Value) else x for x in variables]
            for block in blocks(batch.batched, plan.width):
                tables = self._forward(plan, shared, batch, block)
                with np.errstate(all="ignore"):
                    value += weight * float(plan.read(tables)[0].sum())
                    gradient += plan.program.backward(tables, weight)
            return value, gradient

        def local(out: Any, *operands: Any) -> list[float]:
            if any(isinstance(x, Value) for x in operands):
                raise TypeError(
                    f"{self.__name__}.{how}: its derivative is known as a number only; for higher derivatives "
                    f"compile the derivative: scalar_compile.compile(scalar.grad({self.__name__}))"
                )
            return run(*operands)[1][own].tolist()

        value, gradient = run(*[x.data for x in parents])
        if anomaly.detecting() and not np.isfinite(gradient).all():
            self._ask_the_engine(batch, range(batch.size))
        # The row of the rule table that such a Value has: f over this batch, as a function of its variables.
        op = Op(f"{how} {self.__name__}", lambda *operands: run(*operands)[0], local)
        return Value.__new__(Value)._fill(value, "", "operation", op, parents, gradient[own].tolist())

    def _forward(self, plan: Plan, numbers: Sequence[float], batch: Batch, block: slice) -> Tables:
        with np.errstate(all="ignore"):
            tables = plan.program.forward(numbers, batch.batched[:, block])
        if not (np.isfinite(tables[1]).all() and np.isfinite(tables[0]).all()):
            bad = ~np.isfinite(tables[1]).all(axis=0)
            self._ask_the_engine(batch, [block.start + int(bad.argmax())] if batch.size else [])
        return tables

    def _ask_the_engine(self, batch: Batch, examples: Sequence[int]) -> None:
        """Compute these examples as f itself does, which warns of NaN and infinity, or raises, at the operation."""
        for i in examples:
            out = self.f(*batch.example(i))
            if anomaly.detecting():
                for value in tree_leaves(out):
                    if isinstance(value, Value):
                        gradients(value)


def compile(f: Callable[..., Any]) -> Compiled:
    """f, written for one example, as a function of a batch that runs in a few NumPy operations; see `Compiled`.

    The numbers are those of f itself, but for the order of additions over the batch and for the last digits of NumPy's
    elementary functions; so are the gradients, which arrive in the Values that f uses.

    >>> import scalar
    >>> from demos import scalar_compile
    >>> w = scalar.Value(2.0, "w")
    >>> error = scalar_compile.compile(lambda x, target: (w * x - target) ** 2)
    >>> error([1.0, 2.0, 3.0], [2.0, 3.0, 7.0])
    array([0., 1., 1.])
    >>> loss = error.mean([1.0, 2.0, 3.0], [2.0, 3.0, 7.0])
    >>> loss.backward()
    >>> round(loss.data, 6), round(w.grad, 6)
    (0.666667, -0.666667)
    """
    return Compiled(f)
