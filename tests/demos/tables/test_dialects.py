"""scikit-learn's own tables in five dialects: the same model and the same predictions, by commands alone."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.demos.tables import dialects

ROOT = Path(__file__).parents[3]


@pytest.mark.slow
@pytest.mark.parametrize("name", dialects.TABLES)
def test_a_table_is_the_same_in_every_dialect(tmp_path: Path, name: str) -> None:
    def run(*words: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "demos", *words],
            cwd=tmp_path,
            env={"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "HOME": str(tmp_path), "PATH": ""},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert [*dialects.wrong(name, tmp_path, run)] == []
