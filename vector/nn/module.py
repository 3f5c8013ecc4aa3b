"""What a layer is: a callable with parameters, found by the names of its attributes."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from vector.arrays import Array, aligned
from vector.tensor import Tensor, data_of
from vector.trees import named_leaves, tree_map
from vector.vocabulary import Taught


def parameter(data: npt.ArrayLike, label: str = "") -> Tensor:
    """A leaf that training changes: requires a gradient, and a `Module` that holds it finds it."""
    return Tensor(data, requires_grad=True, label=label, role="parameter")


class Module(Taught, place="nn.Module"):
    """Base of all layers: assign parameters, modules, lists or dictionaries of them as attributes and write `__call__`.

    training: whether layers that tell training from use, such as `Dropout`, are training; see `train`.
    buffer_names: the attributes that hold arrays which are no parameters but part of the state, such as running means;
    None there stands for no buffer.

    >>> class Scale(Module):
    ...     def __init__(self):
    ...         self.factor = parameter(2.0)
    ...     def __call__(self, x):
    ...         return self.factor * x
    >>> [name for name, _ in Scale().named_parameters()]
    ['factor']
    """

    training: bool = True
    buffer_names: tuple[str, ...] = ()
    _shown = ""  # the arguments in the repr, as a format of the layer

    def __init_subclass__(cls, **named: Any) -> None:
        super().__init_subclass__(**named)
        init: Callable[..., None] = cls.__init__

        @functools.wraps(init)
        def labelled(self: Module, *args: Any, **options: Any) -> None:
            init(self, *args, **options)
            for path, parameter in self.named_parameters():
                if f".{path}".endswith(parameter.label and f".{parameter.label}"):  # none, or an inner module's
                    parameter.label = path

        cls.__init__ = labelled  # type: ignore[assignment, method-assign]

    def __call__(self, *args: Any, **named: Any) -> Any:
        """The layer's output: that of `forward`, as PyTorch calls it, where a class has that instead."""
        forward = getattr(self, "forward", None)
        if forward is None:
            raise NotImplementedError(f"{type(self).__name__}: write __call__(self, x)")
        return forward(*args, **named)

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """(name, module) of the modules one level below, such as ("layers.0", …) for one in a list."""
        return ((name, value) for name, value in self._members() if isinstance(value, Module))

    def named_modules(self, prefix: str = "") -> Iterator[tuple[str, Module]]:
        """(dotted name, module) of self, under the name "", and all modules below, each once."""
        seen: set[int] = set()
        stack: list[tuple[str, Module]] = [(prefix, self)]
        while stack:
            path, module = stack.pop()
            if id(module) not in seen:
                seen.add(id(module))
                yield path, module
                inner = [(f"{path}.{name}" if path else name, child) for name, child in module.named_children()]
                stack += reversed(inner)

    def modules(self) -> Iterator[Module]:
        """Self and all modules below, each once."""
        return (module for _, module in self.named_modules())

    def named_parameters(self, prefix: str = "") -> Iterator[tuple[str, Tensor]]:
        """(dotted name, parameter), such as ("layers.0.weight", …), in order of assignment and each once."""
        seen: set[int] = set()
        for name, value in self._state(prefix):
            if isinstance(value, Tensor) and id(value) not in seen:
                seen.add(id(value))
                yield name, value

    def named_buffers(self, prefix: str = "") -> Iterator[tuple[str, Array]]:
        """(dotted name, array) of what is part of the state but is no parameter."""
        return ((name, value) for name, value in self._state(prefix) if not isinstance(value, Tensor))

    def parameters(self) -> list[Tensor]:
        """All parameters, in order of assignment and each once."""
        return [p for _, p in self.named_parameters()]

    def _members(self) -> Iterator[tuple[str, Any]]:
        """(name, value) of each attribute; of each element, for lists, tuples and dictionaries."""
        for name, value in vars(self).items():
            yield from named_leaves(value, name)

    def _state(self, prefix: str = "") -> Iterator[tuple[str, Tensor | Array]]:
        """(dotted name, parameter or buffer); one that is shared comes under each of its names."""
        for name, value in self._members():
            is_parameter = isinstance(value, Tensor) and value.role == "parameter"
            if isinstance(value, Module):
                yield from value._state(f"{prefix}{name}.")
            elif is_parameter or (name in self.buffer_names and value is not None):
                yield prefix + name, value

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients of all parameters, or with False set them to 0."""
        for p in self.parameters():
            p.grad = None if set_to_none or p.grad is None else np.zeros_like(p.data)

    def train(self, mode: bool = True) -> Self:
        """Switch self and all modules below to training, or with False to use; returns self."""
        for module in self.modules():
            module.training = mode
        return self

    def eval(self) -> Self:
        """Switch self and all modules below to use: dropout is off, running means stand still; returns self."""
        return self.train(False)

    def to(self, dtype: npt.DTypeLike) -> Self:
        """Convert all parameters, their gradients and the floating buffers, in place; returns self.

        The buffers of a module that names its `input_dtype` stay, such as those of `demos.tabular.Tabular`.

        Make the optimizer after it, as what an optimizer remembers keeps its dtype.

        Raises TypeError: the dtype is not floating.
        """
        if str(dtype).partition(":")[0] in ("cpu", "cuda", "mps"):
            raise TypeError(f"to: expected a floating dtype, got {dtype!r}; there are no devices here, so leave it out")
        dtype = np.dtype(dtype)
        if dtype.kind != "f":
            raise TypeError(f"to: expected a floating dtype, got {dtype}")
        for p in self.parameters():
            p.data = aligned(p.data.astype(dtype))
            p.grad = p.grad if p.grad is None else p.grad.astype(dtype)
        for module in self.modules():
            for name in () if hasattr(module, "input_dtype") else module.buffer_names:
                buffer = getattr(module, name)
                if buffer is not None and buffer.dtype.kind == "f":
                    setattr(module, name, buffer.astype(dtype))
        return self

    def state_dict(self) -> dict[str, Array]:
        """Dotted name → a copy of the parameter's or buffer's numbers; names and layouts are PyTorch's."""
        return {name: np.array(data_of(value)) for name, value in self._state()}

    def load_state_dict(self, state: Mapping[str, npt.ArrayLike]) -> None:
        """Copy numbers into the parameters and buffers; dtypes stay this module's.

        Raises ValueError: a name is missing or unknown, or a shape differs. Nothing is changed then.
        """
        own = dict(self._state())
        check_fits("model", own, state)
        for name, value in own.items():
            data = data_of(value)
            data[...] = state[name]
            if isinstance(value, Tensor):
                value.data = data  # tells the graph that the numbers changed

    def extra_repr(self) -> str:
        """The arguments in the layer's repr."""
        return self._shown.format(self)

    def __repr__(self) -> str:
        inner = [f"({name}): {child!r}".replace("\n", "\n  ") for name, child in self.named_children()]
        body = "\n  ".join(["", *([self.extra_repr()] if self.extra_repr() else []), *inner]) + "\n"
        return f"{type(self).__name__}({body if inner else self.extra_repr()})"


