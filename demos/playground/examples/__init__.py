"""The programs that the page offers, written as a person would write them there; a test runs each of them here too.

Each file is one program. The first line of its docstring is its title, and the rest is what the page says above it.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

GROUPS: Mapping[str, Sequence[str]] = {
    "First steps": ("first_graph", "neuron", "fan_out", "why_the_order_matters", "kinks", "own_function"),
    "Networks": ("mlp", "training_step", "descent", "dead_relu", "symmetric_weights", "exclusive_or"),
    "micrograd": ("micrograd_readme", "micrograd_lecture_graph", "micrograd_lecture_neuron", "micrograd_lecture_mlp"),
    "Lectures": (
        "g3_logistic_cross_entropy", "g4_softmax_two_classes", "g5_activations", "g6_xor_thresholds", "g7_univariate",
        "g8_multivariate", "g9_over_time", "g10_multiclass", "g11_index_by_index", "c1_five_units",
        "c2_perceptron_mistake", "c3_graph_of_a_perceptron", "c5_in_symbols", "c6_descent", "c8_regularised",
        "k4_twice", "k5_step", "o1_four_functions", "o2_bump", "o3_two_ways", "o4_bricks", "t1_softmax",
        "t2_sum_times_number", "t3_both_modes", "t4_logistic_loss", "t5_logistic_map", "t6_sigmoid_perceptron",
        "t8_acyclic",
    ),
}  # fmt: skip


class Example(NamedTuple):
    """A program that the page offers."""

    id: str
    group: str
    title: str
    about: str
    source: str


def read_examples() -> list[Example]:
    """All of them, in the order in which the page lists them."""
    return [read(id, group) for group, ids in GROUPS.items() for id in ids]


def read(id: str, group: str) -> Example:
    """One of them.

    Raises:
        ValueError: its file does not begin with a docstring.
    """
    text = Path(__file__).with_name(f"{id}.py").read_text(encoding="utf-8")
    whole = ast.parse(text)
    docstring = ast.get_docstring(whole)
    if not docstring:
        raise ValueError(f"{id}.py: expected a docstring, whose first line is the title")
    title, _, about = docstring.partition("\n")
    source = "".join(text.splitlines(keepends=True)[whole.body[0].end_lineno :]).lstrip("\n")
    return Example(id, group, title.rstrip("."), " ".join(about.split()), source)
