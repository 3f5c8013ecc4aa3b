"""Plots: looked at through matplotlib's own objects, and as files."""

import io
import math
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure

from demos import plots

POINTS = np.array([[0.0, 0.0], [1.0, 1.0], [0.0, 1.0], [1.0, 0.0]])
LABELS = np.array([-1, 1, 1, -1])
TRUTH = np.array([0, 1, 2, 2, 1, 0])
PROBABILITIES = np.array(
    [[0.9, 0.1, 0.0], [0.3, 0.6, 0.1], [0.0, 0.8, 0.2], [0.1, 0.1, 0.8], [0.5, 0.2, 0.3], [0.9, 0.0, 0.1]]
)
IMAGES = np.arange(24.0).reshape(6, 4)


def second_coordinate(points: Any) -> Any:
    return points[:, 1] - 0.5


def bowl(x: float, y: float) -> float:
    return x * x + 2 * y * y


ALL: dict[str, Callable[[], Figure]] = {
    "loss_curve": lambda: plots.loss_curve([3.0, 2.0, 1.0], accuracies=[0.5]),
    "accuracy_curves": lambda: plots.accuracy_curves({"train": [0.8, 0.9], "test": [0.7, 0.8]}),
    "decision_boundary": lambda: plots.decision_boundary(second_coordinate, POINTS, LABELS),
    "descent_paths": lambda: plots.descent_paths(bowl, {"SGD": [(1.0, 1.0), (0.5, 0.3)]}),
    "features": lambda: plots.features(np.eye(4), shape=(2, 2)),
}


def axes_of(figure: Any) -> list[Any]:
    """Typed as Any, for the artists in them are typed as whatever becomes an array."""
    return list(figure.axes)


def texts(axes: Any) -> list[str]:
    return [text.get_text() for text in axes.texts]


# ---------------------------------------------------------------- training


def test_loss_curve() -> None:
    (axes,) = axes_of(plots.loss_curve([3.0, 2.0, 1.0]))
    assert axes.lines[0].get_xydata().tolist() == [[1, 3.0], [2, 2.0], [3, 1.0]]
    assert (axes.get_xlabel(), axes.get_ylabel(), axes.get_yscale()) == ("step", "loss", "linear")


def test_accuracies_are_spread_over_the_steps() -> None:
    _, below = axes_of(plots.loss_curve([4.0, 3.0, 2.0, 1.0], accuracies=[0.5, 0.975]))
    assert below.lines[0].get_xydata().tolist() == [[2, 50.0], [4, 97.5]]
    assert texts(below) == ["97.50 %"]


def test_measured_losses_are_spread_over_the_steps() -> None:
    (axes,) = axes_of(plots.loss_curve([4.0, 3.0, 2.0, 1.0], measured={"validation": [3.5, 1.5], "test": [3.0]}))
    assert [line.get_xydata().tolist() for line in axes.lines[1:]] == [[[2, 3.5], [4, 1.5]], [[4, 3.0]]]
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["validation", "test"]


def test_labels_at_the_ends_of_curves_do_not_cover_one_another() -> None:
    figure = plots.accuracy_curves({"a": [0.8, 0.9501], "b": [0.7, 0.9502], "c": [0.6, 0.95]})
    figure.savefig(io.BytesIO())  # which lays it out
    boxes = [text.get_window_extent() for text in axes_of(figure)[0].texts]
    assert texts(axes_of(figure)[0]) == ["95.01 %", "95.02 %", "95.00 %"]
    low, middle, high = sorted(boxes, key=lambda box: box.y0)
    assert low.y1 <= middle.y0
    assert middle.y1 <= high.y0


def test_long_curve_has_a_centred_running_mean() -> None:
    raw, mean = axes_of(plots.loss_curve(list(map(float, range(100)))))[0].lines
    assert len(raw.get_xydata()) == 100
    # The mean of a straight line is the line itself.
    np.testing.assert_allclose(mean.get_ydata(), mean.get_xdata() - 1)


