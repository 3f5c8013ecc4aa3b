"""Made from the rule table by `python -m tests.pages`."""

from typing import Any

from vector.nn.module import Module
from vector.op import Op

class Pointwise(Module):
    op: Op
    def __init__(self) -> None: ...

def class_name(function: str) -> str: ...

MODULES: dict[str, type[Pointwise]]

class Tanh(Pointwise): """(eˣ − e⁻ˣ) / (eˣ + e⁻ˣ), between −1 and 1. Near its ends it hands little on."""
class Sigmoid(Pointwise): """σ(x) = 1 / (1 + e⁻ˣ), between 0 and 1. Its slope σ(x)·(1 − σ(x)) is never more than ¼."""
class LogSigmoid(Pointwise): """ln σ(x), exact where σ(x) rounds to 0. Its slope is σ(−x)."""
class ReLU(Pointwise): """max(0, x) (Nair & Hinton, ICML 2010); derivative 0 at 0. Lets the gradient through above 0 only."""
class LeakyReLU(Pointwise):
    """x for x > 0, else negative_slope·x (Maas et al., 2013); so at 0. Never stops the gradient."""
    negative_slope: float
    def __init__(self, negative_slope: float = 0.01) -> None: ...
class ELU(Pointwise):
    """x for x > 0, else alpha·(eˣ − 1) (Clevert et al., ICLR 2016); so at 0. Levels off at −alpha."""
    alpha: float
    def __init__(self, alpha: float = 1.0) -> None: ...
class SELU(Pointwise): """elu, scaled to keep mean 0 and variance 1 (Klambauer et al., NIPS 2017). Steepest just below 0."""
class SiLU(Pointwise): """x·σ(x), also called swish (Elfwing, Uchibe & Doya, 2018). A gate that x opens itself."""
