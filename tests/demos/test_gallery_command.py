"""`gallery` on the command line: the list, an example in the terminal, the site, and mistakes."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from demos.gallery import command
from demos.gallery.catalogue import TITLES
from demos.gallery.example import Course
from tests.demos.conftest import Cli
from tests.demos.gallery_stand_in import courses
from viz import render


@pytest.fixture
def stand_ins(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The command with the stand-ins in place of the gallery."""
    by_letter = {course.letter: course for course in courses()}
    ids = [id for course in by_letter.values() for id in course.examples]

    def load(letter: str) -> Course:
        return by_letter[letter]

    monkeypatch.setattr(command, "CATALOGUE", by_letter)
    monkeypatch.setattr(command, "load", load)
    monkeypatch.setattr(command, "identifier", lambda name: ids[ids.index(name.upper())])
    return iter(())


def test_the_list_has_a_line_for_each_example(cli: Cli) -> None:
    outcome = cli("gallery")
    assert outcome.status == 0
    lines = [line.split() for line in outcome.out.splitlines()]
    assert [words[0] for words in lines if words and words[0] in TITLES] == list(TITLES)
    assert '\nKording, "CIS 522, Lecture 2R"\n' in outcome.out
    assert "42 examples." in outcome.out


def test_an_example_is_shown_and_its_pictures_are_written(cli: Cli, tmp_path: Path) -> None:
    outcome = cli("gallery", "t2", "--out", "pictures")
    assert outcome.status == 0
    for part in (
        "T2",
        "Georgia Tech",
        "Numbers",
        "Compared",
        "PyTorch",
        "agrees",
        "z  input  value −4  grad 3",
        "q̄ = f̄·z = 1·(−4) = −4   univariate",
    ):
        assert part in outcome.out
    if render.available():
        (path,) = tmp_path.glob("pictures/*.svg")
        assert f"wrote {path.relative_to(tmp_path)}" in outcome.out


def test_several_are_shown_once_each(cli: Cli, stand_ins: None) -> None:
    outcome = cli("gallery", "A1", "a2", "A1")
    assert outcome.status == 0
    assert outcome.out.count("Multiplies `x` by itself") == 1
    assert "A layer on arrays" in outcome.out
    assert "no A2-a-painting.svg: it needs brushes" in outcome.out
    assert "x has two uses & a <sum>" in outcome.out


def test_a_wrong_name_is_told_what_comes_near(cli: Cli) -> None:
    outcome = cli("gallery", "T2", "T22")
    assert outcome.status == 2
    assert outcome.out == ""
    assert outcome.err.startswith("error: there is no example 'T22': did you mean T2 (")


def test_a_failure_is_one_line_and_the_others_are_shown(cli: Cli, stand_ins: None) -> None:
    outcome = cli("gallery", "B1", "B3")
    assert outcome.status == 1
    assert "a word" in outcome.out
    assert outcome.err.splitlines() == [
        "error: B1: ZeroDivisionError: division by zero",
        "error: failed, or differing from a judge: B1",
    ]


def test_a_difference_is_status_1(cli: Cli, stand_ins: None) -> None:
    outcome = cli("gallery", "A3")
    assert outcome.status == 1
    assert "differs" in outcome.out
    assert outcome.err == "error: failed, or differing from a judge: A3\n"


def test_a_skipped_example_is_status_2(cli: Cli, stand_ins: None) -> None:
    outcome = cli("gallery", "B2")
    assert outcome.status == 2
    assert outcome.err.splitlines() == [
        'error: B2: it needs no_such_module: pip install "twingrad[all]"',
        "error: skipped: B2",
    ]


def test_a_folder_that_cannot_be_written_is_told(cli: Cli, tmp_path: Path, stand_ins: None) -> None:
    (tmp_path / "file").write_text("")
    for arguments in (["A1", "--out", "file"], ["A1", "--html", "file"]):
        outcome = cli("gallery", *arguments)
        assert outcome.status == 2
        assert outcome.err.startswith("error: cannot write file: ")


def test_the_site_of_all(cli: Cli, tmp_path: Path, stand_ins: None) -> None:
    outcome = cli("gallery", "--html", "site")
    assert outcome.status == 1
    assert list(filter(None, outcome.out.splitlines())) == [  # older bars end with an empty line
        "A3 differs from a judge in one",
        "B1 failed: ZeroDivisionError: division by zero",
        'B2 skipped: it needs no_such_module: pip install "twingrad[all]"',
        "6 examples, 1 of them skipped: site/index.html",
    ]
    assert outcome.err == "error: failed, or differing from a judge: A3, B1\n"
    assert (tmp_path / "site" / "A1.html").is_file()


def test_the_site_of_some(cli: Cli, tmp_path: Path, stand_ins: None) -> None:
    outcome = cli("gallery", "A1", "B3", "--html", "site")
    assert (outcome.status, outcome.err) == (0, "")
    assert {path.name for path in (tmp_path / "site").glob("*.html")} == {"index.html", "A1.html", "B3.html"}


def test_without_jinja_the_site_says_what_to_install(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_: object) -> None:
        raise ModuleNotFoundError("No module named 'jinja2'", name="jinja2")

    monkeypatch.setattr(command, "_builder", missing)
    outcome = cli("gallery", "T2", "--html", "site")
    assert outcome.status == 2
    assert outcome.err == 'error: the site needs jinja2: pip install "twingrad[explore]"\n'