def test_loss_over_several_decades_is_logarithmic() -> None:
    assert axes_of(plots.loss_curve([100.0, 0.5]))[0].get_yscale() == "log"


def test_accuracy_curves() -> None:
    (axes,) = axes_of(plots.accuracy_curves({"train": [0.8, 0.9], "test": [0.75]}))
    assert [line.get_xydata().tolist() for line in axes.lines] == [[[1, 80.0], [2, 90.0]], [[1, 75.0]]]
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["train", "test"]
    assert texts(axes) == ["90.00 %", "75.00 %"]


# ---------------------------------------------------------------- the plane


def test_decision_boundary() -> None:
    (axes,) = axes_of(plots.decision_boundary(second_coordinate, POINTS, LABELS))
    boundary = axes.collections[1].get_paths()[0].vertices
    np.testing.assert_allclose(boundary[:, 1], 0.5)
    legend = [text.get_text() for text in axes.get_legend().get_texts()]
    assert legend == ["class -1", "class 1"]
    drawn = [collection.get_offsets().tolist() for collection in axes.collections[2:]]
    assert drawn == [POINTS[LABELS == -1].tolist(), POINTS[LABELS == 1].tolist()]


def test_threshold_moves_the_boundary() -> None:
    (axes,) = axes_of(plots.decision_boundary(second_coordinate, POINTS, LABELS, threshold=0.25))
    np.testing.assert_allclose(axes.collections[1].get_paths()[0].vertices[:, 1], 0.75)


def test_classifier_that_never_changes_its_mind_has_no_boundary() -> None:
    (axes,) = axes_of(plots.decision_boundary(lambda points: np.zeros(len(points)), POINTS, LABELS))
    assert len(axes.collections) == 3


def test_descent_paths() -> None:
    paths = {"SGD": [(1.0, 1.0), (0.5, 0.3), (0.1, 0.0)], "Adam": [(1.0, 1.0), (0.9, 0.9)]}
    (axes,) = axes_of(plots.descent_paths(bowl, paths))
    drawn = [line.get_xydata().tolist() for line in axes.lines]
    assert [[*map(list, path)] for path in paths.values()] == [drawn[0], drawn[2]]
    assert [drawn[1], drawn[3], drawn[4]] == [[[0.1, 0.0]], [[0.9, 0.9]], [[1.0, 1.0]]]  # the ends, and the start
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["SGD, 2 steps", "Adam, 1 steps"]
    # On every contour the function is constant.
    for path in axes.collections[0].get_paths():
        heights = [bowl(*point) for point in path.vertices]
        assert not heights or max(heights) - min(heights) < 0.02


def test_diverged_path_does_not_hide_the_others() -> None:
    (axes,) = axes_of(plots.descent_paths(bowl, {"SGD": [(1.0, 1.0), (math.nan, math.inf)], "Adam": [(0.5, 0.5)]}))
    assert axes.get_xlim()[1] < 2


# ---------------------------------------------------------------- features


def test_features_are_grey_at_0_white_above_and_black_below() -> None:
    figure = plots.features(np.array([[0.0, 1.0, -2.0, 2.0], [0.0, 0.0, 0.0, 0.0]]), shape=(2, 2))
    first, second = (axes.images[0] for axes in axes_of(figure))
    levels = first.cmap(first.norm(first.get_array()))[..., 0]
    np.testing.assert_allclose(levels, [[0.5, 0.75], [0.0, 1.0]], atol=0.01)
    np.testing.assert_allclose(second.cmap(second.norm(second.get_array()))[..., 0], 0.5, atol=0.01)


def test_features_to_one_scale_have_a_bar_with_numbers() -> None:
    weights = np.array([[0.0, 1.0, -2.0, 2.0], [0.0, 0.5, 0.0, 0.0]])
    whole, bar = plots.features(weights, shape=(2, 2), scale=True).axes
    (image,) = whole.images
    end = np.quantile(abs(weights), 0.995)
    assert (image.norm.vmin, image.norm.vmax) == (-end, end)
    shown: Any = np.ma.filled(np.ma.asarray(image.get_array()), np.nan)
    np.testing.assert_array_equal(shown, [[0, 1, np.nan, 0, 0.5], [-2, 2, np.nan, 0, 0]])  # one unit beside the other
    assert image.cmap(0.5)[:3] == pytest.approx((1, 1, 1), abs=0.01)
    assert bar.get_ylabel() == "weight"
    assert min(bar.get_yticks()) < 0 < max(bar.get_yticks())


