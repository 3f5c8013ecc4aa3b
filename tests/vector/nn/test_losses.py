"""Losses of a batch, at ordinary logits and at ±1000, against PyTorch."""

import math
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest
import torch
from torch.nn import functional

import vector
from tests.checks import grad
from tests.judges import Array
from tests.vector.nn.layers import close
from vector import Tensor, nn, tensor

LOGITS = {
    "ordinary": np.random.default_rng(0).normal(size=(4, 3)),
    "ties": np.zeros((4, 3)),
    "±1000": np.array([[1000.0, 0.0, -1000.0], [-1000.0, 1000.0, 0.0], [1000.0, 999.0, 1000.0], [-1e3, -1e3, -1e3]]),
    "far apart": np.array([[0.0, 1e6, -1e6], [1e300, 0.0, 1.0], [-1e300, 0.0, 1.0], [40.0, 0.0, -40.0]]),
}


@pytest.mark.parametrize("targets", [(0, 1, 2, 0), (2, 2, 2, 2)], ids=str)
@pytest.mark.parametrize("name", LOGITS)
def test_cross_entropy(name: str, targets: tuple[int, ...]) -> None:
    ours, theirs = Tensor(LOGITS[name], requires_grad=True), torch.tensor(LOGITS[name], requires_grad=True)
    loss, expected = nn.cross_entropy(ours, targets), functional.cross_entropy(theirs, torch.tensor(targets))
    loss.backward()
    expected.backward()
    np.testing.assert_allclose(loss.item(), expected.item(), rtol=1e-12)
    np.testing.assert_allclose(grad(ours), theirs.grad.numpy(), rtol=1e-12, atol=1e-15)


def test_cross_entropy_is_one_operation() -> None:
    logits = tensor([[1.0, 2.0]], requires_grad=True)
    loss = nn.cross_entropy(logits, np.array([1], np.uint8))
    assert loss.shape == ()
    assert [*map(id, loss.parents)] == [id(logits)]


