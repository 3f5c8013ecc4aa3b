"""What the gallery shows: the courses in order, and the identifier and title of each of their examples.

The list stands here, apart from the examples, so that it can be read without importing them.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import NamedTuple

from demos.gallery.example import Course, Example


class Entry(NamedTuple):
    """A course of the catalogue: the module that holds it, and its examples, identifier → title."""

    module: str
    titles: dict[str, str]


CATALOGUE: dict[str, Entry] = {
    "G": Entry(
        "demos.gallery.fields",
        {
            "G1": "Linear regression",
            "G2": "Polynomial feature maps",
            "G3": "Logistic cross-entropy",
            "G4": "Softmax regression",
            "G5": "Activations and their derivatives",
            "G6": "XOR and universality from hard thresholds",
            "G7": "The univariate chain rule",
            "G8": "The multivariate chain rule",
            "G9": "A composition over time",
            "G10": "Multiclass logistic regression as a graph",
            "G11": "A network, index by index and as matrices",
            "G12": "The cost of backpropagation",
            "G13": "MNIST's first-layer features",
        },
    ),
    "C": Entry(
        "demos.gallery.courty",
        {
            "C1": "Threshold logic units",
            "C2": "The perceptron rule",
            "C3": "The graph of a perceptron",
            "C4": "Linear discriminant analysis",
            "C5": "Derivatives in symbols",
            "C6": "Gradient descent paths",
            "C7": "Batch and stochastic gradient descent",
            "C8": "A regularised network, path by path",
        },
    ),
    "K": Entry(
        "demos.gallery.kording",
        {
            "K1": "Your own operations",
            "K2": "Linear models on MNIST",
            "K3": "The activation table on MNIST",
            "K4": "Twice differentiable",
            "K5": "A step function does not learn",
            "K6": "A deep linear network",
            "K7": "Losses",
            "K8": "One-hot targets and class indices",
        },
    ),
    "O": Entry(
        "demos.gallery.kokkinos",
        {
            "O1": "A composition of four functions",
            "O2": "Ridges, bumps and sums of bumps",
            "O3": "Two ways from t to z",
            "O4": "A network as bricks",
            "O5": "Different starts, different minima",
        },
    ),
    "T": Entry(
        "demos.gallery.georgia_tech",
        {
            "T1": "A softmax classifier",
            "T2": "A sum times a number",
            "T3": "Reverse and forward mode",
            "T4": "The logistic loss in bricks",
            "T5": "Four ways to a derivative",
            "T6": "The sigmoid perceptron's update rule",
            "T7": "L1 and L2 regularisation",
            "T8": "Directed acyclic graphs",
        },
    ),
}

TITLES = {id: title for entry in CATALOGUE.values() for id, title in entry.titles.items()}


class UnknownExampleError(ValueError):
    """There is no example of that name."""


def load(letter: str) -> Course:
    """The course of that letter, its examples in the catalogue's order."""
    entry = CATALOGUE[letter]
    course: Course = importlib.import_module(entry.module).course
    return Course(course.letter, course.name, {id: course.examples[id] for id in entry.titles})


def courses() -> Iterator[Course]:
    """All of them, each imported when its turn comes."""
    return map(load, CATALOGUE)


def find(id: str) -> Example:
    """The example of that identifier, in capitals or not: "T2", "t2".

    Raises:
        UnknownExampleError: there is none; the message names those that come near.
    """
    known = identifier(id)
    return load(known[0]).examples[known]


def identifier(name: str) -> str:
    """The identifier as the catalogue writes it.

    >>> identifier("t2")
    'T2'

    Raises:
        UnknownExampleError: there is none; the message names those that come near.
    """
    if (known := name.strip().upper()) in TITLES:
        return known
    near = _near(name.strip())
    told = ", ".join(f"{id} ({TITLES[id]})" for id in near)
    advice = f"did you mean {told}?" if near else "python -m demos gallery lists all of them"
    raise UnknownExampleError(f"there is no example {name!r}: {advice}")


def _near(name: str, most: int = 3) -> Sequence[str]:
    """Identifiers whose title has the word, or that are written nearly so."""
    word = name.casefold()
    titled = [id for id, title in TITLES.items() if len(word) > 2 and word in title.casefold()]
    return (titled or get_close_matches(name.upper(), TITLES, n=most, cutoff=0.5))[:most]
