"""All of NumPy, function by function, with Tensors: covered, or plainly without a derivative, or refused by name."""

import contextlib
import io
import re
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import vector
from tests.coverage import COVERED, dispatching, numpy_name, refused
from vector import Tensor, numpy_protocol
from vector.trees import tree_leaves

# They answer with plain arrays unless what they can differentiate, the weights or the values, is a Tensor.
PLAIN_TOO = {np.bincount, np.full_like, np.histogram, np.where}


def refusal(function: Callable[..., Any]) -> str:
    """The error that names the function and says what to do instead."""
    return (
        rf"{re.escape(numpy_protocol.qualified(function))} "
        r"(has no differentiation rule in vector, .* or add a row to vector/rules"
        r"|would change numbers that the graph still needs; write the functional form)"
    )


def vectors() -> tuple[Any, ...]:
    x = vector.tensor([0.5, 0.25, 0.75], requires_grad=True)
    return x, vector.tensor(np.eye(3) + 0.25, requires_grad=True), vector.tensor(np.ones((2, 2, 2)), requires_grad=True)


def guesses() -> Iterator[tuple[Any, ...]]:
    """Arguments that some function or other takes."""
    x, m, cube = vectors()
    places = np.array([0, 2, 1])
    yield from [(x,), (m,), (x, x), (m, m), (m, x), (x, 1), (cube, 1), (m, 0, 1), (x, 0.5), ([x, x],), (cube,)]
    yield from [(x, x, x), (x, places), (places, x), (x, places, 0), (x, places, x, 0), (x, (3, 1)), (x, (2, 3))]
    yield from [([x < 1], [x]), (x < 1, x, x), ("i->", x), (lambda row: row, 0, x), (np.sum, m, [0])]
    yield from [(x, [x < 1], [np.sin]), (places, [x, x, x]), (x, x, 1), (x, 1, 2.0), ([m, m],), (m, 0, 0)]
    yield from [(vector.tensor(np.eye(6).reshape(2, 3, 6), requires_grad=True),)]


def outcome(function: Callable[..., Any]) -> str:
    """What the first call does that is one of the three; a wrong guess of the arguments is none of them."""
    silent = io.StringIO()
    for args in guesses():
        with warnings.catch_warnings(), contextlib.redirect_stdout(silent), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            try:
                result = function(*args)
            except TypeError as error:
                if re.match(refusal(function), str(error)):
                    return "refused"
            except Exception:  # another guess
                pass
            else:
                return "covered" if any(isinstance(part, Tensor) for part in tree_leaves(result)) else "plain"
    return "no guess fits"


@pytest.mark.parametrize("function", [*dispatching()], ids=numpy_name)
def test_a_function_is_covered_or_plain_or_refused(function: Callable[..., Any]) -> None:
    if function in COVERED:
        assert outcome(function) in (("covered", "plain") if function in PLAIN_TOO else ("covered",))
    elif function in numpy_protocol.NOT_DIFFERENTIABLE:
        pass  # tests below
    else:
        assert outcome(function) == "refused"
        assert numpy_name(function) in refused()


@pytest.mark.parametrize("name", sorted(refused()))
def test_a_refused_function_is_named(name: str) -> None:
    function = next(f for f in dispatching() if numpy_name(f) == name)
    x = vectors()[0]
    ask: Callable[..., Any] = Tensor.__array_function__
    args: tuple[Any, ...] = (function, (Tensor,), (x,), {})
    if isinstance(function, np.ufunc):
        ask, args = Tensor.__array_ufunc__, (function, "__call__", *[x] * function.nin)
    with pytest.raises(TypeError, match=refusal(function)):
        ask(x, *args)


def namespaces() -> Iterator[Any]:
    """NumPy's functions that ask their arguments' classes, beyond np itself, with what users call them."""
    for home in ("fft", "linalg", "emath", "lib.stride_tricks", "lib.scimath"):
        module = np
        for part in home.split("."):
            module = getattr(module, part)
        for name, function in vars(module).items():
            if hasattr(function, "__wrapped__") and not name.startswith("_"):
                yield pytest.param(function, id=f"np.{home}.{name}")


@pytest.mark.parametrize("function", [*namespaces()])
def test_a_function_of_a_namespace_is_named_as_it_is_written(
    function: Callable[..., Any], request: pytest.FixtureRequest
) -> None:
    written = request.node.callspec.id.replace("lib.scimath", "emath")
    x = vectors()[0]
    ours = numpy_protocol.FUNCTIONS.get(function) or numpy_protocol.lazy(function)
    if ours is None and function not in numpy_protocol.NOT_DIFFERENTIABLE:
        with pytest.raises(TypeError, match=rf"^{re.escape(written)} has no differentiation rule in vector"):
            x.__array_function__(function, (Tensor,), (x,), {})
    elif ours:  # some are np's own, under a second name
        with pytest.raises(TypeError, match=rf"^np\.([\w.]+\.)?{function.__name__} of a Tensor: expected .*got ouch"):
            x.__array_function__(function, (Tensor,), (x,), {"ouch": 1})


