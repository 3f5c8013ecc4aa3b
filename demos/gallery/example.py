"""What a course, an example and its result are."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, ParamSpec

P = ParamSpec("P")


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One result of an example beside its independent judges.

    `torch` receives the module torch, where that is installed, and gives PyTorch's answer.
    """

    name: str  # "∂f/∂x"
    engine: Any  # a number or an array
    closed_form: Any = None
    torch: Callable[[ModuleType], Any] | None = None
    tolerance: float = 1e-12  # of |engine − judge| / max(1, |judge|)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What the lecture says, beside what was measured."""

    statement: str  # "a trained linear model reaches about 93 % on MNIST"
    claimed: str
    measured: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What an example computed: its numbers, and what there is to look at.

    The first graph is the one whose ledger and player are shown. Plots are functions, called only by those who want
    to see the figure, so that an example's numbers need no matplotlib.
    """

    numbers: Mapping[str, Any]
    comparisons: Sequence[Comparison] = ()
    claims: Sequence[Claim] = ()
    graphs: Mapping[str, Any] = field(default_factory=dict)  # title → the output's Value or Tensor
    plots: Mapping[str, Callable[[], Any]] = field(default_factory=dict)  # title → draws a matplotlib Figure
    notes: Mapping[str, str] = field(default_factory=dict)  # title → plain text: a derivation, a table


@dataclass(frozen=True, slots=True)
class Example:
    """One worked example: the first paragraph of its function's docstring states it."""

    id: str  # "T2"
    title: str
    engines: tuple[str, ...]  # ("scalar", "vector")
    needs: tuple[str, ...]  # "matplotlib" (its numbers need it too), "scikit-learn", "sympy", "mnist"
    function: Callable[..., Result]

    @property
    def statement(self) -> str:
        """What is shown, in one sentence or a few."""
        return " ".join((inspect.getdoc(self.function) or "").split("\n\n")[0].split())

    @property
    def source(self) -> str:
        """The function's code."""
        return inspect.getsource(self.function)


@dataclass(frozen=True, slots=True)
class Course:
    """A course, and its examples in the lecture's order."""

    letter: str
    name: str  # 'Grosse, "Fields Machine Learning Course, Lecture 1"'
    examples: dict[str, Example] = field(default_factory=dict)

    def example(
        self, id: str, title: str, engines: str, needs: Sequence[str] = ()
    ) -> Callable[[Callable[P, Result]], Callable[P, Result]]:
        """Add the decorated function, which stays as it is, to the course.

        >>> course = Course("T", "A course")
        >>> @course.example("T0", "A square", engines="scalar")
        ... def square() -> Result:
        ...     '''Squares three.'''
        ...     return Result(numbers={"y": 9.0})
        >>> course.examples["T0"].statement
        'Squares three.'
        """

        def add(function: Callable[P, Result]) -> Callable[P, Result]:
            self.examples[id] = Example(id, title, tuple(engines.split(",")), tuple(needs), function)
            return function

        return add
