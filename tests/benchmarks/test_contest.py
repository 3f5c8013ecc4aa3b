"""Contestants take turns, may stay out with a reason, and must agree."""

import pytest

from benchmarks.child import answers
from benchmarks.contestant import HELD_BACK, Contestant, environment
from benchmarks.figures import agree, ratio, spread
from benchmarks.interleave import contest
from tests.benchmarks.players import PRETENDED, Pretender, milliseconds


def test_turns_alternate() -> None:
    diary: list[str] = []
    players = {name: Pretender(name, diary, milliseconds(1, 2, 3)) for name in "AB"}
    one = contest(players, "a case", rounds=3)
    assert diary == ["A", "B"] * 3
    assert one.figures() == {"ms": {"A": [1, 2, 3], "B": [1, 2, 3]}}


def test_another_loss_is_a_disagreement() -> None:
    players = {
        "A": Pretender("A", [], milliseconds(1, 1)),
        "B": Pretender("B", [], milliseconds(1, 1, loss=0.501)),
    }
    assert not contest(players, "a case", rounds=2, tolerance=1e-4).agreed


def test_who_has_no_result_disagrees_with_nobody() -> None:
    assert agree([[1.0, 2.0], [], [1.0, 2.00001]], 1e-4)
    assert not agree([[1.0, 2.0], [1.0]], 1e-4)
    assert not agree([[1.0], [float("nan")]], 1e-4)


def test_who_skips_is_asked_no_more() -> None:
    diary: list[str] = []
    players = {"A": Pretender("A", diary, milliseconds(1, 2)), "B": Pretender("B", diary, ["no compiler"])}
    one = contest(players, "a case", rounds=2)
    assert diary == ["A", "B", "A"]
    assert one.skipped == {"B": "no compiler"}
    assert one.agreed


def test_a_drifting_machine_leaves_the_ratio_alone() -> None:
    assert ratio([1, 2, 4], [2, 4, 8]) == 0.5
    assert spread([1.0]) == 0
    assert spread([1, 2, 3, 4, 5]) == 1


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("ours", [({"ms": 1.0}, [6.0]), ({"ms": 1.0}, [7.0])]),
        ("absent", ["ImportError: no module named absent"] * 2),
        ("unable", ["no compiler"] * 2),
    ],
)
def test_what_a_process_answers(name: str, expected: list[object]) -> None:
    assert list(answers(PRETENDED, name, ["a case", "another"])) == expected


def test_the_fastest_kernels_are_for_everyone() -> None:
    inherited = {**dict.fromkeys(HELD_BACK, "1"), "OPENBLAS_CORETYPE": "Haswell", "HOME": "/"}
    assert environment(inherited) == {"HOME": "/"}


def test_a_process_takes_turns_and_stops() -> None:
    player = Contestant("growth", "scalar", fresh=True)
    answer = player.turn("100 ops")
    player.stop()
    assert not isinstance(answer, str)
    assert set(answer.figures) == {"µs per op", "bytes per op"}


def test_a_process_that_ends_is_an_error(capfd: pytest.CaptureFixture[str]) -> None:
    player = Contestant("growth", "nobody")
    with pytest.raises(RuntimeError, match=r"growth: nobody, 100 ops: expected figures, but its process ended with"):
        player.turn("100 ops")
    player.stop()
    assert "KeyError: 'nobody'" in capfd.readouterr().err
