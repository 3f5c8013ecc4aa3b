"""Thumbnails of arrays."""

import math
import re
from typing import Any

import numpy as np
import pytest

import viz
from tests.viz.stub import Stub, chain, operation
from viz.heat import Heat, heat
from viz.labels import FULL_SIZE
from viz.palette import PALETTES
from viz.trace import MAX_THUMBNAILS

RAMP = np.arange(-4.0, 5.0)


@pytest.mark.parametrize(
    ("array", "expected"),
    [
        (RAMP[:8], ((-1.0, -0.75, -0.5, -0.25, 0.0, 0.25, 0.5, 0.75),)),
        (np.array([[1, 2], [3, 4]]), ((0.25, 0.5), (0.75, 1.0))),
        (np.array([[[1.0], [2.0]], [[-4.0], [0.0]]]), ((0.25,), (0.5,), (-1.0,), (0.0,))),
        (np.zeros((2, 3)), ((0.0,) * 3,) * 2),
        (np.ones(8, bool), ((1.0,) * 8,)),
        (np.array([math.nan, math.inf, -2.0, 1.0]), ((None, None, -1.0, 0.5),)),
        (np.array([1e300, -1e300, 5e-324]), ((1.0, -1.0, 0.0),)),
        (np.array(3.0).reshape(1), ((1.0,),)),
    ],
)
def test_small_arrays_are_their_own_thumbnail(array: Any, expected: Heat) -> None:
    assert heat(array) == expected


def test_large_arrays_are_shown_by_the_means_of_their_blocks() -> None:
    # 16 × 4 elements, so 8 × 4 blocks of 2 × 1.
    array = np.zeros((16, 4))
    array[0:2, 0] = 1, 3
    array[15, 3] = -8
    cells = heat(array)
    assert cells is not None
    assert (len(cells), {len(row) for row in cells}) == (8, {4})
    assert (cells[0][0], cells[7][3]) == (0.5, -1.0)
    assert sum(level != 0 for row in cells for level in row) == 2


def test_every_element_counts_when_the_blocks_are_uneven() -> None:
    for length in range(1, 30):
        for position in range(length):
            cells = heat(np.eye(length)[position])
            assert cells is not None
            assert sum(level == 1.0 for level in cells[0]) == 1


@pytest.mark.parametrize("array", [np.zeros((0, 3)), np.ones(9, complex)])
def test_no_thumbnail(array: Any) -> None:
    assert heat(array) is None


def test_block_of_both_infinities_gives_no_warning() -> None:
    assert heat(np.array([[math.inf, -math.inf] * 8] * 8)) == ((None,) * 8,) * 8


# ---------------------------------------------------------------- in a drawing


def colours(drawing: viz.Drawing) -> list[str]:
    return re.findall(r'FIXEDSIZE="TRUE" BGCOLOR="(#\w+)"', drawing.source)


def test_cells_are_blue_below_0_grey_at_0_and_red_above() -> None:
    cells = colours(viz.draw(Stub(np.array([-2.0, -1.0, 0.0, 1.0, 2.0, 0.0, 0.0]))))
    legend, drawn = cells[:5], cells[5:]
    assert legend == ["#0072b2", "#80b8d8", "#c4c9cf", "#eaae80", "#d55e00"]
    assert drawn == [*legend, "#c4c9cf", "#c4c9cf"]


@pytest.mark.parametrize("palette", PALETTES)
def test_what_is_not_finite_has_a_colour_of_its_own(palette: str) -> None:
    colours = PALETTES[palette]
    assert colours.scale["unknown"] not in {colours.shade(step / 20) for step in range(-20, 21)}
    assert colours.shade(None) == colours.scale["unknown"]


def test_small_arrays_are_written_in_full_instead() -> None:
    assert colours(viz.draw(Stub(np.ones(FULL_SIZE)))) == []
    assert not viz.draw(Stub(np.ones(FULL_SIZE))).graph.legend.heat
    assert viz.draw(Stub(np.ones(FULL_SIZE + 1))).graph.legend.heat


def test_too_many_arrays_have_no_thumbnails() -> None:
    nodes = [Stub(RAMP) for _ in range(MAX_THUMBNAILS)]
    assert viz.draw(nodes).graph.legend.heat
    assert not viz.draw([*nodes, Stub(RAMP)]).graph.legend.heat


def test_numbers_have_no_thumbnail() -> None:
    assert colours(viz.draw(operation("+", chain(3), chain(3)))) == []
