"""Exercises on the command line: drawn sheets, answers judged, and how a mistake in a file ends."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import viz
from demos.exercise.check import drawn_sheet
from demos.exercise.judge import Verdict, evaluate, judge, names_for
from demos.exercise.levels import LEVELS, drawn
from tests.by_hand import is_digits_of
from tests.demos.conftest import Cli
from tests.exercise_cases import CASES, QUESTIONS, SHEET
from tests.viz.test_questions import fan_out

SEEDS = range(50)


@pytest.mark.parametrize("level", LEVELS)
def test_a_seed_draws_the_same_sheet_and_others_differ(level: int, cli: Cli) -> None:
    first = cli("exercise", "--level", str(level), "--seed", "7", "--no-browser")
    assert first.out == f"wrote exercise-{level}-7.html: level {level} ({LEVELS[level][0]}), seed 7\n"
    page = Path(f"exercise-{level}-7.html").read_bytes()
    cli("exercise", "--level", str(level), "--seed", "7", "--no-browser", "-o", "again.html")
    assert Path("again.html").read_bytes() == page
    assert len({drawn_sheet(level, seed)["key"] for seed in range(6)}) > 4


@pytest.mark.parametrize("level", LEVELS)
def test_solutions_are_the_ledgers(level: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("viz.render.available", lambda: False)
    for seed in SEEDS:
        output = drawn(level, seed)
        path = viz.exercise(output, tmp_path / "sheet.html")
        totals = {step.variable.label or None: step.total for step in output.chain_rule()}
        page = path.read_text(encoding="utf-8")
        data = json.loads(page.partition('json">')[2].partition("</script>")[0])
        solved = page.partition('id="solutions"')[2].split("<li>")[1:]
        for row, step in zip(solved, output.chain_rule(), strict=True):
            numbers = [text.partition("</mn>")[0] for text in row.partition("<p")[0].split("<mn>")[1:]]
            expected = np.ravel(step.total).tolist()
            assert all(map(is_digits_of, numbers[-len(expected) :], expected))
        asked = {question["ask"]: question["answer"] for question in data["questions"]}
        names = {gradient: slope for _, _, gradient, slope in data["known"] if slope is not None}
        gradients = {ask: answer for ask, answer in asked.items() if ask in names}
        assert len(gradients) >= len(totals) - 1
        assert all(math.isclose(names[ask], answer, abs_tol=1e-12) for ask, answer in gradients.items())


def test_numbers_can_be_worked_out_by_hand() -> None:
    for level in LEVELS:
        for seed in SEEDS:
            for step in drawn(level, seed).chain_rule():
                for number in np.ravel(step.total).tolist():
                    assert abs(number) <= 200
                    assert abs(number * 100 - round(number * 100)) < 1e-9 or level == 5


@pytest.mark.parametrize("case", range(len(CASES)))
def test_the_judge(case: int) -> None:
    name, text, right, words = CASES[case]
    question = QUESTIONS[name]
    assert judge(question, text, names_for(question, SHEET)) == Verdict(right, words)


def test_formulas() -> None:
    names = {"x": 3.0, "xbar": 4.0, "w11(1)": 5.0}
    formulas = {
        "-x^2": -9.0, "2^3^2": 512.0, "2*-3": -6.0, "x²": 9.0, "(1 + x)/2": 2.0, "xbar·x − 1": 11.0, "w₁₁⁽¹⁾*2": 10.0,
        "1e-2": 0.01, ".5": 0.5, "exp(0) + relu(-3) + abs(-2)": 3.0, "sigmoid(0)": 0.5, "ln(exp(2))": 2.0,
    }  # fmt: skip
    for text, number in formulas.items():
        assert evaluate(text, names) == pytest.approx(number), text


# ---------------------------------------------------------------- a class


def answers(path: Path, name: str = "Ada", **changes: Any) -> Path:
    """A file as the page saves it: everything right but one gradient, whose sign is wrong, and one empty blank."""
    sheet = drawn_sheet(2, 7)
    given = {q["ask"]: repr(q["answer"]) for q in sheet["questions"]}
    ask = next(q["ask"] for q in sheet["questions"] if q["ask"] == "ā")
    given[ask] = repr(-next(q["answer"] for q in sheet["questions"] if q["ask"] == ask))
    given[sheet["questions"][0]["ask"]] = " "
    about = {"sheet": sheet["key"], "title": sheet["title"], "source": {"level": 2, "seed": 7}, "name": name}
    path.write_text(json.dumps(about | {"answers": given} | changes), encoding="utf-8")
    return path


def test_a_table_for_the_teacher(cli: Cli) -> None:
    answers(Path("ada.json"))
    answers(Path("bo.json"), "[red]Bo\x1b", answers={})
    outcome = cli("exercise", "--check", "ada.json", "bo.json")
    total = len(drawn_sheet(2, 7)["questions"])
    lines = outcome.out.splitlines()
    assert outcome.status == 0
    assert any(line.split() == ["Ada", "Exercise", "2.7", f"{total - 2}", "of", f"{total}", "right"] for line in lines)
    assert any("[red]Bo" in line and f"0 of {total} right" in line for line in lines)
    assert any("ā" in line and "The size is right, the sign is not." in line for line in lines)
    assert sum("Empty." in line for line in lines) == total + 1
    assert sum(line.rstrip().endswith("right") for line in lines) == total - 2 + 2


def test_sheets_of_ones_own(cli: Cli) -> None:
    viz.exercise(fan_out(), "own.html")
    data = json.loads(Path("own.html").read_text(encoding="utf-8").partition('json">')[2].partition("</script>")[0])
    answers(Path("ada.json"), sheet=data["key"], source={}, answers={"x̄": "abar*y + bbar"})
    refused = cli("exercise", "--check", "ada.json")
    assert refused.status == 2
    assert "ada.json: answers to a sheet that is not known here: give it with --sheet" in refused.err
    judged = cli("exercise", "--check", "ada.json", "--sheet", "own.html")
    assert "x̄" in judged.out
    assert " 1 of 9 right" in judged.out


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "bad.json: no file of answers, expected JSON"),
        ("[" * 100_000, "bad.json: no file of answers, expected JSON"),
        ("[]", 'bad.json: no file of answers, expected what "Save my answers" writes'),
        ('{"sheet": 1, "name": "x", "answers": {}}', 'no file of answers, expected what "Save my answers" writes'),
        ('{"sheet": "0", "name": "x", "answers": {}}', "a sheet that is not known here: give it with --sheet"),
        (
            '{"sheet": "0", "name": "x", "answers": {}, "source": {"level": 2, "seed": 7}}',
            "bad.json: answers to another sheet than level 2, seed 7 has now",
        ),
        ("x" * 1_000_001, "bad.json: too long for a file of answers"),
        ("\udcff", "bad.json: no file of answers, expected JSON"),
    ],
)  # fmt: skip
def test_a_file_that_is_none_is_told_and_the_others_are_judged(cli: Cli, content: str, message: str) -> None:
    Path("bad.json").write_bytes(content.encode("utf-8", "surrogateescape"))
    answers(Path("good.json"))
    outcome = cli("exercise", "--check", "bad.json", "missing.json", "good.json")
    assert outcome.status == 2
    assert "Ada" in outcome.out
    first, second = outcome.err.splitlines()
    assert message in first
    assert second == "error: cannot read missing.json: No such file or directory"


def test_strange_answers_are_judged_all_the_same(cli: Cli) -> None:
    sheet = drawn_sheet(2, 7)
    strange = {q["ask"]: x for q, x in zip(sheet["questions"], [3, None, "9" * 400, "(" * 300, "1/0"], strict=False)}
    answers(Path("ada.json"), answers=strange | {"nobody asked": "1"})
    outcome = cli("exercise", "--check", "ada.json")
    assert outcome.status == 0
    assert f"0 of {len(sheet['questions'])} right" in outcome.out
    assert "That is no finite number." in outcome.out
    assert "An answer has at most 200 characters." in outcome.out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--check"], "--check needs files of answers"),
        (["a.json"], "a.json: answers are judged with --check"),
        (["--no-browser", "-o", "sheet.pdf"], "expected a name ending in .html; got 'sheet.pdf'"),
        (["--no-browser", "-o", "missing/sheet.html"], "cannot write missing/sheet.html"),
        (
            ["--check", "a.json", "--sheet", "a.json"],
            "a.json is no sheet: expected a page that viz.exercise has written",
        ),
        (["--check", "a.json", "--sheet", "b.html"], "cannot read b.html: No such file or directory"),
    ],
)
def test_mistakes_of_the_command(cli: Cli, arguments: list[str], message: str) -> None:
    Path("a.json").write_text("{}")
    outcome = cli("exercise", *arguments)
    assert outcome.status == 2
    assert message in outcome.err
    assert outcome.err.count("\n") == 1


def test_there_are_six_levels() -> None:
    with pytest.raises(ValueError, match="expected a level from 1 to 6; got 7"):
        drawn(7, 0)


def test_the_sheet_is_opened(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    outcome = cli("exercise", "--level", "3")
    (path,) = Path().glob("exercise-3-*.html")
    assert opened == [path.absolute().as_uri()]
    assert f"wrote {path}: level 3 (kinks), seed " in outcome.out
