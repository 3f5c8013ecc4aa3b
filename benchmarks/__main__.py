"""`python -m benchmarks`: all of them."""

import sys

from benchmarks import mnist_step

sys.exit(mnist_step.compare())
