"""Which changes of the engines do the tests let pass? `python -m tests.mutants --seeds 1 --count 400`; `make mutants`.

A mutant is one module with one node changed: a sign, an operator, a constant, a comparison, a neighbour's function, a
statement left out. It meets the tests that run its line, those that name its row or function first. What survives is a
hole in the tests, or an equivalent of the engine: those stand in equivalent.txt, each with its reason.

- `changes`: what is changed.
- `survey`: which tests run which lines, and how long each takes: the tests run once, traced.
- `judging`: a mutant meets its tests, in a process of its own.
- `report`: what is listed.
"""
