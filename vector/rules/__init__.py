"""The rule table: every primitive of the vector engine, one row each, by kind.

Vocabulary: `g` upstream gradient, `out` result, `x, y` inputs. Rules are plain NumPy code. Un-broadcasting is not
theirs to do: `vector.sweep` does it for all of them. To add an operation, write its row in the file of its kind and
its row in the tests' table of operations.

Read the files in this order: `elementwise` (with `ufuncs`, which only arrays have, and `special`), `product`,
`reduction`, `shape`; the others are one for each further kind.
"""

from vector.rules.cumulative import *
from vector.rules.elementwise import *
from vector.rules.linalg import *
from vector.rules.loss import *
from vector.rules.order import *
from vector.rules.product import *
from vector.rules.reduction import *
from vector.rules.shape import *
from vector.rules.sliding import *
from vector.rules.special import *
from vector.rules.ufuncs import *
