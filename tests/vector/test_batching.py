"""Many examples, cotangents or tangents at once: the same numbers as one by one, for every row of the table."""

import contextlib
import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

import vector
from tests import checks
from tests.checks import VECTOR, upstream
from tests.row import Case
from tests.table import FUNCTION_ROWS, VECTOR_ROWS
from vector import Tensor, batching, grad, hessian, hvp, jacobian, jvp, nn, tensor, transforms, vjp, vmap

CASES = [case for row in VECTOR_ROWS + FUNCTION_ROWS for case in row.cases()]
X = np.random.default_rng(0).normal(size=(5, 4))
Y = np.random.default_rng(1).normal(size=(5, 4))
W = np.random.default_rng(2).normal(size=(3, 4))
IN_DIMS: Any = {"in_dims": 0}
M = np.random.default_rng(3).normal(size=(5, 4, 4))


def numbers(x: Any) -> Any:
    """The array, of a Tensor too."""
    return x.data if isinstance(x, Tensor) else x


@pytest.fixture
def separately(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], Any]], Any]:
    """Runs something with nothing done at once."""

    def run(call: Callable[[], Any]) -> Any:
        with monkeypatch.context() as patch:
            patch.setattr(transforms, "at_once", lambda run: None)
            return call()

    return run


@pytest.fixture
def together(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fails where something is done one by one."""

    def at_once(run: Callable[[], Any]) -> Any:
        out = batching.at_once(run)
        assert out is not None, "one by one"
        return out

    monkeypatch.setattr(transforms, "at_once", at_once)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_values_and_gradients_of_examples_are_those_of_each(case: Case, separately: Any) -> None:
    examples = [case.sample(seed) for seed in range(3)]
    if len({x.tobytes() for (x, *_) in examples}) == 1:
        examples = [examples[0]] * 2  # of nothing
    g = upstream(case, examples[0])

    def both(*operands: Any) -> Any:
        out, pullback = vjp(lambda *xs: case.f(VECTOR, *xs), *operands)
        return [out, *pullback(g)]

    stacks = [np.stack(parts) for parts in zip(*examples, strict=True)]
    for got, *each in zip(vmap(both)(*stacks), *(both(*example) for example in examples), strict=True):
        np.testing.assert_allclose(got, np.stack(each), 1e-11, 1e-11, err_msg=str(case))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_jacobian_at_once_is_the_one_of_each_sweep(case: Case, separately: Any) -> None:
    operands = case.sample()
    matrix = jacobian(lambda *xs: case.f(VECTOR, *xs), tuple(range(len(operands))))
    for got, want in zip(matrix(*operands), separately(lambda: matrix(*operands)), strict=True):
        np.testing.assert_allclose(got, want, 1e-11, 1e-11, err_msg=str(case))


AT_ONCE: dict[str, Callable[[Any], Any]] = {
    "elements": lambda x: np.tanh(x) * np.exp(-x) / (1 + x * x) ** 2,
    "a layer": lambda x: np.tanh(W @ x + 1),
    "a layer of a row": lambda x: np.maximum(x.reshape(1, 4) @ W.T, 0)[0],
    "a quadratic form": lambda x: x @ M[0] @ x,
    "reductions": lambda x: np.outer(x, x).mean(0) + x.sum() + x.max() + x.var() + np.prod(x),
    "softmax": lambda x: vector.log_softmax(x) * vector.softmax(x) + vector.logsumexp(x),
    "in other places": lambda x: np.concatenate([x[1:], np.roll(x, 1), np.flip(x), x[[2, 0]], np.stack([x, x])[:, 1]]),
    "a triangle": lambda x: np.tril(np.outer(x, x)).T.ravel(),
    "a choice": lambda x: np.where(x > 0, np.log(np.abs(x)), np.clip(x, -1, 1)),
    "a sum of products": lambda x: np.einsum("i,ij,k->jk", x, W.T, x),
    "running": lambda x: np.cumsum(x) + np.cumprod(x),
    "a norm": lambda x: x / np.linalg.norm(x),
    "normalised": nn.LayerNorm(4).to(np.float64),
    "what all say": lambda x: x * 2 if (x**2).sum() > 0 else x,
}  # fmt: skip


@pytest.mark.parametrize("name", AT_ONCE)
@pytest.mark.usefixtures("together")
def test_goes_at_once_and_is_pytorchs(name: str, separately: Any) -> None:
    f = AT_ONCE[name]
    for g in (f, jacobian(f), hessian(lambda x: (f(x) ** 2).sum())):
        got = numbers(vmap(g)(X))
        np.testing.assert_allclose(got, np.stack([numbers(g(tensor(x))) for x in X]), 1e-11, 1e-11)
        np.testing.assert_allclose(got, numbers(separately(lambda g=g: vmap(g)(X))), 1e-11, 1e-11)


@pytest.mark.usefixtures("together")
def test_what_all_examples_share_gets_the_sum() -> None:
    """A gradient that leaves a batch is summed over it; within it, each example keeps its own."""

    def loss(w: Any) -> Any:
        return (vmap(lambda x: np.tanh(w @ x))(X) ** 2).sum()

    def plain(w: Any) -> Any:
        return (np.tanh(X @ w.T) ** 2).sum()

    def penalty(w: Any) -> Any:
        return (vmap(grad(lambda x: np.tanh(w @ x).sum()))(X) ** 2).sum()

    def plain_penalty(w: Any) -> Any:
        return (((1 - np.tanh(X @ w.T) ** 2) @ w) ** 2).sum()

    for ours, theirs in ((loss, plain), (penalty, plain_penalty)):
        np.testing.assert_allclose(grad(ours)(W), grad(theirs)(W), 1e-12)
        np.testing.assert_allclose(hessian(ours)(W), hessian(theirs)(W), 1e-10, 1e-12)
        w = Tensor(W, requires_grad=True)
        ours(w).backward()
        np.testing.assert_allclose(checks.grad(w), grad(theirs)(W), 1e-12)
    each = vmap(lambda x: grad(lambda w: np.tanh(w @ x).sum())(W))(X)
    np.testing.assert_allclose(each, (1 - np.tanh(X @ W.T) ** 2)[:, :, None] * X[:, None], 1e-12)


@pytest.mark.usefixtures("together")
def test_batches_of_batches() -> None:
    def kernel(s: Any) -> Any:
        return vmap(lambda x: vmap(lambda y: np.exp(-s * ((x - y) ** 2).sum()))(Y))(X)

    def plain(s: Any) -> Any:
        return np.exp(-s * ((X[:, None] - Y) ** 2).sum(-1))

    s = np.array(0.3)
    np.testing.assert_allclose(kernel(0.3), plain(0.3), 1e-13)
    np.testing.assert_allclose(jacobian(kernel)(s), jacobian(plain)(s), 1e-12)
    np.testing.assert_allclose(hessian(lambda s: kernel(s).sum())(s), hessian(lambda s: plain(s).sum())(s), 1e-12)
    slopes = vmap(lambda x: vmap(grad(lambda y: np.exp(-((x - y) ** 2).sum())))(Y))(X)
    np.testing.assert_allclose(slopes, 2 * (X[:, None] - Y) * plain(1.0)[..., None], 1e-12)
    crossed = vmap(lambda x: vmap(lambda y: x * y, out_axes=1)(Y), out_axes=2)(X)
    np.testing.assert_array_equal(crossed, np.einsum("xi,yi->iyx", X, Y))


def test_products_with_derivatives_in_a_batch() -> None:
    def f(x: Any) -> Any:
        return np.sin(x) * x[0]

    got = vmap(lambda x, t: jvp(f, (x,), (t,))[1])(X, Y)
    np.testing.assert_allclose(got, np.stack([jvp(f, (x,), (t,))[1] for x, t in zip(X, Y, strict=True)]), 1e-13)
    (got,) = vmap(lambda x, t: hvp(lambda x: f(x).sum(), (x,), (t,)))(X, Y)
    each = [hvp(lambda x: f(x).sum(), (x,), (t,))[0] for x, t in zip(X, Y, strict=True)]
    np.testing.assert_allclose(got, np.stack(each), 1e-13)


@pytest.mark.usefixtures("together")
def test_gradients_of_each_example_are_pytorchs() -> None:
    images, labels = np.random.default_rng(0).normal(size=(6, 1, 8, 8)), np.array([0, 1, 2, 2, 1, 0])
    ours = nn.Sequential(nn.Conv2d(1, 2, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(32, 3))
    theirs = torch.nn.Sequential(
        torch.nn.Conv2d(1, 2, 3, padding=1), torch.nn.ReLU(), torch.nn.MaxPool2d(2), torch.nn.Flatten(),
        torch.nn.Linear(32, 3),
    ).double()  # fmt: skip
    ours.to(np.float64)
    state = ours.state_dict()
    theirs.load_state_dict({name: torch.from_numpy(x) for name, x in state.items()})

    def loss(parameters: Any, image: Any, label: Any) -> Any:
        logits = nn.functional_call(ours, parameters, image.reshape(1, 1, 8, 8))
        return nn.cross_entropy(logits, label.reshape(1))

    each = vmap(grad(loss), in_axes=(None, 0, 0))(state, images, labels)
    for i in range(6):
        theirs.zero_grad()
        logits = theirs(torch.from_numpy(images[i : i + 1]))
        torch.nn.functional.cross_entropy(logits, torch.from_numpy(labels[i : i + 1])).backward()
        for name, p in theirs.named_parameters():
            assert p.grad is not None
            np.testing.assert_allclose(each[name][i], p.grad.numpy(), 1e-10, 1e-12, err_msg=name)


def test_structures_axes_and_keywords() -> None:
    def f(pair: Any, scale: Any, *, shift: float = 0.0) -> Any:
        return {"sum": (pair["a"] + pair["b"]) * scale + shift, "all": W}

    pair = {"a": X.T, "b": Y.T}
    out = vmap(f, in_axes=(1, None), out_axes=1)(pair, 2.0, shift=1.0)
    np.testing.assert_array_equal(out["sum"], ((X + Y) * 2 + 1).T)
    assert isinstance(out["sum"], Tensor)
    np.testing.assert_array_equal(out["all"], np.stack([W] * 5, 1))
    np.testing.assert_array_equal(vmap(lambda x: W, out_axes=-1)(X), np.stack([W] * 5, -1))
    assert type(vmap(grad(lambda x: x @ x))(X)) is np.ndarray


def test_code_that_decides_by_the_numbers_runs_for_each() -> None:
    """`if`, `float`, numbers written into an array: the same as a loop, at the price of one."""

    def decided(x: Any) -> Any:
        return x.sum() if float(x.sum().detach()) > 0 else x.prod()

    def written(x: Any) -> Any:
        rows = np.zeros(4)
        rows[0] = x.data[0]
        return x * rows

    for f in (decided, written, lambda x: x[x > 0].sum(), lambda x: x * x.data.tolist()[0]):
        got = vmap(f)(X)
        np.testing.assert_allclose(np.asarray(got), np.stack([f(tensor(x)).data for x in X]), 1e-13)


def _put(array: Any, numbers: Any) -> Any:
    np.put(array, [0, 2], numbers[:2])
    return array


@pytest.mark.parametrize(
    "f",
    [
        lambda x: x[np.where(x.data > 0)].sum(),  # the indices were those of the whole batch
        lambda x: x[np.nonzero(x.data > 0)].prod(),
        lambda x: x * np.squeeze(x.data[None])[0],
        lambda x: x * np.full_like(W[0], x.data[1]),
        lambda x: x * np.full_like(x.data, x.data[1]),
        lambda x: x * _put(np.zeros(4), x.data),
    ],
    ids=["where", "nonzero", "squeeze", "full_like of what all share", "full_like", "put"],
)
def test_functions_that_know_no_batch_see_each_array(f: Callable[[Any], Any]) -> None:
    np.testing.assert_allclose(numbers(vmap(f)(X)), np.stack([f(tensor(x)).data for x in X]), 1e-13)


def test_a_jacobian_through_a_function_of_ones_own_runs_for_each_row() -> None:
    class Cube(vector.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x)
            return x**3

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            (x,) = ctx.saved_tensors
            return np.array([float(a) for a in np.asarray(g)]) * 3 * x**2

    np.testing.assert_allclose(jacobian(lambda x: Cube.apply(x)[:2])(X[0]), np.diag(3 * X[0] ** 2)[:2])


def test_a_large_jacobian_goes_in_parts(monkeypatch: pytest.MonkeyPatch, separately: Any) -> None:
    matrix = jacobian(lambda x: np.tanh(W @ x))
    whole = matrix(X[0])
    for numbers in (1, 15, 30):
        monkeypatch.setattr(transforms, "AT_ONCE", numbers)
        np.testing.assert_allclose(matrix(X[0]), whole, 1e-13)


def test_infinite_slopes_in_places_that_were_not_taken() -> None:
    """0·∞ is 0 in each row of a Jacobian."""
    got = jacobian(lambda x: np.where(x > 0, np.sqrt(np.abs(x)), 0.0))(np.array([4.0, 0.0]))
    np.testing.assert_array_equal(got, [[0.25, 0.0], [0.0, 0.0]])
    with np.errstate(divide="ignore"):
        got = jacobian(lambda x: x[0] * np.where(x > 0, np.log(x), 0.0))(np.array([1.0, 0.0]))
    np.testing.assert_array_equal(got, [[1.0, 0.0], [0.0, 0.0]])


def test_a_jacobian_that_begins_with_a_function_of_each_element_is_one_product() -> None:
    """The product with the diagonal matrix of its slopes was that of two full matrices."""
    generator = np.random.default_rng(0)
    x, V, W = generator.normal(size=4), generator.normal(size=(5, 4)), generator.normal(size=(3, 5))
    step = vector.compile(jacobian(lambda x: np.tanh(W @ np.sin(V @ x))), native=False)
    found = [step(x) for _ in range(3)][-1]
    slopes = 1 - np.tanh(W @ np.sin(V @ x)) ** 2
    np.testing.assert_allclose(found, (slopes[:, None] * W * np.cos(V @ x)) @ V, 1e-12)
    assert step.explain().count("matmul(") == 3  # two of them forward


@pytest.mark.parametrize("masks", [False, True])
def test_slopes_on_a_diagonal_may_be_infinite(masks: bool, together: None) -> None:
    roots, masked = np.array([0.0, 4.0, 0.0]), np.array([0.0, 1.0, 1.0])

    def f(x: Any) -> Any:
        return np.where(masked > 0, np.sqrt(x), 0) + (x * np.nan if masks else 0)

    found = jacobian(f)(roots)
    expected = np.diag([0.0, 0.25, np.inf])
    np.testing.assert_array_equal(found, np.where(np.eye(3) * masks, np.nan, expected))
    M = np.array([[1.0, 2.0, 3.0]] * 3)
    np.testing.assert_array_equal(jacobian(lambda x: np.where(masked > 0, np.sqrt(M @ x), 0))(roots)[0], [0, 0, 0])


def test_rows_that_are_written_to_are_no_longer_those_of_a_diagonal_matrix() -> None:
    M = np.arange(9.0).reshape(3, 3)
    for write in (lambda x: x.__imul__(2.0), lambda x: operator.setitem(x, 0, 5.0), lambda x: np.copyto(x, 7.0)):
        with contextlib.closing(batching.Level(3)) as level:
            x = batching.Batch(np.eye(3), level, np.ones(3))
            np.testing.assert_array_equal((x @ M).array, M)
            write(x)
            np.testing.assert_array_equal((x @ M).array, x.array @ M)


def test_an_anomaly_is_named_in_a_jacobian() -> None:
    with vector.detect_anomaly(), pytest.raises(vector.AnomalyError, match="log"), np.errstate(all="ignore"):
        jacobian(lambda x: np.log(x) * 1.0)(np.array([0.0, 1.0]))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: vmap(np.sin, in_axes=(0, 0))(X), r"vmap: expected len\(in_axes\) == 1, the number of arguments"),
        (lambda: vmap(np.add)(X, Y[:2]), r"vmap: expected one number of examples, 1 or more, .*got \[2, 5\]"),
        (lambda: vmap(np.sin)(X[:0]), r"1 or more, in all arguments, got \[0\]"),
        (lambda: vmap(np.sin, in_axes=None)(X), r"in all arguments, got \[\]"),
        (
            lambda: vmap(lambda x: (x * tensor(W[0], True)).sum().backward())(X),
            r"expected grad\(f\) in place of .backw",
        ),
        (lambda: vmap(np.sin, **IN_DIMS)(X), "write in_axes="),
        (
            lambda: nn.functional_call(nn.Linear(2, 1), {"weigth": 1.0}, X),
            r"functional_call: expected parameters \{'weight': \(1, 2\), 'bias': \(1,\)\}, got \{'weigth': \(\)\}",
        ),
        (lambda: nn.functional_call(nn.Linear(2, 1), {"bias": np.ones(2)}, X), r"got \{'bias': \(2,\)\}"),
    ],
)
def test_a_mistake_is_told(call: Callable[[], Any], message: str) -> None:
    with pytest.raises((TypeError, ValueError, RuntimeError), match=message):
        call()


def test_a_functional_call_leaves_the_module_as_it_was() -> None:
    class Holder(nn.Module):
        def __init__(self) -> None:
            self.factors = [nn.parameter(2.0), nn.parameter(3.0)]
            self.inner = {"scale": nn.Linear(4, 4, bias=False)}

        def __call__(self, x: Any, *, power: int = 1) -> Any:
            return self.inner["scale"](x) * self.factors[0] * self.factors[1] ** power

    holder = Holder()
    before = holder.state_dict()
    given = {"factors.1": np.array(5.0), "inner.scale.weight": np.eye(4)}
    out = nn.functional_call(holder, given, (X,), {"power": 2})
    np.testing.assert_array_equal(out.data, X * 2 * 25)
    with pytest.raises(TypeError):
        nn.functional_call(holder, given, (X, X, X))
    assert holder.state_dict().keys() == before.keys()
    assert all(np.array_equal(x, before[name]) for name, x in holder.state_dict().items())
    slopes = grad(lambda p: nn.functional_call(holder, p, X).sum())(given)
    np.testing.assert_allclose(numbers(slopes["factors.1"]), X.sum() * 2)
