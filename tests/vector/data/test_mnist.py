"""MNIST is found, verified or downloaded, here from a server on this machine; whatever goes wrong is one clear line."""

import gzip
import hashlib
import importlib
import os
import socket
import struct
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import numpy as np
import pooch
import pytest

from vector.data import DataError, Dataset, mnist, mnist_available

# `vector.data.mnist` names the function; this is the module behind it.
module = importlib.import_module("vector.data.mnist")

NAMES = ["train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"]
HTML = b"<!DOCTYPE html><title>Welcome to the hotel's network</title>"


def fake_file(name: str) -> bytes:
    """Six training and three test images of 2 × 2 pixels."""
    n = 6 if name.startswith("train") else 3
    if "labels" in name:
        return struct.pack(">4BI", 0, 0, 8, 1, n) + bytes(range(n))
    return struct.pack(">4B3I", 0, 0, 8, 3, n, 2, 2) + bytes(255 - i for i in range(4 * n))


PLAIN = {name: fake_file(name) for name in NAMES}


@dataclass
class Server:
    """Answers with `pages[path]`; a path in `cut` announces more bytes than it sends."""

    url: str = ""
    pages: dict[str, bytes] = field(default_factory=dict)
    cut: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)
    closed: socket.socket = field(default_factory=socket.socket)

    def publish(self, mirror: str) -> None:
        self.pages.update({f"/{mirror}/{name}.gz": gzip.compress(contents) for name, contents in PLAIN.items()})


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    state = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.asked.append(self.path)
            page = state.pages.get(self.path)
            if page is None:
                self.send_error(404)
                return
            self.send_response(200)
            self.send_header("Content-Length", str(len(page) + 100 * (self.path in state.cut)))
            self.end_headers()
            self.wfile.write(page)

        def log_message(self, format: str, *args: object) -> None:
            pass

    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        state.url = f"http://127.0.0.1:{http.server_port}"
        monkeypatch.setattr(module, "MIRRORS", (f"{state.url}/first/", f"{state.url}/second/"))
        Thread(target=http.serve_forever, args=(0.01,), daemon=True).start()
        yield state
        http.shutdown()
        state.closed.close()


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, no TWINGRAD_DATA, no mirrors, and the small files as the MNIST to expect."""
    monkeypatch.delenv("TWINGRAD_DATA", raising=False)
    monkeypatch.setattr(pooch, "os_cache", lambda project: tmp_path / "cache" / project)
    monkeypatch.setattr(module, "FILES", {name: hashlib.sha256(PLAIN[name]).hexdigest() for name in NAMES})
    monkeypatch.setattr(module, "MIRRORS", ())
    return tmp_path / "cache" / "twingrad" / "mnist"


def store(folder: Path, zipped: bool = True) -> None:
    folder.mkdir(parents=True)
    for name, contents in PLAIN.items():
        if zipped:
            (folder / f"{name}.gz").write_bytes(gzip.compress(contents))
        else:
            (folder / name).write_bytes(contents)


def check(data: Dataset) -> None:
    pixels = (255 - np.arange(24)).reshape(6, 4) / 255
    np.testing.assert_array_equal(data.train_images, pixels.astype(np.float32), strict=True)
    np.testing.assert_array_equal(data.test_images, pixels[:3].astype(np.float32), strict=True)
    np.testing.assert_array_equal(data.train_labels, np.arange(6), strict=True)
    np.testing.assert_array_equal(data.test_labels, np.arange(3), strict=True)


def load_error() -> str:
    with pytest.raises(DataError) as caught:
        mnist()
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("zipped", [True, False])
def test_found_in_twingrad_data(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, zipped: bool) -> None:
    monkeypatch.setenv("TWINGRAD_DATA", str(tmp_path / "data"))
    assert not mnist_available()
    store(tmp_path / "data" / "mnist", zipped)
    assert mnist_available()
    check(mnist())


def test_found_in_the_cache(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWINGRAD_DATA", str(tmp_path / "empty"))
    store(cache)
    assert mnist_available()
    check(mnist())


def test_twingrad_data_comes_before_the_cache(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWINGRAD_DATA", str(tmp_path))
    store(tmp_path / "mnist")
    store(cache)
    for file in cache.iterdir():
        file.write_bytes(HTML)
    check(mnist())


def test_dtype_and_normalize(cache: Path) -> None:
    store(cache)
    pixels = (255 - np.arange(24)).reshape(6, 4) / 255
    np.testing.assert_array_equal(mnist(dtype=np.float64).train_images, pixels, strict=True)
    normalized = mnist(normalize=True, dtype=np.float64).train_images
    np.testing.assert_allclose(normalized, (pixels - 0.1307) / 0.3081, rtol=1e-14)
    assert mnist(normalize=True).test_images.dtype == np.float32
    with pytest.raises(TypeError, match=r"expected a floating-point dtype, such as np.float32, got uint8"):
        mnist(dtype=np.uint8)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        pytest.param(lambda zipped: HTML, "got a web page", id="html"),
        pytest.param(lambda zipped: zipped[:-9], "expected a whole gzip file, got a damaged one", id="gzip cut"),
        pytest.param(
            lambda zipped: gzip.compress(PLAIN[NAMES[2]]),
            "an IDX file of other contents, with SHA-256",
            id="other contents",
        ),
    ],
)
def test_a_wrong_file_names_itself_and_the_checksum(
    cache: Path, damage: Callable[[bytes], bytes], message: str
) -> None:
    store(cache)
    file = cache / f"{NAMES[0]}.gz"
    file.write_bytes(damage(file.read_bytes()))
    error = load_error()
    assert error.startswith(f"{file}: ")
    assert message in error
    assert error.endswith(f"; replace it with a file whose contents have SHA-256 {module.FILES[NAMES[0]]}")


def test_download_fills_the_cache_once(cache: Path, server: Server, capfd: pytest.CaptureFixture[str]) -> None:
    server.publish("first")
    check(mnist())
    assert sorted(file.name for file in cache.iterdir()) == sorted(f"{name}.gz" for name in NAMES)
    assert "100%" in capfd.readouterr().err  # the progress bar
    assert mnist_available()
    check(mnist())
    assert server.asked == [f"/first/{name}.gz" for name in NAMES]


def test_only_what_is_missing_is_downloaded(cache: Path, server: Server) -> None:
    server.publish("first")
    store(cache)
    (cache / f"{NAMES[1]}.gz").unlink()
    check(mnist())
    assert server.asked == [f"/first/{NAMES[1]}.gz"]


@pytest.mark.parametrize("failure", ["dead", "missing", "cut", "html", "other contents", "damaged gzip"])
def test_the_second_mirror_steps_in(cache: Path, server: Server, monkeypatch: pytest.MonkeyPatch, failure: str) -> None:
    spoil(server, "first", failure, monkeypatch)
    server.publish("second")
    check(mnist())
    assert sorted(file.name for file in cache.iterdir()) == sorted(f"{name}.gz" for name in NAMES)


@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        ("dead", "/first/train-images-idx3-ubyte.gz: "),
        ("missing", "404 Client Error"),
        ("cut", "IncompleteRead"),
        ("html", "got a web page"),
        ("other contents", "an IDX file of other contents"),
        ("damaged gzip", "got a damaged one"),
    ],
)
def test_no_mirror_works(
    cache: Path, server: Server, monkeypatch: pytest.MonkeyPatch, failure: str, reason: str
) -> None:
    spoil(server, "first", failure, monkeypatch)
    error = load_error()
    assert error.startswith(f"{NAMES[0]}.gz: not found and not downloaded (")
    assert reason in error
    assert f"{server.url}/second/{NAMES[0]}.gz: 404 Client Error" in error
    assert error.endswith(
        "; check the network, or set TWINGRAD_DATA to a folder that holds MNIST's four files in mnist/"
    )
    assert not cache.exists() or not list(cache.iterdir())
    assert not mnist_available()


def spoil(server: Server, mirror: str, failure: str, monkeypatch: pytest.MonkeyPatch) -> None:
    server.publish(mirror)
    if failure == "dead":
        server.closed.bind(("127.0.0.1", 0))  # and does not listen: it refuses, and no other program can take it
        port = server.closed.getsockname()[1]
        monkeypatch.setattr(module, "MIRRORS", (f"http://127.0.0.1:{port}/{mirror}/", module.MIRRORS[1]))
    elif failure == "missing":
        server.pages.clear()
    elif failure == "cut":
        server.cut.update(server.pages)
    else:
        spoilt = {
            "html": HTML,
            "other contents": gzip.compress(b"\0\0\x08\x01\0\0\0\0"),
            "damaged gzip": b"\x1f\x8b\x08",
        }
        server.pages.update(dict.fromkeys(server.pages, spoilt[failure]))


def test_an_interruption_leaves_nothing(cache: Path, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    server.publish("first")

    def interrupted(part: Path, target: Path) -> Path:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        mnist()
    assert list(cache.iterdir()) == []


def test_a_cache_that_cannot_be_written(cache: Path, server: Server) -> None:
    server.publish("first")
    cache.parent.mkdir(parents=True)
    cache.write_text("a file where the folder should be")
    assert "File exists" in load_error()


@pytest.mark.parametrize("package", ["pooch", "tqdm"])
def test_a_download_says_what_to_install(cache: Path, monkeypatch: pytest.MonkeyPatch, package: str) -> None:
    monkeypatch.setattr(module, "MIRRORS", ("http://127.0.0.1:9/",))
    monkeypatch.setitem(sys.modules, package, None)
    assert not mnist_available()
    with pytest.raises(ImportError, match=rf'needs {package}: pip install "twingrad\[train\]", or set TWINGRAD_DATA'):
        mnist()


def test_files_on_disk_need_no_pooch(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pooch", None)
    monkeypatch.setenv("TWINGRAD_DATA", str(tmp_path))
    store(tmp_path / "mnist")
    assert mnist_available()
    check(mnist())


@pytest.fixture(scope="module")
def real() -> Dataset:
    root = os.environ.get("TWINGRAD_DATA")
    if not root or not Path(root, "mnist").is_dir():
        pytest.skip("not here: MNIST (TWINGRAD_DATA names a folder with its four files in mnist/)")
    return mnist()


def test_the_real_mnist_has_its_known_counts(real: Dataset) -> None:
    assert real.train_images.shape == (60_000, 784)
    assert real.test_images.shape == (10_000, 784)
    assert np.bincount(real.train_labels).tolist() == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert np.bincount(real.test_labels).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]


def test_the_real_mnist_has_its_known_pixels(real: Dataset) -> None:
    assert real.train_images.dtype == np.float32
    assert real.train_labels.dtype == np.int64
    assert (real.train_images.min(), real.train_images.max()) == (0, 1)
    assert real.train_images.mean(dtype=np.float64) == pytest.approx(module.MEAN, abs=5e-5)
    assert real.train_images.std(dtype=np.float64) == pytest.approx(module.STD, abs=5e-5)
