"""ONNX files: onnxruntime, which knows nothing of us, gives the same numbers."""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demos.activations import ACTIVATIONS, Maxout
from demos.export import export_onnx
from demos.export.modules import ROWS
from demos.tabular import Tabular
from vector import data, nn, training
from vector.training.objectives import outputs_of

DTYPES = [np.float32, np.float64]
EXPORTED = {
    name: make for name, make in ACTIVATIONS.items() if type(make(features=1, dtype=np.float32, generator=None)) in ROWS
}
TOLERANCES = {np.dtype(np.float32): 1e-6, np.dtype(np.float64): 1e-12}


def run(path: Path, x: Any, names: tuple[str, str] = ("input", "output")) -> Any:
    """The outputs in onnxruntime."""
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    return session.run([names[1]], {names[0]: x})[0]


def moved_by_rounding(model: nn.Module, x: Any) -> float:
    """How far our own outputs move when x and the model's numbers are off by one unit in the last place.

    Far, where a layer magnifies the difference of nearly equal numbers, or at a jump.
    """
    generator = np.random.default_rng(0)

    def off(array: Any) -> Any:
        array = np.asarray(array)
        if array.dtype.kind != "f":
            return array
        units = generator.integers(-1, 2, array.shape) * np.finfo(array.dtype).eps
        return (array * (1 + units)).astype(array.dtype)

    state, expected, moved = model.state_dict(), outputs_of(model, x), 0.0
    for _ in range(8):
        model.load_state_dict({name: off(array) for name, array in state.items()})
        moved = max(moved, float(np.abs(outputs_of(model, off(x)) - expected).max()))
    model.load_state_dict(state)
    return moved


def agree(model: nn.Module, x: Any, folder: Path, moved: float = 0.0) -> None:
    """Fail unless the exported model gives the same numbers, for one sample and for several.

    moved: by `moved_by_rounding`; where that is beyond the tolerance, two programs that round differently cannot agree
    to it, and some such units are allowed.
    """
    path = export_onnx(model, folder / "model.onnx", x.shape[1:])
    onnx.checker.check_model(path, full_check=True)
    expected = outputs_of(model, x)
    tolerance = TOLERANCES[model.parameters()[0].dtype] * max(1.0, float(np.abs(expected).max()))
    tolerance = 4 * moved if moved > tolerance else tolerance
    for count in (1, len(x)):
        out = run(path, x[:count])
        assert out.dtype == expected.dtype
        np.testing.assert_allclose(out, expected[:count], rtol=0, atol=tolerance)


