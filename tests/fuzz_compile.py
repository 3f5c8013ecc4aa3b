"""Random steps, compiled and not, for as long as you like: `python -m tests.fuzz_compile 120`, or `make fuzz-compile`.

Each world (tests/compiled_worlds.py) is drawn from a seed (tests/compiled_draws.py) and run by twins. Without machine
code they must agree bit for bit, with it to rounding. The compiler may refuse a step: the refusals are counted, by
reason. A failure is shown as the smallest program that still fails; `--only KIND --world SEED` runs its world again.
"""

import argparse
import collections
import importlib.util
import inspect
import itertools
import re
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import vector
from tests.compiled_draws import KINDS, draw
from tests.compiled_worlds import (
    Compiler,
    Failure,
    Measured,
    Refused,
    World,
    as_it_is,
    by_columns,
    compare,
    difference,
    parts_of,
    trace,
)

SHARE: Mapping[str, int] = {
    "training": 3, "in_place": 3, "expressions": 2, "control": 2, "scalar": 1, "scalar_numbers": 1,
}  # fmt: skip
"""How many worlds of each kind in a round."""

REFUSALS: Mapping[str, str] = {
    r"(item|float|bool|int|tolist|np\.asarray)\(\) of an array|got a Python": "reads a number",
    r"the constant .* became": "a constant that changes",
    r"same each time, but (it did|it made|in np\.)": "other calls each time",
    r"same each time, but (in what|.* was .*, now)": "leaves something else each time",
    r"a number that it computed": "decides by a number that it computed",
    r"what a recorded array has, got \.(flat|real|imag)": "an attribute that stand-ins lack",
    r"clears its gradients": "adds to gradients of calls before",
    r"shapes that do not depend on numbers": "a shape that depends on numbers",
    r"by a way that cannot be seen": "an array that nothing leads to",
    r"leaves the lists and objects that it is given|leaves .* its array": "changes what it is given",
    r"without history after the step": "keeps a graph",
    r"a step that leaves .*got one that sets it": "sets an optimizer's number before its step",
}
"""What the compiler may say when it refuses, and what of the step is meant."""


class Variant(NamedTuple):
    """How a world is compiled."""

    native: bool = False
    threads: int | None = None
    check: int | None = None

    def compiler(self, kind: str) -> Compiler:
        """What makes the second twin's step."""
        if kind.startswith("scalar"):
            return by_columns
        options: dict[str, Any] = {"native": self.native, "threads": self.threads}
        if self.check is not None:
            options["check"] = self.check
        return lambda step: vector.compile(step, **options)

    def compare(self, world: World, measured: Measured | None = None) -> Failure | None:
        """Where the twins part."""
        near = self.native or world.kind.startswith("scalar")
        return compare(world, self.compiler(world.kind), native=near, measured=measured)


