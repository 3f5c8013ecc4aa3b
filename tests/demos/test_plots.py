"""The plots of reports and of the gallery: looked at through matplotlib's own objects, and as files."""

import io
import itertools
import math
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure

from demos import plots
from demos.plots import save
from tests.demos import test_training_plots

TRUTH = np.array([0, 1, 2, 2, 1, 0])
PROBABILITIES = np.array(
    [[0.9, 0.1, 0.0], [0.3, 0.6, 0.1], [0.0, 0.8, 0.2], [0.1, 0.1, 0.8], [0.5, 0.2, 0.3], [0.9, 0.0, 0.1]]
)
IMAGES = np.arange(24.0).reshape(6, 4)

ALL: dict[str, Callable[[], Figure]] = {
    "error_curves": lambda: plots.error_curves({"short": [0.2, 0.1], "long": [0.3, 0.1, 0.01]}),
    "activation": lambda: plots.activation(math.tanh, lambda x: 1 - math.tanh(x) ** 2, name="tanh"),
    "difference_error": lambda: plots.difference_error(math.sin, math.cos(1.0), 1.0, name="sin"),
    "predictions": lambda: plots.predictions([1.0, 2.0], [1.5, 2.0]),
    "confusion_matrix": lambda: plots.confusion_matrix(TRUTH, PROBABILITIES.argmax(axis=1)),
    "mistakes": lambda: plots.mistakes(IMAGES, TRUTH, PROBABILITIES, shape=(2, 2)),
}


def axes_of(figure: Any) -> list[Any]:
    """Typed as Any, for the artists in them are typed as whatever becomes an array."""
    return list(figure.axes)


def texts(axes: Any) -> list[str]:
    return [text.get_text() for text in axes.texts]


def test_error_curves() -> None:
    (axes,) = axes_of(plots.error_curves({"short": [0.2, 0.1], "long": [0.3, 0.1, 0.01]}))
    assert [line.get_xydata().round(9).tolist() for line in axes.lines] == [
        [[1, 20.0], [2, 10.0]],
        [[1, 30.0], [2, 10.0], [3, 1.0]],
    ]
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")


def test_activation() -> None:
    (axes,) = axes_of(plots.activation(lambda x: x * x, lambda x: 2 * x, name="square", span=(-1.0, 1.0), points=3))
    function, derivative = axes.lines[-2:]
    assert function.get_xydata().tolist() == [[-1, 1], [0, 0], [1, 1]]
    assert derivative.get_xydata().tolist() == [[-1, -2], [0, 0], [1, 2]]
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["square", "its derivative square′"]


def test_error_of_differences_falls_as_h_and_as_h_squared() -> None:
    (axes,) = axes_of(plots.difference_error(math.exp, 1.0, 0.0, steps=[1e-1, 1e-2]))
    forward, central = (line.get_ydata() for line in axes.lines)
    assert forward[0] / forward[1] == pytest.approx(10, rel=0.1)
    assert central[0] / central[1] == pytest.approx(100, rel=0.1)


def test_error_of_differences_marks_the_best_step() -> None:
    (axes,) = axes_of(plots.difference_error(math.sin, math.cos(1.0), 1.0))
    best = [float(text.removeprefix("h = ")) for text in texts(axes)]
    assert 1e-9 < best[0] < 1e-7 < best[1] < 1e-4


def test_quotient_without_an_error_leaves_a_gap() -> None:
    (axes,) = axes_of(plots.difference_error(lambda x: 2 * x, 2.0, 0.0, steps=[0.5, 0.25]))
    assert np.isnan(axes.lines[0].get_ydata()).all()


def test_confusion_matrix() -> None:
    (axes,) = axes_of(plots.confusion_matrix([0, 0, 1, 1, 1], [0, 1, 1, 1, 1], names=["cat", "dog"]))
    assert {(text.get_position(), text.get_text()) for text in axes.texts} == {
        ((0, 0), "1"),
        ((1, 0), "1"),
        ((1, 1), "3"),
    }
    assert [label.get_text() for label in axes.get_yticklabels()] == ["cat", "dog"]
    assert axes.get_title(loc="right") == "80.00 % of 5 right"
    levels = axes.images[0].get_array()
    assert (levels[0, 0], levels[1, 1]) == (0.5, 1.0)
    assert levels[0, 1] < 0 == levels[1, 0]


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int8", "uint64"])
def test_classes_of_every_dtype_are_counted(dtype: str) -> None:
    # Booleans were taken for a mask.
    truth, said = (np.array(labels).astype(dtype) for labels in ([0, 0, 1, 1, 1], [0, 1, 1, 1, 1]))
    (axes,) = axes_of(plots.confusion_matrix(truth, said))
    assert [text.get_text() for text in axes.texts] == ["1", "1", "3"]


