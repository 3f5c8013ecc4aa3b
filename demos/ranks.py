"""The command line started by `mpiexec -n N`: all processes work, one speaks."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from demos.console import CommandError, mute
from demos.death_notice import DeathNotice
from vector.distributed import Ranks, RanksError, launched, world
from vector.training.processes import SingleProcess

T = TypeVar("T")


def ranks() -> SingleProcess:
    """The processes that mpiexec started, or this one.

    Raises:
        CommandError: they cannot find each other.
    """
    rank, size = launched()
    # Before MPI, for some networks forbid new processes after it.
    notice = DeathNotice() if rank == 0 and size > 1 else None
    try:
        group = world()
        if notice is not None and isinstance(group, Ranks):
            group.death_notice = notice
        return group
    except (ImportError, RanksError) as error:
        raise CommandError(str(error)) from None


def mute_followers() -> None:
    """Let the leader alone print results and mistakes; a process that breaks reports it by itself."""
    if launched()[0] > 0:
        mute()


def first_alone(group: SingleProcess, work: Callable[[], T]) -> T:
    """Let the leader do it before the others do, so that one process downloads what they all then find."""
    done: list[T] = []
    for turn in (True, False):
        with group.together():
            if group.leads is turn:
                done.append(work())
    return done[0]
