"""The functions of the public surface that take parameters or are built from others; the rest are rows themselves.

Each has NumPy's name, arguments and meaning, works on arrays and Tensors alike, and is what `np.f(tensor)` and
`tensor.f()` call. One file for each kind, as in `vector.rules`.

Read the files in this order: `operand` (what users pass in), `elementwise`, `reduction`, `shape`; then any other.
"""

from vector.functions import fft as fft, linalg as linalg
from vector.functions.cumulative import *
from vector.functions.elementwise import *
from vector.functions.indexing import *
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
from vector.op import publish as _publish

_publish(globals(), "fft", "linalg", without=("vector.functions.linalg", "vector.functions.operand"))
