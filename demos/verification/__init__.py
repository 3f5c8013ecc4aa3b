"""The user's own code before its judges: PyTorch, difference quotients, and the same code on another engine.

Read the files in this order: `arguments` and `loading` (what is verified), `side` and the three sides (an engine as
it is seen here), `matching` (whose gradient is whose), `tolerance`, `quotients`, `rows` (the verdicts), `parting`
(where two computations part), `report`, `verification`.

>>> from demos.verification import verify
>>> verify(lambda x, y: x * y + x, {"x": 2.0, "y": [1.0, 3.0]}).ok
True
"""

from demos.verification.report import Report as Report
from demos.verification.verification import verify as verify
