"""Every layer that PyTorch has, held against it, in training and in use."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

import vector
from tests.checks import grad
from tests.judges import Array
from tests.vector.nn.layers import agree, agree_twice, keeps_float32, rng
from vector import Tensor, nn
from vector.arrays import array_of

CASES: dict[str, tuple[Callable[[], nn.Module], Callable[[], Any], tuple[int, ...]]] = {
    "Linear": (lambda: nn.Linear(3, 4), lambda: torch.nn.Linear(3, 4), (5, 3)),
    "Linear without bias": (lambda: nn.Linear(3, 4, bias=False), lambda: torch.nn.Linear(3, 4, bias=False), (2, 5, 3)),
    "Linear without bias, one example": (lambda: nn.Linear(3, 4, False), lambda: torch.nn.Linear(3, 4, False), (3,)),
    "BatchNorm1d": (lambda: nn.BatchNorm1d(3), lambda: torch.nn.BatchNorm1d(3), (5, 3)),
    "BatchNorm1d of sequences": (
        lambda: nn.BatchNorm1d(3, 1e-3, 0.3), lambda: torch.nn.BatchNorm1d(3, 1e-3, 0.3), (5, 3, 4)
    ),
    "BatchNorm1d of one sequence": (lambda: nn.BatchNorm1d(3), lambda: torch.nn.BatchNorm1d(3), (1, 3, 4)),
    "BatchNorm1d with the mean of all": (
        lambda: nn.BatchNorm1d(3, momentum=None), lambda: torch.nn.BatchNorm1d(3, momentum=None), (5, 3)
    ),
    "BatchNorm1d alone": (
        lambda: nn.BatchNorm1d(3, affine=False, track_running_stats=False),
        lambda: torch.nn.BatchNorm1d(3, affine=False, track_running_stats=False),
        (5, 3),
    ),
    "LayerNorm": (lambda: nn.LayerNorm(3), lambda: torch.nn.LayerNorm(3), (5, 3)),
    "LayerNorm over two axes": (
        lambda: nn.LayerNorm((4, 3), 1e-2), lambda: torch.nn.LayerNorm((4, 3), 1e-2), (2, 4, 3)
    ),
    "LayerNorm without bias": (lambda: nn.LayerNorm(3, bias=False), lambda: torch.nn.LayerNorm(3, bias=False), (3,)),
    "LayerNorm alone": (
        lambda: nn.LayerNorm(3, elementwise_affine=False),
        lambda: torch.nn.LayerNorm(3, elementwise_affine=False),
        (5, 3),
    ),
    "Flatten": (nn.Flatten, torch.nn.Flatten, (2, 3, 4)),
    "Flatten of axes": (lambda: nn.Flatten(0, 1), lambda: torch.nn.Flatten(0, 1), (2, 3, 4)),
    "Conv2d": (lambda: nn.Conv2d(2, 3, 3), lambda: torch.nn.Conv2d(2, 3, 3), (2, 2, 5, 6)),
    "Conv2d with arguments": (
        lambda: nn.Conv2d(2, 3, (3, 2), (2, 1), (1, 2)),
        lambda: torch.nn.Conv2d(2, 3, (3, 2), (2, 1), (1, 2)),
        (2, 2, 6, 5),
    ),
    "Conv2d without bias": (
        lambda: nn.Conv2d(1, 2, 2, bias=False), lambda: torch.nn.Conv2d(1, 2, 2, bias=False), (1, 1, 2, 2)
    ),
    "MaxPool2d": (lambda: nn.MaxPool2d(2), lambda: torch.nn.MaxPool2d(2), (2, 3, 4, 5)),
    "MaxPool2d with arguments": (
        lambda: nn.MaxPool2d((3, 2), 1, (1, 1)), lambda: torch.nn.MaxPool2d((3, 2), 1, (1, 1)), (2, 1, 4, 5)
    ),
    "AvgPool2d": (lambda: nn.AvgPool2d(2), lambda: torch.nn.AvgPool2d(2), (2, 3, 4, 5)),
    "AvgPool2d with arguments": (lambda: nn.AvgPool2d(3, 2, 1), lambda: torch.nn.AvgPool2d(3, 2, 1), (2, 1, 5, 4)),
    "Sequential": (
        lambda: nn.Sequential(nn.Linear(3, 4), nn.Sequential(nn.Tanh(), nn.Linear(4, 2)), nn.BatchNorm1d(2)),
        lambda: torch.nn.Sequential(
            torch.nn.Linear(3, 4), torch.nn.Sequential(torch.nn.Tanh(), torch.nn.Linear(4, 2)), torch.nn.BatchNorm1d(2)
        ),
        (5, 3),
    ),
    "a small LeNet": (
        lambda: nn.Sequential(
            nn.Conv2d(1, 2, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(2, 3, 2), nn.ReLU(), nn.AvgPool2d(2),
            nn.Flatten(), nn.Linear(3, 2),
        ),
        lambda: torch.nn.Sequential(
            torch.nn.Conv2d(1, 2, 3, padding=1), torch.nn.ReLU(), torch.nn.MaxPool2d(2), torch.nn.Conv2d(2, 3, 2),
            torch.nn.ReLU(), torch.nn.AvgPool2d(2), torch.nn.Flatten(), torch.nn.Linear(3, 2),
        ),
        (3, 1, 6, 6),
    ),
}  # fmt: skip


def case(name: str) -> tuple[nn.Module, Any, Array]:
    """Both layers, in float64, and an input; parameters are moved away from their first 0 and 1."""
    make, judge, shape = CASES[name]
    generator = rng()
    ours = make().to(float)
    for p in ours.parameters():
        p.data += generator.normal(size=p.shape)
    return ours, judge().double(), generator.normal(size=shape)


@pytest.mark.parametrize("name", CASES)
def test_training_agrees_with_pytorch(name: str) -> None:
    ours, theirs, x = case(name)
    for _ in range(3):  # running means go on from where they are
        ours.zero_grad()
        theirs.zero_grad()
        agree(ours, theirs, x)
        x = 2 * x + 1


@pytest.mark.parametrize("name", CASES)
def test_use_agrees_with_pytorch(name: str) -> None:
    ours, theirs, x = case(name)
    ours(x)
    agree(ours.eval(), theirs.eval(), x)


@pytest.mark.parametrize("name", CASES)
def test_second_derivatives_agree_with_pytorch(name: str) -> None:
    agree_twice(*case(name))


@pytest.mark.parametrize("name", CASES)
def test_float32_stays(name: str) -> None:
    make, _, shape = CASES[name]
    keeps_float32(make(), rng().normal(size=shape))


def test_first_parameters_have_pytorchs_range() -> None:
    for p in nn.Conv2d(20, 50, (4, 5), generator=rng()).parameters():
        assert 0.9 / 20 < np.abs(p.data).max() <= 1 / 20
    np.testing.assert_array_equal(nn.BatchNorm1d(2).weight.data, [1, 1])
    np.testing.assert_array_equal(nn.LayerNorm(2).bias.data, [0, 0])


@pytest.mark.parametrize("pool", ["MaxPool2d", "AvgPool2d"])
def test_ties_and_infinities_under_a_window(pool: str) -> None:
    nans = np.where(np.eye(4), np.nan, 1.0)[None, None]
    for x in (
        np.zeros((1, 1, 4, 4)), np.tile([1.0, 2.0, 2.0, 1.0], (1, 1, 4, 1)), np.full((1, 1, 4, 4), -np.inf), nans,
    ):  # fmt: skip
        agree(getattr(nn, pool)(3, 1, 1), getattr(torch.nn, pool)(3, 1, 1), x)


def test_an_infinite_gradient_goes_to_the_largest_number_alone() -> None:
    x = Tensor([[[[1.0, 3.0], [2.0, 3.0]]]], requires_grad=True)
    nn.MaxPool2d(2)(x).backward([[[[np.inf]]]])
    np.testing.assert_array_equal(grad(x), [[[[0, np.inf], [0, 0]]]])


def test_max_pooling_of_whole_numbers_has_a_border_too() -> None:
    for dtype in (np.int64, np.uint8, bool):
        x = np.arange(9, dtype=np.int64).reshape(1, 1, 3, 3).astype(dtype)
        out = nn.MaxPool2d(2, 2, 1)(x)
        assert out.dtype == dtype
        np.testing.assert_array_equal(out, np.array([[[[0, 2], [6, 8]]]]).astype(dtype))


def test_ties_under_a_window_are_a_convention() -> None:
    x = Tensor([[[[1.0, 3.0], [2.0, 3.0]]]], requires_grad=True)
    (found,) = nn.MaxPool2d(2)(x).sum().conventions()
    assert (found.node.op, found.places, found.first, found.interval) == ("max_pool", 2, (0, 0, 0, 1), (0, 1))


@pytest.mark.parametrize("name", ["Conv2d with arguments", "MaxPool2d with arguments", "AvgPool2d with arguments"])
def test_images_in_any_order_of_memory_and_batches_of_any_size(name: str) -> None:
    ours, theirs, x = case(name)
    agree(ours, theirs, np.asfortranarray(x))
    agree(ours, theirs, np.repeat(x, 2, axis=0)[::2])
    agree(ours, theirs, x[:1])
    out = ours(Tensor(x[:0], requires_grad=True))
    assert out.shape == (0, *ours(x).shape[1:])
    out.sum().backward()


@pytest.mark.parametrize("layer", ["Conv2d", "MaxPool2d", "AvgPool2d"])
def test_windows_with_gaps_between_them_agree_with_pytorch(layer: str) -> None:
    arguments = (2, 3, 2, 3) if layer == "Conv2d" else (2, 3)
    x = rng().normal(size=(2, 2, 7, 9))
    agree(getattr(nn, layer)(*arguments).to(float), getattr(torch.nn, layer)(*arguments).double(), x)
    agree_twice(getattr(nn, layer)(*arguments).to(float), getattr(torch.nn, layer)(*arguments).double(), x)


@pytest.mark.parametrize("name", ["Conv2d with arguments", "MaxPool2d with arguments", "AvgPool2d with arguments"])
def test_forward_mode_of_windows_is_the_transpose_of_reverse_mode(name: str) -> None:
    layer, _, x = case(name)
    t = rng().normal(size=x.shape)
    out, moved = vector.jvp(layer, (x,), (t,))
    g = rng().normal(size=out.shape)
    _, pullback = vector.vjp(layer, x)
    there, back = (array_of(x) for x in (moved, pullback(g)[0]))
    np.testing.assert_allclose((g * there).sum(), (back * t).sum(), rtol=1e-12)


def test_batchnorm_does_not_track_in_use() -> None:
    layer = nn.BatchNorm1d(2)
    before = layer.state_dict()
    layer.eval()(np.ones((3, 2)))
    for name, array in layer.state_dict().items():
        np.testing.assert_array_equal(array, before[name])


def test_embedding_agrees_with_pytorch() -> None:
    ours, theirs = nn.Embedding(4, 3, generator=rng()), torch.nn.Embedding(4, 3)
    theirs.load_state_dict({"weight": torch.tensor(ours.weight.data)})
    indices = np.array([[0, 3, 3], [1, 3, 0]])
    out, expected = ours(indices), theirs(torch.tensor(indices))
    np.testing.assert_array_equal(out.data, expected.detach().numpy())
    g = rng().normal(size=out.shape).astype(np.float32)
    out.backward(g)
    expected.backward(torch.tensor(g))
    np.testing.assert_allclose(grad(ours.weight), theirs.weight.grad.numpy(), rtol=1e-6)  # row 2 gets none
    np.testing.assert_array_equal(ours(Tensor(indices)).data, out.data)
    assert ours(np.zeros((0,), int)).shape == (0, 3)


def test_embedding_starts_standard_normal() -> None:
    weight = nn.Embedding(200, 200, generator=rng()).weight.data
    assert abs(weight.mean()) < 0.03
    assert abs(weight.std() - 1) < 0.02


def test_dropout_keeps_the_mean_and_scales_the_rest() -> None:
    layer = nn.Dropout(0.25, generator=rng())
    x = Tensor(np.ones(10_000), requires_grad=True)
    out = layer(x)
    out.sum().backward()
    assert set(out.data) == {0, 1 / 0.75}
    assert abs((out.data == 0).mean() - 0.25) < 0.02
    np.testing.assert_array_equal(x.grad, out.data)  # the gradient passes where the number did
    assert (layer(x).data != out.data).any(), "each call draws anew"
    keeps_float32(layer, np.ones(3))


def test_dropout_follows_its_seed_alone() -> None:
    one, two = (nn.Dropout(generator=np.random.default_rng(5))(np.ones(50)) for _ in range(2))
    np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize(("p", "expected"), [(0.0, [1.0, 2.0]), (1.0, [0.0, 0.0])])
def test_dropout_of_nothing_and_of_all(p: float, expected: list[float]) -> None:
    np.testing.assert_array_equal(nn.Dropout(p)(np.array([1.0, 2.0])), expected)


def test_dropout_in_use_is_the_identity() -> None:
    x = Tensor(np.ones(3))
    assert nn.Dropout(0.9).eval()(x) is x


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: nn.Dropout(1.5), r"Dropout: expected 0 <= p <= 1, got 1\.5"),
        (lambda: nn.Conv2d(1, 0, 3), "Conv2d: expected channels, kernel_size and stride >= 1 and padding"),
        (lambda: nn.Conv2d(1, 1, 3, padding=-1), r"Conv2d: expected .*padding=-1"),
        (lambda: nn.MaxPool2d(0), "MaxPool2d: expected kernel_size >= 1"),
        (lambda: nn.AvgPool2d(3, padding=2), r"AvgPool2d: expected .*padding <= kernel_size / 2, got .*padding=2"),
    ],
)  # fmt: skip
def test_arguments_out_of_range(make: Callable[[], nn.Module], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize(
    ("layer", "shape", "message"),
    [
        (nn.BatchNorm1d(3), (2, 4), r"expected x of shape \(batch, 3\) or \(batch, 3, length\), got \(2, 4\)"),
        (nn.BatchNorm1d(3), (3,), r"BatchNorm1d: expected x of shape .*, got \(3,\)"),
        (nn.BatchNorm1d(3), (1, 3), "more than one number for each feature in training, got 1; use a larger batch"),
        (nn.LayerNorm((2, 3)), (3,), r"LayerNorm: expected x\.shape to end in \(2, 3\), got \(3,\)"),
        (nn.Flatten(), (3,), r"Flatten: expected x to have axes 1 \(start_dim\) to -1 \(end_dim\), got shape \(3,\)"),
        (nn.Conv2d(2, 1, 3), (1, 3, 5, 5), r"Conv2d: expected x\.shape\[1\] == 2 \(in_channels\), got shape \(1,"),
        (nn.Conv2d(2, 1, 3), (2, 5, 5), r"Conv2d: expected x of shape \(batch, channels, height, width\) with .* got"),
        (nn.Conv2d(1, 1, 3), (1, 1, 5, 2), r"width \+ 2·0 >= 3, got \(1, 1, 5, 2\)"),
        (nn.MaxPool2d(3), (1, 1, 2, 3), r"MaxPool2d: expected .* height \+ 2·0 >= 3 .*, got \(1, 1, 2, 3\)"),
    ],
)  # fmt: skip
def test_shapes_that_do_not_fit(layer: nn.Module, shape: tuple[int, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        layer(np.zeros(shape))


def test_embedding_names_an_index_that_does_not_fit() -> None:
    with pytest.raises(TypeError, match="Embedding: expected integer indices, got dtype float64"):
        nn.Embedding(2, 1)([0.0])
    for wrong in (-1, 2):
        with pytest.raises(IndexError, match=r"Embedding: expected 0 <= index < 2 \(num_embeddings\), got"):
            nn.Embedding(2, 1)([0, wrong])


@pytest.mark.parametrize("wrong", [np.tanh, nn.ReLU], ids=["function", "class"])
def test_sequential_wants_modules(wrong: Any) -> None:
    with pytest.raises(TypeError, match=r"Sequential: expected modules, such as nn\.ReLU\(\), got"):
        nn.Sequential(wrong)


def test_sequential_is_a_sequence() -> None:
    layers = [nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1)]
    model = nn.Sequential(*layers)
    assert len(model) == 3
    assert [*model] == layers
    assert model[-1] is layers[2]
    assert nn.Sequential()(7) == 7


@pytest.mark.parametrize("native", [False, True])
@pytest.mark.parametrize("name", ["Conv2d with arguments", "MaxPool2d with arguments", "AvgPool2d with arguments"])
def test_windows_are_compiled_with_their_borders(name: str, native: bool) -> None:
    layer, _, x = case(name)

    def step(x: Any) -> Any:
        layer.zero_grad()
        image = Tensor(x, requires_grad=True)
        (layer(image) ** 2).sum().backward()
        return image.grad, *(p.grad for p in layer.parameters())

    fast = vector.compile(step, native=native)
    for _ in range(4):
        x = 0.5 * x + 1
        for ours, eager in zip(fast(x), step(x), strict=True):
            np.testing.assert_allclose(ours, eager, 1e-12, 1e-12)