def test_names_of_classes_have_room() -> None:
    names = ["a name that is longer than the matrix has room for", "two\nlines", "5 $ to 10 $"]
    figure = plots.confusion_matrix([0, 1, 2], [0, 1, 2], names=names)
    figure.savefig(io.BytesIO())
    (axes,) = axes_of(figure)
    labels = axes.get_xticklabels()
    assert [label.get_text() for label in labels] == ["a name that is longer t…", "two lines", "5 $ to 10 $"]
    boxes = [label.get_window_extent() for label in labels]
    assert all(left.x1 <= right.x0 for left, right in itertools.pairwise(boxes))


def test_predictions() -> None:
    (axes,) = axes_of(plots.predictions([1.0, 2.0, 3.0], [1.0, 2.0, 6.0], name="price in $"))
    line, points = axes.lines
    assert points.get_xydata().tolist() == [[1, 1], [2, 2], [3, 6]]
    assert line.get_slope() == 1
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("true price in $", "predicted price in $")
    assert axes.get_title(loc="right") == "root mean square error 1.732 over 3"


@pytest.mark.parametrize(("truth", "said"), [([], []), ([1.0], [1.0, 2.0]), ([[1.0]], [[1.0]])])
def test_predictions_of_other_shapes(truth: Any, said: Any) -> None:
    with pytest.raises(ValueError, match=r"expected truth \(n,\) and said \(n,\) with n >= 1; got"):
        plots.predictions(truth, said)


def test_surest_mistakes_come_first() -> None:
    figure = plots.mistakes(IMAGES, TRUTH, PROBABILITIES, shape=(2, 2))
    assert [axes.get_title() for axes in axes_of(figure)] == ["2 → 1  80 %", "1 → 0  50 %"]
    assert axes_of(figure)[0].images[0].get_array().tolist() == [[8, 9], [10, 11]]


def test_no_mistakes() -> None:
    with pytest.raises(ValueError, match="expected at least one mistake to show; every image is classified right"):
        plots.mistakes(IMAGES, PROBABILITIES.argmax(axis=1), PROBABILITIES, shape=(2, 2))


def test_wrong_classes() -> None:
    with pytest.raises(ValueError, match=r"expected truth \(n,\) and said \(n,\) with n >= 1; got \(2,\) and \(3,\)"):
        plots.confusion_matrix([0, 1], [0, 1, 1])
    for labels, told in (([0, -1], "int64, from -1"), ([0.0, 1.0], "float64, from 0.0")):
        with pytest.raises(ValueError, match=f"expected classes as integers from 0; got {told}"):
            plots.confusion_matrix(labels, labels)
    with pytest.raises(ValueError, match="expected a name for each of 2 classes; got 1"):
        plots.confusion_matrix([0, 1], [0, 1], names=["cat"])


@pytest.mark.parametrize("curves", [{}, {"train": []}])
def test_no_errors(curves: dict[str, list[float]]) -> None:
    with pytest.raises(ValueError, match=r"expected at least one value for each curve; got \{"):
        plots.error_curves(curves)


def test_images_of_another_shape() -> None:
    with pytest.raises(ValueError, match=r"expected images \(n, 2 · 3\), .*; got \(6, 4\), \(6,\) and \(6, 3\)"):
        plots.mistakes(IMAGES, TRUTH, PROBABILITIES, shape=(2, 3))


@pytest.mark.slow
@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("suffix", ["png", "svg", "pdf"])
def test_two_runs_write_the_same_bytes(name: str, suffix: str, tmp_path: Path) -> None:
    first = save(ALL[name](), tmp_path / f"first.{suffix}")
    second = save(ALL[name](), tmp_path / f"second.{suffix}")
    assert first.read_bytes() == second.read_bytes()
    assert first.stat().st_size > 1000


@pytest.mark.parametrize("name", ["error_curves", "mistakes"])
def test_a_notebook_shows_a_plot_by_itself(name: str) -> None:
    shown: Any = ALL[name]()
    png = shown._repr_png_()
    assert png.startswith(b"\x89PNG")
    assert len(png) < 500_000


@pytest.mark.parametrize("name", ALL)
def test_without_matplotlib_the_error_names_the_command(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(
        ImportError, match=r'plots need matplotlib; install it with: pip install "twingrad\[pictures\]"'
    ):
        ALL[name]()


def test_every_plot_is_tested() -> None:
    assert {*ALL, *test_training_plots.ALL, "save"} == set(plots.__all__)
