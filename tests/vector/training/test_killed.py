"""A training stopped at random moments and resumed, a few times; `make soak` does it 200 times in each way."""

import signal
from pathlib import Path

import pytest

from tests.vector.training.soak import (
    ended,
    finish_on_ranks,
    killed_again_and_again,
    races,
    soak,
    stopped_on_ranks,
)


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_a_killed_training_ends_as_one_never_stopped(tmp_path: Path, seed: int) -> None:
    assert soak(2, seed, tmp_path).total() >= 2


@pytest.mark.slow
def test_a_training_that_is_ended_goes_on_as_one_never_stopped(tmp_path: Path) -> None:
    assert soak(2, 1, tmp_path, ended).total() >= 2


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_ranks_that_are_stopped_go_on_as_if_they_never_were(tmp_path: Path, number: signal.Signals) -> None:
    assert soak(4, 1, tmp_path, stopped_on_ranks(number), finish_on_ranks).total() >= 4


@pytest.mark.slow
def test_a_training_of_short_lives_moves_on(tmp_path: Path) -> None:
    assert len(killed_again_and_again(tmp_path / "run", 3, 5.0)) == 3


@pytest.mark.slow
def test_of_two_that_start_at_once_one_wins(tmp_path: Path) -> None:
    assert races(3, tmp_path) == 3
