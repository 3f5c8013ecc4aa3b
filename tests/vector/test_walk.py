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
from vector.structure import leaves

# They answer with plain arrays unless what they can differentiate, the weights or the values, is a Tensor.
PLAIN_TOO = {np.bincount, np.full_like, np.histogram, np.where}


def refusal(function: Callable[..., Any]) -> str:
    """The error that names the function and says what to do instead."""
    return (
        rf"np\.{function.__name__} (has no differentiation rule in vector, .* or add a row to vector/rules"
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
                return "covered" if any(isinstance(part, Tensor) for part in leaves(result)) else "plain"
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
    with pytest.raises(TypeError, match=r"got a Tensor that requires a gradient; use \.data, or \.detach\(\) first"):
        function(vectors()[0])
