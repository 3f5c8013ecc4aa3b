"""How threads share compiled kernels, as functions that are written in machine code; see `thread_pool`.

Addresses are integers. This module, like `instructions`, is imported only where machine code is made.
"""

import platform
from typing import Any

import numpy as np
from llvmlite import ir

from vector.compilation.instructions import INTEGER, Value, Writer
from vector.compilation.machine_code import Object, symbols
from vector.compilation.thread_pool import BUSY, CODE, DATA, DONE, JOB, LINE, PARTS, RUN, SIZE, START, STOP, TAKEN, TURN

_SPINS, _SPINS_BEFORE_SLEEP = 2_000, 20_000
"""Loads in a row before a waiting thread yields its processor between two, and before it goes to sleep."""
_X86 = platform.machine().lower() in ("x86_64", "amd64")
_FLUSHING = 0x9FC0
"""The x86 control register MXCSR as usual, but results (bit 15) and operands (6) with leading zeros count as 0."""


class Scheduler(Writer):
    """Writes `run`, `serve` and `withdraw`."""

    def load(self, address: Value) -> Value:
        """The integer at an address; all threads see loads and stores in one order."""
        return Value(self, np.int64, self.builder.load_atomic(self._at(address), "seq_cst", 8))

    def store(self, address: Value, x: Any) -> None:
        """Write the integer at an address."""
        self.builder.store_atomic(self.value(x, np.int64).node, self._at(address), "seq_cst", 8)

    def add(self, address: Value, x: int) -> None:
        """Add to the integer at an address, atomically."""
        self.builder.atomic_rmw("add", self._at(address), INTEGER(x), "seq_cst")

    def swap(self, address: Value, old: Value, new: Value) -> Value:
        """Write the new integer if the old one is found; whether it was."""
        found = self.builder.cmpxchg(self._at(address), old.node, new.node, "seq_cst", "seq_cst")
        return Value(self, np.bool_, self.builder.extract_value(found, 1))

    def _at(self, address: Value, kind: Any = INTEGER) -> Any:
        return self.builder.inttoptr(address.node, kind.as_pointer())

    def _x86(self, name: str, *operands: Any) -> None:
        form = ir.FunctionType(ir.VoidType(), [x.type for x in operands])
        known = self.module.globals.get(f"llvm.x86.{name}") or ir.Function(self.module, form, f"llvm.x86.{name}")
        self.builder.call(known, operands)

    def control(self, bits: Any) -> Value:
        """Write the register that controls arithmetic with floats, and give what it held; only x86 has one."""
        if not _X86:
            return self.value(bits, np.int64)
        slot = self.builder.alloca(ir.IntType(32))
        address = self.builder.bitcast(slot, ir.IntType(8).as_pointer())
        self._x86("sse.stmxcsr", address)
        before = Value(self, np.int32, self.builder.load(slot))
        self.builder.store(self.value(bits, np.int32).node, slot)
        self._x86("sse.ldmxcsr", address)
        return before

    def limit(self, threads: Any) -> Value:
        """Set BLAS's number of threads, and give the number before."""
        if "vector_set_threads" not in symbols():
            return self.value(threads, np.int32)
        before = self.external("vector_threads")
        self.external("vector_set_threads", threads)
        return before

    def wait(self, spins: Any) -> None:
        """Wait a moment, after so many others."""
        with self.builder.if_else((spins[0] < _SPINS).node) as (early, late):
            with early:
                if _X86:
                    self._x86("sse2.pause")
            with late:
                self.external("vector_give_way")
        spins[0] = spins[0] + 1

    def compute(self, job: Value, part: Value) -> Value:
        """Run a part of a kernel; 1 if it failed."""
        kernel = self._at(self.load(job + 8 * CODE), ir.FunctionType(INTEGER, [INTEGER] * 4))
        places = job + 8 * DATA, job + 8 * DATA, part + 8 * START, part + 8 * STOP
        return Value(self, np.int64, self.builder.call(kernel, [self.load(place).node for place in places]))

    def share(self, job: Value, me: Any) -> None:
        """Run parts of a kernel beside the other threads; each begins with the part of its own number."""
        parts, turn = self.load(job + 8 * PARTS), self.load(job + 8 * TURN)
        for i in self.loop(parts):
            part = job + (1 + (i + me) % parts) * (8 * LINE)
            last = self.load(part + 8 * TAKEN)
            build, claim = self.builder, (part + 8 * TAKEN, last, turn)
            with build.if_then((last < turn).node), build.if_then(self.swap(*claim).node):  # first in this turn
                self.compute(job, part)
                self.add(job + 8 * DONE, 1)

    def withdraw(self, pool: Value) -> Any:
        """Withdraw the latest kernel, and wait until no thread reads its table any more."""
        self.store(pool + 8 * JOB, 0)
        for _ in self.repeat(lambda: self.load(pool + 8 * BUSY) > 0):
            self.external("vector_give_way")
        return 0

    def run(self, pool: Value, first: Value, jobs: Value) -> Any:
        """Run some kernels, beside the threads that are awake where they have parts; 1 if one failed."""
        together = self.load(pool + 8 * SIZE) > 1
        before, failed, place = self.cell(self.value(1, np.int32)), self.cell(self.value(0, np.int64)), self.cell(first)
        with self.builder.if_then(together.node):
            before[0] = self.limit(1)
        mode = self.control(_FLUSHING)
        left = self.cell(jobs)
        for _ in self.repeat(lambda: (left[0] > 0) & (failed[0] == 0)):
            left[0] = left[0] - 1
            job = place[0]
            parts = self.load(job + 8 * PARTS)
            with self.builder.if_else((parts > 1).node) as (several, alone):
                with several:  # of which none may fail
                    self.add(job + 8 * TURN, 1)
                    self.store(pool + 8 * JOB, job)
                    self.add(pool + 8 * RUN, 1)
                    self.share(job, 0)
                    spins = self.cell(self.value(0, np.int64))
                    for _ in self.repeat(lambda: self.load(job + 8 * DONE) < parts * self.load(job + 8 * TURN)):  # noqa: B023
                        self.wait(spins)
                with alone:
                    failed[0] = self.compute(job, job + 8 * LINE)
            place[0] = job + (1 + parts) * (8 * LINE)
        self.control(mode)
        with self.builder.if_then(together.node):
            self.limit(before[0])
        return failed[0]

    def serve(self, pool: Value, me: Value) -> Any:
        """Help with each kernel that is announced, until none has been for a while."""
        self.control(_FLUSHING)
        seen, spins = self.cell(self.value(0, np.int64)), self.cell(self.value(0, np.int64))
        for _ in self.repeat(lambda: spins[0] < _SPINS_BEFORE_SLEEP):
            run = self.load(pool + 8 * RUN)
            with self.builder.if_then((run != seen[0]).node):
                seen[0], spins[0] = run, 0
                self.add(pool + 8 * BUSY, 1)
                job = self.load(pool + 8 * JOB)
                with self.builder.if_then((job != 0).node):
                    self.share(job, me)
                self.add(pool + 8 * BUSY, -1)
            self.wait(spins)
        return 0


def compiled(name: str) -> Object:
    """One of `run`, `serve` and `withdraw` in machine code."""
    writer = Scheduler(name, {"run": 3, "serve": 2, "withdraw": 1}[name])
    writer.builder.ret(writer.value(getattr(writer, name)(*writer.operands), np.int64).node)
    return writer.compiled()
