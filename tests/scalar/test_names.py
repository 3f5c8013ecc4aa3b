"""What the ledger calls the variables."""

import unicodedata

import pytest

from scalar import Value
from scalar.names import bar, name_all


def names(output: Value) -> list[str]:
    """In order of creation."""
    return list(name_all(output).values())


def test_labels_are_names() -> None:
    x, y = Value(1.0, "x"), Value(2.0, "y")
    out = x * y
    out.label = "out"
    assert names(out) == ["x", "y", "out"]


def test_variables_without_a_label_are_numbered_in_order_of_creation() -> None:
    x, y = Value(1.0), Value(2.0, "y")
    assert names((x * y).exp()) == ["v1", "y", "v2", "v3"]


def test_constants_are_called_by_their_number() -> None:
    x = Value(1.0, "x")
    assert names(x * 3 + 0.5) == ["x", "3", "v1", "0.5", "v2"]


def test_a_label_that_several_variables_share_gets_subscripts() -> None:
    w = [Value(float(i), "w") for i in range(12)]
    out = w[0]
    for weight in w[1:]:
        out = out + weight
    assert names(out)[:3] == ["w₁", "w₂", "w₃"]
    assert "w₁₂" in names(out)


def test_names_are_distinct_even_when_users_take_ours() -> None:
    x, taken, w, subscripted = Value(1.0), Value(2.0, "v1"), [Value(3.0, "w"), Value(4.0, "w")], Value(5.0, "w₁")
    out = x * taken + w[0] * w[1] + subscripted
    assert len(set(names(out))) == len(names(out))
    assert {"v1", "w₁"} < set(names(out))
    assert name_all(out)[taken] == "v1"
    assert name_all(out)[subscripted] == "w₁"


def test_equal_values_are_not_taken_for_one() -> None:
    x, y = Value(1.0, "x"), Value(1.0, "y")
    assert names(x * y)[:2] == ["x", "y"]


@pytest.mark.parametrize(("name", "expected"), [("w", "w̄"), ("L_reg", "L̄_reg"), ("y", "ȳ"), ("v12", "v̄12"), ("λ", "λ̄")])
def test_the_bar_stands_over_the_first_letter(name: str, expected: str) -> None:
    assert bar(name) == unicodedata.normalize("NFC", expected)
