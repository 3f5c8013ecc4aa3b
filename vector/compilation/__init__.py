"""Training steps recorded once and replayed from a plan.

Read the files in this order. Recording: `program` (a recorded step as data), `tracers` (what stands for its arrays),
`recorder` and `effects` (how a call is written down). What must hold: `surroundings` (what a step sees), `arguments`,
`variant` (one recording with its guards and its plan), `comparison` (of two recordings, and of a replay with the step).
Planning: `planning`, `fusion`. Replay: `replay` (by NumPy), `native` (by machine code: `lowering`, `kernels`,
`expressions`, `instructions`, `elementary`, `machine_code`, `thread_pool`, `scheduling`, `blas`), `report` (a plan in
words). And `compiled`, which users call.
"""

from vector.compilation.compiled import Compiled, compile
from vector.compilation.tracers import CaptureError

__all__ = ["CaptureError", "Compiled", "compile"]
