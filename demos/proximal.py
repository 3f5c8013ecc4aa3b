"""The proximal step of an L1 penalty."""

from collections.abc import Iterable

import numpy as np

from vector import Tensor


def soft_threshold_(parameters: Iterable[Tensor], threshold: float) -> None:
    """θ ← sign(θ)·max(|θ| − threshold, 0), in place: the proximal step of threshold·‖θ‖₁.

    After each `optimizer.step()` of plain gradient descent with threshold = η·λ this is the iterative shrinkage
    algorithm (Daubechies, Defrise & De Mol, 2004; Beck & Teboulle, 2009, equation 1.4), which minimises
    loss + λ·‖θ‖₁; the penalty's gradient, λ·sign(θ), would only dance around zero.

    Raises:
        ValueError: threshold below 0.

    >>> from vector import tensor
    >>> x = tensor([2.0, -0.25, 0.5])
    >>> soft_threshold_([x], 0.5)
    >>> x.data
    array([1.5, 0. , 0. ])
    """
    if not threshold >= 0:
        raise ValueError(f"soft_threshold_: expected threshold >= 0, got {threshold}")
    for p in parameters:
        data = p.data
        data -= np.clip(data, -threshold, threshold)
        p.data = data
