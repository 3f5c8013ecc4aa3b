"""What every optimizer shares: a list of parameters, and a walk over them in blocks that stay in the cache."""

import copy
import functools
from collections import ChainMap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Self

import numpy as np

from vector import modes
from vector.arrays import Array as Array
from vector.arrays import aligned, array_of
from vector.nn.module import check_fits
from vector.tensor import Tensor
from vector.trees import named_leaves, tree_unflatten
from vector.vocabulary import Taught

BLOCK = 262_144
"""How many numbers of a parameter are updated at once: with their gradients and two moments, some megabytes.

Smaller blocks would stay in a smaller cache, but each call of NumPy costs as much as a pass over ten thousand numbers.
"""


class Optimizer(Taught, place="optim.Optimizer"):
    """A list of parameters and a rule, `_update`, that changes one of them.

    Attributes:
        lr: the learning rate; may be changed between steps, by hand or by a schedule.
        decoupled: whether weight_decay, λ, shrinks the weights by (1 − η·λ), instead of adding λ·θ to the gradient.
        initial_lr: what the schedules scale: lr when the first of them was made, None before.
        asked: the attributes by which `_update` decides nothing; of the other numbers, only whether they are 0.
        counted: the attributes in which `_numbers` counts the steps.

    arguments: what an optimizer takes besides; none may be below 0, and each becomes an attribute of its name.

    Raises ValueError: no parameters, a learning rate that is not positive, or an argument below 0.
    """

    eps: float
    momentum: float
    weight_decay: float
    decoupled: bool = False
    initial_lr: float | None = None
    asked: tuple[str, ...] = ("lr", "initial_lr")
    counted: tuple[str, ...] = ("time", "products")
    _fused: Callable[[], None] | None = None

    def __init__(self, parameters: Iterable[Tensor], lr: float, **arguments: float) -> None:
        self.parameters = list(parameters)
        self.lr = lr
        if any(isinstance(p, dict) for p in self.parameters):
            raise TypeError(f"{type(self).__name__}: expected parameters, got groups; make an optimizer for each group")
        if not self.parameters:
            raise ValueError(f"{type(self).__name__}: expected at least one parameter, got none")
        if not lr > 0:
            raise ValueError(f"{type(self).__name__}: expected lr > 0, got {lr}")
        self._take(**arguments)

    @property
    def param_groups(self) -> list[Any]:
        """The one group there is, whose "lr", "params", … are the optimizer's own: to read, and to set."""
        return [ChainMap(vars(self), {"params": self.parameters})]

    def _take(self, **arguments: float) -> None:
        """Arguments as attributes, unless one is below 0."""
        for name, value in arguments.items():
            if not value >= 0:
                raise ValueError(f"{type(self).__name__}: expected {name} >= 0, got {value}")
            setattr(self, name, value)

    def step(self) -> None:
        """Change every parameter that has a gradient, in place."""
        if self._fused and modes.hooks.get() is None:
            self._fused()
        else:
            self._step()

    def _step(self) -> None:
        hooks = modes.current_hooks()
        unhooked = hooks is modes.NO_HOOKS
        with hooks.on_step(self):
            shared = self._shared() if unhooked else hooks.on_numbers(functools.partial(self._shared))
            for i, p in enumerate(self.parameters):
                if p.grad is not None:
                    data = p.data
                    own = self._numbers(i) if unhooked else hooks.on_numbers(functools.partial(self._numbers, i))
                    self._update(i, data, array_of(p.grad), *own, *shared)
                    p.data = data

    def fuse(self) -> Self:
        """Let machine code do the steps from now on: one pass over memory instead of several.

        It is `vector.compile` of `step` alone, for a loop that is not compiled itself. The numbers are the same to
        rounding; every hyperparameter may change between steps, and one that becomes 0, or no longer is, has two steps
        recorded. Returns the optimizer.

        Raises ImportError: llvmlite or threadpoolctl is missing.

        >>> from vector import optim, tensor
        >>> w = tensor([1.0, 2.0], requires_grad=True)
        >>> optimizer = optim.SGD([w], lr=0.1).fuse()
        >>> for _ in range(4):
        ...     optimizer.zero_grad()
        ...     (w * w).sum().backward()
        ...     optimizer.step()
        >>> w.data.round(4)
        array([0.4096, 0.8192])
        """
        from vector.compilation import compile

        # Threads of its own would be in the way of BLAS's, which look for work for a while after each product.
        self._fused = compile(self._step, native=True, threads=1)
        return self

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients, so that the next backward starts a new sum; with False set them to 0."""
        for p in self.parameters:
            p.grad = None if set_to_none or p.grad is None else np.zeros_like(p.data)

    def state_dict(self) -> dict[str, Any]:
        """Dotted name → a copy of each number and array, besides the parameters', that the next step depends on.

        Attributes whose names begin with "_" are scratch space and left out.

        >>> from vector import tensor
        >>> Optimizer([tensor([1.0])], lr=0.5).state_dict()
        {'lr': 0.5, 'initial_lr': None}
        """
        return {name: copy.copy(value) for name, value in self._state()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from where the optimizer was whose `state_dict` this is: its next step is the same, bit for bit.

        Raises ValueError: a name is missing or unknown, or a shape differs. Nothing is changed then.
        """
        own = dict(self._state())
        check_fits("optimizer", own, state)
        for place, value in own.items():
            if isinstance(value, np.ndarray):
                value[...] = state[place]
            else:
                own[place] = state[place]
        for name, value in list(vars(self).items()):
            if not name.startswith("_") and name != "parameters":
                loaded = tree_unflatten(value, (own[place] for place, _ in named_leaves(value, name)))
                if isinstance(value, list):  # stays the same one, as a plan knows it
                    value[:] = loaded
                else:
                    setattr(self, name, loaded)
        self.initial_lr = state["initial_lr"]

    def _state(self) -> Iterator[tuple[str, Any]]:
        """(dotted name, number or array) of the state."""
        for name, value in ({"lr": self.lr, "initial_lr": self.initial_lr} | vars(self)).items():
            if not name.startswith("_") and name != "parameters":
                yield from named_leaves(value, name)

    def _numbers(self, i: int) -> Sequence[float]:
        """The numbers of this step that `_update` needs: the learning rate, corrections that depend on the time."""
        return (self.lr,)

    def _shared(self) -> Sequence[float]:
        """The numbers of this step that the updates of all parameters need: hyperparameters as they are now."""
        return ()

    def _update(self, i: int, data: Array, g: Array, *numbers: float) -> None:
        """Change data, parameter i, in place, given `_numbers` and `_shared`; g, the gradient, is only read."""
        raise NotImplementedError

    @property
    def _decay(self) -> float:
        """The number that `_decayed` needs."""
        return 1 - self.lr * self.weight_decay if self.decoupled else self.weight_decay

    def _decayed(self, theta: Array, slope: Array, decay: float) -> Array:
        """The gradient with the weight decay; or as it is, and the weights themselves have shrunk."""
        if self.weight_decay and self.decoupled:
            theta *= decay
        return slope + decay * theta if self.weight_decay and not self.decoupled else slope

    def _filled(self, value: float = 0.0) -> list[Array]:
        """An array for each parameter, of its shape, dtype and layout, to remember something in."""
        with modes.switched(modes.hooks, None):  # while a step is recorded, too, they lie outside of it
            return [aligned(np.full_like(p.data, value)) for p in self.parameters]


def blocks(*arrays: Array) -> list[tuple[Array, ...]]:
    """A parameter, its gradient and what is remembered of it, as flat views: blocks that stay in the cache."""
    data, size, hooks = arrays[0], BLOCK, modes.current_hooks()
    if hooks.masks:  # a plan finds its own blocks
        arrays = tuple([hooks.on_read(array) for array in arrays])
        size = max(data.size, 1)
    elif data.size <= size:
        return [arrays if data.ndim else tuple([array.reshape(1) for array in arrays])]
    # A transposed weight is walked as it lies in memory, and its gradient, nearly always laid out alike, with it.
    walked = arrays if data.flags.c_contiguous else tuple([array.T for array in arrays])
    written = walked[0], *walked[2:]
    if not all(array.flags.c_contiguous for array in written):  # flat, it would be a copy
        return [arrays]
    flat = [array.reshape(-1) for array in walked]
    return [tuple([array[start : start + size] for array in flat]) for start in range(0, data.size, size)]
