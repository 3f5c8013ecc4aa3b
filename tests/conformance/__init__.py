"""NumPy's every argument: each is right here, or refused by name.

Read in this order: `signatures`, what NumPy's functions take; `cases`, calls that cover it; `judge`, what NumPy answers
to them; `page`, the table that docs/conformance.md shows.
"""
