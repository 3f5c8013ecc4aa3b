"""A training killed at random moments and resumed; `make soak` does it 200 times."""

from pathlib import Path

import pytest

from tests.vector.training.soak import soak


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_a_killed_training_ends_as_one_never_stopped(tmp_path: Path, seed: int) -> None:
    assert soak(2, seed, tmp_path).total() >= 2
