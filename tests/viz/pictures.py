"""The pictures in docs/images. `python -m tests.viz.pictures` makes them anew, or those that are named.

A test holds the words of the drawings to the code.
"""

import atexit
import functools
import random
import re
import shutil
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

import scalar
import vector
import viz
from demos import pytorch
from demos.exercise.levels import drawn
from demos.explorer.link import EXAMPLES
from demos.explorer.server import listen, serve
from demos.playground import server as playground_server
from demos.playground.build import build_folder
from demos.problems import Problem
from demos.recipes import RECIPES
from demos.train_run import train
from demos.unfolding import unfold
from demos.verification import verify
from tests.viz.browser import chromium
from viz import Drawing

FOLDER = Path(__file__).parents[2] / "docs" / "images"


def worked_example() -> Drawing:
    """(x + y)·z, with the message on each edge: upstream gradient · local derivative."""
    x, y, z = scalar.Value(-2.0, "x"), scalar.Value(5.0, "y"), scalar.Value(-4.0, "z")
    q = labelled("q", x + y)
    f = labelled("f", q * z)
    f.backward()
    return viz.draw(f, messages=True, formulas=True, title="f = (x + y)·z")


def verified_neuron() -> Drawing:
    """A neuron, each derivative checked by difference quotients and PyTorch."""
    x = scalar.Value(2.0, "x")
    w, b = scalar.Value(-0.4, "w", role="parameter"), scalar.Value(0.3, "b", role="parameter")
    y = labelled("y", scalar.tanh(labelled("z", w * x + b)))
    y.backward()
    return viz.draw(y, messages=True, verify=pytorch.Judge(), title="y = tanh(w·x + b), verified")


def fan_out() -> Drawing:
    """One variable used three times, so that three messages add up to its gradient."""
    x = scalar.Value(3.0, "x")
    y = labelled("y", x * x + scalar.sin(x))
    y.backward()
    return viz.draw(y, messages=True, formulas=True, title="y = x·x + sin x: three messages reach x, and add up")


def mlp_folded() -> Drawing:
    """A perceptron of 337 parameters on one point; the neurons of a layer fold into one card."""
    model = scalar.nn.MLP(2, [16, 16, 1], generator=random.Random(0))
    score: Any = model([scalar.Value(0.5, "x1"), scalar.Value(-1.0, "x2")])
    labelled("score", score).backward()
    return viz.draw(score, model=model, fold="Neuron", title="An MLP 2-16-16-1, folded")


def mlp_unfolded() -> Drawing:
    """A perceptron that is small enough to show every operation."""
    model = scalar.nn.MLP(2, [2, 1], generator=random.Random(0))
    output: Any = model([scalar.Value(0.5, "x1"), scalar.Value(-1.0, "x2")])
    labelled("y", output).backward()
    return viz.draw(output, model=model, title="An MLP 2-2-1 on one point, unfolded")


def tensor_mlp() -> Drawing:
    """An MLP on a batch of arrays, which are shown as thumbnails."""
    generator = np.random.default_rng(0)
    model = vector.nn.MLP(8, [16, 3], generator=generator)
    X = vector.tensor(generator.normal(size=(32, 8)).astype(np.float32), label="X")
    loss = vector.nn.cross_entropy(model(X), generator.integers(3, size=32))
    loss.label = "loss"
    loss.backward(retain_all=True)
    return viz.draw(loss, model=model, direction="TB", title="An MLP 8-16-3 on a batch of 32")


def layer() -> tuple[Any, Any]:
    """tanh(x·w), and the mean of its squared errors; and w."""
    x = vector.tensor([[1.0, -2.0], [3.0, 0.5]], label="x")
    w = vector.tensor([[0.5], [-0.25]], requires_grad=True, label="w")
    return np.mean((np.tanh(x @ w) - [[1.0], [-1.0]]) ** 2), w


def unfolded() -> Drawing:
    """One weight of a layer on arrays, and the graph of it on the scalar engine."""
    loss, w = layer()
    return unfold(loss, w, (0, 0), legend=False).drawing


