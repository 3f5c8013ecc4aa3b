"""A sample of the conformance: of every cell, calls that docs/conformance.md counts as right are right.

The whole run is `make conformance`; among the slow tests it has to give the page that is committed.
"""

import json
import re
from itertools import islice
from typing import Any

import numpy as np
import pytest

import vector
from tests.conformance.cases import Call, all_calls, finite
from tests.conformance.judge import judged, numpys
from tests.conformance.page import MAY_BE_REFUSED, PAGE, page
from tests.conformance.signatures import TABLE, signatures
from vector import Tensor

EVERY = 97
"""One call in 97 is in the sample."""
WAY_OUT = re.compile(r"[\w., ]+: expected .+, got .+; .+")
MOVES = {"identity", "astype", "reshape", "transpose", "concatenate"}
"""What may be done to operands before they are looked at: it says the same numbers in another form."""


def cells_of(column: int) -> set[tuple[str, str]]:
    """The cells that the page shows in a column: right, refused, wrong."""
    rows = re.findall(r"^\| `(np\.[\w.]+)` \|(.*)\|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    return {(function, name) for function, cells in rows for name in cells.split("|")[column].split()}


def test_a_sample_of_what_is_right_is_right() -> None:
    right = cells_of(0)
    sample = [call for call in islice(all_calls(), 0, None, EVERY) if (call.function, call.parameter) in right]
    verdicts = [(call, judged(call)) for call in sample]
    assert len(sample) > 1000
    assert [f"{call}: {verdict.why}" for call, verdict in verdicts if verdict.kind not in ("right", "undefined")] == []


@pytest.mark.slow
@pytest.mark.parametrize("function", signatures())
def test_of_a_function_a_fourth_of_what_is_right_is_right(function: str) -> None:
    """Which mutants of the engine meet too (`tests.mutants`)."""
    right = cells_of(0)
    some = islice(finite(function, signatures()[function]), 0, None, 4)
    chosen = [call for call in some if (call.function, call.parameter) in right]
    verdicts = [(call, judged(call)) for call in chosen]
    assert [f"{call}: {verdict.why}" for call, verdict in verdicts if verdict.kind not in ("right", "undefined")] == []


def test_the_first_call_of_every_function_is_not_wrong() -> None:
    wrong = [
        f"{call}: {verdict.why}"
        for function, parameters in signatures().items()
        for call in islice(finite(function, parameters), 1)
        if (verdict := judged(call)).kind == "wrong"
    ]
    assert wrong == []


@pytest.mark.slow
def test_the_page_is_what_the_whole_run_makes() -> None:
    assert page() == PAGE.read_text(encoding="utf-8"), "docs/conformance.md is out of date: make conformance"


def test_nothing_is_wrong_and_98_in_100_cells_are_right() -> None:
    right, refused = ({cell for cell in cells_of(i) if cell[1] not in MAY_BE_REFUSED} for i in (0, 1))
    assert cells_of(2) == set()
    assert len(right) >= 0.98 * len(right | refused)


def test_a_refusal_says_what_was_expected_and_the_way_out_before_anything_is_computed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    computed: list[str] = []
    apply = Tensor._apply

    def watched(op: Any, *rest: Any) -> Any:
        computed.append(op.name)
        return apply(op, *rest)

    monkeypatch.setattr(Tensor, "_apply", watched)
    said: dict[tuple[str, str], str] = {}
    for function, parameter in sorted(cells_of(1)):
        for call in finite(function, signatures()[function]):
            computed.clear()
            if call.parameter == parameter and (verdict := judged(call)).kind == "refused":
                said[function, parameter] = verdict.why
                assert {*computed} <= MOVES, call
    assert {*said} == cells_of(1)
    assert [why for why in said.values() if not WAY_OUT.fullmatch(why)] == []


@pytest.mark.filterwarnings("ignore:numpy.fix is deprecated")
def test_an_array_to_write_into_is_refused_by_name() -> None:
    verdicts = []
    for function, parameters in signatures().items():
        if "out" in {p.name for p in parameters}:
            call = next(call for call in finite(function, parameters) if judged(call).kind == "right")
            out = numpys(call)
            into = tuple(map(np.copy, out)) if isinstance(out, tuple) else np.copy(out)
            with_out = call._replace(parameter="out", arguments={**call.arguments, "out": into})
            verdicts.append((with_out, judged(with_out)))
    refused = [verdict.why for _, verdict in verdicts if verdict.kind == "refused"]
    assert len(refused) > 100
    assert [str(call) for call, verdict in verdicts if verdict.kind == "wrong"] == []  # plain answers are written
    assert [why for why in refused if not WAY_OUT.fullmatch(why)] == []


def test_the_page_and_the_table_are_of_the_same_numpy() -> None:
    table = json.loads(TABLE.read_text(encoding="utf-8"))["numpy"]
    assert f"as NumPy {table} has them" in PAGE.read_text(encoding="utf-8")


# ---------------------------------------------------------------- the judge itself


def test_the_judge_finds_a_wrong_value_and_a_wrong_gradient(monkeypatch: pytest.MonkeyPatch) -> None:
    call = Call("np.sin", "x", {"x": np.array([0.3, 0.7])}, frozenset({"x"}), "")
    assert judged(call).kind == "right"
    monkeypatch.setattr(vector.rules.elementwise.sin, "partials", (lambda out, x: np.sin(x),))
    monkeypatch.setattr(vector.rules.elementwise.sin, "forward", lambda x: np.sin(x) + 1e-3)
    assert judged(call).why.startswith("value")
    monkeypatch.setattr(vector.rules.elementwise.sin, "forward", np.sin)
    assert "central differences" in judged(call).why


# ---------------------------------------------------------------- what the conformance found


def leaf(*numbers: float) -> Any:
    return Tensor(np.array(numbers), requires_grad=True)


def test_a_ufunc_leaves_0_where_its_mask_is_false_and_no_gradient_comes_back() -> None:
    """np.log(t, where=t > 0) was refused."""
    x = leaf(2.0, -1.0, 0.0)
    out: Any = np.log(x, where=x > 0)
    np.testing.assert_array_equal(out.detach().numpy(), [np.log(2.0), 0, 0])
    out.sum().backward()
    np.testing.assert_array_equal(x.grad, [0.5, 0, 0])


def test_dtype_casts_the_operands_and_the_gradient_comes_back_in_theirs() -> None:
    """dtype= was refused by ufuncs and reductions."""
    x = leaf(0.1, 0.2)
    out: Any = np.add(x, 1, dtype=np.float32)
    assert out.dtype == np.float32
    total: Any = np.sum(out, dtype=np.float64)
    assert total.dtype == np.float64
    total.backward()
    assert x.grad.dtype == np.float64
    np.testing.assert_array_equal(x.grad, [1, 1])


def test_numpys_names_of_the_arguments() -> None:
    """np.sum(a=t), np.clip(t, a_min=…) and np.vander(t, N=2) were refused."""
    x: Any = leaf(1.0, 2.0, 3.0)
    assert np.sum(a=x).item() == 6
    np.testing.assert_array_equal(
        vector.grad(lambda x: np.clip(x, a_min=2, a_max=None).sum())(np.array([1.0, 2.0, 3.0])), [0, 1, 1]
    )
    vandermonde: Any = np.vander(x, N=2)
    np.testing.assert_array_equal(vandermonde.detach(), [[1, 1], [2, 1], [3, 1]])


def test_methods_of_an_array() -> None:
    """Missing were any, all, tolist, moveaxis, mT, ptp, conj, and transpose took no tuple."""
    x = Tensor(np.array([[1.0, 2.0, 0.0]]))
    assert x.any()
    assert not x.all()
    assert x.tolist() == [[1, 2, 0]]
    assert x.transpose((1, 0)).shape == x.mT.shape == x.moveaxis(0, 1).shape == (3, 1)
    assert x.ptp().item() == 2
    assert x.sum(1, np.float32).dtype == np.float32
    assert x.std(None, np.float32).dtype == np.float32
    assert x.sum(1, 1).shape == x.std(1, 0, 1).shape == (1, 1)
    assert x.astype(np.float32, copy=False).dtype == np.float32
    assert [part.tolist() for part in divmod(x, 2)] == [[[0, 1, 0]], [[1, 0, 0]]]


def test_copying_in_an_order_has_a_gradient() -> None:
    """t.copy(order="C") failed in the backward pass."""
    x = leaf(1.0, 2.0)
    x.copy(order="C").sum().backward()
    np.testing.assert_array_equal(x.grad, [1, 1])


def test_the_determinant_of_an_infinity_has_a_backward_pass_that_ends() -> None:
    """It never ended: LAPACK does not find the singular values of a matrix with an infinity."""
    x = Tensor(np.array([[2.0, np.inf, 1.0], [0.5, 1.0, 0.3], [0.1, 0.2, 3.0]]), requires_grad=True)
    with np.errstate(all="ignore"):
        vector.linalg.det(x).backward()
    assert np.isnan(np.asarray(x.grad)).all()


def test_pythons_0_beside_a_tensor_has_a_backward_pass() -> None:
    """x / 0 raised ZeroDivisionError in it."""
    x = leaf(1.0, -2.0)
    with np.errstate(all="ignore"):
        out = x / 0
        out.backward(np.ones(2))
    np.testing.assert_array_equal(x.grad, [np.inf, np.inf])


def test_forward_mode_keeps_the_dtype() -> None:
    """The speed of np.maximum was in float64."""
    x = np.array([1.0, 2.0], np.float32)
    assert vector.jvp(lambda x: np.maximum(x, 1.5), (x,), (x,))[1].dtype == np.float32


def test_keyword_arguments_of_a_function_that_is_differentiated() -> None:
    """grad, value_and_grad and jacobian took none."""

    def f(x: Any, power: int) -> Any:
        return (x**power).sum()

    x = np.array([1.0, 2.0])
    np.testing.assert_array_equal(vector.grad(f)(x, power=3), [3, 12])
    np.testing.assert_array_equal(vector.value_and_grad(f)(x, power=3)[1], [3, 12])
    np.testing.assert_array_equal(vector.jacobian(f)(x, power=3), [3, 12])
