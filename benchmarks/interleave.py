"""Turns, A B A B …, so that a drifting machine slows all contestants alike."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import NamedTuple

from benchmarks.contestant import Player
from benchmarks.figures import agree
from benchmarks.suite import Turn


class Contest(NamedTuple):
    """All turns of one case."""

    case: str
    turns: dict[str, list[Turn]]
    """By contestant, a turn for each round."""
    skipped: dict[str, str]
    """Why a contestant did not take part."""
    agreed: bool
    """Whether all had the same outcome in every round."""

    def figures(self) -> dict[str, dict[str, list[float]]]:
        """The rounds by unit and contestant."""
        units = dict.fromkeys(unit for turns in self.turns.values() for unit in turns[0].figures)
        return {
            unit: {
                name: [turn.figures[unit] for turn in mine]
                for name, mine in self.turns.items()
                if unit in mine[0].figures
            }
            for unit in units
        }

    def outcomes(self) -> dict[str, float]:
        """The last number of each contestant's last outcome."""
        return {name: mine[-1].outcome[-1] for name, mine in self.turns.items() if mine[-1].outcome}


def contest(
    players: Mapping[str, Player], case: str, rounds: int, tolerance: float = 1e-9, pause: float = 0.0
) -> Contest:
    """Let the players take turns. Who skips one is out of the case; the others go on."""
    turns: dict[str, list[Turn]] = {name: [] for name in players}
    skipped: dict[str, str] = {}
    for _ in range(rounds):
        for name, player in players.items():
            if name in skipped:
                continue
            time.sleep(pause)
            answer = player.turn(case)
            if isinstance(answer, Turn):
                turns[name].append(answer)
            else:
                skipped[name] = answer
    playing = {name: mine for name, mine in turns.items() if name not in skipped}
    agreed = agree([[x for turn in mine for x in turn.outcome] for mine in playing.values()], tolerance)
    return Contest(case, playing, skipped, agreed)