UFUNCS = [*{function for function in vars(np).values() if isinstance(function, np.ufunc)}]


@pytest.mark.parametrize("method", ["reduce", "accumulate", "reduceat", "outer", "at"])
def test_a_method_of_a_ufunc_is_named(method: str) -> None:
    x = vectors()[0]
    named = 0
    for function in UFUNCS:
        if function not in numpy_protocol.METHODS.get(method, ()) and function not in numpy_protocol.NOT_DIFFERENTIABLE:
            named += 1
            with pytest.raises(TypeError, match=rf"^np\.{function.__name__}\.{method} (has no diff|would change)"):
                x.__array_ufunc__(function, method, x, x)
    assert named > 50


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (np.fft.rfft, r"np\.fft\.rfft .*, for it computes with complex numbers, .*write the sums of cosines"),
        (lambda x: np.gcd.outer(x, x), r"np\.gcd\.outer has no .*, for it works on whole numbers, "),
        (lambda x: np.add.at(x, [0], 1), r"np\.add\.at would change numbers .* vector\.replaced"),
        (lambda x: np.gcd(x, 2), r"np\.gcd has no .*, for it works on whole numbers, "),
        (lambda x: np.ma.add(x, x), r"expected an array, got a Tensor .* \(in: .*np\.ma\.add\(x, x\)"),
        (lambda x: np.random.default_rng(0).normal(x), r"expected an array, .* \(in: .*default_rng\(0\)\.normal\(x\)"),
    ],
    ids=["complex", "outer", "at", "integers", "masked", "random"],
)
def test_the_reason_and_the_way_out(call: Callable[[Tensor], Any], message: str) -> None:
    with pytest.raises(TypeError, match=message):
        call(vectors()[0])


def test_another_librarys_function_with_a_twin_names_it() -> None:
    special = pytest.importorskip("scipy.special", reason="SciPy is not installed")
    x = vectors()[0]
    for name, ours in {"erf": "erf", "expit": "sigmoid", "log_expit": "logsigmoid", "i0": "i0", "exp2": "exp2"}.items():
        with pytest.raises(TypeError, match=rf"^scipy\.special\.{name} has no .*; write vector\.{ours}, use \.data"):
            getattr(special, name)(x)
    with pytest.raises(TypeError, match=r"^scipy\.special\.gammaln has no .*; write it with covered functions"):
        special.gammaln(x)
    with pytest.raises(TypeError, match=r"got a Tensor that requires a gradient; .*; write vector\.softmax"):
        special.softmax(x)


# They set NumPy up, print, or give memory as they find it; and fromiter asks for one number after the other, as
# float(x[0]) does, which cuts the graph as plainly as it does in PyTorch.
NO_MAKERS = {
    "empty", "fromiter", "get_include", "get_printoptions", "getbufsize", "geterr", "geterrcall", "info", "ndarray",
    "printoptions", "recarray", "set_printoptions", "setbufsize", "seterr", "seterrcall", "show_config",
    "show_runtime", "test", "typename",
}  # fmt: skip


def makers() -> Iterator[Any]:
    """NumPy's public functions and classes that do not ask their arguments' classes."""
    asking = {id(function) for function in dispatching()}
    for name in dir(np):
        maker = getattr(np, name)
        if callable(maker) and id(maker) not in asking and not name.startswith("_") and name not in NO_MAKERS:
            yield pytest.param(maker, id=name)


@pytest.mark.parametrize("maker", [*makers()])
def test_what_does_not_ask_never_turns_a_tensor_into_a_plain_array(maker: Callable[..., Any]) -> None:
    x = vectors()[0]
    for args in [(x,), ([x, x],), (x, x), (3, x), ((2, 3), x), (x, float), (lambda y: y, x)]:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            try:
                result = maker(*args)
            except Exception:  # an error is no silence
                continue
        if isinstance(result, (np.ndarray, np.generic)):
            assert not np.isin(x.data, np.asarray(result)).all(), "the numbers without their graph"


@pytest.mark.parametrize("function", [np.array, np.asarray, np.asanyarray, np.ascontiguousarray, np.asfortranarray])
def test_an_array_of_a_tensor_is_refused_with_what_to_write_instead(function: Callable[..., Any]) -> None:
    with pytest.raises(
        TypeError, match=r"got a Tensor that requires a gradient; .* cut the graph on purpose with \.detach\(\)"
    ):
        function(vectors()[0])
