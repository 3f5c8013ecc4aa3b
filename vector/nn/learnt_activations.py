"""An activation whose shape is learnt."""

from typing import Any

import numpy as np
import numpy.typing as npt

from vector import rules
from vector.nn.module import Module, parameter


class PReLU(Module):
    """x for x > 0, else a·x with a learnt a (He et al., ICCV 2015, equation 1); derivative a at the kink.

    Args:
        num_parameters: 1 for one a, or one for each channel, axis 1 of x: (batch, channels, ...); `weight` holds them.
        init: the first a.
        dtype: of the parameters.

    Raises ValueError: when called, x.shape[1] != num_parameters, unless that is 1.
    """

    _shown = "num_parameters={0.weight.size}"

    def __init__(self, num_parameters: int = 1, init: float = 0.25, *, dtype: npt.DTypeLike = np.float32) -> None:
        self.weight = parameter(np.full(num_parameters, init, dtype), "weight")

    def __call__(self, x: Any) -> Any:
        """x or a·x."""
        slopes = self.weight.size
        if slopes != 1 and x.shape[1:2] != (slopes,):
            raise ValueError(f"PReLU: expected x.shape[1] == {slopes} (num_parameters), got shape {x.shape}")
        shape = () if slopes == 1 else (slopes,) + (1,) * (len(x.shape) - 2)
        return rules.leaky_relu(x, rules.reshape(self.weight, shape=shape))