def doublings() -> Drawing:
    """A hundred doublings, drawn in linear time although 2¹⁰⁰ paths lead through them."""
    y = scalar.Value(1.0, "x")
    for _ in range(100):
        y = y + y
    y.backward()
    return viz.draw(y, depth=4, title="A hundred doublings")


def labelled(label: str, value: scalar.Value) -> scalar.Value:
    value.label = label
    return value


def verified_own() -> Drawing:
    """What `verify` draws of the function in README.md whose operation has a wrong backward."""

    class Softplus(vector.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            out = np.log1p(np.exp(x))
            ctx.save_for_backward(out)
            return out

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            (out,) = ctx.saved_tensors
            return g * out

    def energy(x: Any, w: Any) -> Any:
        return np.sum(Softplus.apply(x @ w) ** 2)

    drawing = verify(energy, {"x": [[1.0, -2.0]], "w": [[0.5], [0.25]]}).drawing
    if drawing is None:
        raise ValueError("expected a drawing of what differs")
    return drawing


PICTURES: dict[str, Callable[[], Drawing]] = {
    function.__name__: function
    for function in (
        worked_example,
        verified_neuron,
        verified_own,
        fan_out,
        mlp_folded,
        mlp_unfolded,
        tensor_mlp,
        unfolded,
        doublings,
    )
}
SHOWN = ("worked_example", "verified_neuron", "verified_own", "mlp_folded", "unfolded")  # in docs/images


def words(svg: str) -> list[str]:
    """What is written in a picture, whichever Graphviz laid it out."""
    return sorted(re.findall(r"<text[^>]*>([^<]*)</text>", svg))


@contextmanager
def opened(make: Callable[[Path], object], fragment: str = "", **options: Any) -> Iterator[Any]:
    """A page in a browser, without animations."""
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        path = Path(folder) / "page.html"
        make(path)
        page = browser.new_page(**{"viewport": {"width": 1280, "height": 800}, "reduced_motion": "reduce"} | options)
        page.goto(path.as_uri() + fragment)
        yield page


def explorer(path: Path) -> None:
    """The explorer."""
    with listen(0) as listener, chromium() as browser:
        threading.Thread(target=serve, args=(listener,), daemon=True).start()
        page = browser.new_page(viewport={"width": 1200, "height": 720})
        port = listener.getsockname()[1]
        page.goto(f"http://127.0.0.1:{port}/{EXAMPLES[0].link}")
        page.wait_for_selector("#picture svg .node")
        page.wait_for_selector("body:not(.drawing)")
        page.screenshot(path=path)


def product_and_difference() -> scalar.Value:
    """(x·y)·(x − z): x is used twice."""
    x, y, z = scalar.Value(3.0, "x"), scalar.Value(2.0, "y"), scalar.Value(-4.0, "z")
    return labelled("f", labelled("a", x * y) * labelled("b", x - z))


def predict(path: Path) -> None:
    """The player that asks, at a forgotten use."""
    f, answers = product_and_difference(), {"b̄": "6", "ā": "7", "z̄": "-bbar", "ȳ": "21", "x̄": "abar*y"}
    size = {"width": 1200, "height": 880}
    with opened(lambda file: viz.player(f, file, title="f = (x·y)·(x − z)"), "#predict", viewport=size) as page:
        for _ in answers:
            asked = page.locator("#asked").text_content().removeprefix("What is ").removesuffix("?")
            page.locator("#answer").fill(answers[asked])
            page.keyboard.press("Enter")  # checks, and with the next one goes on, unless the answer is wrong
            if asked != "x̄":
                page.keyboard.press("Enter")
        page.locator("#hint").click()
        page.screenshot(path=path)


def player_mlp(path: Path) -> None:
    """The player of a perceptron 2-8-8-1, inside its first layer."""
    model = scalar.nn.MLP(2, [8, 8, 1], generator=random.Random(0))
    output: Any = model([scalar.Value(0.5, "x1"), scalar.Value(-1.0, "x2")])
    labelled("y", output).backward()
    size = {"width": 1280, "height": 900}
    with opened(lambda file: viz.player(output, file, title="An MLP 2-8-8-1", model=model), viewport=size) as page:
        page.locator("a.module:has(> title:text-is('Layer 1, module'))").click()
        page.keyboard.press("End")
        for _ in range(4):
            page.keyboard.press("ArrowLeft")
        page.screenshot(path=path)


def exercise(path: Path) -> None:
    """A sheet that is half filled in, and checked."""
    size = {"width": 1200, "height": 900}
    with opened(lambda file: viz.exercise(drawn(2, 7), file, title="Exercise 2.7"), viewport=size) as page:
        typed = {"∂f/∂b": "-2", "b̄": "-2", "∂f/∂a": "-9", "ā": "9", "∂b/∂z": "-1", "z̄": "bbar", "x̄": "-2"}
        for ask, answer in typed.items():
            page.get_by_label(f"{ask} =", exact=True).fill(answer)
        page.locator("#name").fill("Ada")
        page.locator("#check").click()
        page.screenshot(path=path, full_page=True)


class Attention(vector.nn.Module):
    """Each of the rows asks all of them."""

    def __init__(self, size: int, generator: Any) -> None:
        super().__init__()
        self.query, self.key, self.value, self.out = (
            vector.nn.Linear(size, size, generator=generator) for _ in range(4)
        )

    def forward(self, x: Any) -> Any:
        """Softmax(Q·Kᵀ/√d)·V."""
        scores = self.query(x) @ self.key(x).T / x.shape[-1] ** 0.5
        return self.out(vector.softmax(scores, axis=-1) @ self.value(x))


class Transformer(vector.nn.Module):
    """A block: attention and a perceptron, each after a normalisation and with what it was given added."""

    def __init__(self, size: int, generator: Any) -> None:
        super().__init__()
        self.norm1, self.attention = vector.nn.LayerNorm(size), Attention(size, generator)
        self.norm2, self.mlp = vector.nn.LayerNorm(size), vector.nn.MLP(size, [2 * size, size], generator=generator)

    def forward(self, x: Any) -> Any:
        """Of one sequence, a row for each of its places."""
        x = x + self.attention(self.norm1(x))
        return x + self.mlp(self.norm2(x))


def transformer(path: Path) -> None:
    """A drawing of a transformer's block whose attention has been opened."""
    generator = np.random.default_rng(0)
    model = Transformer(8, generator)
    x = vector.tensor(generator.normal(size=(5, 8)).astype(np.float32), label="x")
    loss: Any = np.mean(model(x) ** 2)
    loss.label = "loss"
    loss.backward(retain_all=True)
    folded = ("Attention", "MLP", "LayerNorm")
    options: Any = {"values": False, "gradients": False, "direction": "TB", "title": "A transformer's block"}
    drawing = viz.draw(loss, model=model, fold=folded, **options)
    with opened(drawing.save, viewport={"width": 760, "height": 1080}) as page:
        page.locator(".node.module:has-text('attention') a").click()
        page.locator(".trail button").wait_for()
        page.screenshot(path=path)


def present(path: Path) -> None:
    """The player before a class: large, and dark."""
    f, size = product_and_difference(), {"width": 1280, "height": 720}
    with opened(lambda file: viz.player(f, file, title="f = (x·y)·(x − z)"), viewport=size) as page:
        page.keyboard.press("End")
        page.locator("#scheme").click()
        page.locator("#present").click()
        page.wait_for_timeout(500)
        page.screenshot(path=path)


def ledger(path: Path) -> None:
    """The ledger of a layer on arrays, as a notebook shows it."""
    text = layer()[0].chain_rule()._repr_html_()
    body = f"<body style='font: 16px/1.5 sans-serif; margin: 1rem 1.5rem'>{text}"
    page = f"<!DOCTYPE html><html lang='en'><meta charset='utf-8'><title>Ledger</title>{body}"
    with opened(lambda file: file.write_text(page, encoding="utf-8"), viewport={"width": 860, "height": 992}) as shown:
        shown.screenshot(path=path)


def report(path: Path) -> None:
    """The page of a run on handwritten digits, its first screens."""
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        run = Path(folder) / "digits"
        recipe = RECIPES[Problem.digits]
        train(Problem.digits, replace(recipe, options={**recipe.options, "validation": 0.1}), run)
        page = browser.new_page(viewport={"width": 1200, "height": 1560})
        page.goto((run / "report.html").as_uri())
        page.screenshot(path=path)


@functools.cache
def built_playground() -> Path:
    """The playground's page in a folder, built once for all its pictures."""
    folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder)
    build_folder(folder)
    return folder


PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "has_touch": True}
PROGRAMS: dict[str, tuple[str, dict[str, Any]]] = {
    "playground": ("fan_out", {}),
    "playground_dark": ("mlp", {"color_scheme": "dark"}),
    "playground_phone": ("neuron", PHONE),
}
TRAININGS: dict[str, tuple[str, int, dict[str, Any]]] = {
    "training": ("xor", 60, {"viewport": {"width": 1360, "height": 1180}}),
    "training_dark": ("spirals", 40, {"color_scheme": "dark"}),
    "training_phone": ("moons", 60, PHONE),
}


@contextmanager
def in_the_playground(place: str, options: dict[str, Any]) -> Iterator[Any]:
    """A page of the playground, at a place of it."""
    with playground_server.listen(0) as server, chromium() as browser:
        threading.Thread(target=playground_server.serve, args=(server, built_playground()), daemon=True).start()
        page = browser.new_page(**{"viewport": {"width": 1360, "height": 900}, "reduced_motion": "reduce"} | options)
        page.goto(f"http://{playground_server.HOST}:{server.server_address[1]}/#{place}")
        yield page
        server.shutdown()


def playground(path: Path) -> None:
    """A program in the playground: on a desktop, in the dark, on a phone."""
    example, options = PROGRAMS[path.stem]
    with in_the_playground(f"example={example}", options) as page:
        page.wait_for_selector(".view-code:not(.outdated) .picture .node")
        page.wait_for_selector("table.chain tbody tr")
        page.wait_for_timeout(500)  # for the fonts
        page.screenshot(path=path)


