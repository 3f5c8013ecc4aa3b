"""Trainings to begin with, and those that teach what goes wrong, each with a sentence."""

from __future__ import annotations

from typing import Any, NamedTuple


class Preset(NamedTuple):
    """A setup by what differs from `Setup()`; `lesson` says what to look at."""

    id: str
    title: str
    lesson: str
    setup: dict[str, Any]
    wrong: bool = False  # whether it teaches what goes wrong


PRESETS = (
    Preset(
        "xor", "Exclusive or",
        "Two layers bend the plane until a line can part the corners: watch the second layer's pictures.",
        {"data": "xor", "layers": ["8 tanh", "8 tanh"], "rate": 0.3},
    ),
    Preset(
        "moons", "Two moons",
        "Adam gives each weight a step of its own, so the border soon follows the crescents.",
        {"data": "moons", "layers": ["8 tanh", "8 tanh"], "optimizer": "Adam", "rate": 0.03, "noise": 0.12},
    ),
    Preset(
        "circles", "A ring, with straight lines",
        "Each relu neuron draws one straight fold; four of them are enough to close a ring.",
        {"data": "circles", "layers": ["4 relu"], "optimizer": "Adam", "rate": 0.05, "noise": 0.05, "start_seed": 4},
    ),
    Preset(
        "spirals", "Spirals",
        "Two arms that wind around each other need more neurons, and more patience.",
        {
            "data": "spirals", "layers": ["16 tanh", "16 tanh"], "optimizer": "Adam", "rate": 0.02, "noise": 0.03,
            "amount": 200,
        },
    ),
    Preset(
        "curve", "Above or below a curve",
        "The class is whether a point lies above the curve that you type; the border settles on it.",
        {"data": "curve", "curve": "sin(2*x)", "layers": ["8 tanh"], "optimizer": "Adam", "rate": 0.05, "noise": 0.0},
    ),
    Preset(
        "overfitting", "Learnt by heart",
        "A large network and few noisy points: the loss on what it has seen falls, on what is held out it rises.",
        {
            "data": "moons", "amount": 40, "noise": 0.45, "share": 0.5, "layers": ["24 tanh", "24 tanh"],
            "optimizer": "Adam", "rate": 0.03,
        },
        True,
    ),
    Preset(
        "dead_relus", "Dead ReLUs",
        "At this rate two steps push every sum of a layer below 0: blank pictures, gradients of 0, and so for good.",
        {"data": "circles", "layers": ["6 relu", "6 relu"], "rate": 8.0, "start_seed": 2},
        True,
    ),
    Preset(
        "rate_too_large", "A rate too large",
        "Each step goes over the valley and up its other side: the loss jumps about instead of falling.",
        {"data": "moons", "layers": ["8 tanh"], "rate": 40.0},
        True,
    ),
    Preset(
        "vanishing", "Vanishing gradients",
        "A sigmoid's slope is at most ¼: behind six of them less than a thousandth of the gradient is left.",
        {"data": "circles", "layers": ["4 sigmoid"] * 6, "rate": 0.5},
        True,
    ),
    Preset(
        "symmetric", "Symmetric weights",
        "Equal weights get equal gradients, so they stay equal for ever: eight neurons are worth one.",
        {"data": "xor", "layers": ["8 tanh"], "start": "equal", "rate": 0.3},
        True,
    ),
    Preset(
        "linear_xor", "A linear network on xor",
        "Layers without an activation are one layer, and no line parts the corners: the loss stays near ln 2 = 0.693.",
        {"data": "xor", "layers": ["8 linear", "8 linear"], "rate": 0.1, "noise": 0.0},
        True,
    ),
)  # fmt: skip
