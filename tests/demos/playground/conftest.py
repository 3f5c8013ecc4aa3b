"""The page, built once for all tests, served from a folder and as a single file; and windows of a browser on it."""

import fcntl
import functools
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from demos.errors import CommandError
from demos.playground.build import COMPLETE, build_folder
from demos.playground.server import HOST, Files
from tests.viz.browser import window


class Home(NamedTuple):
    """Where the page is: its address, without a fragment, and what all its requests begin with."""

    name: str
    address: str
    origin: str


Opened = Callable[..., AbstractContextManager[Any]]


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory, worker_id: str = "master") -> Path:
    """The folder of the page; the processes of a run of tests share it. Without npm it is a skip, in CI a failure."""
    shared = tmp_path_factory.getbasetemp()
    folder = (shared.parent if shared.name.startswith("popen-") else shared) / "playground"
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "complete").exists():
            try:
                build_folder(folder / "page")
            except CommandError as error:
                pytest.skip(str(error))
            (folder / "complete").touch()
    return folder / "page"


@pytest.fixture(scope="session")
def served(built: Path) -> Iterator[Home]:
    """The page from a server on this machine."""
    server = ThreadingHTTPServer((HOST, 0), functools.partial(Files, directory=str(built)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    origin = f"http://{HOST}:{server.server_address[1]}/"
    yield Home("served", origin, origin)
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="session")
def single(built: Path) -> Home:
    """The page as one file, from the disk."""
    address = (built / COMPLETE).as_uri()
    return Home("single", address, address)


@pytest.fixture(params=["served", "single"])
def home(request: pytest.FixtureRequest) -> Home:
    """Each of the two, for a test of both."""
    found: Home = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def playground(browser: Any, served: Home) -> Opened:
    """For tests to open the served page, at a fragment of its address such as "#example=neuron"."""
    return functools.partial(opened, browser, served)


@contextmanager
def opened(browser: Any, home: Home, fragment: str = "", **options: Any) -> Iterator[Any]:
    """The page in a window of its own, without animations. It must ask nobody else for anything, and log nothing."""
    with window(browser, **{"reduced_motion": "reduce"} | options) as (page, requests):
        page.goto(home.address + fragment)
        yield page
    inside = (home.origin, "blob:", "data:", "about:")
    assert [url for url in requests if not url.startswith(inside)] == []
