"""How threads share compiled kernels, as functions that numba makes machine code of; see `thread_pool`.

This module, like `intrinsics`, imports numba, and is imported only where machine code is made.
"""

from typing import Any

import numba

from vector.compilation import blas
from vector.compilation.intrinsics import FLUSHING, add, call, control, external, load, rest, store, swap
from vector.compilation.machine_code import Object, of_numba, symbols
from vector.compilation.tasks import CODE, DONE, INSIDE, JOB, LINE, PARTS, RUN, START, STOP, TABLE, TAKEN, THREADS, TURN

_SPINS, _SPINS_BEFORE_SLEEP = 2_000, 20_000
"""Loads in a row before a waiting thread yields its processor between two, and before it goes to sleep."""


def _limit() -> Any:
    """The function that sets BLAS's number of threads and returns the number before."""
    if "vector_set_threads" not in symbols():
        return numba.njit(lambda threads: threads)
    asked, change = external("vector_threads"), external("vector_set_threads")
    if for_each_thread:
        return change

    @numba.njit
    def limit(threads: int) -> int:
        before = asked()
        change(threads)
        return before

    return limit


for_each_thread = blas.library().local
limit, give_way = _limit(), external("vector_give_way")


@numba.njit(inline="always")
def wait(spins: int) -> int:
    """Wait a moment, after so many others; how many they are now."""
    if spins < _SPINS:
        rest()
    else:
        give_way()
    return spins + 1


@numba.njit(inline="always")
def compute(job: int, part: int) -> int:
    """Run a part of a kernel; 1 if it failed."""
    return call(load(job + 8 * CODE), load(job + 8 * TABLE), load(part + 8 * START), load(part + 8 * STOP))


@numba.njit(error_model="numpy")
def share(job: int, me: int) -> None:
    """Run parts of a kernel beside the other threads; each begins with the part of its own number."""
    parts, turn = load(job + 8 * PARTS), load(job + 8 * TURN)
    for i in range(parts):
        part = job + 8 * LINE * (1 + (me + i) % parts)
        last = load(part + 8 * TAKEN)
        if last < turn and swap(part + 8 * TAKEN, last, turn):  # no other thread has claimed it in this turn
            compute(job, part)
            add(job + 8 * DONE, 1)


def withdraw(pool: int) -> None:
    """Withdraw the latest kernel, and wait until no thread reads its table any more."""
    store(pool + 8 * JOB, 0)
    while load(pool + 8 * INSIDE) > 0:
        give_way()


def run(pool: int, job: int, jobs: int) -> int:
    """Run some kernels, beside the threads that are awake where they have parts; 1 if one failed."""
    together = load(pool + 8 * THREADS) > 1
    before = limit(1) if together else 0
    mode = control(FLUSHING)
    failed = 0
    for _ in range(jobs):
        parts = load(job + 8 * PARTS)
        if parts > 1:  # which none does that may fail
            add(job + 8 * TURN, 1)
            store(pool + 8 * JOB, job)
            add(pool + 8 * RUN, 1)
            share(job, 0)
            spins = 0
            while load(job + 8 * DONE) < parts * load(job + 8 * TURN):
                spins = wait(spins)
        elif compute(job, job + 8 * LINE):
            failed = 1
            break
        job += 8 * LINE * (1 + parts)
    control(mode)
    if together:
        limit(before)
    return failed


def serve(pool: int, me: int) -> None:
    """Help with each kernel that is announced, until none has been for a while."""
    if for_each_thread:
        limit(1)
    control(FLUSHING)
    seen = spins = 0
    while spins < _SPINS_BEFORE_SLEEP:
        run = load(pool + 8 * RUN)
        if run != seen:
            seen = run
            spins = 0
            add(pool + 8 * INSIDE, 1)
            job = load(pool + 8 * JOB)
            if job != 0:
                share(job, me)
            add(pool + 8 * INSIDE, -1)
        spins = wait(spins)


def compiled(name: str) -> Object:
    """One of `run`, `serve` and `withdraw` in machine code."""
    signature = {"run": "int64(int64, int64, int64)", "serve": "void(int64, int64)", "withdraw": "void(int64)"}[name]
    return of_numba(numba.cfunc(signature, error_model="numpy")(globals()[name]))
