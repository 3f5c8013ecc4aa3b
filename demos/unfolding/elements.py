"""Arrays of an engine's numbers: NumPy's functions, and so a tensor engine's rows, make nodes of that engine of them.

NumPy itself moves elements, and computes with those on which nothing depends that is drawn. The elementwise functions
are the engine's of the same name; sums, and sums of products, are one node of many operands.
"""

import functools
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

MAX_TERMS = 8  # of more, those that are constants are one number


class TooManyError(Exception):
    """The graph of numbers would have too many nodes."""


class Constant(float):
    """A float that, where it is an operand of a node, is a number with a name: an element of a tensor, at a place."""

    __slots__ = ("place", "tensor")
    tensor: Any
    place: int

    @classmethod
    def of(cls, tensor: Any) -> Any:
        """All elements of a tensor."""
        made = np.empty(np.size(tensor.data), object)
        for place, number in enumerate(np.reshape(tensor.data, -1).tolist()):
            made[place] = constant = cls(number)
            constant.tensor, constant.place = tensor, place
        return made.reshape(np.shape(tensor.data))


class Elements(np.ndarray):
    """An array whose elements are an engine's numbers, or floats where they are constants.

    A class of its own for each graph has the engine, the constants' numbers, and as many items as it may have nodes.
    Whether extrema are `fixed`, constants: in what stands for a whole row, such as softmax, they keep numbers small.
    """

    engine: Any
    named: Callable[[Constant], Any]
    budget: Iterator[int]
    fixed: bool = False

    @classmethod
    def of(cls, x: Any) -> "Elements":
        """The array, or number, as elements."""
        return np.array(x, object, copy=None).view(cls)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, out: Any = None, **params: Any) -> Any:
        plain = [np.asarray(x) for x in inputs]
        made: Any
        if method == "reduce":
            made = self._reduced(ufunc, plain[0], **params)
        elif method == "accumulate":
            axis = params.get("axis", 0)
            parts = [self._reduced(ufunc, plain[0].take(range(n + 1), axis), axis) for n in range(self.shape[axis])]
            made = np.stack(parts, axis)
        elif method == "__call__" and ufunc is np.matmul:
            x, y = plain  # each row of x meets each column of y
            rows = x[..., None, :] if y.ndim > 1 else x
            columns = y.swapaxes(-1, -2) if y.ndim > 1 else y
            columns = columns[..., None, :, :] if min(x.ndim, y.ndim) > 1 else columns
            made = self._summed(np.matmul(self.floats(x), self.floats(y)), np.broadcast_arrays(rows, columns))
        elif method == "__call__" and (numbers := np.asarray(ufunc(*map(self.floats, plain)))).dtype == bool:
            return numbers
        elif method == "__call__" and (function := getattr(self.engine, ufunc.__name__, None)):
            made = self.each(function, numbers, plain)
        else:
            made = self.of(getattr(ufunc, method)(*plain, **params))
        if out:
            out[0][...] = made
        return out[0] if out else made

    def __array_function__(self, function: Any, types: Any, args: Any, params: Any) -> Any:
        if function in (np.argsort, np.argpartition):
            return function(self.floats(args[0]), *args[1:], **params)
        if function is np.einsum:
            return self._products(args[0], *map(np.asarray, args[1:]))
        made = super().__array_function__(function, types, args, params)
        return self.of(made) if np.asarray(made).dtype.kind == "O" else made

    def astype(self, *_: Any, **more: Any) -> Any:
        """The same elements: all are the engine's."""
        return self

    @classmethod
    def drawn(cls, x: Any) -> Any:
        """Where elements are the engine's numbers."""
        found = np.frompyfunc(lambda element: isinstance(element, cls.engine.Value), 1, 1)
        return np.asarray(found(np.asarray(x))).astype(bool)

    @classmethod
    def floats(cls, x: Any) -> Any:
        """The elements as floats; an array of anything else as it is."""
        x = np.asarray(x)
        data = np.frompyfunc(lambda element: element.data if isinstance(element, cls.engine.Value) else element, 1, 1)
        return np.asarray(data(x)).astype(float) if x.dtype == object else x

    @classmethod
    def each(cls, function: Callable[..., Any], numbers: Any, operands: Sequence[Any]) -> "Elements":
        """The function of operands' elements, and the numbers, which it gives, where these are floats all."""
        made = np.asarray(numbers).astype(object)
        given = [np.broadcast_to(np.asarray(x), made.shape) for x in operands]
        mask = functools.reduce(np.logical_or, map(cls.drawn, given))
        for place in map(tuple, np.argwhere(mask).tolist()):
            made[place] = cls._node(function, *(x[place] for x in given))
        return made.view(cls)

    @classmethod
    def _node(cls, function: Callable[..., Any], *operands: Any) -> Any:
        if next(cls.budget, None) is None:
            raise TooManyError
        return function(*(cls.named(x) if isinstance(x, Constant) else x for x in operands))

    def _reduced(self, ufunc: Any, x: Any, axis: Any = 0, keepdims: bool = False, **more: Any) -> "Elements":
        """The sum, the product or an extremum over axes."""
        numbers = ufunc.reduce(self.floats(x), axis=axis, keepdims=keepdims, **more)
        axes = range(x.ndim) if axis is None else axis if isinstance(axis, tuple) else (axis,)
        rows = np.moveaxis(x, [*axes], range(-len(axes), 0)).reshape(*np.shape(numbers), -1)
        if ufunc is np.add:
            return self._summed(numbers, [rows])
        if self.fixed and ufunc is not np.multiply:
            return self.of(numbers)
        made, function = np.asarray(numbers).astype(object), getattr(self.engine, ufunc.__name__)
        for place in map(tuple, np.argwhere(self.drawn(rows).any(-1)).tolist()):
            ties = [x for x in rows[place] if x == made[place]]
            if len(ties) > 2 and ufunc is not np.multiply:  # all share alike, which two by two they do not
                made[place] = self._node(lambda *x: self.engine.sum(x), *ties) / len(ties)
            else:
                drawn = self.drawn(rows[place])
                rest = [ufunc.reduce(self.floats(rows[place][~drawn]))] if np.sum(~drawn) > 1 else rows[place][~drawn]
                members = (*rows[place][drawn], *rest)
                made[place] = functools.reduce(functools.partial(self._node, function), members)
        return made.view(type(self))

    def _products(self, subscripts: str, *operands: Any) -> "Elements":
        """`einsum`; each sum of products is one node."""
        *given, result = re.split("->|,", subscripts)
        numbers = np.einsum(subscripts, *map(self.floats, operands))
        letters = result + "".join(dict.fromkeys(x for x in "".join(given) if x not in result))
        factors = []
        for own, x in zip(given, operands, strict=True):
            order = "".join(sorted(set(own), key=letters.index))
            places = tuple(slice(None) if letter in own else None for letter in letters)
            factors.append(np.asarray(np.einsum(f"{own}->{order}", x), object)[places])
        return self._summed(numbers, [x.reshape(*np.shape(numbers), -1) for x in np.broadcast_arrays(*factors)])

    def _summed(self, numbers: Any, factors: Sequence[Any]) -> "Elements":
        """The sums along the last axis of the products of factors."""
        made = np.asarray(numbers).astype(object)
        mask = functools.reduce(np.logical_or, map(self.drawn, factors))
        for place in map(tuple, np.argwhere(mask.any(-1)).tolist()):
            made[place] = self.total([*zip(*(x[place] for x in factors), strict=True)], mask[place])
        return made.view(type(self))

    @classmethod
    def total(cls, terms: Sequence[Sequence[Any]], mask: Any) -> Any:
        """The sum of terms, each a product; of a long one, constants are one number."""
        kept = [term for term, drawn in zip(terms, mask, strict=True) if drawn or len(terms) <= MAX_TERMS]
        if len(kept) > 1 and len(terms[0]) == 2:
            parts = [cls._node(lambda *x: cls.engine.dot(x[::2], x[1::2]), *(x for term in kept for x in term))]
        else:
            multiply = functools.partial(cls._node, cls.engine.multiply)
            parts = [functools.reduce(multiply, term) for term in kept]
        if len(kept) < len(terms):
            rest = [np.prod(term) for term, drawn in zip(terms, mask, strict=True) if not drawn]
            parts.append(cls.engine.Value(float(sum(rest)), f"Σ of {len(rest)} constants", role="constant"))
        return cls._node(lambda *x: cls.engine.sum(x), *parts) if len(parts) > 1 else parts[0]
