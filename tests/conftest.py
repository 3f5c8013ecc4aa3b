"""What every test shares: how hard hypothesis searches, what may be skipped, and a guard of the next test's world."""

import os
import random
import signal
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

from tests import without

IN_CI = os.environ.get("CI", "").lower() not in ("", "0", "false")

# CI replays the same examples in every run; a developer's runs look further each time. A busy machine fails neither.
untimed = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("dev", untimed, max_examples=50)
settings.register_profile("ci", untimed, max_examples=100, derandomize=True)
settings.register_profile("fuzz", untimed, max_examples=100, print_blob=True)
settings.load_profile("ci" if IN_CI else "dev")

if "torch" in os.environ.get("TWINGRAD_WITHOUT", ""):
    without.leave_out_torch()


# A shell that starts the tests in the background has them ignore Ctrl-C, and so would every command that they start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


# A skip for want of something lets a developer go on without it. In CI it would hide that a part of the project is no
# longer judged: there it is a failure.
NOT_HERE = "not here: "
"""Begins the reason of a skip that no installation mends: another system or Python, data that no package brings."""


def fail_in_ci(report: Any) -> None:
    """Make a failure of a skip for want of something."""
    if not IN_CI or not report.skipped or hasattr(report, "wasxfail"):
        return
    path, line, reason = report.longrepr
    if not reason.removeprefix("Skipped: ").startswith(NOT_HERE):
        report.outcome = "failed"
        report.longrepr = f"{path}:{line}: in CI nothing is missing. {reason}"


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    fail_in_ci(report)
    return report


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    without.StandIn.asked = False


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.failed and without.StandIn.asked:  # what is tested caught the skip
        report.outcome = "skipped"
        report.longrepr = (str(item.path), item.reportinfo()[1] or 0, f"Skipped: {without.REASON}")
    fail_in_ci(report)
    return report


def global_state() -> dict[str, object]:
    """Whatever a test could leave changed behind it."""
    numbers: Any = np.random.get_state()  # noqa: NPY002 - the very thing that is guarded
    return {
        "the working directory": Path.cwd(),
        "np.errstate": np.geterr(),
        "NumPy's global random state": (numbers[1].tobytes(), numbers[2:]),
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


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A running browser (Playwright's `Browser`), for the tests of pages."""
    from tests.viz.browser import chromium  # only here, for it skips a test where there is none

    with chromium() as running:
        yield running
