"""Every example of the gallery is there, runs, and agrees with its judges."""

import functools
import os
import re
from pathlib import Path

import pytest

from demos.gallery.catalogue import CATALOGUE, TITLES, UnknownExampleError, courses, find, identifier
from demos.gallery.example import Example
from demos.gallery.judgement import judge
from demos.gallery.outcome import Outcome, lacks, run
from demos.gallery.written import written
from scalar import Value
from vector import Tensor

ENGINES = ({"scalar"}, {"vector"}, {"scalar", "vector"})
NEEDS = {"matplotlib", "mnist", "scikit-learn", "sympy"}


def test_all_42_are_there_and_nothing_else() -> None:
    implemented = {id: example for course in courses() for id, example in course.examples.items()}
    assert list(implemented) == list(TITLES)
    assert len(TITLES) == 42
    assert {id: example.title for id, example in implemented.items()} == TITLES


def test_a_course_holds_no_example_that_the_catalogue_does_not_list() -> None:
    for letter, entry in CATALOGUE.items():
        module = __import__(entry.module, fromlist=["course"])
        assert set(module.course.examples) == set(entry.titles)
        assert module.course.letter == letter


def test_the_list_that_the_gallery_was_made_from_agrees() -> None:
    """TWINGRAD_GALLERY names a Markdown file that lists each example as "- T2 S f = (x + y)z …"."""
    path = os.environ.get("TWINGRAD_GALLERY")
    if not path:
        pytest.skip("not here: a list of examples, which TWINGRAD_GALLERY names")
    listed = dict(re.findall(r"^- ([A-Z]\d+) (S,V|S|V) ", Path(path).read_text(encoding="utf-8"), re.MULTILINE))
    engines = {"S": ("scalar",), "V": ("vector",), "S,V": ("scalar", "vector")}
    assert {id: find(id).engines for id in TITLES} == {id: engines[letters] for id, letters in listed.items()}


@pytest.mark.parametrize("id", TITLES)
def test_an_example_is_described(id: str) -> None:
    example = find(id)
    assert example.id == id
    assert set(example.engines) in ENGINES
    assert set(example.needs) <= NEEDS
    assert example.statement.endswith((".", "?", "!")), "an example is stated in a sentence"
    assert example.source.lstrip().startswith("@course.example(")


def runnable(id: str) -> Example:
    """The example, where it can run here without training for minutes."""
    example = find(id)
    if "mnist" in example.needs:
        pytest.skip("not here: the test of its course trains it on MNIST, for less")
    if reason := lacks(example):
        pytest.skip(reason)
    return example


@functools.cache
def outcome_of(id: str) -> Outcome:
    return run(find(id))


@pytest.mark.parametrize("id", TITLES)
def test_an_example_agrees_with_its_judges(id: str) -> None:
    pytest.importorskip("torch", reason="PyTorch is not installed")
    runnable(id)
    result = outcome_of(id).result
    assert result is not None, outcome_of(id).failed
    assert result.numbers
    for judgement in judge(result.comparisons):
        assert judgement.agrees, f"{judgement.comparison.name}: {judgement}"


@pytest.mark.parametrize("id", TITLES)
def test_an_example_uses_its_engines_and_gives_the_same_again(id: str) -> None:
    example = runnable(id)
    scalars, tensors = Value(0.0).number, Tensor(0.0).number
    again = run(example).result
    used = {"scalar": Value(0.0).number > scalars + 1, "vector": Tensor(0.0).number > tensors + 1}
    assert all(used[engine] for engine in example.engines), f"{example.engines} expected, {used}"
    first = outcome_of(id).result
    assert first is not None
    assert again is not None
    assert {name: written(answer) for name, answer in again.numbers.items()} == {
        name: written(answer) for name, answer in first.numbers.items()
    }
    assert again.notes == first.notes


# ---------------------------------------------------------------- names


def test_an_identifier_may_be_written_small() -> None:
    assert identifier(" t2") == "T2"
    assert find("g8").id == "G8"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("T22", r"there is no example 'T22': did you mean T2 \("),
        ("xor", r"did you mean G6 \("),
        ("quantum", "python -m demos gallery lists all of them"),
        ("", "python -m demos gallery lists all of them"),
    ],
)
def test_a_wrong_name_is_told_what_comes_near(name: str, message: str) -> None:
    with pytest.raises(UnknownExampleError, match=message):
        identifier(name)
