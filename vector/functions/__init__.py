"""The functions of the public surface that take parameters or are built from others; the rest are rows themselves.

Each has NumPy's name, arguments and meaning, works on arrays and Tensors alike, and is what `np.f(tensor)` and
`tensor.f()` call. One file for each kind, as in `vector.rules`.
"""

from vector.functions import (
    cumulative,
    elementwise,
    fft,
    indexing,
    joining,
    linalg,
    loss,
    mapping,
    order,
    polynomial,
    product,
    ranges,
    reduction,
    shape,
    statistics,
)  # isort: skip  # fmt: skip
from vector.functions.cumulative import *
from vector.functions.elementwise import *
from vector.functions.indexing import *
from vector.functions.joining import *
from vector.functions.loss import *
from vector.functions.mapping import *
from vector.functions.operand import Axis as Axis
from vector.functions.order import *
from vector.functions.polynomial import *
from vector.functions.product import *
from vector.functions.ranges import *
from vector.functions.reduction import *
from vector.functions.shape import *
from vector.functions.statistics import *

__all__ = ["fft", "linalg"]
__all__ += cumulative.__all__
__all__ += elementwise.__all__
__all__ += indexing.__all__
__all__ += joining.__all__
__all__ += loss.__all__
__all__ += mapping.__all__
__all__ += order.__all__
__all__ += polynomial.__all__
__all__ += product.__all__
__all__ += ranges.__all__
__all__ += reduction.__all__
__all__ += shape.__all__
__all__ += statistics.__all__
