"""Loss functions of one example or a batch, built from Values."""

import builtins
from collections.abc import Sequence

from scalar.rules import exp, log, softplus, sum
from scalar.value import Operand, Value


def squared_error(prediction: Value, target: Operand) -> Value:
    """½ (y − t)², whose derivative in y is y − t.

    >>> squared_error(Value(3.0), 1.0).data
    2.0
    """
    return 0.5 * (prediction - target) ** 2


def hinge(score: Value, target: Operand) -> Value:
    """max(0, 1 − t·s) for a target t of −1 or 1; derivative 0 at the kink.

    Raises ValueError: another target.
    """
    if isinstance(target, (int, float)) and target not in (-1, 1):
        raise ValueError(f"hinge: expected a target of -1 or 1, got {target}; for a label of 0 or 1, 2 * label - 1")
    return (1 - target * score).relu()


def logistic_cross_entropy(logit: Value, target: Operand) -> Value:
    """−t ln σ(z) − (1 − t) ln(1 − σ(z)), with softplus for the logarithms: finite and exact for any logit.

    Its derivative is σ(z) − t.

    Raises ValueError: a target outside [0, 1].

    >>> logistic_cross_entropy(Value(1000.0), 0.0).data
    1000.0
    """
    if isinstance(target, (int, float)) and not 0 <= target <= 1:
        raise ValueError(f"logistic_cross_entropy: expected 0 <= target <= 1, got {target}")
    return target * softplus(-logit) + (1 - target) * softplus(logit)


def softmax_cross_entropy(logits: Sequence[Value], target: int) -> Value:
    """−ln softmax(z)ₜ for the index t of the right class; derivative softmax(z) − one-hot(t).

    Shifting every logit by the largest leaves the value unchanged and keeps the exponentials below 1.

    Raises IndexError: target is not an index of logits.

    >>> round(softmax_cross_entropy([Value(1000.0), Value(0.0)], 1).data, 6)
    1000.0
    """
    if not 0 <= target < len(logits):
        raise IndexError(f"softmax_cross_entropy: expected 0 <= target < {len(logits)} (classes), got {target}")
    shift = builtins.max(z.data for z in logits)
    return log(sum(exp(z - shift) for z in logits)) - (logits[target] - shift)


def mean(losses: Sequence[Value]) -> Value:
    """The average over a batch, as one n-ary sum and one division.

    Raises ValueError: the batch is empty.
    """
    if not losses:
        raise ValueError("mean: expected at least one loss, got none")
    return sum(losses) / len(losses)