def training(path: Path) -> None:
    """A network that learns there: its chain rule on a desktop, in the dark, on a phone."""
    preset, step, options = TRAININGS[path.stem]
    with in_the_playground(f"training={preset}", options) as page:
        page.wait_for_function("() => window.twingrad?.training?.frame?.boundary")
        page.get_by_label("Speed").select_option("20")
        page.get_by_role("button", name="Play", exact=True).click()
        page.wait_for_function("step => window.twingrad.training.frame.step >= step", arg=step)
        page.get_by_role("button", name="Pause").click()
        page.wait_for_function("() => window.twingrad.training.frame.boundary.length > 5000")  # the still picture
        if path.stem == "training":
            page.locator('.neuron[data-layer="1"][data-neuron="2"]').click()
            page.wait_for_selector(".detail-card table.chain tbody tr")
        page.mouse.move(0, 0)
        page.evaluate("scrollTo(0, 0)")
        page.wait_for_timeout(500)  # for the fonts
        page.screenshot(path=path)


SCREENSHOTS: dict[str, Callable[[Path], None]] = {
    function.__name__: function
    for function in (explorer, predict, player_mlp, exercise, transformer, present, ledger, report)
}
SCREENSHOTS |= dict.fromkeys(PROGRAMS, playground) | dict.fromkeys(TRAININGS, training)


if __name__ == "__main__":
    for name in sys.argv[1:] or [*SHOWN, *SCREENSHOTS]:
        if name in SCREENSHOTS:
            SCREENSHOTS[name](FOLDER / f"{name}.png")
        else:
            PICTURES[name]().save(FOLDER / f"{name}.svg")
