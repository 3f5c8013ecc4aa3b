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
class Mish(Pointwise): """x·tanh(ln(1 + eˣ)) (Misra, arXiv:1908.08681). A smooth gate, a little open below 0."""
class Softsign(Pointwise): """x / (1 + |x|), between −1 and 1. Levels off more slowly than tanh."""
class Hardtanh(Pointwise):
    """x between min_val and max_val. Routes the gradient to the one it is, at a tie to a bound."""
    min_val: float
    max_val: float
    def __init__(self, min_val: float = -1.0, max_val: float = 1.0) -> None: ...
class Hardsigmoid(Pointwise): """x/6 + ½ between 0 and 1. σ(x) in three straight lines, two of them flat."""
class Hardswish(Pointwise): """x·hardsigmoid(x) (Howard et al., ICCV 2019). silu without an exponential."""
class ReLU6(Pointwise): """x between 0 and 6; derivative 0 at both. A relu that stops the gradient above 6 too."""
class CELU(Pointwise):
    """x for x > 0, else alpha·(e^(x/alpha) − 1) (Barron, arXiv:1704.07483). Smooth at 0."""
    alpha: float
    def __init__(self, alpha: float = 1.0) -> None: ...
class Softshrink(Pointwise):
    """x moved towards 0 by lambd, and 0 where it is no larger. Stops the gradient of what is small."""
    lambd: float
    def __init__(self, lambd: float = 0.5) -> None: ...
class Hardshrink(Pointwise):
    """x where |x| > lambd, else 0. Stops the gradient of what is small, and leaves the rest."""
    lambd: float
    def __init__(self, lambd: float = 0.5) -> None: ...
