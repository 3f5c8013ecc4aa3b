"""`python -m benchmarks`: all of them."""

import sys

from benchmarks import mnist_step, scalar_moons

statuses = [mnist_step.compare(), scalar_moons.compare()]
sys.exit(max(statuses))
