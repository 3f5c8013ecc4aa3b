"""A terminal that lacks Unicode: every sign that we write is read there, in ASCII, and no command fails."""

import re
from pathlib import Path

import pytest

from demos.legible import ERRORS, readable
from tests.demos.test_cli import start

ROOT = Path(__file__).parents[2]
OURS = {
    character
    for package in ("scalar", "vector", "viz", "demos")
    for path in (ROOT / package).rglob("*.py")
    for character in path.read_text(encoding="utf-8")
    if not character.isascii()
}


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_every_sign_has_a_reading(encoding: str) -> None:
    assert len(OURS) > 100
    for sign in OURS:
        written = sign.encode(encoding, ERRORS).decode(encoding)
        assert "\\" not in written, f"{sign} U+{ord(sign):04X}"
        assert "?" not in written, sign


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("v3 = ×  ← −4.4e+04 × 5", "v3 = *  <- -4.4e+04 * 5"),
        ("├─ x\n│  └─ y", "+- x\n|  +- y"),
        ("∂L/∂W⁽¹⁾ ≤ ½·λ·‖w₁₂‖² … ∞", "dL/dW(^1) <= 1/2*lambda*|w12|^2 ... inf"),
        ("日本", "\\u65e5\\u672c"),
        ("L̄_reg    = 1\nȳ        = L̄_reg·Ω", "L_reg'   = 1\ny'       = L_reg'*Omega"),
    ],
)
def test_readings(text: str, expected: str) -> None:
    assert readable(text, "ascii").encode("ascii", ERRORS).decode() == expected


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
@pytest.mark.parametrize(
    "arguments",
    [
        ["draw", "x*exp(-x*θ)+max(x,θ)**2", "x=-2", "θ=5"],
        ["verify", "x*exp(-x*y)", "x=-2", "y=5"],
        ["draw", "sin(λ", "λ=1"],
        ["gallery", "G8"],
        ["doctor", "--help"],
        ["train", "moons", "--epochs", "1"],
    ],
)
def test_no_command_fails(arguments: list[str], encoding: str, tmp_path: Path) -> None:
    process = start(*arguments, folder=tmp_path, encoding=encoding)
    out, errors = process.communicate(timeout=120)
    assert "Traceback" not in errors
    assert not re.search(r"\\u|\\x|\?", out + errors)
    assert out + errors
