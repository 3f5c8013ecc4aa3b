"""The rule table: every primitive of the vector engine, one row each, by kind.

Vocabulary: `g` upstream gradient, `out` result, `x, y` inputs. Rules are plain NumPy code. Un-broadcasting is not
theirs to do: `vector.sweep` does it for all of them. To add an operation, write its row in the file of its kind and
its row in the tests' table of operations.
"""

from vector.rules import cumulative, elementwise, linalg, loss, order, product, reduction, shape, special
from vector.rules.cumulative import *
from vector.rules.elementwise import *
from vector.rules.elementwise import clip as clip
from vector.rules.elementwise import elu_alpha as elu_alpha
from vector.rules.elementwise import identity as identity
from vector.rules.elementwise import ldexp as ldexp
from vector.rules.elementwise import leaky as leaky
from vector.rules.elementwise import where as where
from vector.rules.linalg import *
from vector.rules.loss import *
from vector.rules.order import *
from vector.rules.product import *
from vector.rules.reduction import *
from vector.rules.shape import *
from vector.rules.special import *

__all__: list[str] = []
__all__ += cumulative.__all__
__all__ += elementwise.__all__
__all__ += linalg.__all__
__all__ += loss.__all__
__all__ += order.__all__
__all__ += product.__all__
__all__ += reduction.__all__
__all__ += shape.__all__
__all__ += special.__all__
