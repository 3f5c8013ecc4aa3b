"""The pictures in docs/images. `python -m tests.viz.pictures` makes them anew; a test holds their words to the code."""

import random
import re
import tempfile
import threading
from collections.abc import Callable
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


def unfolded() -> Drawing:
    """One weight of a layer on arrays, and the graph of it on the scalar engine."""
    x = vector.tensor([[1.0, -2.0], [3.0, 0.5]], label="x")
    w = vector.tensor([[0.5], [-0.25]], requires_grad=True, label="w")
    loss = np.mean((np.tanh(x @ w) - [[1.0], [-1.0]]) ** 2)
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


def explorer(path: Path) -> None:
    """A screenshot of the explorer, where there is a browser."""
    with listen(0) as listener, chromium() as browser:
        threading.Thread(target=serve, args=(listener,), daemon=True).start()
        page = browser.new_page(viewport={"width": 1200, "height": 720})
        port = listener.getsockname()[1]
        page.goto(f"http://127.0.0.1:{port}/{EXAMPLES[0].link}")
        page.wait_for_selector("#picture svg .node")
        page.wait_for_selector("body:not(.drawing)")
        page.screenshot(path=path)


def predict(path: Path) -> None:
    """A screenshot of the player that asks, at a forgotten use."""
    x, y, z = scalar.Value(3.0, "x"), scalar.Value(2.0, "y"), scalar.Value(-4.0, "z")
    f = labelled("f", labelled("a", x * y) * labelled("b", x - z))
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        page = browser.new_page(viewport={"width": 1200, "height": 760}, reduced_motion="reduce")
        page.goto(viz.player(f, Path(folder) / "player.html", title="f = (x·y)·(x − z)").as_uri() + "#predict")
        answers = {"b̄": "6", "ā": "7", "z̄": "-bbar", "ȳ": "21", "x̄": "abar*y"}
        for _ in answers:
            asked = page.locator("#asked").text_content().removeprefix("What is ").removesuffix("?")
            page.locator("#answer").fill(answers[asked])
            page.keyboard.press("Enter")  # checks, and with the next one goes on, unless the answer is wrong
            if asked != "x̄":
                page.keyboard.press("Enter")
        page.locator("#hint").click()
        page.screenshot(path=path)


def player_mlp(path: Path) -> None:
    """A screenshot of the player of a perceptron 2-8-8-1, inside its first layer."""
    model = scalar.nn.MLP(2, [8, 8, 1], generator=random.Random(0))
    output: Any = model([scalar.Value(0.5, "x1"), scalar.Value(-1.0, "x2")])
    labelled("y", output).backward()
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
        page.goto(viz.player(output, Path(folder) / "player.html", title="An MLP 2-8-8-1", model=model).as_uri())
        page.locator("a.module:has(> title:text-is('Layer 1, module'))").click()
        page.keyboard.press("End")
        for _ in range(4):
            page.keyboard.press("ArrowLeft")
        page.screenshot(path=path)


def exercise(path: Path) -> None:
    """A screenshot of a sheet that is half filled in, and checked."""
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        page = browser.new_page(viewport={"width": 1200, "height": 900})
        page.goto(viz.exercise(drawn(2, 7), Path(folder) / "sheet.html", title="Exercise 2.7").as_uri())
        typed = {"∂f/∂b": "-2", "b̄": "-2", "∂f/∂a": "-9", "ā": "9", "∂b/∂z": "-1", "z̄": "bbar", "x̄": "-2"}
        for ask, answer in typed.items():
            page.get_by_label(f"{ask} =", exact=True).fill(answer)
        page.locator("#name").fill("Ada")
        page.locator("#check").click()
        page.screenshot(path=path, full_page=True)


def playground(folder: Path) -> None:
    """Screenshots of the playground: on a desktop, in the dark, on a phone."""
    phone = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "has_touch": True}
    windows: dict[str, tuple[str, dict[str, Any]]] = {
        "playground": ("fan_out", {}),
        "playground_dark": ("mlp", {"color_scheme": "dark"}),
        "playground_phone": ("neuron", phone),
    }
    with tempfile.TemporaryDirectory() as built, playground_server.listen(0) as server, chromium() as browser:
        build_folder(Path(built))
        threading.Thread(target=playground_server.serve, args=(server, Path(built)), daemon=True).start()
        for name, (example, options) in windows.items():
            page = browser.new_page(
                **{"viewport": {"width": 1360, "height": 900}, "reduced_motion": "reduce"} | options
            )
            page.goto(f"http://{playground_server.HOST}:{server.server_address[1]}/#example={example}")
            page.wait_for_selector(".view-code:not(.outdated) .picture .node")
            page.wait_for_selector("table.chain tbody tr")
            page.wait_for_timeout(500)  # for the fonts
            page.screenshot(path=folder / f"{name}.png")
        server.shutdown()


def training(folder: Path) -> None:
    """Screenshots of a network that learns: its chain rule on a desktop, in the dark, on a phone."""
    phone = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "has_touch": True}
    windows: dict[str, tuple[str, int, dict[str, Any]]] = {
        "training": ("xor", 60, {"viewport": {"width": 1360, "height": 1100}}),
        "training_dark": ("spirals", 40, {"color_scheme": "dark"}),
        "training_phone": ("moons", 60, phone),
    }
    with tempfile.TemporaryDirectory() as built, playground_server.listen(0) as server, chromium() as browser:
        build_folder(Path(built))
        threading.Thread(target=playground_server.serve, args=(server, Path(built)), daemon=True).start()
        for name, (preset, step, options) in windows.items():
            page = browser.new_page(
                **{"viewport": {"width": 1360, "height": 900}, "reduced_motion": "reduce"} | options
            )
            page.goto(f"http://{playground_server.HOST}:{server.server_address[1]}/#training={preset}")
            page.wait_for_function("() => window.twingrad?.training?.frame?.boundary")
            page.get_by_label("Speed").select_option("20")
            page.get_by_role("button", name="Play", exact=True).click()
            page.wait_for_function("step => window.twingrad.training.frame.step >= step", arg=step)
            page.get_by_role("button", name="Pause").click()
            page.wait_for_function("() => window.twingrad.training.frame.boundary.length > 5000")  # the still picture
            if name == "training":
                page.locator('.neuron[data-layer="1"][data-neuron="2"]').click()
                page.wait_for_selector(".detail-card table.chain tbody tr")
            page.mouse.move(0, 0)
            page.evaluate("scrollTo(0, 0)")
            page.wait_for_timeout(500)  # for the fonts
            page.screenshot(path=folder / f"{name}.png")
        server.shutdown()


if __name__ == "__main__":
    for name in SHOWN:
        PICTURES[name]().save(FOLDER / f"{name}.svg")
    explorer(FOLDER / "explorer.png")
    predict(FOLDER / "predict.png")
    player_mlp(FOLDER / "player_mlp.png")
    exercise(FOLDER / "exercise.png")
    playground(FOLDER)
    training(FOLDER)