def samples(*shape: int, dtype: Any = np.float32) -> Any:
    return np.random.default_rng(1).normal(0, 2, shape).astype(dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("activation", EXPORTED)
def test_every_activation_of_a_perceptron(tmp_path: Path, activation: str, dtype: Any) -> None:
    model = nn.MLP(4, [6, 5, 3], activation, dtype=dtype, generator=np.random.default_rng(0))
    agree(model, samples(20, 4, dtype=dtype), tmp_path)


EXTREME = np.array([[-1e4, -800, -90, -20, -6, -0.5, -1e-9, 0, 1e-9, 0.5, 6, 20, 90, 800, 1e4]])
FUNCTIONS: list[nn.Module] = [
    *(make(features=EXTREME.shape[1], dtype=np.float32, generator=None) for make in EXPORTED.values()),
    nn.Softplus(3.0), nn.LeakyReLU(0.3), nn.ELU(0.5), nn.GELU("tanh"), Maxout(5),
]  # fmt: skip


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("module", FUNCTIONS, ids=repr)
def test_far_from_zero(tmp_path: Path, module: nn.Module, dtype: Any) -> None:
    """Where an exponential would overflow; element by element, however large its neighbours are."""
    x = EXTREME.astype(dtype)
    same = nn.Linear(x.size, x.size, bias=False, dtype=dtype)  # its parameters tell the input's dtype
    same.weight.data = np.eye(x.size, dtype=dtype)
    model = nn.Sequential(same, module.to(dtype))
    path = export_onnx(model, tmp_path / "model.onnx")
    tolerance = TOLERANCES[x.dtype]
    np.testing.assert_allclose(run(path, x), outputs_of(model, x), rtol=tolerance, atol=tolerance)


def normalised(features: int, dtype: Any, generator: np.random.Generator) -> list[nn.Module]:
    """Layers with running means as after a training, all of which keep (batch, features)."""
    batch_norms = [nn.BatchNorm1d(features, dtype=dtype), nn.BatchNorm1d(features, affine=False, dtype=dtype)]
    for norm in batch_norms:
        norm.running_mean[...] = generator.normal(size=features)
        norm.running_var[...] = generator.uniform(1e-3, 2, features)
    layers = [
        *batch_norms,
        nn.LayerNorm(features, dtype=dtype),
        nn.LayerNorm(features, bias=False, dtype=dtype),
        nn.LayerNorm(features, elementwise_affine=False, dtype=dtype),
    ]
    for p in (p for layer in layers for p in layer.parameters()):
        p.data[...] = generator.normal(size=p.shape)
    return layers


@st.composite
def networks(draw: st.DrawFn) -> tuple[nn.Module, Any]:
    """A random network, and samples for it."""
    dtype = draw(st.sampled_from(DTYPES))
    generator = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    shape = draw(st.lists(st.integers(1, 4), min_size=1, max_size=2))
    modules: list[nn.Module] = [nn.Flatten()] if len(shape) > 1 and draw(st.booleans()) else []
    features = int(np.prod(shape)) if modules else shape[-1]
    flat = bool(modules) or len(shape) == 1
    for _ in range(draw(st.integers(1, 4))):
        wide = draw(st.integers(1, 6)) * 2
        modules.append(nn.Linear(features, wide, draw(st.booleans()), dtype=dtype, generator=generator))
        choices: list[nn.Module] = [make(features=wide, dtype=dtype, generator=generator) for make in EXPORTED.values()]
        choices += [nn.Dropout(0.3), Maxout(2), nn.Sequential(), nn.Softplus(0.7), nn.GELU("tanh")]
        choices += normalised(wide, dtype, generator)[0 if flat else 2 :]
        chosen = draw(st.sampled_from(choices))
        modules.append(chosen if draw(st.booleans()) else nn.Sequential(chosen))
        features = wide // 2 if isinstance(chosen, Maxout) else wide
    if draw(st.booleans()):
        modules.append(nn.MLP(features, [3, 2], draw(st.sampled_from(sorted(EXPORTED))), dtype=dtype))
    x = generator.normal(0, 2, (draw(st.integers(1, 5)), *shape)).astype(dtype)
    return nn.Sequential(*modules), x


@settings(max_examples=60, deadline=None)
@given(networks())
def test_random_networks(tmp_path_factory: pytest.TempPathFactory, network: tuple[nn.Module, Any]) -> None:
    agree(*network, tmp_path_factory.getbasetemp(), moved_by_rounding(*network))


def test_nearly_equal_numbers_are_judged_by_what_rounding_does_to_ours(tmp_path: Path) -> None:
    """A false alarm once: a LayerNorm of numbers that differ only in their last places magnifies those."""
    linear = nn.Linear(32, 2, bias=False, generator=np.random.default_rng(0))
    linear.weight.data[1] = linear.weight.data[0, ::-1]
    half = 100 * samples(200, 16)
    x = np.concatenate([half, half[:, ::-1]], axis=1)  # the same products, added up in another order
    model = nn.Sequential(linear, nn.LayerNorm(2))
    moved = moved_by_rounding(model, x)
    assert moved > 1000 * TOLERANCES[x.dtype]
    agree(model, x, tmp_path, moved)
    assert moved_by_rounding(nn.Sequential(linear, nn.Tanh()), x / 100) < TOLERANCES[x.dtype]


@pytest.mark.parametrize("dtype", DTYPES)
def test_layers_along_a_second_axis(tmp_path: Path, dtype: Any) -> None:
    """(batch, channels, length), where features are the first of two axes, and a product takes the last."""
    norm = normalised(3, dtype, np.random.default_rng(0))[0]
    prelu = nn.PReLU(3, dtype=dtype)
    prelu.weight.data[...] = [0.1, -0.2, 0.3]
    model = nn.Sequential(norm, prelu, nn.Linear(8, 4, dtype=dtype), nn.Flatten(-2), nn.Linear(12, 2, dtype=dtype))
    agree(model, samples(5, 3, 8, dtype=dtype), tmp_path)


def test_a_layer_that_is_used_twice(tmp_path: Path) -> None:
    layer = nn.Linear(3, 3, generator=np.random.default_rng(0))
    agree(nn.Sequential(layer, nn.Tanh(), layer), samples(4, 3), tmp_path)


def test_what_was_trained_here(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    points, labels = data.moons(400, 0.1, generator)
    model = nn.Sequential(
        nn.Linear(2, 32, generator=generator),
        nn.BatchNorm1d(32),
        nn.GELU(),
        nn.Dropout(0.1, generator=generator),
        nn.Linear(32, 2, generator=generator),
    )
    training.fit(model, points, labels, epochs=20, batch=32, lr=1e-2)
    points = points.astype(np.float32)
    agree(model, points, tmp_path)
    assert np.mean(run(tmp_path / "model.onnx", points).argmax(axis=1) == labels) > 0.98


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_table_is_taken_as_it_is_written(tmp_path: Path, dtype: Any) -> None:
    """Years, which float32 alone would blur, and targets in their own unit."""
    x = 2000 + samples(60, 2, dtype=np.float64) * [1e-3, 10]
    y = 5e4 + 300 * x[:, 1]
    for targets in (None, y):
        body = nn.MLP(2, [8, 1], dtype=dtype, generator=np.random.default_rng(0))
        agree(Tabular(body, x, targets), x, tmp_path)
    outputs = Tabular(nn.MLP(2, [1], dtype=dtype), x, y).to(dtype)
    agree(outputs, x, tmp_path)


def test_names_and_texts(tmp_path: Path) -> None:
    model = nn.MLP(2, [3, 2])
    options: Any = {"input_name": "points", "output_name": "scores", "metadata": {"classes": "in, out"}}
    path = export_onnx(model, tmp_path / "m.onnx", **options)
    assert run(path, samples(7, 2), ("points", "scores")).shape == (7, 2)
    file = onnx.load(path)
    assert {constant.name for constant in file.graph.initializer} == set(model.state_dict())
    assert [node.op_type for node in file.graph.node] == ["Gemm", "Relu", "Gemm"]
    assert [(entry.key, entry.value) for entry in file.metadata_props] == [("classes", "in, out")]
    assert path.read_bytes() == export_onnx(model, tmp_path / "n.onnx", **options).read_bytes()


def test_a_model_that_is_training_stays_so(tmp_path: Path) -> None:
    model = nn.Sequential(nn.Linear(2, 2), nn.Dropout(0.5))
    agree(model, samples(4, 2), tmp_path)
    assert all(module.training for module in model.modules())


class Doubled(nn.Linear):
    def __call__(self, x: Any) -> Any:
        return 2 * super().__call__(x)


@pytest.mark.parametrize(
    ("model", "shape", "error", "message"),
    [
        (nn.Sequential(nn.Linear(2, 2), nn.Sequential(Doubled(2, 2))), None, TypeError, r"got Doubled at 1\.0$"),
        (Doubled(2, 2), None, TypeError, r"^export_onnx: expected modules among APL, .*, VeryLeakyReLU; got Doubled$"),
        (nn.Sequential(nn.Flatten(), nn.Linear(4, 2)), None, ValueError, r"shape of one sample, such as shape=\(28, 2"),
        (nn.Sequential(nn.ReLU()), None, ValueError, r"shape of one sample"),
        (nn.MLP(3, [2]), (4,), ValueError, r"Linear: expected x\.shape\[-1\] == 3"),
        (nn.MLP(3, [2], dtype=np.float16), None, TypeError, r"all in float64, got float16; see model\.to$"),
        (
            nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2, dtype=np.float64)),
            None,
            TypeError,
            r"expected all parameters in float32 or all in float64, got float32, float64",
        ),
        (nn.Sequential(nn.Linear(2, 2), nn.Flatten(0)), None, ValueError, r"leave the first axis.*got start_dim 0$"),
        (
            nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2, track_running_stats=False)),
            None,
            ValueError,
            r"BatchNorm1d with running means",
        ),
    ],
)
def test_what_cannot_be_exported(
    tmp_path: Path, model: nn.Module, shape: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        export_onnx(model, tmp_path / "model.onnx", shape)
    assert not list(tmp_path.iterdir())


def test_every_row_is_tested() -> None:
    """A module that gets a row must come in the random networks or in a test of its own."""
    tested = {nn.MLP, nn.Sequential, nn.Linear, nn.Flatten, nn.Dropout, nn.BatchNorm1d, nn.LayerNorm, Tabular}
    assert ROWS.keys() == tested | {type(module) for module in FUNCTIONS}


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(training.CheckpointError, match=r"^cannot write .*none/m\.onnx: No such file or directory$"):
        export_onnx(nn.MLP(2, [2]), tmp_path / "none" / "m.onnx")


def test_without_onnx_the_error_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(ImportError, match=r'pip install "twingrad\[onnx\]"'):
        export_onnx(nn.MLP(2, [2]), tmp_path / "m.onnx")
