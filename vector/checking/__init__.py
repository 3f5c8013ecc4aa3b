"""Are the derivatives right? The engine's beside central differences, in random directions.

Read the files in this order: `gradcheck` (what users call, which derivatives are compared, and the verdicts),
`differences` (a derivative without the engine, and how far it can be trusted), `flattening` (a function of nested
arguments as one of arrays), `report` (what was found, as a table).
"""
