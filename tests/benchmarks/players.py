"""Contestants that only pretend."""

from collections.abc import Sequence

from benchmarks.suite import Measure, Skip, Suite, Turn
from benchmarks.targets import AtMost


class Pretender:
    """Answers each turn with the next of its figures, and writes down that it was asked."""

    def __init__(self, name: str, diary: list[str], answers: Sequence[Turn | str]) -> None:
        self.name, self.diary, self.answers = name, diary, list(answers)

    def turn(self, case: str) -> Turn | str:
        self.diary.append(self.name)
        return self.answers.pop(0)

    def stop(self) -> None:
        self.diary.append(f"{self.name} stops")


def milliseconds(*rounds: float, loss: float = 0.5) -> list[Turn]:
    return [Turn({"ms": x}, [1.0, loss]) for x in rounds]


def steady(case: str) -> Measure:
    return lambda: Turn({"ms": 1.0}, [float(len(case))])


def absent(case: str) -> Measure:
    raise ImportError("no module named absent")


def unable(case: str) -> Measure:
    raise Skip("no compiler")


PRETENDED = Suite(
    title="Pretended work",
    about="Nothing is measured.",
    cases=["a case", "another"],
    contestants={"ours": steady, "theirs": steady, "absent": absent, "unable": unable},
    ours=["ours"],
    rounds=2,
    targets=[AtMost("ours", 0.5, ["theirs"], "ms")],
    quick_cases=["a case"],
    quick_without={"unable": "too slow"},
)