@pytest.mark.parametrize(
    ("shape", "targets", "message"),
    [
        (
            (3,),
            [0],
            r"expected logits \(batch, classes\) and targets \(batch,\) or \(batch, classes\) with batch >= 1, got",
        ),
        ((2, 3), [0], r"got \(2, 3\) and \(1,\)"),
        ((2, 3), [[0], [1]], r"got \(2, 3\) and \(2, 1\)"),
        ((0, 3), np.zeros((0, 3)), r"got \(0, 3\) and \(0, 3\)"),
        ((0, 3), [], r"got \(0, 3\) and \(0,\)"),
        ((2, 3), [0, 3], r"expected 0 <= target < 3 \(classes\), got 3"),
        ((2, 3), [-1, 0], r"expected 0 <= target < 3 \(classes\), got -1"),
    ],
)
def test_cross_entropy_names_what_does_not_fit(shape: tuple[int, ...], targets: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        nn.cross_entropy(Tensor(np.zeros(shape)), np.array(targets, int))


def test_cross_entropy_wants_integers() -> None:
    with pytest.raises(TypeError, match="expected integer class indices as targets, got dtype float64"):
        nn.cross_entropy(Tensor(np.zeros((1, 2))), [0.0])


def test_mse_loss() -> None:
    rng = np.random.default_rng(0)
    y, t = rng.normal(size=(4, 3)), rng.normal(size=(4, 3))
    for target in (t, Tensor(t)):
        ours, theirs = Tensor(y, requires_grad=True), torch.tensor(y, requires_grad=True)
        loss, expected = nn.mse_loss(ours, target), functional.mse_loss(theirs, torch.tensor(t))
        loss.backward()
        expected.backward()
        np.testing.assert_allclose(loss.item(), expected.item(), rtol=1e-12)
        np.testing.assert_allclose(grad(ours), theirs.grad.numpy(), rtol=1e-12)


@pytest.mark.parametrize("target", [np.zeros(4), np.zeros((4, 1)), 0.0], ids=["row", "column", "number"])
def test_mse_loss_refuses_to_broadcast(target: Any) -> None:
    with pytest.raises(ValueError, match=r"mse_loss: expected target\.shape == \(4, 3\), got"):
        nn.mse_loss(Tensor(np.zeros((4, 3))), target)


@pytest.mark.parametrize("scale", [1.0, 1000.0])
def test_hinge(scale: float) -> None:
    s, t = scale * np.array([-1.0, 0.5, 1.0, 2.0]), np.array([1.0, 1.0, -1.0, -1.0])
    ours, theirs = Tensor(s, requires_grad=True), torch.tensor(s, requires_grad=True)
    loss, expected = nn.hinge(ours, t), torch.relu(1 - torch.tensor(t) * theirs).mean()
    loss.backward()
    expected.backward()
    np.testing.assert_allclose(loss.item(), expected.item(), rtol=1e-12)
    np.testing.assert_allclose(grad(ours), theirs.grad.numpy(), rtol=1e-12)


def test_the_kink_of_hinge() -> None:
    s = tensor([1.0], requires_grad=True)
    nn.hinge(s, np.array([1.0])).backward()
    np.testing.assert_array_equal(s.grad, [0.0])


RNG = np.random.default_rng(1)
Y, T = RNG.normal(size=(4, 3)), RNG.normal(size=(4, 3))
P = np.exp(T) / np.exp(T).sum(axis=1, keepdims=True)
CLASSES = np.array([0, 2, 1, 1])
SIGNS = np.array([1, -1, -1, 1])
FAR = np.array([[1000.0, -1000.0, 0.0], [1.0, -40.0, 40.0], [0.5, -0.5, 1e-9], [300.0, -3.0, 3.0]])

# Each loss of a first and a second array, ours and PyTorch's.
PAIRS: dict[str, tuple[Callable[[Any, Any], Any], Callable[[Any, Any], Any], Array]] = {
    "mse_loss": (nn.mse_loss, functional.mse_loss, T),
    "l1_loss": (nn.l1_loss, functional.l1_loss, T),
    "huber_loss": (nn.huber_loss, functional.huber_loss, T),
    "huber_loss with δ": (
        lambda y, t: nn.huber_loss(y, t, delta=0.3), lambda y, t: functional.huber_loss(y, t, delta=0.3), T
    ),
    "smooth_l1_loss": (nn.smooth_l1_loss, functional.smooth_l1_loss, T),
    "smooth_l1_loss with β": (
        lambda y, t: nn.smooth_l1_loss(y, t, beta=0.3), lambda y, t: functional.smooth_l1_loss(y, t, beta=0.3), T
    ),
    "smooth_l1_loss with β = 0": (
        lambda y, t: nn.smooth_l1_loss(y, t, beta=0), lambda y, t: functional.smooth_l1_loss(y, t, beta=0), T
    ),
    "cross_entropy of probabilities": (nn.cross_entropy, functional.cross_entropy, P),
    "cross_entropy, smoothed": (
        lambda y, t: nn.cross_entropy(y, t, label_smoothing=0.2),
        lambda y, t: functional.cross_entropy(y, t, label_smoothing=0.2),
        CLASSES,
    ),
    "cross_entropy of probabilities, smoothed": (
        lambda y, t: nn.cross_entropy(y, t, label_smoothing=0.2),
        lambda y, t: functional.cross_entropy(y, t, label_smoothing=0.2),
        P,
    ),
    "nll_loss": (
        lambda y, t: nn.nll_loss(vector.log_softmax(y), t),
        lambda y, t: functional.nll_loss(functional.log_softmax(y, 1), t),
        CLASSES,
    ),
    "binary_cross_entropy_with_logits": (
        nn.binary_cross_entropy_with_logits, functional.binary_cross_entropy_with_logits, P
    ),
    "cosine_similarity": (
        lambda x, y: (nn.cosine_similarity(x, y) ** 2).sum(),
        lambda x, y: (functional.cosine_similarity(x, y) ** 2).sum(),
        T,
    ),
    "cosine_similarity of columns": (
        lambda x, y: (nn.cosine_similarity(x, y, 0) ** 2).sum(),
        lambda x, y: (functional.cosine_similarity(x, y, 0) ** 2).sum(),
        T,
    ),
    "cosine_embedding_loss": (
        lambda x, t: nn.cosine_embedding_loss(x, Y[::-1] + 1, t, margin=0.1),
        lambda x, t: functional.cosine_embedding_loss(x, torch.tensor(Y[::-1] + 1), t, margin=0.1),
        SIGNS,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", PAIRS)
@pytest.mark.parametrize("x", [Y, FAR], ids=["ordinary", "far"])
def test_losses_agree_with_pytorch(name: str, x: Array) -> None:
    ours, theirs, other = PAIRS[name]
    differentiable = other.dtype == float
    a, b = Tensor(x, requires_grad=True), Tensor(other, requires_grad=differentiable)
    c, d = torch.tensor(x, requires_grad=True), torch.tensor(other, requires_grad=differentiable)
    loss, expected = ours(a, b if differentiable else other), theirs(c, d)
    loss.backward()
    expected.backward()
    assert loss.shape == ()
    close(loss.item(), expected.item())
    close(grad(a), c.grad)
    if differentiable and d.grad is not None:
        close(grad(b), d.grad)


@pytest.mark.parametrize("name", PAIRS)
def test_second_derivatives_agree_with_pytorch(name: str) -> None:
    ours, theirs, other = PAIRS[name]
    c = torch.tensor(Y, requires_grad=True)
    slope = torch.autograd.grad(theirs(c, torch.tensor(other)), c, create_graph=True)[0]
    expected = torch.autograd.grad((slope**3).sum(), c)[0] if slope.requires_grad else torch.zeros(Y.shape)
    close(vector.grad(lambda x: (vector.grad(lambda x: ours(x, other))(x) ** 3).sum())(Y), expected)


@pytest.mark.parametrize("name", PAIRS)
def test_float32_stays(name: str) -> None:
    ours, _, other = PAIRS[name]
    x = Tensor(Y.astype(np.float32), requires_grad=True)
    if name == "cosine_embedding_loss":
        loss = nn.cosine_embedding_loss(x, T.astype(np.float32), SIGNS)
    else:
        loss = ours(x, other.astype(np.float32) if other.dtype == float else other)
    loss.backward()
    assert loss.dtype == grad(x).dtype == np.float32


def test_one_hot_rows_are_class_indices() -> None:
    close(nn.cross_entropy(Y, np.eye(3)[CLASSES]).data, nn.cross_entropy(Y, CLASSES).data)


@pytest.mark.parametrize("dtype", [int, np.uint8, bool])
def test_integers_are_no_probabilities(dtype: Any) -> None:
    with pytest.raises(TypeError, match=r"floating targets of shape \(batch, classes\).*argmax.*astype\(float\)"):
        nn.cross_entropy(Y, np.eye(3, dtype=dtype)[CLASSES])
    with pytest.raises(RuntimeError, match="Expected floating point type for target with class probabilities"):
        functional.cross_entropy(torch.tensor(Y), torch.tensor(np.eye(3, dtype=dtype)[CLASSES]))


SHIFTED: dict[str, Callable[[Any], Any]] = {
    "log_softmax": lambda z: (vector.log_softmax(z) * P[:2]).sum(),
    "log_softmax over all": lambda z: (vector.log_softmax(z, axis=None) * P[:2]).sum(),
    "softmax": lambda z: (vector.softmax(z) * P[:2]).sum(),
    "cross_entropy": lambda z: nn.cross_entropy(z, CLASSES[:2]),
    "cross_entropy of probabilities": lambda z: nn.cross_entropy(z, P[:2]),
    "cross_entropy, smoothed": lambda z: nn.cross_entropy(z, CLASSES[:2], label_smoothing=0.125),
    "nll_loss": lambda z: nn.nll_loss(vector.log_softmax(z), CLASSES[:2]),
    "differences": lambda z: nn.mse_loss(vector.diff(z), np.zeros((2, 2))),
    "var": lambda z: vector.var(z, axis=0).sum(),
    "ptp": lambda z: vector.ptp(z, axis=1).sum(),
}


@pytest.mark.parametrize(
    "compiled", [None, False, pytest.param(True, marks=pytest.mark.slow)], ids=["eager", "compiled", "machine code"]
)
@pytest.mark.parametrize(("dtype", "offset"), [(np.float32, 1e8), (np.float64, 1e17)], ids=["float32", "float64"])
@pytest.mark.parametrize("name", SHIFTED)
def test_an_offset_of_all_logits_changes_nothing(name: str, dtype: Any, offset: float, compiled: bool | None) -> None:
    z = np.array([[0.0, 32.0, 16.0], [32.0, 0.0, -16.0]]).astype(dtype)
    assert ((z + dtype(offset)) - dtype(offset) == z).all(), "the offset logits are representable"

    def both(z: Any) -> tuple[Any, Any]:
        leaf = Tensor(z, requires_grad=True)
        loss = SHIFTED[name](leaf)
        loss.backward()
        return loss.data, leaf.grad

    run = both if compiled is None else vector.compile(both, native=compiled)
    for _ in range(3):
        for actual, expected in zip(run(z + dtype(offset)), both(z.astype(float)), strict=True):
            np.testing.assert_allclose(actual, expected, 8 * np.finfo(dtype).eps, 4 * np.finfo(dtype).eps)


def test_log_softmax_of_large_logits() -> None:
    z = Tensor(np.array([[1e8, 1e8]], np.float32), requires_grad=True)
    out = vector.log_softmax(z)
    out[0, 1].backward()
    np.testing.assert_allclose(out.data, [[-math.log(2)] * 2], 1e-7)
    np.testing.assert_allclose(grad(z), [[-0.5, 0.5]])


def by_mpmath(z: Array, q: Array) -> float:
    """−Σ q ln softmax(z), in 50 digits."""
    with mpmath.workdps(50):
        total = mpmath.log(sum(mpmath.exp(float(x)) for x in z))
        return float(sum(mpmath.mpf(float(p)) * (total - mpmath.mpf(float(x))) for p, x in zip(q, z, strict=True)))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("scale", [1e-3, 1.0, 30.0, 1e4])
def test_cross_entropies_to_the_last_digits(scale: float, dtype: Any) -> None:
    z, q = (scale * (Y + 1000)).astype(dtype), P.astype(dtype)
    hot = np.eye(3)[CLASSES]
    for loss, targets in [
        (nn.cross_entropy(z, CLASSES), hot),
        (nn.cross_entropy(z, q), q),
        (nn.cross_entropy(z, CLASSES, label_smoothing=0.25), 0.75 * hot + 0.25 / 3),
        (nn.nll_loss(vector.log_softmax(Tensor(z)), CLASSES), hot),
    ]:
        expected = np.mean([by_mpmath(*row) for row in zip(z, targets, strict=True)])
        np.testing.assert_allclose(loss.item(), expected, 16 * np.finfo(dtype).eps)


def test_a_class_that_is_masked_and_has_no_part_in_the_target() -> None:
    z = tensor([[1.0, 2.0, -math.inf]], requires_grad=True)
    loss = nn.cross_entropy(z, [[0.5, 0.5, 0.0]])
    loss.backward()
    close(loss.data, nn.cross_entropy([[1.0, 2.0]], [[0.5, 0.5]]).data)
    close(grad(z), [[1 / (1 + math.e) - 0.5, math.e / (1 + math.e) - 0.5, 0.0]])
    q = tensor([[0.5, 0.5, 0.0]], requires_grad=True)
    nn.cross_entropy([[0.0, 1.0, 2.0]], q).backward()
    close(grad(q), -vector.log_softmax(np.array([[0.0, 1.0, 2.0]])))


INTEGERS = np.array([[3, 0, 1], [0, 2, 250], [1, 1, 2], [7, 9, 9]], np.uint8)


@pytest.mark.parametrize("name", [name for name in PAIRS if not name.startswith("cosine")])
def test_losses_of_integers_do_not_wrap(name: str) -> None:
    ours, _, other = PAIRS[name]
    if other is T:
        other = INTEGERS[::-1]
    z = INTEGERS.astype(float)
    close(ours(Tensor(INTEGERS), other).data, ours(z, other.astype(float) if other.ndim == 2 else other).data)
    for name in ("softmax", "log_softmax", "logsumexp", "sigmoid", "logsigmoid", "i0"):
        function = getattr(vector, name)
        for operand in (INTEGERS, Tensor(INTEGERS)):
            close(np.asarray(function(operand)), function(z))


@pytest.mark.parametrize("dtype", [np.int64, np.int8, np.float64])
def test_hinge_of_integer_targets(dtype: Any) -> None:
    s = Tensor(Y[:, 0].astype(np.float32), requires_grad=True)
    loss = nn.hinge(s, SIGNS.astype(dtype))
    loss.backward()
    np.testing.assert_allclose(loss.data, np.mean(np.maximum(0, 1 - SIGNS * s.data)), 1e-6)
    assert loss.dtype == grad(s).dtype == np.float32


def test_the_cosine_of_float16_vectors_whose_squares_overflow() -> None:
    x = Tensor(np.array([[300.0, 400.0]], np.float16), requires_grad=True)
    out = nn.cosine_similarity(x, np.array([[400.0, 300.0]], np.float16))
    out.backward()
    assert out.dtype == grad(x).dtype == np.float16
    np.testing.assert_allclose(out.data, [0.96], 1e-3)


def test_binary_cross_entropy_far_from_zero_is_exact() -> None:
    z = tensor([40.0, -40.0], requires_grad=True)
    loss = nn.binary_cross_entropy_with_logits(z, [1.0, 0.0])
    loss.backward()
    np.testing.assert_allclose(
        [loss.item(), *grad(z)], [math.exp(-40), -math.exp(-40) / 2, math.exp(-40) / 2], rtol=1e-14
    )


def test_kinks_are_pytorchs() -> None:
    y = np.array([1.0, 2.0, 0.0])
    for name in ("l1_loss", "huber_loss", "smooth_l1_loss"):
        ours, theirs = tensor(y, requires_grad=True), torch.tensor(y, requires_grad=True)
        getattr(nn, name)(ours, np.array([1.0, 1.0, 1.0])).backward()
        getattr(functional, name)(theirs, torch.ones(3, dtype=torch.float64)).backward()
        close(grad(ours), theirs.grad)


def test_a_zero_vector_has_no_direction() -> None:
    x = tensor([[0.0, 0.0]], requires_grad=True)
    out = nn.cosine_similarity(x, np.array([[1.0, 2.0]])).sum()
    out.backward()
    assert out.item() == 0
    assert np.isfinite(grad(x)).all()


@pytest.mark.parametrize("targets", [CLASSES, P])
def test_logits_that_are_probabilities_are_suspected(targets: Array) -> None:
    with pytest.warns(
        UserWarning, match="cross_entropy: expected logits, got rows that are >= 0 and sum to 1"
    ) as caught:
        nn.cross_entropy(vector.softmax(tensor(Y, requires_grad=True)), targets)
    assert caught[0].filename == __file__, "the warning points at the caller"


@pytest.mark.parametrize(
    "logits",
    [np.full((4, 3), 1.0), np.concatenate([P[:3], Y[:1]]), np.concatenate([P[:3], 2 * P[:1]]), np.log(P)],
    ids=["sum 3", "one row is none", "one row sums to 2", "logarithms"],
)
def test_logits_that_are_no_probabilities_are_not(logits: Array) -> None:
    nn.cross_entropy(logits, CLASSES)  # a warning would be an error here
    nn.cross_entropy(np.ones((1, 1)), [0])


@pytest.mark.parametrize(
    ("use", "error", "message"),
    [
        (lambda: nn.cross_entropy(Y, CLASSES, label_smoothing=1.5), ValueError, r"0 <= label_smoothing <= 1, got 1\.5"),
        (lambda: nn.nll_loss(Y, [0]), ValueError, r"nll_loss: expected log_probabilities .*, got \(4, 3\) and \(1,\)"),
        (lambda: nn.nll_loss(Y, [0, 1, 2, 3]), ValueError, r"nll_loss: expected 0 <= target < 3 \(classes\), got 3"),
        (lambda: nn.nll_loss(Y, np.zeros(4)), TypeError, "nll_loss: expected integer class indices"),
        (lambda: nn.l1_loss(Y, T[:1]), ValueError, r"l1_loss: expected target\.shape == \(4, 3\), got \(1, 3\)"),
        (lambda: nn.huber_loss(Y, T[:1]), ValueError, r"huber_loss: expected target\.shape == \(4, 3\), got \(1, 3\)"),
        (lambda: nn.huber_loss(Y, T, delta=0), ValueError, "huber_loss: expected delta > 0, got 0"),
        (lambda: nn.smooth_l1_loss(Y, T[:1]), ValueError, r"smooth_l1_loss: expected target\.shape == \(4, 3\), got"),
        (lambda: nn.smooth_l1_loss(Y, T, beta=-1), ValueError, "smooth_l1_loss: expected beta >= 0, got -1"),
        (lambda: nn.hinge(Y, T[:, 0]), ValueError, r"hinge: expected target\.shape == \(4, 3\), got \(4,\)"),
        (lambda: nn.hinge(Y[:, 0], [0, 1, 1, 0]), ValueError, r"hinge: expected targets of 1 or -1, got \[0 1\]"),
        (lambda: nn.hinge(Y[:, 0], np.array([255, 1, 1, 1], np.uint8)), ValueError, "targets of 1 or -1, got"),
        (lambda: nn.binary_cross_entropy_with_logits(Y, T[0]), ValueError, r"target\.shape == \(4, 3\), got \(3,\)"),
        (lambda: nn.binary_cross_entropy_with_logits(Y, 2 * P), ValueError, "expected 0 <= target <= 1, got"),
        (lambda: nn.binary_cross_entropy_with_logits(Y, P + 0j), TypeError, "expected real numbers .* as targets, got"),
        (lambda: nn.hinge(Y, np.sign(T) + 0j), TypeError, "real numbers .* as targets, got ndarray of complex128"),
        (lambda: nn.cosine_embedding_loss(Y, T, [1]), ValueError, r"targets \(batch,\), got .* and \(1,\)"),
        (lambda: nn.cosine_embedding_loss(Y, T, [0, 1, 1, 1]), ValueError, r"expected targets of 1 or -1, got \[0 1\]"),
    ],
)  # fmt: skip
def test_errors(use: Callable[[], Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        use()


KINDS: dict[str, Callable[[Any], Any]] = {
    "cross_entropy": lambda z: nn.cross_entropy(z, [2, 0]),
    "cross_entropy, smoothed": lambda z: nn.cross_entropy(z, [2, 0], label_smoothing=0.1),
    "nll_loss": lambda z: nn.nll_loss(z, [2, 0]),
    "binary_cross_entropy_with_logits": lambda z: nn.binary_cross_entropy_with_logits(z, z > 50),
    "hinge": lambda z: nn.hinge(z, np.where(z > 50, 1, -1).astype(np.int8)),
    "mse_loss": lambda z: nn.mse_loss(z, z[::-1]),
    "l1_loss": lambda z: nn.l1_loss(z, z[::-1]),
    "huber_loss": lambda z: nn.huber_loss(z, z[::-1]),
    "smooth_l1_loss": lambda z: nn.smooth_l1_loss(z, z[::-1]),
    "cosine_similarity": lambda z: nn.cosine_similarity(z, z[::-1]).sum(),
    "cosine_embedding_loss": lambda z: nn.cosine_embedding_loss(z, z[::-1], np.array([1, -1], np.int8)),
}


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int8", "int16", "uint16", "int32", "int64", "uint64"])
@pytest.mark.parametrize("loss", KINDS)
def test_whole_numbers_and_booleans_are_the_numbers_that_they_are(loss: str, dtype: str) -> None:
    # In their own dtype 3 − 5 was 254, 100·2 was −56, and booleans refused the minus.
    z = np.array([[3, 120, 7], [100, 2, 99]]).astype(dtype)
    assert KINDS[loss](z).item() == pytest.approx(KINDS[loss](z.astype(float)).item(), rel=1e-12)


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int8", "int16", "uint64"])
@pytest.mark.parametrize("loss", ["mse_loss", "l1_loss", "huber_loss", "binary_cross_entropy_with_logits"])
@pytest.mark.parametrize("make", [np.asarray, Tensor, np.ndarray.tolist])
def test_targets_of_every_dtype(loss: str, dtype: str, make: Callable[[Any], Any]) -> None:
    targets = np.array([[0, 1, 1], [1, 0, 1]]).astype(dtype)
    ours, expected = (Tensor(np.array([[0.5, -2.0, 3.0], [1.0, 2.0, -1.0]]), requires_grad=True) for _ in range(2))
    value, judge = getattr(nn, loss)(ours, make(targets)), getattr(nn, loss)(expected, targets.astype(float))
    value.backward()
    judge.backward()
    assert value.item() == judge.item()
    np.testing.assert_array_equal(ours.grad, expected.grad)


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int64", "float32"])
def test_labels_are_no_signs(dtype: str) -> None:
    # Labels of 0 and 1 cost 1, whatever the score, where the label is 0.
    with pytest.raises(ValueError, match=r"hinge: expected targets of 1 or -1, got \["):
        nn.hinge(Tensor(np.array([2.0, -2.0])), np.array([1, 0], dtype))
