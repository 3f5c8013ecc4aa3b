"""A user's own table: read as it is, made into numbers by what the training rows say, and read again for predictions.

Read the files in this order: `dialect` (how a file is written), `layout` (what stands around its rows), `reading` (its
cells, by pandas), `numerals` and `moments` (numbers and dates as people write them), `columns` (what a column's cells
are), `schema` (what is learnt of them), `target` (which task), `source` and `table` (all of it for one file).
"""

from demos.tables.reading import Cells as Cells, cells_of as cells_of, read_cells as read_cells
from demos.tables.schema import Feature as Feature, Schema as Schema, Target as Target
from demos.tables.source import Source as Source
from demos.tables.table import Encoded as Encoded, Table as Table
