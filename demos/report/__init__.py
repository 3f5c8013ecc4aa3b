"""What a training run leaves to read: its figures, and one page that grows while the run goes on.

Read `parts` (which rows), `scores`, `worst` and `strengths` (what is measured on them), `results` (all of it, as
results.json has it) and `report` (the files); then `run` (a run as its folder tells it), `repeat` (its command and its
machine), `charts` and `page` (what is shown), `watch` (when the page is written), `closing` (the terminal's last line);
`compare` and `command` are `twingrad show`.
"""

from demos.report.closing import judge
from demos.report.report import write_report
from demos.report.results import described
from demos.report.watch import Watch

__all__ = ["Watch", "described", "judge", "write_report"]
