"""Functions of Values recorded once, for one example, and replayed by NumPy for a whole batch.

Read the files in this order: `recording` and `branches` (f called with Values without numbers), `formulas` (the rule
table read with arrays), `graph` and `program` (which nodes become one array operation, forward and backward), `batch`
(what a caller may pass), `surroundings` (what f sees), `compiled` (what a caller gets).
"""

from demos.scalar_compile.compiled import Compiled, compile

__all__ = ["Compiled", "compile"]
