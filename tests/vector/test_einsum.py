"""Any subscripts: value, gradients and second derivatives against NumPy's value and PyTorch's derivatives."""

import string
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import vector
from tests.checks import by_vector, grad
from tests.judges import agree, by_pytorch, hvp_by_pytorch

LETTERS = "abcd"


@st.composite
def sums(draw: st.DrawFn) -> tuple[str, list[tuple[int, ...]]]:
    """Subscripts of one to three arrays with repeated letters, perhaps dots and a result, and shapes that fit."""
    sizes = {letter: draw(st.integers(0, 3)) for letter in LETTERS}
    terms = draw(st.lists(st.text(LETTERS, max_size=3), min_size=1, max_size=3))
    dots = draw(st.booleans())
    letters = "".join(sorted(set("".join(terms))))
    shapes = [tuple(sizes[letter] for letter in term) for term in terms]
    if dots:
        terms, shapes = ["..." + term for term in terms], [(2, *shape) for shape in shapes]
    if draw(st.booleans()):
        return ",".join(terms), shapes
    kept = "".join(letter for letter in draw(st.permutations(letters)) if draw(st.booleans()))
    return f"{','.join(terms)}->{'...' * dots}{kept}", shapes


@given(drawn=sums(), seed=st.integers(0, 99))
def test_any_subscripts(drawn: tuple[str, list[tuple[int, ...]]], seed: int) -> None:
    subscripts, shapes = drawn
    generator = np.random.default_rng(seed)
    operands = [generator.normal(size=shape) for shape in shapes]
    expected = np.einsum(subscripts, *operands)
    g = np.asarray(generator.normal(size=expected.shape))
    ours = by_vector(lambda m, *xs: m.einsum(subscripts, *xs), operands, g)
    np.testing.assert_allclose(ours.value, expected, rtol=1e-12, atol=1e-14)
    agree(subscripts, ours, "PyTorch", by_pytorch(lambda m, *xs: m.einsum(subscripts, *xs), operands, g), 1e-11)
    directions = [np.asarray(generator.normal(size=shape)) for shape in shapes]
    bent = vector.hvp(lambda *xs: (vector.einsum(subscripts, *xs) * g).sum(), operands, directions)
    theirs = hvp_by_pytorch(lambda m, *xs: torch.einsum(subscripts, *xs), operands, g, directions)
    for actual, wanted in zip(bent, theirs, strict=True):
        np.testing.assert_allclose(actual, wanted, rtol=1e-10, atol=1e-12, err_msg=subscripts)


def test_a_size_of_one_is_repeated_as_numpy_does() -> None:
    x, y = np.ones((2, 1)), np.arange(3.0)
    ours = by_vector(lambda m, x, y: m.einsum("ij,j->i", x, y), [x, y], np.array([1.0, 10.0]))
    np.testing.assert_array_equal(ours.value, [3, 3])
    np.testing.assert_array_equal(ours.gradients[0], [[3], [30]])
    np.testing.assert_array_equal(ours.gradients[1], [11, 11, 11])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x: np.einsum("ij,jk", x), r"einsum: expected an array for each of the 2 terms of 'ij,jk', got 1"),
        (
            lambda x: np.einsum("ijk", x),
            r"einsum: expected a subscript for each axis, got 'ijk' for arrays of \[2\] axes",
        ),
        (lambda x: np.einsum("i", x), r"einsum: expected a subscript for each axis"),
        (lambda x: np.einsum("ij->k", x), r"output subscript 'k'"),
        (
            lambda x: np.tensordot(x, x, 1),
            r"tensordot: expected axes of the same sizes on both sides, got \[3\] and \[2\]",
        ),
        (lambda x: np.cross(x[:, :2], x[:, :2]), r"cross: expected vectors of three components, got 2 and 2"),
        (lambda x: vector.convolve(x[0], x[0], "most"), r"convolve: expected mode full, same or valid, got 'most'"),
        (lambda x: vector.trim_zeros(x[0], "c"), r"trim_zeros: expected trim 'f', 'b' or 'fb', got 'c'"),
    ],
    ids=["arrays", "axes", "no axis", "result", "tensordot", "cross", "convolve", "trim_zeros"],
)
def test_what_does_not_fit_is_refused(call: Callable[[Any], Any], message: str) -> None:
    with pytest.raises((TypeError, ValueError), match=message):
        call(vector.Tensor(np.arange(6.0).reshape(2, 3), requires_grad=True))


def test_many_axes_leave_letters_for_the_diagonal() -> None:
    x = np.ones((2,) * 6)
    names = string.ascii_letters[-6:]
    ours = by_vector(lambda m, x: m.einsum(f"{names[0]}{names[0]}{names[2:]}->{names[0]}", x), [x])
    assert ours.gradients[0].sum() == 2 * 2**4


def test_a_corner_of_interp_has_the_slope_to_its_right() -> None:
    x = vector.tensor([0.0, 1.0, 2.0, 2.5, -1.0], requires_grad=True)
    vector.interp(x, [0.0, 1.0, 2.0], [0.0, 1.0, 3.0]).sum().backward()
    np.testing.assert_array_equal(grad(x), [1, 2, 2, 0, 0])


def test_interp_through_one_point_is_constant() -> None:
    x, fp = vector.tensor([0.0, 1.0, 2.0], requires_grad=True), vector.tensor([5.0], requires_grad=True)
    out = vector.interp(x, np.array([1.0]), fp)
    out.sum().backward()
    np.testing.assert_array_equal(out.data, [5, 5, 5])
    np.testing.assert_array_equal([*grad(x), *grad(fp)], [0, 0, 0, 3])
