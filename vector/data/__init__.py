"""Data to train on, as plain NumPy arrays: MNIST, digits, toy problems, minibatches.

Read the files in this order: `idx` and `mnist`, `digits`, `toys`, `batches`.
"""

from vector.data.batches import batches as batches
from vector.data.digits import digits as digits
from vector.data.idx import DataError as DataError, read_idx as read_idx
from vector.data.mnist import Dataset as Dataset, mnist as mnist, mnist_available as mnist_available
from vector.data.toys import moons as moons, spirals as spirals, xor as xor
from vector.op import publish as _publish
from vector.vocabulary import teach as _teach

_publish(globals())
_teach(__name__)
