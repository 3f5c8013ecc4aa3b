"""Random graphs and functions for as long as you like: `python -m tests.fuzz 120`, or `make fuzz`.

It runs the property tests under hypothesis's profile "fuzz" (tests/conftest.py), with a new seed in every round, until
the time is up or a test fails. A failure is shown with the smallest graph that shows it, and the seed that found it;
hypothesis keeps it in .hypothesis, so that the next `make test` meets it again.
"""

import argparse
import itertools
import subprocess
import sys
import time

TESTS = [f"tests/twins/test_random_{kind}.py" for kind in ("graphs", "expressions", "functions")]


def main() -> int:
    """Run rounds; give the exit status of the first that fails, else 0."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__.partition("\n")[0])
    parser.add_argument("seconds", type=float, nargs="?", default=120.0, help="for how long (default: 120)")
    parser.add_argument("--seed", type=int, default=time.time_ns() % 10**9, help="of the first round")
    args = parser.parse_args()
    start = time.monotonic()
    for seed in itertools.count(args.seed):
        options = ["--hypothesis-profile=fuzz", f"--hypothesis-seed={seed}", "-q", "-p", "no:cacheprovider"]
        status = subprocess.run([sys.executable, "-m", "pytest", *options, *TESTS], check=False).returncode
        spent = time.monotonic() - start
        if status:
            sys.stdout.write(f"round {seed - args.seed + 1} failed; the same again: --seed {seed}\n")
            return status
        if spent >= args.seconds:
            sys.stdout.write(
                f"{seed - args.seed + 1} rounds in {spent:.0f} s, seeds {args.seed} to {seed}: all agree\n"
            )
            return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