def test_as_many_features_as_asked_in_rows() -> None:
    figure = plots.features(np.ones((10, 4)), shape=(2, 2), columns=3, count=7)
    assert sum(bool(axes.images) for axes in axes_of(figure)) == 7
    assert len(figure.axes) == 9
    assert not any(axes.axison for axes in axes_of(figure))


@pytest.mark.parametrize("dtype", ["uint8", "int8", "float16", "float32"])
def test_losses_of_every_dtype(dtype: str) -> None:
    # The running mean of unsigned numbers wrapped around, and arrays had no truth value.
    losses: Any = (120 - np.arange(120)).astype(dtype)
    (axes,) = axes_of(plots.loss_curve(losses, accuracies=None))
    np.testing.assert_allclose(axes.lines[1].get_ydata(), np.convolve(120 - np.arange(120), [0.25] * 4, "valid"))


# ---------------------------------------------------------------- files


@pytest.mark.slow
@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("suffix", ["png", "svg", "pdf"])
def test_two_runs_write_the_same_bytes(name: str, suffix: str, tmp_path: Path) -> None:
    first = plots.save(ALL[name](), tmp_path / f"first.{suffix}")
    second = plots.save(ALL[name](), tmp_path / f"second.{suffix}")
    assert first.read_bytes() == second.read_bytes()
    assert first.stat().st_size > 1000


def test_matplotlib_is_left_as_it_was(tmp_path: Path) -> None:
    before = dict(matplotlib.rcParams)
    plots.save(ALL["loss_curve"](), tmp_path / "loss.svg")
    assert dict(matplotlib.rcParams) == before


# ---------------------------------------------------------------- mistakes


@pytest.mark.parametrize("name", ALL)
def test_without_matplotlib_the_error_names_the_command(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(
        ImportError, match=r'plots need matplotlib; install it with: pip install "twingrad\[pictures\]"'
    ):
        ALL[name]()


def test_no_losses() -> None:
    with pytest.raises(ValueError, match="expected at least one loss to plot"):
        plots.loss_curve([])


@pytest.mark.parametrize("accuracies", [{}, {"train": []}])
def test_no_accuracies(accuracies: dict[str, list[float]]) -> None:
    with pytest.raises(ValueError, match=r"expected at least one value for each curve; got \{"):
        plots.accuracy_curves(accuracies)


@pytest.mark.parametrize(
    ("points", "labels", "message"),
    [
        (np.zeros((4, 3)), LABELS, r"expected points \(n, 2\) and labels \(n,\); got \(4, 3\) and \(4,\)"),
        (POINTS, LABELS[:3], r"got \(4, 2\) and \(3,\)"),
        (POINTS, np.zeros(4), "expected labels of 2 classes; got 1"),
    ],
)
def test_wrong_data(points: Any, labels: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        plots.decision_boundary(second_coordinate, points, labels)


def test_wrong_number_of_scores() -> None:
    with pytest.raises(ValueError, match="expected predict to give 3600 scores for 3600 points; got 7200"):
        plots.decision_boundary(lambda points: points, POINTS, LABELS)


@pytest.mark.parametrize("paths", [{}, {"SGD": []}])
def test_no_path(paths: dict[str, list[tuple[float, float]]]) -> None:
    with pytest.raises(ValueError, match=r"expected at least one point for each path; got \{"):
        plots.descent_paths(bowl, paths)


def test_wrong_shapes_of_images() -> None:
    with pytest.raises(ValueError, match=r"expected weights \(units, 2 · 3\); got shape \(4, 4\)"):
        plots.features(np.eye(4), shape=(2, 3))
