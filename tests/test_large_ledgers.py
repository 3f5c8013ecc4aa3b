"""Ledgers of graphs of a hundred thousand nodes, whose input has as many uses, in a gigabyte."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="not here: the peak of a process's memory"),
]
GIGABYTE = 2**30
CHAIN = """
for k in range(50_000):
    y = y + x * float(k % 7)
"""
GRAPHS = {
    "scalar: a chain": f"from scalar import Value; x = Value(2.0, 'x'); y = x\n{CHAIN}",
    "scalar: one sum": "import scalar; x = scalar.Value(2.0, 'x'); y = scalar.sum([x.tanh() for _ in range(100_000)])",
    "vector: a chain": f"import vector; x = vector.tensor([1.0, 2.0], requires_grad=True, label='x'); y = x\n{CHAIN}"
    "y = y.sum()",
}
WRITE = """
ledger = y.chain_rule()
print(len({text}), re.search(r"VmHWM:\\s*([0-9]+) kB", open("/proc/self/status").read())[1])
"""  # the process's own peak: that of getrusage is its parent's, where this was larger


@pytest.mark.parametrize("text", ["ledger.text()", "ledger.latex()", "ledger.to_csv()", "ledger._repr_html_()"])
@pytest.mark.parametrize("graph", GRAPHS)
def test_it_is_written_in_a_gigabyte(graph: str, text: str) -> None:
    """One use more made each row of the text longer, so that it grew as the square."""
    code = f"import re\n{GRAPHS[graph]}\n{WRITE.format(text=text)}"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=Path(__file__).parents[1], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    length, kilobytes = map(int, done.stdout.split())
    assert length < 10**8
    assert kilobytes * 1024 < GIGABYTE
    if text == "ledger._repr_html_()":
        assert length < 10**6
