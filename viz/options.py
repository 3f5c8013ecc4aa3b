"""What a drawing shows, and how: the options of `draw`, checked."""

import re
from dataclasses import dataclass
from typing import get_args

from viz.graph import Direction
from viz.judge import Judge
from viz.palette import PALETTES

_FORMAT = re.compile(r"[-+ ]?[,_]?(\.\d+)?[eEfFgG%]")  # nothing in it can be taken for markup


@dataclass(frozen=True, slots=True)
class Options:
    """See `viz.draw`, which takes these as keyword arguments."""

    values: bool = True
    gradients: bool = True
    messages: bool = False
    formulas: bool = False
    verify: bool | Judge = False
    direction: Direction = "LR"
    palette: str = "light"
    precision: int | str = 4
    title: str = ""
    legend: bool = True
    depth: int | None = None
    model: object = None
    fold: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.direction not in get_args(Direction):
            raise ValueError(f"expected direction in {get_args(Direction)}; got {self.direction!r}")
        if self.palette not in PALETTES:
            raise ValueError(f"expected palette in {tuple(PALETTES)}; got {self.palette!r}")
        if isinstance(self.precision, str):
            if not _FORMAT.fullmatch(self.precision):
                raise ValueError(f"expected precision as a format such as '.2f' or '+.3e'; got {self.precision!r}")
        elif self.precision < 1:
            raise ValueError(f"expected precision >= 1 significant digit; got {self.precision}")
        if self.verify not in (True, False) and not callable(self.verify):
            raise TypeError(f"expected verify to be True, False or a judge (see viz.judge); got {self.verify!r}")
        if self.depth is not None and self.depth < 0:
            raise ValueError(f"expected depth >= 0 operations below the outputs; got {self.depth}")
        if self.fold and self.model is None:
            raise ValueError(f"expected the model whose modules fold={self.fold} names; give model=")
