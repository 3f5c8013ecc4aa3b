"""Losses, at ordinary logits and at ±1000, against PyTorch."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import pytest
import torch
from torch.nn import functional

from scalar import Value, losses

LOGITS = [-1000.0, -40.0, -1.5, 0.0, 0.75, 40.0, 1000.0]


def agrees(ours: Value, inputs: Sequence[Value], theirs: Callable[..., Any]) -> None:
    leaves = [torch.tensor(x.data, dtype=torch.float64, requires_grad=True) for x in inputs]
    expected = theirs(*leaves)
    expected.backward()
    ours.backward()
    assert ours.data == pytest.approx(expected.item(), rel=1e-12, abs=1e-300)
    for x, leaf in zip(inputs, leaves, strict=True):
        assert x.grad + 0.0 == pytest.approx(leaf.grad.item(), rel=1e-12, abs=1e-300)


@pytest.mark.parametrize("t", [0.25, -3.0])
def test_squared_error(t: float) -> None:
    y = Value(1.5)
    agrees(losses.squared_error(y, t), [y], lambda x: (x - t) ** 2 / 2)


@pytest.mark.parametrize("t", [-1.0, 1.0])
@pytest.mark.parametrize("s", [-1000.0, -1.0, 0.5, 1.0, 1000.0])
def test_hinge(s: float, t: float) -> None:
    score = Value(s)
    agrees(losses.hinge(score, t), [score], lambda x: torch.relu(1 - t * x))


@pytest.mark.parametrize("t", [0.0, 0.25, 1.0])
@pytest.mark.parametrize("z", LOGITS)
def test_logistic_cross_entropy(z: float, t: float) -> None:
    def judge(x: Any) -> Any:
        # PyTorch's own binary_cross_entropy_with_logits cancels to 0 where the loss is e⁻⁴⁰.
        zero = torch.zeros_like(x)
        return t * torch.logaddexp(-x, zero) + (1 - t) * torch.logaddexp(x, zero)

    logit = Value(z)
    agrees(losses.logistic_cross_entropy(logit, t), [logit], judge)


@pytest.mark.parametrize("target", [0, 1, 2])
@pytest.mark.parametrize("z", [(1000.0, 0.0, -1000.0), (0.5, 0.5, 0.5), (-1.0, 2.0, 0.25), (1000.0, 999.0, 1000.0)])
def test_softmax_cross_entropy(z: tuple[float, ...], target: int) -> None:
    logits = [Value(x) for x in z]
    agrees(
        losses.softmax_cross_entropy(logits, target),
        logits,
        lambda *x: functional.cross_entropy(torch.stack(x), torch.tensor(target)),
    )


@pytest.mark.parametrize("target", [-1, 2])
def test_a_target_that_is_no_class(target: int) -> None:
    with pytest.raises(IndexError, match=rf"expected 0 <= target < 2 \(classes\), got {target}"):
        losses.softmax_cross_entropy([Value(0.0), Value(1.0)], target)


def test_mean_is_one_sum_and_one_division() -> None:
    x, y = Value(1.0), Value(4.0)
    out = losses.mean([x, y])
    assert out.data == 2.5
    assert [*map(id, out.parents[0].parents)] == [id(x), id(y)]
    out.backward()
    assert (x.grad, y.grad) == (0.5, 0.5)


def test_mean_of_nothing() -> None:
    with pytest.raises(ValueError, match="mean: expected at least one loss, got none"):
        losses.mean([])


@pytest.mark.parametrize("target", [0, 0.5, 2, -0.5])
def test_a_label_of_0_is_no_sign(target: float) -> None:
    with pytest.raises(ValueError, match=r"hinge: expected a target of -1 or 1, got .*2 \* label - 1"):
        losses.hinge(Value(0.5), target)


@pytest.mark.parametrize("target", [2.0, -1, math.nan])
def test_a_target_that_is_no_probability(target: float) -> None:
    with pytest.raises(ValueError, match="logistic_cross_entropy: expected 0 <= target <= 1, got"):
        losses.logistic_cross_entropy(Value(0.5), target)


def test_an_offset_of_all_logits_changes_nothing() -> None:
    for offset in (0.0, 1e17):
        logits = [Value(offset), Value(offset)]
        loss = losses.softmax_cross_entropy(logits, 1)
        loss.backward()
        assert (loss.data, logits[0].grad, logits[1].grad) == (math.log(2), 0.5, -0.5)