def variants(kind: str, seed: int) -> list[Variant]:
    """How the world of this seed is compiled: always bit for bit, and every fifth one by machine code too."""
    chosen = [Variant()]
    if not kind.startswith("scalar"):
        if seed % 5 == 0 and importlib.util.find_spec("llvmlite"):
            chosen.append(Variant(native=True, threads=1 + seed // 5 % 3))
        if seed % 3 == 0 and "check" in inspect.signature(vector.compile).parameters:
            # Machine code rounds otherwise, and a step may magnify that: it is measured here, and not by the net.
            chosen = [variant if variant.native else variant._replace(check=1) for variant in chosen]
    return chosen


# ---------------------------------------------------------------- a smaller program


def shrunk(world: World, fails: Callable[[World], bool], seconds: float = 20.0) -> World:
    """The world without what it does not need to fail, as far as one comes in this many seconds."""
    end = time.monotonic() + seconds
    for smaller in itertools.takewhile(lambda _: time.monotonic() < end, _smaller(world)):
        if fails(smaller):
            return shrunk(smaller, fails, end - time.monotonic())
    return world


def _smaller(world: World) -> Iterator[World]:
    for n in (2, 3, 4):
        if n < len(world.calls):
            yield replace(world, calls=world.calls[:n])
    for field in ("body", "calls", "setup"):
        items = getattr(world, field)
        yield from (replace(world, **{field: items[:i] + items[i + 1 :]}) for i in reversed(range(len(items))))
    for i, call in enumerate(world.calls):
        if call.before:
            yield replace(world, calls=(*world.calls[:i], call._replace(before=()), *world.calls[i + 1 :]))
    plain: dict[str, Any] = {"home": "globals", "late": False}
    if not world.kind.startswith("scalar"):
        plain["entry"] = "step"
    yield from (replace(world, **{name: x}) for name, x in plain.items() if getattr(world, name) != x)
    yield from (replace(world, result=part) for part in parts_of(world.result))


def _fails(variant: Variant, kind: str) -> Callable[[World], bool]:
    def fails(world: World) -> bool:
        try:
            failure = variant.compare(world)
        except Exception:  # no world any more, or one that is refused
            return False
        return failure is not None and failure.kind == kind

    return fails


# ---------------------------------------------------------------- the report


class Report:
    """What a run has met."""

    def __init__(self) -> None:
        self.worlds: collections.Counter[str] = collections.Counter()
        self.refused: collections.Counter[str] = collections.Counter()
        self.reasons: collections.Counter[tuple[str, str]] = collections.Counter()
        self.measured = Measured()
        self.failures = 0

    def run(self, kind: str, seed: int, chosen: Sequence[Variant] | None = None) -> bool:
        """Compare the twins of one world; tell of a failure. Whether they agree."""
        world = draw(kind, seed)
        self.worlds[kind] += 1
        for variant in chosen or variants(kind, seed):
            try:
                failure = variant.compare(world, self.measured)
            except Refused as refused:
                self.refused[kind] += 1
                reason = next((why for pattern, why in REFUSALS.items() if re.search(pattern, str(refused))), None)
                self.reasons[kind, reason or str(refused)] += 1
                if reason is None:
                    return self._tell(world, variant, f"refused for no reason that is known: {refused}")
                continue
            if failure:
                if not _determined(world):
                    return self._tell(world, variant, "the step itself does something else each time: mend its draw")
                world = shrunk(world, _fails(variant, failure.kind))
                return self._tell(world, variant, str(variant.compare(world)))
        return True

    def _tell(self, world: World, variant: Variant, what: str) -> bool:
        self.failures += 1
        sys.stdout.write(f"\n{world}\n# {variant}\n# {what}\n")
        sys.stdout.flush()
        return False

    def __str__(self) -> str:
        lines = [f"{n} worlds of {kind}, {self.refused[kind] / n:.0%} refused" for kind, n in self.worlds.items()]
        lines += [f"  {n} × {kind}: {reason}" for (kind, reason), n in self.reasons.most_common()]
        largest = ", ".join(f"{error:.1e} in {dtype}" for dtype, error in self.measured.largest.items())
        lines.append(f"largest errors by machine code, relative to the largest number: {largest or 'none'}")
        lines.append(
            f"{self.measured.magnified} arrays were beyond the bound where rounding moves the step itself; "
            f"they went at most {self.measured.furthest:.1f} times as far"
        )
        return "\n".join([*lines, f"{self.failures} failures"])


def _determined(world: World) -> bool:
    first, second = (trace(world, as_it_is(world.kind)) for _ in range(2))
    return all(
        difference(a.seen, b.seen) is None and type(a.error) is type(b.error)
        for a, b in zip(first, second, strict=True)
    )


def main() -> int:
    """Run worlds until the time is up or one fails; 1 if one has."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz_compile", description=__doc__.partition("\n")[0])
    parser.add_argument("seconds", type=float, nargs="?", default=120.0, help="for how long (default: 120)")
    parser.add_argument("--seed", type=int, default=time.time_ns() % 10**6, help="of the first round")
    parser.add_argument("--only", choices=KINDS, help="worlds of this kind alone")
    parser.add_argument("--world", type=int, help="the world of this seed alone")
    parser.add_argument("--keep-going", action="store_true", help="do not stop at a failure")
    args = parser.parse_args()
    report, start = Report(), time.monotonic()
    kinds = [args.only] if args.only else list(SHARE)
    if args.world is not None:
        every = [Variant(), Variant(check=1), *(Variant(native=True, threads=n) for n in (1, 2, 3))]
        return 0 if all(report.run(kind, args.world, every) for kind in kinds) else 1
    for number in itertools.count(args.seed * 1000):
        for kind in kinds:
            for i in range(1 if args.only else SHARE[kind]):
                fine = report.run(kind, number * 4 + i)
                if (not fine and not args.keep_going) or time.monotonic() - start > args.seconds:
                    sys.stdout.write(f"\n{report}\nthe same again: --seed {args.seed}\n")
                    return 1 if report.failures else 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
