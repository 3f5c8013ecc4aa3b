"""What every test shares: how hard hypothesis searches, and a guard against tests that change the next one's world."""

import os
import random
import signal
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

# CI replays the same examples in every run; a developer's runs look further each time. A busy machine fails neither.
untimed = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("dev", untimed, max_examples=50)
settings.register_profile("ci", untimed, max_examples=100, derandomize=True)
settings.register_profile("fuzz", untimed, max_examples=100, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "dev")


# A shell that starts the tests in the background has them ignore Ctrl-C, and so would every command that they start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def global_state() -> dict[str, object]:
    """Whatever a test could leave changed behind it."""
    return {
        "the working directory": Path.cwd(),
        "np.errstate": np.geterr(),
        "NumPy's global random state": str(np.random.get_state()),  # noqa: NPY002 - the very thing that is guarded
        "random's global state": random.getstate(),
    }


@pytest.fixture(autouse=True)
def no_global_state_leaks() -> Iterator[None]:
    """Fail a test that leaves a global setting changed: the next test would depend on it."""
    before = global_state()
    yield
    after = global_state()
    changed = [name for name in before if before[name] != after[name]]
    assert not changed, f"this test left changed: {', '.join(changed)}"
