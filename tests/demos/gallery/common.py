"""What each example of each course must hold to."""

import numpy as np
import pytest

import vector
from demos.gallery.drawings import draw
from demos.gallery.example import Result
from demos.gallery.judgement import Judgement, judge

NEEDS_MNIST = pytest.mark.skipif(
    not vector.data.mnist_available(), reason="not here: MNIST (TWINGRAD_DATA names its folder)"
)


def judgements(result: Result) -> dict[str, Judgement]:
    """By what is compared."""
    return {judgement.comparison.name: judgement for judgement in judge(result.comparisons)}


def require_agreement(result: Result, *, pytorch: bool = True) -> None:
    """Engines, closed forms and PyTorch give the same wherever they answer; with `pytorch`, that is somewhere."""
    found = judgements(result)
    assert not pytorch or any(judgement.torch is not None for judgement in found.values())
    assert all(judgement.answers for judgement in found.values())
    differing = {name: (j.difference, j.error) for name, j in found.items() if not j.agrees}
    assert not differing


def require_pytorch(judgement: Judgement) -> None:
    """PyTorch gives this derivative too."""
    assert judgement.torch is not None
    np.testing.assert_allclose(judgement.engine, judgement.torch.reshape(judgement.engine.shape), 1e-12, 1e-12)


def require_pictures(result: Result) -> None:
    """Graphs and plots can be drawn, and there are some."""
    assert result.graphs or result.plots
    for node in result.graphs.values():
        assert draw(node).drawing.text(100)
    for plot in result.plots.values():
        assert plot().axes
