import json
import math
import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from demos.report.charts import Axis, Curve, bar, curves, dots, thinned, written


@given(st.floats(-1e12, 1e12), st.floats(1e-9, 1e12))
def test_ticks_are_even_and_around_the_values(low: float, width: float) -> None:
    high = low + width
    if not (high - low) > 1e-6 * max(abs(low), abs(high)):
        return  # so near one another, rounding decides
    axis = Axis([low, high], 0.0, 100.0)
    assert 2 <= len(axis.ticks) <= 8
    assert axis.low <= low
    assert axis.high >= high
    steps = np.diff(axis.ticks)
    assert np.allclose(steps, steps[0], rtol=1e-3)
    assert 0 <= axis.place(low) <= axis.place(high) <= 100


def test_a_wide_range_of_positive_numbers_is_logarithmic() -> None:
    axis = Axis([1e-5, 1.0, 20.0], 0.0, 70.0, log=True)
    assert axis.ticks == pytest.approx([1e-5, 1e-3, 1e-1, 1e1, 1e3])
    assert axis.place(1e-2) - axis.place(1e-3) == pytest.approx(axis.place(1.0) - axis.place(0.1))
    assert not Axis([0.0, 1e-5, 20.0], 0.0, 70.0, log=True).log  # 0 has no place on it
    assert not Axis([1.0, 20.0], 0.0, 70.0, log=True).log


def test_one_value_is_in_the_middle() -> None:
    assert Axis([3.0], 0.0, 100.0).place(3.0) == pytest.approx(50.0)
    assert Axis([0.0], 0.0, 100.0).place(0.0) == pytest.approx(50.0)


def test_a_long_curve_becomes_means_that_keep_its_ends_and_its_mean() -> None:
    y = np.random.default_rng(0).normal(size=3_000)
    x, means, window = thinned(range(1, 3_001), y.tolist())
    assert (len(means), window) == (300, 10)
    assert x[-1] == 3_000
    assert np.mean(means) == pytest.approx(y.mean())
    assert means[0] == pytest.approx(y[:10].mean())


def read(chart: str) -> dict[str, Any]:
    found = re.search(r'data-chart="([^"]*)"', chart)
    assert found is not None
    made: dict[str, Any] = json.loads(found[1].replace("&#34;", '"').replace("&amp;", "&").replace("&lt;", "<"))
    return made


def test_the_script_reads_steps_values_and_places() -> None:
    chart = curves([Curve("a<b", [1, 2, 3], [0.5, math.inf, 0.25], (1, 2))], label="x & y", percent=True)
    (line,) = read(chart)["lines"]
    assert (line["name"], line["kind"]) == ("a<b", "hue1 dash2")
    assert (line["x"], line["y"]) == ([1, 2, 3], [0.5, None, 0.25])
    drawn = re.search(r'class="line hue1 dash2" data-line="0" d="M([\d.]+) ([\d.]+)L([\d.]+) ([\d.]+)"', chart)
    assert drawn is not None
    assert [float(x) for x in drawn.groups()] == [line["px"][0], line["py"][0], line["px"][2], line["py"][2]]
    assert "a<b" not in chart
    assert 'aria-label="x &amp; y"' in chart


def test_a_dot_on_the_line_is_true() -> None:
    chart = dots([1.0, 2.0, 4.0], [1.0, 3.0, 4.0], label="", x="true", y="said")
    pairs = read(chart)["pairs"]
    mark = re.search(r'class="mark" d="M([\d.]+) ([\d.]+)L([\d.]+) ([\d.]+)"', chart)
    assert mark is not None
    x0, y0, x1, y1 = map(float, mark.groups())

    def above(place: list[float]) -> float:
        return y0 + (place[0] - x0) / (x1 - x0) * (y1 - y0) - place[1]

    assert above(pairs[0]) == pytest.approx(0, abs=0.2)
    assert above(pairs[1]) > 5  # said more than is true
    assert above(pairs[2]) == pytest.approx(0, abs=0.2)


def test_a_bar_begins_at_0_and_its_whisker_is_its_deviation() -> None:
    drawn = bar(-1.0, 3.0, 2.0, 0.5)
    assert '<rect class="fill" x="50.0" y="2" width="100.0"' in drawn
    assert 'd="M125.0 8H175.0' in drawn
    assert '<rect class="fill" x="25.0" y="2" width="25.0"' in bar(-1.0, 3.0, -0.5, 0.0)


@pytest.mark.parametrize(
    ("value", "told"), [(0.0, "0"), (-0.5, "−0.5"), (12_000.0, "12,000"), (1e9, "1e+09"), (1e-7, "1e−07")]
)
def test_numbers_beside_an_axis(value: float, told: str) -> None:
    assert written(value) == told