def functional_call(
    module: Module, parameters: Mapping[str, Any], args: Any = (), kwargs: Mapping[str, Any] | None = None
) -> Any:
    """module(*args, **kwargs) as a function of its parameters: with others in their places for this call.

    Args:
        module: any; in the end it is as it was. Other threads must not use it meanwhile.
        parameters: dotted name → Tensor or array; what is not named stays.
        args: a tuple of arguments, or one that is none; kwargs: those by name.

    Raises ValueError: the module has no parameter of a name, or one of another shape.

    >>> import numpy as np
    >>> from vector import grad, nn
    >>> scale = nn.Linear(2, 1, bias=False)
    >>> grad(lambda p: functional_call(scale, p, np.array([3.0, 4.0])).sum())({"weight": np.array([[1.0, 2.0]])})
    {'weight': array([[3., 4.]])}
    """
    own = dict(module.named_parameters())
    known, given = ({name: np.shape(x) for name, x in named.items()} for named in (own, parameters))
    if not given.items() <= known.items():
        raise ValueError(f"functional_call: expected parameters {known}, got {given}")
    swaps = {id(own[name]): x if isinstance(x, Tensor) else Tensor(x) for name, x in parameters.items()}
    with ExitStack() as at_the_end:
        for owner in module.modules():
            for name, value in list(vars(owner).items()):
                if any(id(leaf) in swaps for _, leaf in named_leaves(value, name)):
                    at_the_end.callback(setattr, owner, name, value)
                    setattr(owner, name, tree_map(lambda x: swaps.get(id(x), x), value))
        return module(*(args if isinstance(args, tuple) else (args,)), **(kwargs or {}))


def check_fits(owner: str, own: Mapping[str, Any], state: Mapping[str, Any]) -> None:
    """Refuse a state of other names or shapes than the owner's, "model" or "optimizer", own."""
    if own.keys() != state.keys():
        missing, unknown = sorted(own.keys() - state.keys()), sorted(state.keys() - own.keys())
        raise ValueError(f"load_state_dict: expected the names of the {owner}, got {missing=} {unknown=}")
    for name, value in own.items():
        expected, got = getattr(value, "shape", ()), np.shape(state[name])
        if expected != got:
            raise ValueError(f"load_state_dict: {name} expected shape {expected}, got {got}")
