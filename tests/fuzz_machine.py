"""Commands on Tensors in random order for as long as you like: `python -m tests.fuzz_machine 120`; `make fuzz-machine`.

Each round runs the state machine (tests/vector/machine.py) from a new seed, until the time is up or a judge disagrees;
then the shortest commands that show it are printed, and the seed that found them.
"""

import argparse
import itertools
import sys
import time
import warnings

from hypothesis import HealthCheck, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.vector.machine import Machine

ROUND = settings(
    max_examples=200,
    stateful_step_count=60,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)


def main() -> int:
    """Run rounds until the time is up; a disagreement is raised."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz_machine", description=__doc__.partition("\n")[0])
    parser.add_argument("seconds", type=float, nargs="?", default=120.0, help="for how long (default: 120)")
    parser.add_argument("--seed", type=int, default=time.time_ns() % 10**9, help="of the first round")
    args = parser.parse_args()
    warnings.simplefilter("error")  # as in the tests
    start = time.monotonic()
    for number in itertools.count(args.seed):
        try:
            run_state_machine_as_test(seed(number)(type("Machine", (Machine,), {})), settings=ROUND)
        except BaseException:
            sys.stdout.write(f"round {number - args.seed + 1} failed; the same again: --seed {number}\n")
            raise
        spent = time.monotonic() - start
        if spent >= args.seconds:
            rounds = number - args.seed + 1
            told = f"{rounds} rounds of {ROUND.max_examples} runs in {spent:.0f} s, seeds {args.seed} to {number}"
            sys.stdout.write(f"{told}: all agree\n")
            return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
