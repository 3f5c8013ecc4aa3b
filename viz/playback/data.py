"""A performance as plain, immutable data: what appears at which step, with every text decided."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from viz.node import Step as LedgerStep
from viz.palette import Role
from viz.playback.quantity import Quantity
from viz.playback.questions import Questions


@dataclass(frozen=True, slots=True)
class Variable:
    """One value of the graph, under a name that no other has. The name's `parts` are stem, subscript, superscript."""

    id: str
    name: str
    role: Role
    symbol: str
    value: Quantity
    gradient: Quantity | None
    parts: tuple[str, str, str]
    path: str = ""  # where it is in its model, where the name is short for that
    contents: tuple[str, ...] = ()  # of a card that stands for several variables
    door: int = 0  # the scene that it opens
    outside: bool = False  # whether it lies outside the scene, and touches it


@dataclass(frozen=True, slots=True)
class Message:
    """What the backward pass sends along an edge: upstream · local = product, and line by line why `local` is that."""

    upstream: Quantity
    local: Quantity | None
    product: Quantity
    reason: tuple[str, ...] = ()

    @property
    def times(self) -> str:
        """The sign of the product: of arrays, element by element."""
        return "⊙" if self.local and self.local.is_array else "·"


@dataclass(frozen=True, slots=True)
class Edge:
    """From an operand, written with as many digits as the result needs, to the result."""

    id: str
    tail: Variable
    head: Variable
    operand: Quantity
    message: Message | None
    values: int = 1  # how many variables go along it, where it stands for several edges


@dataclass(frozen=True, slots=True)
class Path:
    """One path from a variable to the output: the variables on it and, for numbers, the local derivatives' product."""

    variables: tuple[Variable, ...]
    locals: tuple[Quantity, ...]
    product: Quantity | None


@dataclass(frozen=True, slots=True)
class Step:
    """One position of the player.

    Forward: `variables` get their values, all leaves at the first step, then one result per step from its `edges`.
    Backward: the one variable gets its gradient, the sum of the messages on its `edges`; the output has none.
    """

    phase: Literal["forward", "backward"]
    variables: tuple[Variable, ...]
    edges: tuple[Edge, ...]
    path_count: int = 0
    paths: tuple[Path, ...] = ()
    uses: int = 0  # how many messages there are; the edges may be the first of them
    reading: str = ""  # how a result is computed, as the ledger says it
    told: str = ""  # of a card that stands for several variables, or of some outside: what happens
    listed: tuple[Variable, ...] = ()  # and whose numbers are given
    asked: LedgerStep | None = None  # the step that a reader can be asked about: all it needs is in the picture


@dataclass(frozen=True, slots=True)
class Scene:
    """What is played in one picture. Variables stand in the order of computation."""

    title: str
    around: int  # the scene that its door is in
    variables: tuple[Variable, ...]
    edges: tuple[Edge, ...]
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Playback:
    """A whole performance; the first scene is the whole graph."""

    title: str
    scenes: tuple[Scene, ...]
    asking: Questions
    nudges: tuple[Mapping[str, Any], ...] = ()

    @property
    def variables(self) -> list[Variable]:
        """The variables of all scenes."""
        return [variable for scene in self.scenes for variable in scene.variables]

    @property
    def steps(self) -> list[Step]:
        """The steps of all scenes."""
        return [step for scene in self.scenes for step in scene.steps]
