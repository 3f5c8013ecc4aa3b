"""Plots: looked at through matplotlib's own objects, and as files."""

import sys
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure

from viz import plots

POINTS = np.array([[0.0, 0.0], [1.0, 1.0], [0.0, 1.0], [1.0, 0.0]])
LABELS = np.array([-1, 1, 1, -1])


@pytest.fixture
def figure(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The figures that are saved, in order; Any, for their artists are typed as whatever becomes an array."""
    saved: list[Any] = []
    save = plots._save

    def save_and_keep(figure: Figure, path: str | Path) -> Path:
        saved.append(figure)
        return save(figure, path)

    monkeypatch.setattr(plots, "_save", save_and_keep)
    return saved


def second_coordinate(points: Any) -> Any:
    return points[:, 1] - 0.5


def test_loss_curve(figure: list[Any], tmp_path: Path) -> None:
    path = plots.loss_curve([3.0, 2.0, 1.0], path=tmp_path / "loss.png")
    assert path.read_bytes().startswith(b"\x89PNG")
    (axes,) = figure[0].axes
    assert axes.lines[0].get_xydata().tolist() == [[1, 3.0], [2, 2.0], [3, 1.0]]
    assert (axes.get_xlabel(), axes.get_ylabel(), axes.get_yscale()) == ("step", "loss", "linear")


def test_accuracies_are_spread_over_the_steps(figure: list[Any], tmp_path: Path) -> None:
    plots.loss_curve([4.0, 3.0, 2.0, 1.0], accuracies=[0.5, 0.975], path=tmp_path / "loss.png")
    _, below = figure[0].axes
    assert below.lines[0].get_xydata().tolist() == [[2, 50.0], [4, 97.5]]
    assert [text.get_text() for text in below.texts] == ["97.50 %"]


def test_long_curve_has_a_centred_running_mean(figure: list[Any], tmp_path: Path) -> None:
    losses = list(map(float, range(100)))
    plots.loss_curve(losses, path=tmp_path / "loss.png")
    raw, mean = figure[0].axes[0].lines
    assert len(raw.get_xydata()) == 100
    # The mean of a straight line is the line itself.
    np.testing.assert_allclose(mean.get_ydata(), mean.get_xdata() - 1)


def test_loss_over_several_decades_is_logarithmic(figure: list[Any], tmp_path: Path) -> None:
    plots.loss_curve([100.0, 0.5], path=tmp_path / "loss.png")
    assert figure[0].axes[0].get_yscale() == "log"


def test_decision_boundary(figure: list[Any], tmp_path: Path) -> None:
    path = plots.decision_boundary(second_coordinate, POINTS, LABELS, path=tmp_path / "boundary.png")
    assert path.read_bytes().startswith(b"\x89PNG")
    (axes,) = figure[0].axes
    boundary = axes.collections[1].get_paths()[0].vertices
    np.testing.assert_allclose(boundary[:, 1], 0.5)
    legend = [text.get_text() for text in axes.get_legend().get_texts()]
    assert legend == ["class -1", "class 1"]
    drawn = [collection.get_offsets().tolist() for collection in axes.collections[2:]]
    assert drawn == [POINTS[LABELS == -1].tolist(), POINTS[LABELS == 1].tolist()]


def test_threshold_moves_the_boundary(figure: list[Any], tmp_path: Path) -> None:
    plots.decision_boundary(second_coordinate, POINTS, LABELS, threshold=0.25, path=tmp_path / "boundary.png")
    np.testing.assert_allclose(figure[0].axes[0].collections[1].get_paths()[0].vertices[:, 1], 0.75)


def test_classifier_that_never_changes_its_mind_has_no_boundary(figure: list[Any], tmp_path: Path) -> None:
    plots.decision_boundary(lambda points: np.zeros(len(points)), POINTS, LABELS, path=tmp_path / "boundary.png")
    assert len(figure[0].axes[0].collections) == 3


@pytest.mark.parametrize("suffix", ["png", "svg", "pdf"])
def test_two_runs_write_the_same_bytes(suffix: str, tmp_path: Path) -> None:
    first = plots.decision_boundary(second_coordinate, POINTS, LABELS, path=tmp_path / f"first.{suffix}")
    second = plots.decision_boundary(second_coordinate, POINTS, LABELS, path=tmp_path / f"second.{suffix}")
    assert first.read_bytes() == second.read_bytes()


def test_matplotlib_is_left_as_it_was(tmp_path: Path) -> None:
    before = dict(matplotlib.rcParams)
    plots.loss_curve([2.0, 1.0], path=tmp_path / "loss.svg")
    assert dict(matplotlib.rcParams) == before


def test_without_matplotlib_the_error_names_the_command(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ImportError, match=r'plots need matplotlib; install it with: pip install "twingrad\[demos\]"'):
        plots.loss_curve([1.0], path=tmp_path / "loss.png")


def test_no_losses(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="expected at least one loss to plot"):
        plots.loss_curve([], path=tmp_path / "loss.png")


@pytest.mark.parametrize(
    ("points", "labels", "message"),
    [
        (np.zeros((4, 3)), LABELS, r"expected points \(n, 2\) and labels \(n,\); got \(4, 3\) and \(4,\)"),
        (POINTS, LABELS[:3], r"got \(4, 2\) and \(3,\)"),
        (POINTS, np.zeros(4), "expected labels of 2 classes; got 1"),
    ],
)
def test_wrong_data(points: Any, labels: Any, message: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=message):
        plots.decision_boundary(second_coordinate, points, labels, path=tmp_path / "boundary.png")


def test_wrong_number_of_scores(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="expected predict to give 3600 scores for 3600 points; got 7200"):
        plots.decision_boundary(lambda points: points, POINTS, LABELS, path=tmp_path / "boundary.png")
