"""The perceptron's criterion, as an objective of trainings."""

from typing import Any

import numpy as np

from vector import functions
from vector.arrays import Array
from vector.tensor import Tensor
from vector.training import OBJECTIVES
from vector.training.objectives import Classification


class Perceptron(Classification):
    """The perceptron's criterion for several classes: how far the best score is above that of the right class.

    Its gradient moves the weights of two classes, and only where a sample is misclassified: gradient descent on it, one
    sample at a time and with η = 1, is the perceptron's rule (Rosenblatt, 1958; Duda & Hart, 1973, section 5.12).
    """

    def losses(self, outputs: Any, y: Array, reduction: str = "mean") -> Tensor:
        """max z − z of the right class."""
        losses = functions.max(outputs, axis=1) - outputs[np.arange(len(y)), y]
        return losses if reduction == "none" else functions.mean(losses)


OBJECTIVES["perceptron"] = Perceptron
