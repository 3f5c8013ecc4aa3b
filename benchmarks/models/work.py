"""What each contestant makes of a model: a step, what it is given, and the weights that it changes."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Weights = dict[str, Array]
Loss = Callable[..., Any]


class Work(NamedTuple):
    """A step and its inputs; what it gives, a loss or an array, is complete when it returns."""

    step: Callable[..., Any]
    inputs: Sequence[Any] = ()
    weights: Callable[[], Weights] = dict
    """The weights of the moment, by our names; none where nothing is trained."""


class Family(Protocol):
    """One model, or one derivative, in several sizes."""

    @property
    def cases(self) -> Mapping[str, Any]:
        """The sizes, by the name of the case."""

    def ours(self, case: str, dtype: npt.DTypeLike) -> Work:
        """In vector, ready for `vector.compile`."""

    def pytorch(self, case: str, dtype: npt.DTypeLike) -> Work:
        """In PyTorch, eager."""

    def jaxed(self, case: str, dtype: npt.DTypeLike) -> Work:
        """In JAX, jitted."""


@dataclasses.dataclass(frozen=True, eq=False)
class Evaluation:
    """A family of functions that change nothing: f(weights, *data), as each framework computes it."""

    cases: Mapping[str, Any]
    data: Callable[[Any, np.random.Generator], Sequence[Array]]
    """The size → the arguments, as float64; the first may be nested lists of weights."""
    vector: Callable[..., Any]
    torch: Callable[..., Any]
    jax: Callable[..., Any]

    def ours(self, case: str, dtype: npt.DTypeLike) -> Work:
        """The function itself."""
        return Work(self.vector, self._made(case, dtype, np.asarray))

    def pytorch(self, case: str, dtype: npt.DTypeLike) -> Work:
        """The function on PyTorch's tensors."""
        import torch

        return Work(self.torch, self._made(case, dtype, torch.from_numpy))

    def jaxed(self, case: str, dtype: npt.DTypeLike) -> Work:
        """The function, jitted."""
        import jax

        jitted = jax.jit(self.jax)
        inputs = self._made(case, dtype, jax.numpy.asarray)
        return Work(lambda *inputs: jax.block_until_ready(jitted(*inputs)), inputs)

    def _made(self, case: str, dtype: npt.DTypeLike, convert: Callable[[Array], Any]) -> list[Any]:
        return [convert(x.astype(dtype, copy=False)) for x in self.data(self.cases[case], np.random.default_rng(0))]
