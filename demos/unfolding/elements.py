"""Arrays of an engine's numbers: NumPy's functions, and so a tensor engine's rows, make nodes of that engine of them.

NumPy moves elements and computes with constants; elementwise functions are the engine's, sums of products one node.
"""

import functools
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

MAX_TERMS = 8  # of more, those that are constants are one number


class TooManyError(Exception):
    """The graph of numbers would have too many nodes."""


class Constant(float):
    """A float that, where it is an operand of a node, is a number with a name: an element of a tensor."""

    named: Any


def varying(x: Any) -> Any:
    """Where elements are the engine's numbers."""
    return np.asarray(np.frompyfunc(lambda element: hasattr(element, "parents"), 1, 1)(np.asarray(x)), bool)


def floats(x: Any) -> Any:
    """The elements as floats; an array of anything else as it is."""
    data = np.frompyfunc(lambda element: getattr(element, "data", element), 1, 1)
    return np.asarray(data(np.asarray(x)), float) if x.dtype == object else x


class Elements(np.ndarray):
    """An array whose elements are an engine's numbers, or floats where they are constants; each graph has a class."""

    engine: Any
    budget: Iterator[int]  # as many items as the graph may have nodes
    fixed: bool = False  # whether extrema are constants, which keep numbers small in a row such as softmax

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, out: Any = None, **params: Any) -> Any:
        plain, axis = [np.asarray(x) for x in inputs], params.get("axis", 0)
        numbers = np.asarray(getattr(ufunc, method)(*map(floats, plain), **params))
        if numbers.dtype == bool:
            return numbers
        if method == "reduce":
            axes = [*range(self.ndim)] if axis is None else np.atleast_1d(axis).tolist()
            return self._reduced(ufunc, numbers, np.moveaxis(plain[0], axes, range(-len(axes), 0)))
        if method == "accumulate":
            return np.stack([ufunc.reduce(self.take(range(n + 1), axis), axis) for n in range(self.shape[axis])], axis)
        if ufunc is np.matmul:  # each row of the first meets each column of the second
            x, y = np.atleast_2d(plain[0]), plain[1] if plain[1].ndim > 1 else plain[1][:, None]
            return self._reduced(np.add, numbers, x[..., None, :], y.swapaxes(-1, -2)[..., None, :, :])
        if method == "__call__" and (function := getattr(self.engine, ufunc.__name__, None)):
            return self.each(function, numbers, *plain)
        return np.asarray(getattr(ufunc, method)(*plain, **params), object).view(type(self))

    def __array_function__(self, function: Any, types: Any, args: Any, params: Any) -> Any:
        if function in (np.argsort, np.argpartition):
            return function(floats(args[0]), *args[1:], **params)
        if function is np.einsum:
            *given, result = args[0].replace("->", ",").split(",")
            axes = [[*zip(own, x.shape, strict=True)] for own, x in zip(given, args[1:], strict=True)]
            sizes = dict.fromkeys(result, 1) | dict(sorted(pair for own in axes for pair in own))
            mesh = dict(zip(sizes, np.ix_(*map(range, sizes.values())), strict=True))
            factors = [np.asarray(args[i + 1])[(..., *(mesh[k] * (n > 1) for k, n in x))] for i, x in enumerate(axes)]
            return self._reduced(np.add, np.asarray(np.einsum(args[0], *map(floats, args[1:]))), *factors)
        made = super().__array_function__(function, types, args, params)
        return np.asarray(made).view(type(self)) if np.asarray(made).dtype == object else made

    def astype(self, *_: Any, **more: Any) -> Any:
        """The same elements: all are the engine's."""
        return self

    @classmethod
    def each(cls, function: Callable[..., Any], numbers: Any, *operands: Any) -> Any:
        """The function of operands' elements, and of constants the numbers that it gives."""
        made = lambda number, *x: cls._node(function, x) if any(hasattr(i, "parents") for i in x) else number  # noqa: E731
        return np.asarray(np.frompyfunc(made, 1 + len(operands), 1)(numbers, *operands), object).view(cls)

    @classmethod
    def _node(cls, function: Callable[..., Any], operands: Iterable[Any]) -> Any:
        if next(cls.budget, None) is None:
            raise TooManyError
        return function(*(getattr(x, "named", x) for x in operands))

    def _reduced(self, ufunc: Any, numbers: Any, *given: Any) -> Any:
        """The sum of the factors' products over the last axes, more than the numbers have; or another reduction."""
        mask = functools.reduce(np.logical_or, map(varying, given)).reshape(*numbers.shape, -1)
        terms, made = np.stack([x.reshape(mask.shape) for x in np.broadcast_arrays(*given)], -1), numbers.astype(object)
        for place in map(tuple, np.argwhere(mask.any(-1)).tolist()):
            ties = [x for x in terms[place][:, 0] if ufunc in (np.maximum, np.minimum) and x == made[place]]
            if ufunc is np.add:
                made[place] = self.total(terms[place], mask[place])
            elif len(ties) > 2 and not self.fixed:  # all share alike, which two by two they do not
                made[place] = self._node(lambda *x: self.engine.sum(x), ties) / len(ties)
            elif not ties or not self.fixed:
                made[place] = self._chain(ufunc, terms[place][:, 0])
        return made.view(type(self))

    @classmethod
    def _chain(cls, ufunc: Any, members: Any) -> Any:
        """The ufunc of two by two; several constants are one number."""
        mask = varying(members)
        if np.sum(~mask) > 1:
            members = [*members[mask], ufunc.reduce(floats(members[~mask])).item()]
        return functools.reduce(lambda *x: cls._node(getattr(cls.engine, ufunc.__name__), x), members)

    @classmethod
    def total(cls, terms: Any, mask: Any) -> Any:
        """The sum of terms, each a row of factors; of a long one, constants are one number."""
        kept = terms[mask | (len(terms) <= MAX_TERMS)]
        if len(kept) > 1 and terms.shape[1] == 2:
            parts = [cls._node(lambda *x: cls.engine.dot(x[::2], x[1::2]), kept.reshape(-1))]
        else:
            parts = [cls._chain(np.multiply, term) for term in kept]
        if rest := len(terms) - len(kept):
            number = float(floats(terms[~mask]).prod(-1).sum())
            parts.append(cls.engine.Value(number, f"Σ of {rest} constants", role="constant"))
        return cls._node(lambda *x: cls.engine.sum(x), parts) if len(parts) > 1 else parts[0]
